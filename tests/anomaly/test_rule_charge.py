"""The state of charge follows the battery's power, whatever its true capacity."""

import math

import pytest

from custom_components.bessai.anomaly.rule_charge import ChargeRule
from custom_components.bessai.core.observation import Flow, Observation

from .driving import drive
from .observations import EXPECTATIONS, observe

EFFICIENCY, CAPACITY_KWH = 0.9, 9.2


def poll(
    uptime_s: float, soc_pct: float, power_w: float, **changes: object
) -> Observation:
    powers = {Flow.BATTERY: power_w, Flow.AC: 3000.0 + power_w - 50.0}
    return observe(uptime_s, soc_pct=round(soc_pct, 1), powers=powers, **changes)


def cycle(
    hours: float, begin_s: float = 0.0, soc_pct: float = 50.0
) -> list[Observation]:
    """A sound battery with less capacity and worse efficiency than it says."""
    polls, power_w = [], -2500.0
    for index in range(int(hours * 360)):
        polls.append(poll(begin_s + 10.0 * index, soc_pct, power_w))
        stored_w = -power_w * EFFICIENCY if power_w < 0.0 else -power_w / EFFICIENCY
        soc_pct += stored_w * 10.0 / 36_000.0 / CAPACITY_KWH
        if not 20.0 < soc_pct < 85.0:
            power_w = -math.copysign(2500.0, 50.0 - soc_pct) * -1.0
            power_w = 2500.0 if soc_pct > 50.0 else -2500.0
    return polls


def drift(rule: ChargeRule, rate_per_s: float, power_w: float = 0.0) -> list[float]:
    polls = [poll(10.0 * n, 50.0, 0.0) for n in range(60)]
    polls += [
        poll(600.0 + 10.0 * n, 50.0 + rate_per_s * 10 * n, power_w) for n in range(60)
    ]
    return drive(rule, polls)["soc_pct"][60:]


def test_sound_battery_is_learned_and_silent() -> None:
    rule = ChargeRule(EXPECTATIONS)
    assert max(drive(rule, cycle(24.0))["soc_pct"]) < 0.8
    charge, discharge, unsure = rule._factors
    assert charge == pytest.approx(10.0 / CAPACITY_KWH * EFFICIENCY, rel=0.03)
    assert discharge == pytest.approx(10.0 / CAPACITY_KWH / EFFICIENCY, rel=0.03)
    assert unsure < 0.1
    again = ChargeRule(EXPECTATIONS)
    again.restore(rule.document())
    assert again._factors == rule._factors


def test_ramp_without_power_is_told_within_three_minutes() -> None:
    told = drift(ChargeRule(EXPECTATIONS), 1.0 / 60.0)
    assert told[18] > 1.0


def test_standing_while_power_flows_is_told() -> None:
    assert drift(ChargeRule(EXPECTATIONS), 0.0, power_w=2000.0)[50] > 1.0


def test_power_that_the_inverter_knows_otherwise_is_no_fault_of_the_charge() -> None:
    rule = ChargeRule(EXPECTATIONS)
    polls = [
        observe(10.0 * n, powers={Flow.BATTERY: 4000.0, Flow.AC: 2950.0})
        for n in range(90)
    ]
    assert max(drive(rule, polls)["soc_pct"]) < 1.0


def test_return_to_what_is_right_is_no_second_finding() -> None:
    rule = ChargeRule(EXPECTATIONS)
    polls = [poll(10.0 * n, 80.0 if 30 <= n < 120 else 50.0, 0.0) for n in range(160)]
    told = drive(rule, polls)["soc_pct"]
    assert min(told[30:118]) > 1.0
    assert max(told[121:]) < 0.5


def test_level_that_stays_is_taken_as_it_is_after_an_hour() -> None:
    rule = ChargeRule(EXPECTATIONS)
    polls = [poll(10.0 * n, 70.0 if n >= 30 else 50.0, 0.0) for n in range(600)]
    assert drive(rule, polls)["soc_pct"][-1] < 0.5


@pytest.mark.parametrize(("first", "then"), [(93.0, 99.0), (12.0, 6.0)])
def test_correction_near_the_ends_is_benign(first: float, then: float) -> None:
    rule = ChargeRule(EXPECTATIONS)
    polls = [poll(10.0 * n, first if n < 60 else then, 0.0) for n in range(120)]
    assert max(drive(rule, polls)["soc_pct"]) < 0.5


def test_recalibration_is_not_judged_and_time_may_run_back() -> None:
    rule = ChargeRule(EXPECTATIONS)
    assert drive(rule, [poll(5000.0, 50.0, 0.0, calibrating=True)]) == {}
    assert drive(rule, [poll(5100.0, 60.0, 0.0)]) == {}
    assert drive(rule, [poll(0.0, 70.0, 0.0), poll(10.0, 70.0, 0.0)])["soc_pct"] == [
        0.0
    ]


def test_gap_leaves_open_what_flowed() -> None:
    rule = ChargeRule(EXPECTATIONS)
    drive(rule, [poll(10.0 * n, 50.0, 0.0) for n in range(30)])
    told = drive(rule, [poll(5000.0, 50.0, 0.0), poll(5010.0, 30.0, 0.0)])["soc_pct"]
    assert told == [0.0]


@pytest.mark.parametrize(
    "changes",
    [
        {"soc_pct": None},
        {"capacity_kwh": 0.0},
        {"capacity_kwh": None},
        {"powers": {Flow.BATTERY: math.nan}},
        {"stranger": "X"},
    ],
)
def test_what_is_not_known_is_left_out(changes: dict[str, object]) -> None:
    rule = ChargeRule(EXPECTATIONS)
    assert drive(rule, [observe(10.0 * n, **changes) for n in range(5)]) == {}


def test_panels_that_say_nothing_cast_no_doubt() -> None:
    rule = ChargeRule(EXPECTATIONS)
    polls = [observe(10.0 * n, powers={Flow.PV: None}) for n in range(60)]
    assert drive(rule, polls)["soc_pct"][-1] > 0.5


@pytest.mark.parametrize("ratios", [[9.0], ["x"], [math.nan], None])
def test_document_of_something_else_is_refused(ratios: object) -> None:
    rule = ChargeRule(EXPECTATIONS)
    with pytest.raises((TypeError, ValueError)):
        rule.restore({"charge": ratios, "discharge": []})
    with pytest.raises(LookupError):
        rule.restore({})


def test_charge_that_leads_nowhere_is_no_lesson() -> None:
    rule = ChargeRule(EXPECTATIONS)
    drive(rule, [poll(10.0 * n, 50.0 + n / 1000.0, -2000.0) for n in range(60)])
    drive(rule, [poll(600.0 + 10.0 * n, 50.1, -7000.0) for n in range(20)])
    assert rule.document() == {"charge": [], "discharge": []}


def test_lesson_out_of_range_is_left_out() -> None:
    rule = ChargeRule(EXPECTATIONS)
    slow = [poll(10.0 * n, 50.0 + n * 0.007, -500.0) for n in range(900)]
    drive(rule, slow)
    assert rule.document()["charge"] == []
