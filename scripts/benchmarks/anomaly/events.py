"""When which attack takes place: never two at once, an hour apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .attack import Attack
from .attacks_control import HiddenCommand, NotFollowing, RogueCommand, RogueSetting
from .attacks_link import ChangedIdentity, Latency, Stranger
from .attacks_stale import CarefulReplay, Clock, FrozenAll, FrozenDevice, Replay
from .attacks_values import (
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
from .chance import chance_of

ATTACKS: tuple[type[Attack], ...] = (
    FrozenDevice,
    FrozenAll,
    Replay,
    CarefulReplay,
    OutOfRange,
    WrongScale,
    WrongSign,
    Offset,
    Consistent,
    SocJump,
    SocRamp,
    Temperature,
    Counter,
    Clock,
    RogueSetting,
    RogueCommand,
    HiddenCommand,
    NotFollowing,
    ChangedIdentity,
    Stranger,
    Latency,
)
APART_S = 3_600.0
_SHORTEST_S, _LONGEST_S = 600.0, 1_800.0
_WINDOW_S, _EARLIEST_S = 180.0, 150.0
"""Strength is a mean of three minutes, but for what is short of a poll."""


@dataclass(slots=True, kw_only=True)
class Event:
    """One attack; its strength comes out while it is lived through."""

    attack: type[Attack]
    start_s: float
    end_s: float
    strength: float = 0.0
    _polls: list[tuple[float, float]] = field(default_factory=list)

    @property
    def effective(self) -> bool:
        """Whether there was anything to be found."""
        return self.strength >= 1.0

    def note(self, at_s: float, strength: float) -> None:
        """Take the strength of a poll; the strongest three minutes count."""
        self._polls = [poll for poll in self._polls if poll[0] > at_s - _WINDOW_S] + [
            (at_s, strength)
        ]
        if at_s >= self.start_s + _EARLIEST_S:
            mean = sum(one for _, one in self._polls) / len(self._polls)
            self.strength = max(self.strength, mean)


def draw_events(
    seed: int,
    start_s: float,
    end_s: float,
    per_class: int,
    attacks: Sequence[type[Attack]] = ATTACKS,
) -> list[Event]:
    """Return events in order, at random times.

    Fewer than asked for where the time is too short; then by turns of the classes.
    """
    chance = chance_of("events", seed)
    order: list[type[Attack]] = []
    for _ in range(per_class):
        order += chance.sample(attacks, len(attacks))
    room_s = end_s - start_s - APART_S
    order = order[: max(int(room_s // (_LONGEST_S + APART_S)), 0)]
    lengths = [chance.uniform(_SHORTEST_S, _LONGEST_S) for _ in order]
    free_s = room_s - sum(lengths) - APART_S * len(order)
    waits = sorted(chance.uniform(0.0, free_s) for _ in order)
    chance.shuffle(order)
    events, used_s = [], start_s + APART_S
    for attack, length_s, wait_s in zip(order, lengths, waits, strict=True):
        begin_s = used_s + wait_s
        events.append(Event(attack=attack, start_s=begin_s, end_s=begin_s + length_s))
        used_s += length_s + APART_S
    return events
