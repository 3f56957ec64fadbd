"""Attacks alter what they are about, and nothing else."""

from dataclasses import fields

import pytest
from scripts.benchmarks.anomaly.attack import Attack
from scripts.benchmarks.anomaly.attacks_control import (
    HiddenCommand,
    NotFollowing,
    RogueCommand,
    RogueSetting,
)
from scripts.benchmarks.anomaly.attacks_link import ChangedIdentity, Latency, Stranger
from scripts.benchmarks.anomaly.attacks_stale import (
    CarefulReplay,
    Clock,
    FrozenAll,
    FrozenDevice,
    Replay,
    device_of,
)
from scripts.benchmarks.anomaly.attacks_values import (
    Consistent,
    Counter,
    Offset,
    OutOfRange,
    SocJump,
    SocRamp,
    Temperature,
    WrongScale,
    WrongSign,
)
from scripts.benchmarks.anomaly.conversation import Conversation
from scripts.benchmarks.anomaly.events import ATTACKS, Event

from custom_components.bessai.core.observation import Flow, Observation

from .test_anomaly_plant import HOUR_S, home_at

NUMBERS = {"numbers", "powers", "grid_phases_w", "soc_pct"}
HEAT = {"battery_temperature_c", "inverter_temperature_c"}
LIMITS = {"charge_limit_w", "discharge_limit_w"}
ALTERS: dict[type[Attack], set[str]] = {
    FrozenDevice: NUMBERS | HEAT | LIMITS,
    FrozenAll: NUMBERS | HEAT | LIMITS | {"plant_clock_s"},
    Replay: NUMBERS
    | HEAT
    | LIMITS
    | {"plant_clock_s", "inverter_status", "commanded", "self_consuming"},
    CarefulReplay: NUMBERS
    | HEAT
    | LIMITS
    | {"inverter_status", "commanded", "self_consuming"},
    OutOfRange: NUMBERS | HEAT,
    WrongScale: {"numbers", "powers", "grid_phases_w"},
    WrongSign: {"numbers", "powers", "grid_phases_w"},
    Offset: {"numbers", "powers", "grid_phases_w"},
    Consistent: {"numbers", "powers", "grid_phases_w"},
    SocJump: {"numbers", "soc_pct"},
    SocRamp: {"numbers", "soc_pct"},
    Temperature: {"numbers", "battery_temperature_c"},
    Counter: {"numbers"},
    Clock: {"plant_clock_s"},
    ChangedIdentity: {"identity", "reconnected"},
    Latency: {"response_s"},
}
PHYSICAL = (RogueSetting, RogueCommand, HiddenCommand, NotFollowing)


def run(attack: type[Attack] | None) -> tuple[Event, list[tuple[float, Observation]]]:
    """Return an hour and a half around noon with an event in its middle."""
    home = home_at(11.0)
    start_s = home.start.timestamp() + 0.75 * HOUR_S
    event = Event(attack=attack or Attack, start_s=start_s, end_s=start_s + 1_200.0)
    talk = Conversation(
        home,
        home.start.timestamp() + 1.5 * HOUR_S,
        events=[event] if attack else [],
    )
    return event, [(poll.at_s, poll.observation) for poll in talk.polls()]


@pytest.fixture(scope="module")
def sound() -> list[tuple[float, Observation]]:
    """Return the same time without an event."""
    return run(None)[1]


def differing(one: Observation, other: Observation) -> set[str]:
    """Return in which fields two observations differ."""
    return {
        field.name
        for field in fields(Observation)
        if getattr(one, field.name) != getattr(other, field.name)
    }


def test_every_attack_is_tried() -> None:
    assert set(ATTACKS) == ALTERS.keys() | PHYSICAL | {Stranger}


