"""Makes the forecast of each day from what was known the day before, and compares."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from time import process_time

import numpy as np

from custom_components.bessai.inference.errors import ModelRefused
from custom_components.bessai.inference.model_loader import LoadedModel
from custom_components.bessai.inference.price_ahead import LEAD_DAYS, DayAhead
from custom_components.bessai.inference.price_history import DailyPrices, Floats
from custom_components.bessai.inference.price_lesson import NOTHING
from custom_components.bessai.inference.price_model import fit_days
from custom_components.bessai.inference.price_onnx import day_ahead, path_of
from custom_components.bessai.planning.price_forecast import KEPT, PriceForecaster

from .series import Series

PER_MWH = 1000.0
"""Models may be told prices per kWh, and files have them per MWh."""

MEMORY_DAYS = 53
"""Forecasts of a model that are kept to correct the next."""

type Forecaster = Callable[[DailyPrices], tuple[DayAhead, ...] | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdict:
    """Forecasts of a period beside what came."""

    name: str
    days: Sequence[int]
    """Rows of the series."""

    said: Floats
    """(days, lead days, 3, 24): p10, p50, p90; NaN where nothing was said."""

    came: Floats
    """(days, lead days, 24); NaN where unknown."""

    week_before: Floats
    """(days, lead days, 24): the same hour a week before the lead day."""

    usual: Floats
    """(days,): mean price of the last seven days."""

    confidence: Floats
    """(days, lead days)"""

    seconds: float
    """Of a processor, per day."""

    others: Mapping[str, Floats]
    """(days, 24): what others say of the first day."""


def judge_ours(series: Series, name: str, period: range) -> Verdict:
    """Return how our own method does, with naive and published forecasts beside it."""
    learned = NOTHING

    def forecast(days: DailyPrices) -> tuple[DayAhead, ...]:
        nonlocal learned
        fit = fit_days(days, learned)
        learned = fit.learned
        return fit.ahead

    judged = series.judged(period)
    others = {label: said[judged] for label, said in series.published.items()}
    others["day before"] = np.array([series.before(day).values[-1] for day in judged])
    others["recent days"] = np.array([_recent_days(series, day) for day in judged])
    return _judge(series, name, judged, forecast, others)


def judge_model(
    series: Series, name: str, period: range, model: LoadedModel
) -> Verdict:
    """Return how a model does; of days that it was taught it is not asked."""
    paths: dict[int, Floats] = {}

    def forecast(days: DailyPrices) -> tuple[DayAhead, ...] | None:
        _walk(model, days, paths)
        if days.end_day not in paths:
            return None
        past: list[Floats] = []
        for day in range(days.end_day - 1, days.end_day - MEMORY_DAYS - 1, -1):
            if day not in paths:
                break
            past.insert(0, paths[day])
        found = np.array(past)
        expected = paths[days.end_day]
        return tuple(
            day_ahead(days, found, expected[lead], lead) for lead in range(LEAD_DAYS)
        )

    per_kwh = replace(series, prices=series.prices / PER_MWH)
    return _judge(per_kwh, name, series.judged(period), forecast, {})


def _walk(model: LoadedModel, days: DailyPrices, paths: dict[int, Floats]) -> None:
    """Ask the model for each of the last days for which it has not been asked yet.

    Where it refuses to answer, nothing is said.
    """
    taught_until = (model.card.training.end - _EPOCH.date()).days
    first = max(days.end_day - MEMORY_DAYS, taught_until + 1, max(paths, default=0) + 1)
    for day in range(first, days.end_day + 1):
        try:
            paths[day] = path_of(model, days, day)
        except ModelRefused:
            continue


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _recent_days(series: Series, day: int) -> Floats:
    """Return what the mean of recent days says, which needs no eight weeks."""
    start = datetime.combine(series.day(day), time(), UTC)
    first = max(0, day - KEPT.days)
    known = {
        start + timedelta(days=row - day, hours=hour): float(price)
        for row in range(first, day)
        for hour, price in enumerate(series.prices[row])
        if np.isfinite(price)
    }
    forecaster = PriceForecaster(known, UTC)
    said = [forecaster.at(start + timedelta(hours=hour)) for hour in range(24)]
    return np.array([np.nan if one is None else one.value for one in said])


def _judge(
    series: Series,
    name: str,
    judged: Sequence[int],
    forecaster: Forecaster,
    others: Mapping[str, Floats],
) -> Verdict:
    began = process_time()
    found = [forecaster(series.before(day)) for day in judged]
    seconds = (process_time() - began) / max(1, len(judged))
    nothing = np.full((LEAD_DAYS, 3, 24), np.nan)
    return Verdict(
        name=name,
        days=judged,
        said=np.array([nothing if ahead is None else _table(ahead) for ahead in found]),
        came=np.array([list(_came(series, day)) for day in judged]),
        week_before=np.array([list(_came(series, day - 7)) for day in judged]),
        usual=np.array([np.nanmean(series.prices[day - 7 : day]) for day in judged]),
        confidence=np.array(
            [
                [0.0] * LEAD_DAYS if ahead is None else [d.confidence for d in ahead]
                for ahead in found
            ]
        ),
        seconds=seconds,
        others=others,
    )


def _table(ahead: tuple[DayAhead, ...]) -> Floats:
    return np.array([(day.low, day.middle, day.high) for day in ahead])


def _came(series: Series, day: int) -> Iterator[Floats]:
    """Yield a day and the next ones, NaN where unknown."""
    for lead in range(LEAD_DAYS):
        inside = day + lead < series.days
        yield series.prices[day + lead] if inside else np.full(24, np.nan)
