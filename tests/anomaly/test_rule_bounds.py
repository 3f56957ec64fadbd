"""What the equipment cannot have is told at the second poll."""

import math

import pytest

from custom_components.bessai.anomaly.rule_bounds import BoundsRule
from custom_components.bessai.core.observation import Flow

from .driving import told
from .observations import EXPECTATIONS, observe


def rule() -> BoundsRule:
    return BoundsRule(EXPECTATIONS)


def test_sound_plant_is_silent() -> None:
    assert told(rule(), observe(numbers={"grid_frequency_hz": 50.0})) == {}


def test_one_garbled_word_is_no_alarm_the_second_is() -> None:
    bounds = rule()
    wrong = {"grid_frequency_hz": 80.0}
    assert told(bounds, observe(0.0, numbers=wrong)) == {}
    found = told(bounds, observe(10.0, numbers=wrong))["grid_frequency_hz"]
    assert found.deviation == pytest.approx(15.0)
    assert found.expected == 65.0
    assert not found.learns


def test_value_that_comes_back_is_told_as_sound_for_a_while() -> None:
    bounds = rule()
    for uptime_s in (0.0, 10.0):
        told(bounds, observe(uptime_s, numbers={"grid_frequency_hz": 80.0}))
    sound = [
        told(bounds, observe(10.0 * index, numbers={"grid_frequency_hz": 50.0}))
        for index in range(2, 50)
    ]
    assert sound[0]["grid_frequency_hz"].deviation == 0.0
    assert sound[-1] == {}


@pytest.mark.parametrize(
    ("changes", "subject"),
    [
        ({"soc_pct": 130.0}, "soc_pct"),
        ({"battery_temperature_c": -100.0}, "battery_temperature_c"),
        ({"powers": {Flow.AC: 20_000.0}}, "ac"),
        ({"powers": {Flow.PV: -5000.0}}, "pv"),
        ({"powers": {Flow.BATTERY: 1e300}}, "battery"),
        ({"powers": {Flow.GRID: 1e6}}, "grid"),
    ],
)
def test_meaning_alone_bounds_a_value(changes: dict[str, float], subject: str) -> None:
    bounds = rule()
    told(bounds, observe(0.0, **changes))
    assert told(bounds, observe(10.0, **changes))[subject].deviation > 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "word", True])
def test_what_is_no_number_is_no_fault(value: object) -> None:
    bounds = rule()
    for uptime_s in (0.0, 10.0, 20.0):
        seen = observe(uptime_s, numbers={"grid_frequency_hz": value}, soc_pct=value)
        assert told(bounds, seen) == {}


def test_power_is_not_judged_by_nonsense() -> None:
    bounds = rule()
    for uptime_s in (0.0, 10.0, 20.0):
        seen = observe(uptime_s, maximum_power_w=math.nan, powers={Flow.AC: 20_000.0})
        assert told(bounds, seen) == {}


def test_stranger_counts_for_nothing() -> None:
    bounds = rule()
    for uptime_s in (0.0, 10.0):
        assert told(bounds, observe(uptime_s, soc_pct=200.0, stranger="X")) == {}
    bounds.restore(bounds.document())
