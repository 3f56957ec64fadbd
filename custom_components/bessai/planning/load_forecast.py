"""The load of the next days: the profile, corrected by the last hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from ..core.interval import Interval
from ..core.power_forecast import PowerForecast, PowerStep
from .load_profile import LONGEST_PAST, LoadProfile, build_load_profile
from .persistence import (
    Past,
    Persistence,
    correction_now,
    fit_persistence,
    lead_h,
)
from .quarters import QUARTER, Quarters, quarter_of, quarters_between

HORIZON = timedelta(hours=72)
SOURCE = "load profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadModel:
    """What was learned of a house; good for some hours, as it changes slowly."""

    profile: LoadProfile
    persistence: Persistence


def learn_load(history: Quarters, now: datetime, zone: tzinfo) -> LoadModel | None:
    """Return what the last eight weeks teach; ``None``: less than an hour is known."""
    profile = build_load_profile(history, now, zone)
    if profile is None:
        return None
    past = _past(profile, history, now, LONGEST_PAST)
    return LoadModel(profile=profile, persistence=fit_persistence(past))


def forecast_load(
    model: LoadModel, recent: Quarters, now: datetime, horizon: timedelta = HORIZON
) -> PowerForecast:
    """Return the load from the quarter hour of now on.

    Args:
        model: From :func:`learn_load`.
        recent: Measured load, of the last day at least; what is missing is taken as
            usual.
        now: Aware.
        horizon: How far to look.
    """
    past = _past(model.profile, recent, now, timedelta(days=1))
    correction = correction_now(past, model.persistence)
    steps = []
    for quarter in quarters_between(now, now + horizon):
        low_w, mean_w, high_w = model.profile.at(quarter)
        factor = correction.factor(lead_h(now, quarter))
        steps.append(
            PowerStep(
                interval=Interval(start=quarter, end=quarter + QUARTER),
                p10_w=low_w * factor,
                p50_w=mean_w * factor,
                p90_w=high_w * factor,
            )
        )
    return PowerForecast(source=SOURCE, steps=tuple(steps))


def _past(
    profile: LoadProfile, history: Quarters, now: datetime, length: timedelta
) -> Past:
    # The quarter hour of now is not over: its mean is not there yet.
    pairs = {
        quarter: (max(0.0, power_w), profile.at(quarter).mean_w)
        for quarter, power_w in history.items()
        if now - length <= quarter <= now - QUARTER and power_w <= profile.limit_w
    }
    return Past(pairs, quarter_of(now))
