"""Temperatures follow what heats them; the bodies are learned."""

import math
from typing import Any

import pytest

from custom_components.bessai.anomaly.rule_heat import HeatRule
from custom_components.bessai.core.observation import Flow, Observation
from custom_components.bessai.core.plant_state import Readiness

from .driving import drive
from .observations import EXPECTATIONS, observe

BATTERY, INVERTER = "battery_temperature_c", "inverter_temperature_c"
PERIOD_S = 60.0


def days(first: float, last: float) -> list[Observation]:
    """Bodies that the rule does not know: 3 h and 0.9 h, 15 K and 25 K at 5 kW."""
    battery_c, inverter_c, polls = 20.0, 20.0, []
    for index in range(int(last * 1440)):
        air_c = 18.0 + 4.0 * math.sin(math.tau * index / 1440)
        battery_w = 3000.0 * math.sin(math.tau * index / 400) + 500.0
        battery_c += (air_c + 3.0 * abs(battery_w) / 1000 - battery_c) / 180.0
        inverter_c += (air_c + 5.0 * abs(battery_w) / 1000 - inverter_c) / 54.0
        if index >= first * 1440:
            powers = {Flow.PV: 0.0, Flow.BATTERY: battery_w, Flow.AC: battery_w - 40.0}
            polls.append(
                observe(
                    PERIOD_S * index,
                    powers=powers,
                    battery_temperature_c=round(battery_c, 1),
                    inverter_temperature_c=round(inverter_c, 1),
                )
            )
    return polls


@pytest.fixture(scope="module")
def learned() -> dict[str, Any]:
    rule = HeatRule(EXPECTATIONS)
    told = drive(rule, days(0.0, 3.0))
    assert max(told[BATTERY]) < 1.0
    assert max(told[INVERTER]) < 1.0
    return dict(rule.document())


def changed(learned: dict[str, Any], key: str, offset: Any) -> list[float]:
    """What is told of a temperature that is read wrong from the 60th poll on."""
    rule = HeatRule(EXPECTATIONS)
    rule.restore(learned)
    polls = days(3.0, 3.15)
    for index in range(60, len(polls)):
        right_c = getattr(polls[index], key)
        wrong = {BATTERY: polls[index].battery_temperature_c}
        wrong[INVERTER] = polls[index].inverter_temperature_c
        wrong[key] = right_c + offset(index - 60)
        polls[index] = observe(
            polls[index].uptime_s, powers=polls[index].powers, **wrong
        )
    return drive(rule, polls)[key]


@pytest.mark.parametrize(("key", "k_per_min"), [(BATTERY, -0.3), (INVERTER, 0.6)])
def test_drift_is_told_within_ten_minutes(
    learned: dict[str, Any], key: str, k_per_min: float
) -> None:
    told = changed(learned, key, lambda minutes: k_per_min * minutes)
    assert max(told[:60]) < 1.0
    assert told[70] > 1.0


def test_jump_is_told_and_taken_as_it_is_after_a_while(learned: dict[str, Any]) -> None:
    told = changed(learned, BATTERY, lambda _: 5.0)
    assert told[61] > 1.0
    assert told[120] < 1.0


def test_nothing_is_told_of_little_before_it_was_learned() -> None:
    rule = HeatRule(EXPECTATIONS)
    polls = [
        observe(10.0 * n, battery_temperature_c=22.0 + n / 100) for n in range(300)
    ]
    assert max(drive(rule, polls)[BATTERY]) < 1.0


def test_what_sleeps_or_is_not_known_is_left_out() -> None:
    rule = HeatRule(EXPECTATIONS)
    asleep = {"inverter": Readiness.ASLEEP, "battery": Readiness.ASLEEP}
    polls = [observe(10.0 * n, **asleep) for n in range(5)]
    polls.append(
        observe(60.0, powers={Flow.BATTERY: None}, inverter_temperature_c=None)
    )
    polls.append(observe(70.0, battery_temperature_c=None, powers=dict.fromkeys(Flow)))
    polls.append(observe(80.0, stranger="X"))
    assert drive(rule, polls) == {}


def test_batteries_that_warm_themselves_have_more_room() -> None:
    rule = HeatRule(EXPECTATIONS)
    cold, warm = (
        next(iter(rule.look(observe(10.0 * n, battery_temperature_c=float(20 * n)))))
        for n in range(2)
    )
    assert cold.floor > warm.floor


def test_gap_begins_anew() -> None:
    rule = HeatRule(EXPECTATIONS)
    polls = [observe(0.0), observe(10.0), observe(9000.0)]
    polls += [observe(9010.0 + n, battery_temperature_c=50.0) for n in range(3)]
    polls.append(observe(5.0))
    assert max(drive(rule, polls)[BATTERY]) == 0.0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("step_c", 0.0),
        ("weights", {"lessons": 1, "weights": [1.0], "spread": [], "error": 0.0}),
        (
            "weights",
            {
                "lessons": -1,
                "weights": [0.0] * 4,
                "spread": [[0.0] * 4] * 4,
                "error": 0,
            },
        ),
    ],
)
def test_document_of_something_else_is_refused(
    learned: dict[str, Any], key: str, value: object
) -> None:
    rule = HeatRule(EXPECTATIONS)
    with pytest.raises((LookupError, TypeError, ValueError)):
        rule.restore({**learned, "battery": {**learned["battery"], key: value}})
