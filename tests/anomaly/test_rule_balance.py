"""Powers that do not add up are told within a minute or three, what lags is not."""

import pytest

from custom_components.bessai.anomaly.rule_balance import BalanceRule
from custom_components.bessai.core.observation import Flow, Observation
from custom_components.bessai.core.plant_state import Readiness

from .driving import drive
from .observations import EXPECTATIONS, observe


def parts(polls: list[Observation]) -> dict[str, list[float]]:
    return drive(BalanceRule(EXPECTATIONS), polls)


def test_sound_plant_adds_up() -> None:
    told = parts([observe(10.0 * index) for index in range(60)])
    assert set(told) == {"ac", "grid", "grid_phases"}
    assert max(part for subject in told.values() for part in subject) < 0.2


@pytest.mark.parametrize(
    ("powers", "subject"),
    [
        ({Flow.BATTERY: 1000.0}, "ac"),
        ({Flow.PV: 30_000.0}, "ac"),
        ({Flow.AC: -1950.0}, "grid"),
        ({Flow.GRID: -14_500.0}, "grid_phases"),
    ],
)
def test_sign_and_scale_are_told_within_a_minute(
    powers: dict[Flow, float], subject: str
) -> None:
    polls = [observe(10.0 * index) for index in range(30)]
    polls += [observe(300.0 + 10.0 * index, powers=powers) for index in range(7)]
    assert parts(polls)[subject][-1] > 1.0


def test_one_garbled_power_is_nothing() -> None:
    polls = [observe(10.0 * index) for index in range(30)]
    polls.append(observe(300.0, powers={Flow.PV: 65_000.0}))
    polls += [observe(310.0 + 10.0 * index) for index in range(30)]
    assert max(parts(polls)["ac"]) < 0.2


@pytest.mark.parametrize("period_s", [10.0, 120.0])
def test_registers_that_lag_by_a_poll_are_nothing(period_s: float) -> None:
    polls = []
    for index in range(60):
        sun_w = 3000.0 if index // 2 % 2 else 1000.0
        late_w = 3000.0 if (index - 1) // 2 % 2 else 1000.0
        powers = {Flow.PV: late_w, Flow.AC: sun_w - 1050.0, Flow.GRID: 1350.0 - sun_w}
        polls.append(observe(period_s * index, powers=powers, grid_phases_w=None))
    told = parts(polls)
    assert max(told["ac"]) < 0.3
    assert max(told["grid"]) == 0.0
    assert "grid_phases" not in told


def test_what_a_sleeping_inverter_still_shows_is_not_added_up() -> None:
    """Some of it may be of the evening, from before a connection was lost."""
    stale = {"powers": {Flow.PV: 9000.0}, "inverter": Readiness.ASLEEP}
    told = parts([observe(10.0 * index, **stale) for index in range(30)])
    assert set(told) == {"grid", "grid_phases"}


def test_what_is_not_known_is_left_out() -> None:
    polls = [
        observe(10.0 * index, powers={Flow.AC: None}, grid_phases_w=(1.0, float("nan")))
        for index in range(10)
    ]
    assert parts(polls) == {}


def test_plant_without_a_battery_adds_up_as_well() -> None:
    nothing = {
        "soc_pct": None,
        "capacity_kwh": None,
        "battery": None,
        "charge_limit_w": None,
    }
    powers = {Flow.BATTERY: None, Flow.AC: 2920.0}
    polls = [observe(10.0 * index, powers=powers, **nothing) for index in range(20)]
    assert max(parts(polls)["ac"]) < 0.2


def test_gap_begins_anew_and_strangers_count_for_nothing() -> None:
    balance = BalanceRule(EXPECTATIONS)
    wrong = {Flow.BATTERY: 5000.0}
    drive(balance, [observe(10.0 * index, powers=wrong) for index in range(20)])
    assert drive(balance, [observe(9000.0), observe(9010.0, stranger="X")]) == {}
    later = drive(balance, [observe(9020.0 + 10.0 * index) for index in range(20)])
    assert max(later["ac"]) < 0.2
    balance.restore(balance.document())
