"""A PV forecast from somewhere else, corrected by what this plant really gave."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..core.interval import Interval
from ..core.power_forecast import PowerForecast, PowerStep, Quantile
from .persistence import (
    Correction,
    Past,
    Persistence,
    correction_now,
    fit_persistence,
    lead_h,
)
from .quarters import PER_DAY, QUARTER, Quarters, quarter_of, quarters_between
from .weighted import clamped, weighted_quantiles

BIAS_DAYS = 7
LEAST_BIAS, MOST_BIAS = 0.5, 1.5
"""A forecast that is further off is one of another plant, or the plant is curtailed:
better not to follow."""

EVIDENCE_DAYS = 2.0
"""Days of forecast that weigh as much as the assumption that it is right."""

USUAL_RATIOS = (0.5, 1.3)
"""Measured to forecast, one in ten below and one in ten above, until it is known."""

DIM = 0.05
"""Part of the brightest quarter hour below which a forecast says little."""

HORIZON = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class PvSkill:
    """How a foreign forecast does at this plant."""

    bias: float = 1.0
    """Measured energy per forecast energy in the last days, 0.5 to 1.5."""

    correction: Correction = field(default_factory=Correction)
    """What the last two hours say of the next ones."""

    low_ratio: float = USUAL_RATIOS[0]
    """Measured power per forecast power that one in ten falls short of."""

    high_ratio: float = USUAL_RATIOS[1]


def judge_pv(foreseen: Quarters, measured: Quarters, now: datetime) -> PvSkill:
    """Return how a forecast did lately.

    Args:
        foreseen: What it had said, an hour ahead, uncorrected.
        measured: What came.
        now: Aware.
    """
    pairs = {
        quarter: (max(0.0, measured[quarter]), power_w)
        for quarter, power_w in foreseen.items()
        if quarter <= now - QUARTER and quarter in measured
    }
    bias = _bias(pairs, now)
    unbiased = {quarter: (got, said * bias) for quarter, (got, said) in pairs.items()}
    past = Past(unbiased, quarter_of(now))
    # The level is the bias already.
    kept = Persistence(recent=fit_persistence(past).recent)
    low, high = _ratios(unbiased)
    return PvSkill(
        bias=bias,
        correction=Correction(recent=correction_now(past, kept).recent),
        low_ratio=low,
        high_ratio=high,
    )


def _bias(pairs: dict[datetime, tuple[float, float]], now: datetime) -> float:
    oldest = now - timedelta(days=BIAS_DAYS)
    recent = [pair for quarter, pair in pairs.items() if quarter >= oldest]
    got, said = sum(pair[0] for pair in recent), sum(pair[1] for pair in recent)
    if said <= 0.0:
        return 1.0
    days = max(1.0, len(recent) / PER_DAY)
    doubt = said / days * EVIDENCE_DAYS
    return clamped((got + doubt) / (said + doubt), LEAST_BIAS, MOST_BIAS)


def _ratios(pairs: dict[datetime, tuple[float, float]]) -> tuple[float, float]:
    """Return the ratios that bound four in five of the quarter hours of a day.

    Those in which hardly anything is foreseen do not count: their ratios are wild.
    """
    brightest_w = max((said for _, said in pairs.values()), default=0.0)
    ratios = [
        (got / said, 1.0) for got, said in pairs.values() if said > DIM * brightest_w
    ]
    doubt = max(1.0, EVIDENCE_DAYS * len(ratios) / max(1.0, len(pairs) / PER_DAY))
    low, high = USUAL_RATIOS
    # A fifth is more than a tenth: with nothing else, the usual ratios come out, and
    # with little more, rather too wide a band than too narrow a one.
    prior = [(low, doubt * 0.2), (1.0, doubt * 0.6), (high, doubt * 0.2)]
    found_low, found_high = weighted_quantiles([*ratios, *prior], (0.1, 0.9))
    return min(found_low, 1.0), max(found_high, 1.0)


def correct_pv(
    raw: PowerForecast,
    skill: PvSkill,
    own: PowerForecast | None,
    now: datetime,
    horizon: timedelta = HORIZON,
) -> PowerForecast:
    """Return a foreign forecast, corrected and filled up to the horizon.

    What it does not cover comes from the plant's own last weeks. Without those, holes
    in it are nights (platforms leave out what is 0), and after its end its last day is
    repeated.

    Args:
        raw: As it was given, in intervals of any length.
        skill: From :func:`judge_pv`.
        own: From the plant's last weeks; ``None``: there are none.
        now: Aware.
        horizon: How far to look.
    """
    steps: list[PowerStep] = []
    for interval in _intervals(now, horizon):
        step = _corrected(raw, skill, interval, lead_h(now, interval.start))
        steps.append(step or _filled(raw, own, interval, steps))
    return PowerForecast(source=raw.source, steps=tuple(steps))


def covered_until(raw: PowerForecast) -> datetime | None:
    """Return when the last interval of a forecast ends; ``None``: it has none."""
    return raw.steps[-1].interval.end if raw.steps else None


def _intervals(now: datetime, horizon: timedelta) -> Iterator[Interval]:
    for quarter in quarters_between(now, now + horizon):
        yield Interval(start=quarter, end=quarter + QUARTER)


def _corrected(
    raw: PowerForecast, skill: PvSkill, interval: Interval, ahead_h: float
) -> PowerStep | None:
    """Return what is said of a quarter hour, corrected; ``None``: nothing is."""
    middle_w = raw.mean_w(interval)
    if middle_w is None:
        return None
    low_w = raw.mean_w(interval, Quantile.P10) or 0.0
    high_w = raw.mean_w(interval, Quantile.P90) or middle_w
    if low_w == high_w:
        low_w, high_w = middle_w * skill.low_ratio, middle_w * skill.high_ratio
    factor = skill.bias * skill.correction.factor(ahead_h)
    return PowerStep(
        interval=interval,
        p10_w=low_w * factor,
        p50_w=middle_w * factor,
        p90_w=high_w * factor,
    )


def _filled(
    raw: PowerForecast,
    own: PowerForecast | None,
    interval: Interval,
    before: list[PowerStep],
) -> PowerStep:
    """Return what to expect where nothing is said."""
    if own is not None:
        return PowerStep(
            interval=interval,
            p10_w=own.mean_w(interval, Quantile.P10) or 0.0,
            p50_w=own.mean_w(interval) or 0.0,
            p90_w=own.mean_w(interval, Quantile.P90) or 0.0,
        )
    end = covered_until(raw)
    if end is not None and interval.start >= end and len(before) >= PER_DAY:
        yesterday = before[-PER_DAY]
        return PowerStep(
            interval=interval,
            p10_w=yesterday.p10_w,
            p50_w=yesterday.p50_w,
            p90_w=yesterday.p90_w,
        )
    return PowerStep(interval=interval, p10_w=0.0, p50_w=0.0, p90_w=0.0)
