"""The inverter counts seconds of local time and knows its hours."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.simulator.inverter_clock import InverterClock

ROME = InverterClock(ZoneInfo("Europe/Rome"))
SUMMER = datetime(2026, 7, 1, 10, 20, tzinfo=UTC).timestamp()
WINTER = datetime(2026, 1, 1, 10, 20, tzinfo=UTC).timestamp()


def test_local_seconds_include_zone_and_summer_time() -> None:
    assert ROME.local_s(SUMMER) - SUMMER == 7200.0
    assert ROME.local_s(WINTER) - WINTER == 3600.0
    assert ROME.summer_time_s(SUMMER) == 3600.0
    assert ROME.summer_time_s(WINTER) == 0.0


def test_a_zone_without_summer_time_has_none() -> None:
    assert InverterClock(UTC).summer_time_s(SUMMER) == 0.0
    assert InverterClock(UTC).utc_offset_s(SUMMER) == 0.0


@pytest.mark.parametrize(
    ("zone", "minutes"), [("UTC", 40), ("Europe/Rome", 40), ("Asia/Kolkata", 10)]
)
def test_the_next_hour_is_a_local_one(zone: str, minutes: int) -> None:
    clock = InverterClock(ZoneInfo(zone))
    assert clock.next_hour_s(SUMMER) - SUMMER == minutes * 60.0


def test_a_fast_clock_reaches_its_hour_sooner() -> None:
    clock = InverterClock(UTC)
    clock.offset_s = 600.0
    assert clock.next_hour_s(SUMMER) - SUMMER == 1800.0
    assert clock.local_s(SUMMER) == SUMMER + 600.0
