"""Counters that run back, leap, stand or run; and what inverters do on waking up."""

from datetime import UTC, datetime

import pytest

from custom_components.bessai.anomaly.rule_counters import CountersRule
from custom_components.bessai.core.observation import (
    CounterSource,
    Expectations,
    Flow,
    Observation,
)
from custom_components.bessai.core.plant_state import Readiness

from .driving import drive
from .observations import EXPECTATIONS, observe

HOUR_S = 3600.0
KEY = "pv_energy_kwh"
TODAY = "charged_today_kwh"


def poll(uptime_s: float, kwh: float | None = None, **changes: object) -> Observation:
    """A poll at 3 kW of sun; without an energy the counter counts it as it should."""
    counted = 1000.0 + uptime_s * 3.0 / HOUR_S if kwh is None else kwh
    return observe(uptime_s, numbers={KEY: round(counted, 2)}, **changes)


def sound(first: int, last: int) -> list[Observation]:
    return [poll(10.0 * index) for index in range(first, last)]


def rule() -> CountersRule:
    """A rule past the first minutes, in which counters may still find themselves."""
    counters = CountersRule(EXPECTATIONS)
    assert max(drive(counters, sound(0, 240))[KEY]) < 0.5
    return counters


def test_running_back_is_told_at_the_second_reading_until_it_is_right_again() -> None:
    counters = rule()
    told = drive(counters, [poll(2400.0 + 10.0 * n, 990.0) for n in range(5)])[KEY]
    assert told[0] == 0.0
    assert min(told[1:]) > 1.0
    assert max(drive(counters, sound(245, 300))[KEY]) <= 1.0


def test_a_power_that_a_sleeping_inverter_still_shows_is_not_counted() -> None:
    counters = rule()
    polls = [
        poll(2400.0 + 10.0 * n, 1002.0, inverter=Readiness.ASLEEP) for n in range(500)
    ]
    assert max(drive(counters, polls)[KEY]) == 0.0


@pytest.mark.parametrize("shown", [0.0, 990.0])
def test_old_values_after_a_reconnect_are_benign(shown: float) -> None:
    counters = rule()
    polls = [poll(2400.0, shown, reconnected=True)]
    polls += [poll(2400.0 + 10.0 * n, shown) for n in range(1, 60)]
    told = drive(counters, [*polls, *sound(300, 500)])
    assert max(told[KEY]) < 0.5


def test_old_values_after_a_reconnect_that_stay_are_told() -> None:
    counters = rule()
    polls = [poll(2400.0, 900.0, reconnected=True)]
    polls += [poll(2400.0 + 60.0 * n, 900.0) for n in range(1, 60)]
    told = drive(counters, polls)[KEY]
    assert max(told[:40]) == 0.0
    assert told[-1] > 1.0


def test_counter_of_another_device_is_believed_after_a_day() -> None:
    counters = rule()
    polls = [poll(2400.0 + 60.0 * n, 900.0, powers={Flow.PV: 0.0}) for n in range(1460)]
    told = drive(counters, polls)[KEY]
    assert told[100] > 1.0
    assert told[-1] == 0.0


def test_zero_while_asleep_is_benign() -> None:
    counters = rule()
    asleep = {"inverter": Readiness.ASLEEP, "powers": {Flow.PV: 0.0}}
    polls = [poll(2400.0 + 10.0 * n, 0.0, **asleep) for n in range(60)]
    polls += [poll(3000.0 + 10.0 * n, 1002.0, powers={Flow.PV: 0.0}) for n in range(60)]
    assert max(drive(counters, polls)[KEY]) < 0.5


def test_leap_is_told_at_once_and_the_return_is_no_running_back() -> None:
    counters = rule()
    leap = [poll(2400.0 + 10.0 * n, 1005.0 + 0.01 * n) for n in range(12)]
    assert min(drive(counters, leap)[KEY]) > 1.0
    assert max(drive(counters, sound(252, 500))[KEY]) <= 1.0


def test_leap_that_stays_is_told_for_minutes() -> None:
    counters = rule()
    polls = [poll(2400.0 + 10.0 * n, 1005.0 + n / 120.0) for n in range(120)]
    told = drive(counters, polls)[KEY]
    assert told[20] > 1.0
    assert told[-1] <= 1.0


