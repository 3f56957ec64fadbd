"""A plant goes on where it was stopped."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import PlantParameters
from custom_components.bessai.simulator.past import Past, UnreadablePast, parse_past
from custom_components.bessai.simulator.plant import SimulatedPlant

START = datetime(2026, 6, 21, 9, tzinfo=UTC)
STOP = START + timedelta(hours=3)


def lived() -> Past:
    """Return the past of a plant after three sunny hours."""
    plant = SimulatedPlant(PlantParameters(), START)
    plant.overrides = Overrides(pv_w=5000.0, load_w=500.0)
    plant.advance(STOP)
    return plant.past


def test_counters_and_charge_go_on() -> None:
    past = lived()
    again = SimulatedPlant(PlantParameters(), STOP + timedelta(hours=1), past)
    assert again.truth.soc_pct == pytest.approx(past.soc_pct)
    assert again.truth.pv_kwh == pytest.approx(past.counters.pv)
    assert past.counters.pv - past.day.pv == pytest.approx(15.0, abs=0.1)


def test_the_day_goes_on_until_midnight() -> None:
    past = lived()
    today = SimulatedPlant(PlantParameters(), STOP + timedelta(hours=1), past)
    tomorrow = SimulatedPlant(PlantParameters(), STOP + timedelta(days=1), past)
    assert today.past.day == past.day
    assert tomorrow.past.day == tomorrow.past.counters


def test_a_past_survives_storage() -> None:
    past = lived()
    assert parse_past(json.loads(json.dumps(past.as_document()))) == past


@pytest.mark.parametrize(
    "damage",
    [
        {"at": "yesterday"},
        {"at": "2026-06-21T09:00:00"},
        {"soc_pct": None},
        {"soc_pct": float("nan")},
        {"counters": {}},
        {"day": 5},
    ],
)
def test_a_damaged_document_is_refused(damage: dict[str, Any]) -> None:
    with pytest.raises(UnreadablePast, match="not readable"):
        parse_past(lived().as_document() | damage)


def test_a_charge_beyond_the_battery_is_brought_back() -> None:
    assert parse_past(lived().as_document() | {"soc_pct": 250}).soc_pct == 100
