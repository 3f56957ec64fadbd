"""What stands still although it never does."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
import json
import random
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.rule_frozen import FrozenRule
from custom_components.bessai.anomaly.stillness import CHANNEL, DEVICE, Stillness
from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.observation import Expectations, Flow
from custom_components.bessai.core.plant_state import Readiness

from .observations import EXPECTATIONS, observe

VOLTAGE, FREQUENCY, METER = (
    EXPECTATIONS.restless["inverter"] + (EXPECTATIONS.restless["meter"])
)
POLL_S = 60.0
BATTERY = Expectations(restless={"battery": ("battery_voltage_v",)})


def beyond(residuals: Iterable[Residual]) -> list[str]:
    """Return the subjects that are beyond their tolerance."""
    return [one.subject for one in residuals if one.deviation > one.floor]


def seeded(seed: int) -> random.Random:
    """Return chance that is the same each time."""
    return random.Random(seed)  # noqa: S311 - nothing is kept secret by it


def noise(chance: random.Random) -> dict[str, float]:
    """Return what a lively plant reads."""
    return {key: chance.uniform(1.0, 300.0) for key in (VOLTAGE, FREQUENCY, METER)}


def play(
    rule: FrozenRule,
    begin_s: float,
    numbers: Sequence[Mapping[str, float]],
    **more: Any,
) -> list[list[str]]:
    """Let a rule see numbers poll by poll; return what stood out at each."""
    return [
        beyond(
            rule.look(observe(begin_s + place * POLL_S, numbers=each, **more)),
        )
        for place, each in enumerate(numbers)
    ]


@pytest.fixture
def trained() -> FrozenRule:
    """Return a rule that knows three lively days."""
    rule = FrozenRule(EXPECTATIONS)
    rule.restore(lively_days())
    return rule


@cache
def lively_days() -> Mapping[str, Any]:
    """Return what three days teach."""
    rule, chance = FrozenRule(EXPECTATIONS), seeded(1)
    polls = int(3 * 86400 / POLL_S)
    play(rule, -polls * POLL_S, [noise(chance) for _ in range(polls)])
    return rule.document()


def test_a_device_that_repeats_itself_is_found_within_minutes(
    trained: FrozenRule,
) -> None:
    chance = seeded(2)
    frozen = {VOLTAGE: 230.0, FREQUENCY: 50.0}
    found = play(trained, 0.0, [noise(chance) | frozen for _ in range(8)])
    assert not any(found[:4])
    assert found[5] == ["inverter"]


def test_it_says_for_how_long_and_is_silent_again(trained: FrozenRule) -> None:
    frozen = noise(seeded(2))
    play(trained, 0.0, [frozen] * 9)
    residual = next(iter(trained.look(observe(540.0, numbers=frozen))))
    assert (residual.kind, residual.measured) == (FindingKind.FROZEN, 540.0)
    assert residual.unit == "s"
    assert not any(play(trained, 600.0, [noise(seeded(3))]))


def test_a_single_channel_is_found_and_told_to_be_right_again(
    trained: FrozenRule,
) -> None:
    chance = seeded(4)
    found = play(trained, 0.0, [noise(chance) | {FREQUENCY: 50.0} for _ in range(12)])
    assert found[-1] == [FREQUENCY]
    after = list(trained.look(observe(720.0, numbers=noise(chance))))
    assert [one.deviation for one in after if one.subject == FREQUENCY] == [0.0]


def test_a_channel_may_rest_at_zero(trained: FrozenRule) -> None:
    chance = seeded(4)
    found = play(trained, 0.0, [noise(chance) | {FREQUENCY: 0.0} for _ in range(30)])
    assert not any(found)
    assert not any(play(trained, 1800.0, [noise(chance)]))


@pytest.mark.parametrize(
    "benign",
    [
        {"inverter": Readiness.ASLEEP},
        {"inverter": Readiness.NOT_READY},
        {"stranger": "XY"},
    ],
)
def test_nothing_is_said_of_who_sleeps(
    trained: FrozenRule, benign: dict[str, Any]
) -> None:
    assert not any(play(trained, 0.0, [noise(seeded(2))] * 30, **benign))


def test_a_meter_that_is_gone_and_one_that_reads_zero_are_not_frozen(
    trained: FrozenRule,
) -> None:
    chance = seeded(5)
    gone = [{VOLTAGE: 230.0 + place} for place in range(20)]
    assert not any(play(trained, 0.0, gone))
    zero = [noise(chance) | {METER: 0.0} for _ in range(20)]
    assert not any(play(trained, 1200.0, zero))


def test_equal_readings_before_and_after_a_gap_are_no_run(trained: FrozenRule) -> None:
    frozen = noise(seeded(2))
    for place in range(9):
        assert not beyond(trained.look(observe(place * 700.0, numbers=frozen)))
    assert not beyond(trained.look(observe(0.0, numbers=frozen)))


def test_what_is_new_is_given_ten_minutes_and_twelve_polls() -> None:
    rule = FrozenRule(EXPECTATIONS)
    found = play(rule, 0.0, [noise(seeded(2))] * 16)
    assert not any(found[:13])
    assert set(found[-1]) == {"inverter", "meter"}


def test_a_battery_at_rest_is_learned_apart() -> None:
    rule = FrozenRule(BATTERY)
    still = {"battery_voltage_v": 380.0}
    idle = {"powers": {Flow.BATTERY: 3.0}}
    assert not any(play(rule, 0.0, [still] * 60, **idle))
    # Then it works, and the voltage stands for as long: that is another thing.
    found = play(rule, 3600.0, [still] * 20)
    assert not any(found[:12])
    assert found[-1] == ["battery"]
    assert not any(play(rule, 4800.0, [still] * 20, battery=Readiness.ASLEEP))


def test_a_battery_at_rest_is_judged_once_it_is_known() -> None:
    rule = FrozenRule(BATTERY)
    idle, polls = {"powers": {Flow.BATTERY: None}}, int(2.1 * 86400 / POLL_S)
    lively = [{"battery_voltage_v": 380.0 + place % 7} for place in range(polls)]
    assert not any(play(rule, 0.0, lively, **idle))
    known = FrozenRule(BATTERY)
    known.restore(json.loads(json.dumps(rule.document())))
    assert play(known, 0.0, [lively[0]] * 20, **idle)[-1] == ["battery"]


def test_what_was_learned_is_kept(trained: FrozenRule) -> None:
    again = FrozenRule(EXPECTATIONS)
    again.restore(json.loads(json.dumps(trained.document())))
    assert play(again, 0.0, [noise(seeded(2))] * 8)[-1] == ["inverter", "meter"]
    assert again.document().keys() == trained.document().keys()


@pytest.mark.parametrize(
    "document",
    [
        {"meter": {}},
        {"meter": {"observed_s": -1.0, "polls": [], "seconds": []}},
        {"meter": {"observed_s": 1.0, "polls": [float("nan")], "seconds": []}},
    ],
)
def test_what_cannot_be_read_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        FrozenRule(EXPECTATIONS).restore(document)


def test_two_failures_while_learning_are_not_taken_for_its_nature() -> None:
    stillness = Stillness(DEVICE)
    for seconds in (6000.0, 20.0, 10.0, 9000.0, 15.0):
        stillness.learn(int(seconds / 10.0), seconds)
    stillness.watch(3 * 86400.0)
    assert stillness.longest_s == 20.0
    assert stillness.limit_s(10, 100.0) == 80.0
    stillness.learn(500, 5000.0)
    assert stillness.longest_s == 20.0
    stillness.learn(4, 40.0)
    assert stillness.longest_s == 40.0


def test_a_lively_thing_learns_its_first_runs_late() -> None:
    stillness = Stillness(CHANNEL)
    stillness.learn(0, 0.0)
    stillness.watch(3 * 86400.0)
    assert stillness.limit_s(0, 0.0) == 60.0
    stillness.learn(2, 20.0)
    assert stillness.longest_s == 0.0


@given(
    st.lists(
        st.tuples(
            st.floats(),
            st.dictionaries(st.sampled_from([VOLTAGE, FREQUENCY, METER]), st.floats()),
        ),
        max_size=12,
    )
)
def test_no_number_and_no_clock_upsets_it(
    polls: list[tuple[float, dict[str, float]]],
) -> None:
    rule = FrozenRule(EXPECTATIONS)
    for uptime_s, numbers in polls:
        seen = observe(0.0, numbers=numbers)
        object.__setattr__(seen, "uptime_s", uptime_s)
        list(rule.look(seen))
