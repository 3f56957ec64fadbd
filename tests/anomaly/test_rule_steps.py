"""Jumps are told at the second poll; what batteries correct by themselves is not."""

import math

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly.rule_steps import StepsRule
from custom_components.bessai.core.observation import Flow, Observation
from custom_components.bessai.core.plant_state import Readiness

from .driving import drive
from .observations import EXPECTATIONS, observe


def parts(polls: list[Observation]) -> dict[str, list[float]]:
    return drive(StepsRule(EXPECTATIONS), polls)


def levels(first: float, then: float, count: int = 4, **changes: object) -> list[float]:
    polls = [
        observe(10.0 * index, soc_pct=first if index < 20 else then, **changes)
        for index in range(20 + count)
    ]
    return parts(polls).get("soc_pct", [])[20:]


def test_jump_in_the_middle_is_told_at_the_second_poll() -> None:
    told = levels(50.0, 60.0)
    assert told[0] == 0.0
    assert told[1] > 1.0


def test_one_garbled_reading_is_nothing() -> None:
    assert max(levels(50.0, 0.0, count=1)) == 0.0


def test_jump_stands_for_minutes_then_the_level_is_believed() -> None:
    told = levels(50.0, 60.0, count=40)
    assert told[10] > 1.0
    assert told[-1] == 0.0


@pytest.mark.parametrize(("first", "then"), [(92.0, 98.0), (12.0, 5.0), (87.0, 95.0)])
def test_correction_near_the_ends_is_benign(first: float, then: float) -> None:
    assert max(levels(first, then)) == 0.0


@pytest.mark.parametrize(
    ("back", "after_s", "is_told"), [(92.0, 900.0, True), (92.0, 9000.0, False)]
)
def test_back_and_forth_is_no_correction(
    back: float, after_s: float, *, is_told: bool
) -> None:
    soc = [92.0] * 20 + [98.0] * int(after_s / 10.0) + [back] * 4
    polls = [observe(10.0 * n, soc_pct=one) for n, one in enumerate(soc)]
    told = parts(polls)["soc_pct"]
    assert max(told[:-4]) == 0.0
    assert (max(told[-4:]) > 1.0) is is_told


def test_corrections_in_one_direction_may_follow_each_other() -> None:
    soc = [90.0] * 20 + [93.0] * 20 + [97.0] * 20
    polls = [observe(10.0 * n, soc_pct=one) for n, one in enumerate(soc)]
    assert max(parts(polls)["soc_pct"]) == 0.0


def test_large_jump_into_the_end_is_not() -> None:
    assert max(levels(50.0, 97.0)) > 1.0


def test_recalibration_is_not_judged() -> None:
    assert levels(50.0, 70.0, calibrating=True) == []


def test_charging_at_full_power_is_no_step() -> None:
    polls = [
        observe(
            120.0 * index, soc_pct=20.0 + 1.6 * index, powers={Flow.BATTERY: -5000.0}
        )
        for index in range(30)
    ]
    assert max(parts(polls)["soc_pct"]) <= 1.0


def test_unknown_capacity_leaves_the_fastest_there_is() -> None:
    assert max(levels(50.0, 60.0, capacity_kwh=None)) > 1.0


def test_first_reading_after_a_gap_may_be_an_old_one() -> None:
    polls = [observe(10.0 * index, soc_pct=60.0) for index in range(5)]
    polls.append(observe(9000.0, soc_pct=60.0))
    polls += [observe(9010.0 + 10.0 * index, soc_pct=30.0) for index in range(5)]
    assert max(parts(polls)["soc_pct"]) == 0.0


@pytest.mark.parametrize(
    ("key", "first", "then"),
    [("battery_temperature_c", 22.0, 40.0), ("inverter_temperature_c", 40.0, 20.0)],
)
def test_temperature_that_jumps_is_told(key: str, first: float, then: float) -> None:
    polls = [
        observe(10.0 * index, **{key: first if index < 5 else then})
        for index in range(9)
    ]
    assert max(parts(polls)[key]) > 1.0


def test_inverter_that_wakes_up_is_not_judged() -> None:
    polls = [
        observe(10.0 * index, inverter=Readiness.ASLEEP, inverter_temperature_c=0.0)
        for index in range(5)
    ]
    polls += [observe(50.0 + 10.0 * index) for index in range(5)]
    assert "inverter_temperature_c" not in parts(polls)


def test_clock_that_runs_back_and_strangers_are_survived() -> None:
    polls = [
        observe(1000.0, calibrating=True),
        observe(0.0),
        observe(10.0, stranger="X"),
    ]
    steps = StepsRule(EXPECTATIONS)
    assert drive(steps, [*polls, observe(20.0)])["soc_pct"] == [0.0, 0.0]
    steps.restore(steps.document())


@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.one_of(st.none(), st.floats())), max_size=20
    )
)
def test_nothing_raises(readings: list[tuple[float, float | None]]) -> None:
    polls = [
        observe(uptime_s, at=observe().at, soc_pct=value, battery_temperature_c=value)
        for uptime_s, value in readings
    ]
    told = parts(polls)
    assert all(math.isfinite(part) for subject in told.values() for part in subject)