@pytest.mark.parametrize("attack", ALTERS, ids=lambda attack: attack.name)
def test_it_alters_what_it_is_about_and_only_then(
    attack: type[Attack], sound: list[tuple[float, Observation]]
) -> None:
    event, polls = run(attack)
    altered: set[str] = set()
    for (at_s, shown), (_, honest) in zip(polls, sound, strict=True):
        if at_s < event.start_s:
            assert shown == honest
        elif at_s < event.end_s:
            altered |= differing(shown, honest)
    assert altered
    assert altered <= ALTERS[attack]


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ALTERS if not attack.breaks and attack is not Temperature],
    ids=lambda attack: attack.name,
)
def test_afterwards_all_is_as_it_would_have_been(
    attack: type[Attack], sound: list[tuple[float, Observation]]
) -> None:
    event, polls = run(attack)
    # What only each third poll reads is known anew half a minute later.
    after_s = event.end_s + 60.0
    pairs = zip(polls, sound, strict=True)
    assert all(one == other for one, other in pairs if one[0] > after_s)


def test_a_frozen_device_leaves_the_others_alone(
    sound: list[tuple[float, Observation]],
) -> None:
    event, polls = run(FrozenDevice)
    devices = {
        device_of(key)
        for (at_s, shown), (_, honest) in zip(polls, sound, strict=True)
        if event.start_s <= at_s < event.end_s
        for key, value in shown.numbers.items()
        if honest.numbers[key] != value
    }
    assert len(devices) == 1


def test_a_consistent_lie_adds_up(sound: list[tuple[float, Observation]]) -> None:
    event, polls = run(Consistent)
    for (at_s, shown), (_, honest) in zip(polls, sound, strict=True):
        if event.start_s <= at_s < event.end_s and Flow.AC in shown.powers:
            told, true = shown.powers, honest.powers
            assert used_w(told) == pytest.approx(used_w(true), abs=2.0)


def used_w(powers: object) -> float:
    """Return what the house uses by the meter."""
    assert isinstance(powers, dict)
    return float((powers[Flow.AC] or 0.0) + (powers[Flow.GRID] or 0.0))


def test_a_stranger_tells_nothing_but_its_name() -> None:
    event, polls = run(Stranger)
    during = [seen for at_s, seen in polls if event.start_s <= at_s < event.end_s]
    assert during
    assert all(seen.stranger and not seen.numbers for seen in during)
    assert event.effective


def test_a_foreign_command_really_moves_the_battery(
    sound: list[tuple[float, Observation]],
) -> None:
    event, polls = run(HiddenCommand)
    moved = [
        abs((shown.powers[Flow.BATTERY] or 0.0) - (honest.powers[Flow.BATTERY] or 0.0))
        for (at_s, shown), (_, honest) in zip(polls, sound, strict=False)
        if event.start_s + 60.0 < at_s < event.end_s
    ]
    assert max(moved) > 1_000.0
    assert event.effective
    during = [seen for at_s, seen in polls if event.start_s <= at_s < event.end_s]
    assert not any(seen.commanded for seen in during)


@pytest.mark.parametrize("attack", PHYSICAL, ids=lambda attack: attack.name)
def test_settings_are_put_back(attack: type[Attack]) -> None:
    home = home_at(15.5)
    start_s = home.start.timestamp() + 600.0
    event = Event(attack=attack, start_s=start_s, end_s=start_s + 900.0)
    talk = Conversation(home, start_s + 1_500.0, events=[event])
    before = dict(talk.life.board.values)
    assert list(talk.polls())
    after = talk.life.board.values
    assert after == before
    assert event.effective


def test_a_foreign_write_is_never_among_ours() -> None:
    event, polls = run(RogueCommand)
    ours = [
        write.value
        for at_s, seen in polls
        if event.start_s <= at_s < event.end_s
        for write in seen.writes
        if write.key == "forcible_command"
    ]
    assert set(ours) <= {"stop"}


def test_a_command_that_is_not_followed_is_ours() -> None:
    event, polls = run(NotFollowing)
    during = [seen for at_s, seen in polls if event.start_s <= at_s < event.end_s]
    assert all(seen.wish for seen in during)
    assert any(seen.writes for seen in during)
