"""One home lived through: a week of learning, clean weeks, attacked weeks."""

from bisect import bisect_left
from dataclasses import dataclass
import os
import sys

from .conversation import Conversation
from .events import Event, draw_events
from .happenings import Happening, HappeningKind, draw
from .home import build_home
from .older import (
    OLDER_THRESHOLD,
    alarms_of,
    calibrated,
    forest_scores,
    older_scores,
)
from .raw_rows import RawRows
from .scoring import Alarm
from .watch import Costs, Watch

DAY_S = 86_400.0
WEEKS = float(os.environ.get("ANOMALY_WEEKS", "4"))
"""Clean ones, and as many attacked ones."""

LEARNING_DAYS = float(os.environ.get("ANOMALY_LEARNING_DAYS", "7"))
PER_CLASS = int(os.environ.get("ANOMALY_EVENTS", "15"))
"""Events of each class in four weeks."""

_ACCEPTS_AFTER_S = 3_600.0
"""The owner sees what is said after an update of the firmware, and agrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """When which weeks begin, s since 1970."""

    start_s: float
    clean_s: float
    attacked_s: float
    end_s: float

    @property
    def clean_weeks(self) -> float:
        """How many there are."""
        return (self.attacked_s - self.clean_s) / (7.0 * DAY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of one home."""

    seed: int
    phases: Phases
    polls: int
    events: list[Event]
    happenings: list[Happening]
    alarms: dict[str, list[Alarm]]
    """By detector."""

    costs: Costs
    unreadable: tuple[str, ...]
    learned_s: float | None


OURS, OLDER, FOREST = "rules and forest", "older detector", "forest on raw signals"


def phases_of(start_s: float) -> Phases:
    """Return the weeks of a home."""
    clean_s = start_s + LEARNING_DAYS * DAY_S
    attacked_s = clean_s + WEEKS * 7.0 * DAY_S
    return Phases(
        start_s=start_s,
        clean_s=clean_s,
        attacked_s=attacked_s,
        end_s=attacked_s + WEEKS * 7.0 * DAY_S,
    )


def live_through(seed: int) -> Trial:
    """Return what came of the home of a seed."""
    home = build_home(seed)
    phases = phases_of(home.start.timestamp())
    firmware_day = (phases.clean_s + 0.6 * (phases.attacked_s - phases.clean_s)) / DAY_S
    happenings = draw(
        home,
        (phases.end_s - phases.start_s) / DAY_S,
        firmware_day - phases.start_s / DAY_S,
    )
    per_class = max(round(PER_CLASS * WEEKS / 4.0), 1)
    events = draw_events(seed, phases.attacked_s, phases.end_s, per_class)
    talk = Conversation(home, phases.end_s, happenings, events)
    watch, raw = Watch(), RawRows()
    updated_s = next(
        one.end_s for one in happenings if one.kind is HappeningKind.FIRMWARE
    )
    accepted, week = False, 0
    for poll in talk.polls():
        watch.look(poll)
        raw.add(poll)
        if not accepted and poll.at_s > updated_s + _ACCEPTS_AFTER_S:
            accepted = True
            if watch.standing:
                watch.accept()
        if (poll.at_s - phases.start_s) // (7.0 * DAY_S) > week:
            week += 1
            sys.stderr.write(f"anomaly: home {seed}: {week} weeks\n")
    watch.store()
    return Trial(
        seed=seed,
        phases=phases,
        polls=len(raw.times_s),
        events=events,
        happenings=talk.happenings,
        alarms={OURS: watch.alarms} | _others(raw, phases),
        costs=watch.costs,
        unreadable=watch.unreadable,
        learned_s=watch.learned_s,
    )


def _others(raw: RawRows, phases: Phases) -> dict[str, list[Alarm]]:
    """Return what detectors without physics raised; empty without scikit-learn."""
    times = raw.times_s
    taught = bisect_left(times, phases.clean_s)
    attacked = bisect_left(times, phases.attacked_s)
    forest = forest_scores(raw, taught)
    if forest is None:
        return {}
    threshold = calibrated(times[taught:attacked], forest[taught:attacked])
    older = older_scores(raw, forest, taught)
    return {
        OLDER: alarms_of(times, older, OLDER_THRESHOLD),
        FOREST: alarms_of(times, forest, threshold),
    }
