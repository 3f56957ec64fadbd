"""Counting by events: what was found, what was false. Nothing is point-adjusted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

MERGE_S = 600.0
"""Alarms that are no further apart are one episode, to whoever is alarmed."""

GRACE_S = 60.0
"""An event is found until so long after its end."""

AFTERMATH_S = 600.0
"""An episode this soon after an event is about the event's end, and not false."""


class Span(NamedTuple):
    """From when until when, s; both ends included."""

    start_s: float
    end_s: float


class Alarm(NamedTuple):
    """Something that was not alarming before and is now."""

    at_s: float
    name: str
    """What kind it is of."""

    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one detector did in the attacked weeks."""

    events: int
    found: int
    episodes: int
    true_episodes: int
    delays_s: tuple[float, ...]

    @property
    def recall(self) -> float:
        """Share of the events that were found."""
        return self.found / self.events if self.events else 0.0

    @property
    def precision(self) -> float:
        """Share of the episodes that were about an event."""
        return self.true_episodes / self.episodes if self.episodes else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.recall + self.precision
        return 2.0 * self.recall * self.precision / both if both else 0.0

    @property
    def delay_s(self) -> float | None:
        """Median time from begin to the first alarm of what was found."""
        return median(self.delays_s) if self.delays_s else None


def episodes(alarms: Iterable[Alarm]) -> list[Span]:
    """Return alarms as episodes, in order."""
    merged: list[Span] = []
    for at_s in sorted(alarm.at_s for alarm in alarms):
        if merged and at_s - merged[-1].end_s <= MERGE_S:
            merged[-1] = merged[-1]._replace(end_s=at_s)
        else:
            merged.append(Span(at_s, at_s))
    return merged


def first_in(event: Span, alarms: Iterable[Alarm]) -> Alarm | None:
    """Return what found an event, if anything did."""
    within = [
        alarm
        for alarm in alarms
        if event.start_s <= alarm.at_s <= event.end_s + GRACE_S
    ]
    return min(within, default=None)


def score(
    wanted: Sequence[Span], every: Sequence[Span], alarms: Sequence[Alarm]
) -> Score:
    """Return how alarms did.

    Args:
        wanted: Events that had an effect, which are to be found.
        every: All events: an alarm about one without effect is not false either.
        alarms: All that were raised in the attacked weeks.
    """
    firsts = [(event, first_in(event, alarms)) for event in wanted]
    delays = [first.at_s - event.start_s for event, first in firsts if first]
    raised = episodes(alarms)
    return Score(
        events=len(wanted),
        found=len(delays),
        episodes=len(raised),
        true_episodes=sum(_is_about(one, every) for one in raised),
        delays_s=tuple(delays),
    )


def add(scores: Sequence[Score]) -> Score:
    """Return the score of several homes together."""
    return Score(
        events=sum(one.events for one in scores),
        found=sum(one.found for one in scores),
        episodes=sum(one.episodes for one in scores),
        true_episodes=sum(one.true_episodes for one in scores),
        delays_s=tuple(delay for one in scores for delay in one.delays_s),
    )


def _is_about(episode: Span, events: Sequence[Span]) -> bool:
    return any(
        episode.start_s <= event.end_s + AFTERMATH_S and episode.end_s >= event.start_s
        for event in events
    )
