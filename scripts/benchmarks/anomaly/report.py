"""What came of all homes, as tables."""

from collections import Counter
from collections.abc import Iterator, Sequence

from .events import ATTACKS, Event
from .scoring import Alarm, Score, Span, add, episodes, first_in, score
from .trial import FOREST, OLDER, OURS, Trial

_BESIDE_S = 900.0
_LISTED = 40


def build_report(trials: Sequence[Trial]) -> str:
    """Return the tables."""
    parts = (_summary(trials), _classes(trials), _false(trials), _costs(trials))
    return "\n".join(line for part in parts for line in (*part, ""))


def clean_alarms(trial: Trial, name: str) -> list[Alarm]:
    """Return what a detector raised in the clean weeks."""
    phases = trial.phases
    return [
        alarm
        for alarm in trial.alarms[name]
        if phases.clean_s <= alarm.at_s < phases.attacked_s
    ]


def score_of(trial: Trial, name: str, events: Sequence[Event]) -> Score:
    """Return how a detector did with some of the events."""
    every = [_span(event) for event in trial.events]
    wanted = [_span(event) for event in events if event.effective]
    alarms = [one for one in trial.alarms[name] if one.at_s >= trial.phases.attacked_s]
    return score(wanted, every, alarms)


def _span(event: Event) -> Span:
    return Span(event.start_s, event.end_s)


def _names(trials: Sequence[Trial]) -> list[str]:
    return [n for n in (OURS, OLDER, FOREST) if all(n in one.alarms for one in trials)]


def _summary(trials: Sequence[Trial]) -> Iterator[str]:
    weeks = sum(trial.phases.clean_weeks for trial in trials)
    events = [event for trial in trials for event in trial.events]
    effective = sum(event.effective for event in events)
    yield (
        f"{len(trials)} homes, {weeks:.1f} clean weeks, {len(events)} events, "
        f"{effective} of them with an effect"
    )
    yield ""
    yield "| detector | recall | precision | F1 | false alarms a week | median delay |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for name in _names(trials):
        total = add([score_of(trial, name, trial.events) for trial in trials])
        false = sum(len(episodes(clean_alarms(trial, name))) for trial in trials)
        yield (
            f"| {name} | {total.recall:.2f} | {total.precision:.2f} | {total.f1:.2f} "
            f"| {false / weeks:.2f} ({false} in all) | {_seconds(total.delay_s)} |"
        )
    if len(_names(trials)) == 1:
        yield "scikit-learn was not found: see ANOMALY_PYTHON"


def _seconds(delay_s: float | None) -> str:
    return "-" if delay_s is None else f"{delay_s:.0f} s"


def _classes(trials: Sequence[Trial]) -> Iterator[str]:
    others = _names(trials)[1:]
    heads = " | ".join(f"recall, {name}" for name in others)
    yield f"| class | events | no effect | recall | delay | found as | {heads} |"
    yield "| --- | --- | --- | --- | --- | --- |" + " --- |" * max(len(others), 1)
    for attack in ATTACKS:
        of_class = [
            (trial, [event for event in trial.events if event.attack is attack])
            for trial in trials
        ]
        ours = add([score_of(trial, OURS, events) for trial, events in of_class])
        count = sum(len(events) for _, events in of_class)
        recalls = " | ".join(
            f"{add([score_of(t, name, es) for t, es in of_class]).recall:.2f}"
            for name in others
        )
        yield (
            f"| {attack.name} | {ours.events} | {count - ours.events} "
            f"| {ours.recall:.2f} | {_seconds(ours.delay_s)} "
            f"| {_found_as(of_class)} | {recalls} |"
        )


def _found_as(of_class: Sequence[tuple[Trial, list[Event]]]) -> str:
    """Return by which kinds of findings events were found first."""
    kinds = Counter(
        alarm.name
        for trial, events in of_class
        for event in events
        if event.effective and (alarm := first_in(_span(event), trial.alarms[OURS]))
    )
    return ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())


def _false(trials: Sequence[Trial]) -> Iterator[str]:
    """Yield what was false, with what happened shortly before."""
    yield "False alarms in clean weeks: home, day, kind, subject, what happened before"
    listed = 0
    for trial in trials:
        for alarm in clean_alarms(trial, OURS):
            listed += 1
            if listed <= _LISTED:
                yield f"  {trial.seed}, {_told(trial, alarm)}"
    yield f"  {listed} findings"
    for trial in trials:
        early = Counter(
            alarm.name
            for alarm in trial.alarms[OURS]
            if alarm.at_s < trial.phases.clean_s
        )
        kinds = ", ".join(f"{kind} {count}" for kind, count in early.items()) or "none"
        yield f"  while home {trial.seed} was learned: {kinds}"
        yield from _late(trial)


def _late(trial: Trial) -> Iterator[str]:
    """Yield what was false in the attacked weeks."""
    every = [_span(event) for event in trial.events]
    alarms = [one for one in trial.alarms[OURS] if one.at_s >= trial.phases.attacked_s]
    false = [one for one in alarms if not score([], every, [one]).true_episodes]
    for alarm in false[:_LISTED]:
        yield f"  {trial.seed}, {_told(trial, alarm)} (attacked weeks)"


def _told(trial: Trial, alarm: Alarm) -> str:
    day = (alarm.at_s - trial.phases.start_s) / 86_400.0
    before = [
        one.kind.value
        for one in trial.happenings
        if one.start_s <= alarm.at_s <= one.end_s + _BESIDE_S
    ]
    return f"{day:.2f}, {alarm.name}, {alarm.subject}, {', '.join(before) or '-'}"


def _costs(trials: Sequence[Trial]) -> Iterator[str]:
    looks = sorted(one for trial in trials for one in trial.costs.looks_s)
    fits = sorted(one for trial in trials for one in trial.costs.fits_s)
    middle, late = looks[len(looks) // 2], looks[int(0.99 * len(looks))]
    yield f"A look: p50 {1e6 * middle:.0f} us, p99 {1e6 * late:.0f} us of the processor"
    if fits:
        yield (
            f"A forest: fitted in {1e3 * fits[len(fits) // 2]:.0f} ms, at most "
            f"{1e3 * fits[-1]:.0f} ms ({len(fits)} times)"
        )
    for trial in trials:
        days = (trial.learned_s or trial.phases.end_s) - trial.phases.start_s
        yield (
            f"Home {trial.seed}: {trial.polls} polls, learned after "
            f"{days / 86_400.0:.1f} days{'' if trial.learned_s else ' or later'}, "
            f"document {trial.costs.document_bytes / 1024.0:.0f} KiB, "
            f"unreadable after a restart: {', '.join(trial.unreadable) or 'nothing'}"
        )
