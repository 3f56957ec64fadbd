"""One run of the forecasts: everything that takes time, for the executor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

from .core.power_forecast import PowerForecast
from .forecast_notes import ForecastNote, ForecastTrouble
from .forecast_payloads import Candidate, read_candidate
from .planning.load_forecast import LoadModel, forecast_load, learn_load
from .planning.pv_correction import correct_pv, covered_until, judge_pv
from .planning.pv_profile import PvModel, forecast_pv, learn_pv
from .plant_history import MeasuredPowers

ENOUGH_DAYS: Final = 7.0
"""A load profile of less has not seen every day of the week."""

SOON: Final = timedelta(hours=1)
"""A forecast that ends within this has not been renewed."""

LEARNED_FOR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What the past has taught; good for an hour."""

    at: datetime
    load: LoadModel | None
    pv: PvModel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInputs:
    """Everything that a run needs; nothing of it changes meanwhile."""

    now: datetime
    zone: tzinfo
    measured: MeasuredPowers
    foreseen_pv: Mapping[datetime, float]
    """What the foreign PV forecast had said an hour ahead, uncorrected."""

    candidates: Sequence[Candidate]
    chosen_pv: str | None
    learned: Learned | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What a run has found."""

    learned: Learned
    load: PowerForecast | None
    pv: PowerForecast | None
    raw_pv: PowerForecast | None
    """The foreign PV forecast as it was given."""

    notes: tuple[ForecastNote, ...]


def run_forecasts(inputs: RunInputs) -> RunResult:
    """Learn if it is time, read what is offered, and forecast."""
    learned = _learned(inputs)
    load, load_notes = _load(inputs, learned)
    raw, raw_notes = _raw_pv(inputs)
    pv, pv_notes = _pv(inputs, learned, raw)
    return RunResult(
        learned=learned,
        load=load,
        pv=pv,
        raw_pv=raw,
        notes=(*load_notes, *raw_notes, *pv_notes),
    )


def _learned(inputs: RunInputs) -> Learned:
    before, now = inputs.learned, inputs.now
    is_whole = before is not None and before.load is not None and before.pv is not None
    if before is not None and is_whole and before.at <= now < before.at + LEARNED_FOR:
        return before
    return Learned(
        at=now,
        load=learn_load(inputs.measured.load, now, inputs.zone),
        pv=learn_pv(inputs.measured.pv, now),
    )


def _load(
    inputs: RunInputs, learned: Learned
) -> tuple[PowerForecast | None, list[ForecastNote]]:
    if learned.load is None:
        return None, [ForecastNote(kind=ForecastTrouble.NO_LOAD)]
    forecast = forecast_load(learned.load, inputs.measured.load, inputs.now)
    days = learned.load.profile.days
    if days >= ENOUGH_DAYS:
        return forecast, []
    return forecast, [ForecastNote(kind=ForecastTrouble.LITTLE_LOAD, number=days)]


def _raw_pv(inputs: RunInputs) -> tuple[PowerForecast | None, list[ForecastNote]]:
    """Return the first forecast that reaches beyond now; what was wrong with others."""
    notes: list[ForecastNote] = []
    for candidate in inputs.candidates:
        raw = read_candidate(candidate, inputs.now)
        end = covered_until(raw)
        if end is not None and end > inputs.now + SOON:
            # What merely has nothing to read may be no forecast at all.
            return raw, [
                note for note in notes if note.kind is ForecastTrouble.PV_STALE
            ]
        trouble = ForecastTrouble.PV_STALE if end else ForecastTrouble.PV_UNREADABLE
        notes.append(ForecastNote(kind=trouble, about=candidate.name))
    if not inputs.candidates and inputs.chosen_pv:
        unreadable = ForecastTrouble.PV_UNREADABLE
        notes.append(ForecastNote(kind=unreadable, about=inputs.chosen_pv))
    return None, notes


def _pv(
    inputs: RunInputs, learned: Learned, raw: PowerForecast | None
) -> tuple[PowerForecast | None, list[ForecastNote]]:
    measured, now = inputs.measured.pv, inputs.now
    own = None if learned.pv is None else forecast_pv(learned.pv, measured, now)
    if raw is not None:
        skill = judge_pv(inputs.foreseen_pv, measured, now)
        return correct_pv(raw, skill, own, now), []
    if learned.pv is None:
        return None, [ForecastNote(kind=ForecastTrouble.NO_PV)]
    days = learned.pv.days
    return own, [ForecastNote(kind=ForecastTrouble.OWN_PV, number=days)]
