"""What the panels gave in the last weeks, as a forecast where there is no better one.

Quarter hours are those of UTC: the sun knows no summer time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..core.interval import Interval
from ..core.power_forecast import PowerForecast, PowerStep
from .persistence import (
    Correction,
    Past,
    Persistence,
    correction_now,
    fit_persistence,
    lead_h,
)
from .quarters import PER_DAY, QUARTER, Quarters, quarter_of, quarters_between, slot_of
from .weighted import Weighed, clamped, weighted_quantiles

LONGEST_PAST = timedelta(days=28)
LEAST_PAST = timedelta(days=1)
"""Less may not have seen every hour of the day."""

HALF_LIFE_DAYS = 10.0
"""The sun climbs or sinks noticeably within weeks; weather needs days to average."""

SOURCE = "own last weeks"
HORIZON = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class PvBand:
    """Powers of one quarter hour of the day, W."""

    p10_w: float = 0.0
    mean_w: float = 0.0
    p90_w: float = 0.0
    most_w: float = 0.0
    """The most it and its neighbours gave: a clear sky."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PvModel:
    """The plant's own last weeks."""

    bands: tuple[PvBand, ...]
    """By quarter hour of the day in UTC; nothing where nothing was ever measured, as
    inverters that sleep at night leave it."""

    persistence: Persistence
    days: float
    """How much past it is made of."""

    def at(self, moment: datetime) -> PvBand:
        """Return what is usual at an aware moment."""
        return self.bands[slot_of(moment, UTC)]


def learn_pv(history: Quarters, now: datetime) -> PvModel | None:
    """Return what the last four weeks teach.

    Args:
        history: Measured PV power; negative ones count as 0.
        now: Aware; later quarter hours are left out.

    Returns:
        ``None`` if the history is shorter than a day.
    """
    taken = {
        quarter: max(0.0, power_w)
        for quarter, power_w in history.items()
        if now - LONGEST_PAST <= quarter <= now - QUARTER
    }
    if not taken or max(taken) - min(taken) + QUARTER < LEAST_PAST:
        return None
    ring: list[list[Weighed]] = [[] for _ in range(PER_DAY)]
    for quarter, power_w in taken.items():
        age_days = (now - quarter) / timedelta(days=1)
        weight = 0.5 ** (age_days / HALF_LIFE_DAYS)
        ring[slot_of(quarter, UTC)].append((power_w, weight))
    bands = tuple(_band(ring, slot) for slot in range(PER_DAY))
    bare = PvModel(bands=bands, persistence=Persistence(), days=len(taken) / PER_DAY)
    past = _past(bare, taken, now, LONGEST_PAST)
    return PvModel(bands=bands, persistence=fit_persistence(past), days=bare.days)


def forecast_pv(
    model: PvModel, recent: Quarters, now: datetime, horizon: timedelta = HORIZON
) -> PowerForecast:
    """Return the PV power from the quarter hour of now on.

    Args:
        model: From :func:`learn_pv`.
        recent: Measured PV power of the last day; what is missing is taken as usual.
        now: Aware.
        horizon: How far to look.
    """
    past = _past(model, recent, now, timedelta(days=1))
    correction = correction_now(past, model.persistence)
    return PowerForecast(
        source=SOURCE,
        steps=tuple(
            _step(model.at(quarter), correction, quarter, now)
            for quarter in quarters_between(now, now + horizon)
        ),
    )


def _band(ring: list[list[Weighed]], slot: int) -> PvBand:
    around = _around(ring, slot)
    if not ring[slot]:
        return PvBand()
    low_w, high_w = weighted_quantiles(around, (0.1, 0.9))
    # Not of the neighbours: a mean over a curve would cut its top and widen its feet.
    mean_w = _mean(ring[slot])
    return PvBand(
        p10_w=min(low_w, mean_w),
        mean_w=mean_w,
        p90_w=max(high_w, mean_w),
        most_w=max(power_w for power_w, _ in around),
    )


def _around(ring: list[list[Weighed]], slot: int) -> list[Weighed]:
    return ring[slot - 1] + ring[slot] + ring[(slot + 1) % PER_DAY]


def _mean(values: Iterable[Weighed]) -> float:
    work, whole = 0.0, 0.0
    for power_w, weight in values:
        work += power_w * weight
        whole += weight
    return work / whole


def _past(model: PvModel, history: Quarters, now: datetime, length: timedelta) -> Past:
    pairs = {
        quarter: (max(0.0, power_w), model.at(quarter).mean_w)
        for quarter, power_w in history.items()
        if now - length <= quarter <= now - QUARTER
    }
    return Past(pairs, quarter_of(now))


def _step(
    band: PvBand, correction: Correction, quarter: datetime, now: datetime
) -> PowerStep:
    """Return the forecast of one quarter hour: never above a clear sky."""
    factor = correction.factor(lead_h(now, quarter))
    middle_w = min(band.mean_w * factor, band.most_w)
    return PowerStep(
        interval=Interval(start=quarter, end=quarter + QUARTER),
        p10_w=min(band.p10_w * factor, middle_w),
        p50_w=middle_w,
        p90_w=clamped(band.p90_w * factor, middle_w, band.most_w),
    )