def test_counter_that_runs_too_fast_is_told_within_minutes() -> None:
    counters = rule()
    polls = [poll(2400.0 + 10.0 * n, 1002.0 + n / 30.0) for n in range(18)]
    assert drive(counters, polls)[KEY][-1] > 1.0


def test_counter_that_stands_is_told_after_ten_minutes_and_for_an_hour() -> None:
    counters = rule()
    polls = [poll(2400.0 + 10.0 * n, 1002.0) for n in range(500)]
    told = drive(counters, polls)[KEY]
    assert max(told[:30]) <= 1.0
    assert told[80] > 1.0


def test_counter_that_is_late_by_five_minutes_is_sound() -> None:
    counters = CountersRule(EXPECTATIONS)
    polls = [
        poll(10.0 * n, 1000.0 + (10.0 * n // 300.0) * 300.0 * 3.0 / HOUR_S)
        for n in range(600)
    ]
    assert max(drive(counters, polls)[KEY]) <= 1.0


def test_nothing_flows_at_night_and_nothing_is_counted() -> None:
    counters = rule()
    polls = [poll(2400.0 + 60.0 * n, 1002.0, powers={Flow.PV: 0.0}) for n in range(200)]
    assert max(drive(counters, polls)[KEY]) < 0.5


def today(uptime_s: float, begin: datetime, kwh: float) -> Observation:
    at = datetime.fromtimestamp(begin.timestamp() + uptime_s, UTC)
    powers = {Flow.BATTERY: 0.0}
    return observe(uptime_s, at=at, numbers={TODAY: kwh}, powers=powers)


@pytest.mark.parametrize(("hour", "benign"), [(21, True), (22, True), (12, False)])
def test_daily_counter_begins_again_around_the_plants_midnight(
    hour: int,
    benign: bool,
) -> None:
    begin = datetime(2026, 6, 1, hour, 30, tzinfo=UTC)
    counters = CountersRule(EXPECTATIONS)
    polls = [today(60.0 * n, begin, 8.0 if n < 40 else 0.0) for n in range(80)]
    told = drive(counters, polls)[TODAY]
    assert (max(told) < 1.0) is benign


def test_daily_counter_that_was_reset_while_away_is_believed_in_the_end() -> None:
    begin = datetime(2026, 6, 1, 10, tzinfo=UTC)
    counters = CountersRule(EXPECTATIONS)
    drive(counters, [today(60.0 * n, begin, 8.0) for n in range(5)])
    polls = [today(2000.0 + 60.0 * n, begin, 1.0) for n in range(100)]
    assert max(drive(counters, polls)[TODAY]) == 0.0


def test_gap_leaves_open_what_flowed_and_time_may_run_back() -> None:
    counters = rule()
    told = drive(counters, [poll(2700.0, 1005.0), poll(2710.0, 1005.0)])
    told_later = drive(counters, [poll(5.0, 1005.01), poll(15.0, 1005.02)])
    assert max(told[KEY] + told_later[KEY]) == 0.0
    assert drive(counters, [poll(20.0, stranger="X")]) == {}
    counters.restore(counters.document())


def test_power_that_is_not_known_judges_nothing() -> None:
    counters = CountersRule(EXPECTATIONS)
    polls = [poll(10.0 * n, powers={Flow.PV: None}) for n in range(200)]
    assert max(drive(counters, polls)[KEY]) < 50.0


@pytest.mark.parametrize("counted_w", [0.0, 500.0])
def test_meter_may_count_its_phases_apart_or_together(counted_w: float) -> None:
    source = CounterSource(flow=Flow.GRID, sign=1)
    counters = CountersRule(Expectations(counters={"imported_kwh": source}))
    polls = [
        observe(
            10.0 * n,
            powers={Flow.GRID: 0.0},
            grid_phases_w=(500.0, -500.0, float("nan")),
            numbers={"imported_kwh": round(100.0 + counted_w * n / 360_000.0, 2)},
        )
        for n in range(600)
    ]
    assert max(drive(counters, polls)["imported_kwh"]) <= 1.0
