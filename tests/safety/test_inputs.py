"""Telemetry that may be judged by, and telemetry that may not."""

import math
from typing import Any

import pytest

from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.safety.inputs import (
    POSSIBLE,
    Inputs,
    judge_age,
    read_inputs,
)

from .builders import NOW, SECOND, inputs, state

MISSING = Reason.TELEMETRY_MISSING
IMPLAUSIBLE = Reason.TELEMETRY_IMPLAUSIBLE

# The least and the most that is believed, and what is just beyond.
ENDS = {
    "soc_pct": (0.0, 100.0),
    "charge_cutoff_pct": (0.0, 100.0),
    "discharge_cutoff_pct": (0.0, 100.0),
    "inverter_temperature_c": (-40.0, 120.0),
    "battery_temperature_min_c": (-40.0, 22.0),
    "battery_temperature_max_c": (20.0, 120.0),
    "charge_limit_w": (0.0, 1e6),
    "discharge_limit_w": (0.0, 1e6),
    "stored_charge_limit_w": (0.0, 1e6),
    "stored_discharge_limit_w": (0.0, 1e6),
    "capacity_kwh": (0.0, 1e4),
}


@pytest.mark.parametrize(
    ("age_s", "poll_period_s", "limit_s"),
    [
        (30.0, 5.0, None),
        (30.1, 5.0, 30.0),
        (30.1, 10.0, 30.0),
        (90.0, 30.0, None),
        (90.1, 30.0, 90.0),
        (0.0, 5.0, None),
        (-5.0, 5.0, None),
    ],
)
def test_telemetry_is_stale_after_three_polls_but_not_before_30_s(
    age_s: float, poll_period_s: float, limit_s: float | None
) -> None:
    found = judge_age(
        state(read_at=NOW - age_s * SECOND, poll_period_s=poll_period_s), NOW
    )
    stale = Ground(reason=Reason.TELEMETRY_STALE, value=age_s, limit=limit_s)
    assert found == (None if limit_s is None else stale)


def test_telemetry_from_the_future_is_not_believed() -> None:
    found = judge_age(state(read_at=NOW + 5.1 * SECOND), NOW)
    assert found == Ground(reason=IMPLAUSIBLE, value="read_at", limit=-5.1)


@pytest.mark.parametrize("pace_s", [math.nan, math.inf, 0.0, -5.0, 3600.1])
def test_a_pace_that_cannot_be_true_is_no_excuse_for_old_telemetry(
    pace_s: float,
) -> None:
    found = judge_age(state(poll_period_s=pace_s), NOW)
    assert found is not None
    assert (found.reason, found.value) == (IMPLAUSIBLE, "poll_period_s")


def test_complete_telemetry_is_read_as_it_is() -> None:
    read = inputs(soc_pct=42.5)
    assert read.soc_pct == 42.5
    assert read.state == state(soc_pct=42.5)


@pytest.mark.parametrize("name", POSSIBLE)
def test_one_missing_number_is_enough_to_doubt_the_plant(name: str) -> None:
    assert read_inputs(state(**{name: None})) == (Ground(reason=MISSING, value=name),)


@pytest.mark.parametrize(("name", "ends"), ENDS.items())
def test_the_ends_of_what_is_possible_are_possible(
    name: str, ends: tuple[float, float]
) -> None:
    for end in ends:
        assert isinstance(read_inputs(state(**{name: end})), Inputs)


@pytest.mark.parametrize(("name", "ends"), ENDS.items())
def test_what_is_beyond_them_is_not_believed(
    name: str, ends: tuple[float, float]
) -> None:
    for absurd in (ends[0] - 0.1, ends[1] + 0.1, math.nan, math.inf, -math.inf):
        found = read_inputs(state(**{name: absurd}))
        assert isinstance(found, tuple)
        assert {ground.reason for ground in found} == {IMPLAUSIBLE}


def test_a_battery_whose_coldest_part_is_the_warmest_is_not_believed() -> None:
    found = read_inputs(
        state(battery_temperature_min_c=20.1, battery_temperature_max_c=20.0)
    )
    assert found == (
        Ground(reason=IMPLAUSIBLE, value="battery_temperature_min_c", limit=20.1),
    )


def test_every_doubt_is_told() -> None:
    found = read_inputs(state(soc_pct=None, charge_limit_w=-1.0))
    assert found == (
        Ground(reason=MISSING, value="soc_pct"),
        Ground(reason=IMPLAUSIBLE, value="charge_limit_w", limit=-1.0),
    )


@pytest.mark.parametrize(
    ("seconds", "overrides", "lead_pct"),
    [
        (36.0, {}, 0.5),
        (36.0, {"capacity_kwh": 5.0}, 1.0),
        (36.0, {"capacity_kwh": None}, 0.0),
        (36.0, {"capacity_kwh": 0.0}, 0.0),
        (0.0, {}, 0.0),
        (-36.0, {}, 0.0),
        (math.nan, {}, 0.0),
    ],
)
def test_the_lead_is_how_far_a_power_moves_the_state_of_charge(
    seconds: float, overrides: dict[str, Any], lead_pct: float
) -> None:
    """5 kW for 36 s are 0.05 kWh."""
    read = inputs(**overrides)
    assert read.lead_pct(5000.0, seconds) == pytest.approx(lead_pct)
    assert read.lead_pct(-5000.0, seconds) == pytest.approx(lead_pct)
