"""What the house uses at which time of which day of the week, and how sure that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from .quarters import PER_DAY, Quarters, slot_of
from .weighted import Weighed, weighted_quantiles

LONGEST_PAST = timedelta(weeks=8)
LEAST_QUARTERS = 4
"""An hour: enough to say that there is a house."""

HALF_LIFE_DAYS = 28.0
"""A day so long ago counts half. On the synthetic homes of ``docs/forecasts.md`` better
than 7 and 14, which follow each holiday."""

SAME_WEEKDAY, SAME_KIND, OTHER_KIND = 1.0, 0.5, 0.2
"""What a day counts for a weekday: itself, another of work or rest, any other. With
few weeks the many other days prevail; results hardly depend on the numbers."""

NEIGHBOURS = (1.0, 2.0, 1.0)
"""What the quarter hours before, at and after a time count."""

ABSURD = 5.0
"""So many times what only one in two hundred quarter hours exceeds, nothing is used:
it was a fault of the meter."""

ABSURD_OF_USUAL = 500.0
"""So many times what one in ten exceeds is one too, if the history is so short that
the fault itself is the one in two hundred."""

PRIOR = 0.2
"""A time of day that was hardly seen takes so many samples from all times together."""


class Band(NamedTuple):
    """Powers, W: one in ten is below the first, one in ten above the last."""

    p10_w: float
    mean_w: float
    p90_w: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadProfile:
    """The usual load by weekday and quarter hour of the wall clock.

    The middle is the *mean*: planning buys energy, and the median of a load with
    appliances is a fifth too low (``docs/forecasts.md``).
    """

    zone: tzinfo
    bands: tuple[tuple[Band, ...], ...]
    """By weekday, Monday first, and quarter hour of the day."""

    limit_w: float
    """What is measured above this was a fault of the meter."""

    days: float
    """How much past it is made of."""

    def at(self, moment: datetime) -> Band:
        """Return what is usual at an aware moment."""
        weekday = moment.astimezone(self.zone).weekday()
        return self.bands[weekday][slot_of(moment, self.zone)]


class _Sample(NamedTuple):
    weekday: int
    slot: int
    weight: float
    power_w: float


def build_load_profile(
    history: Quarters, now: datetime, zone: tzinfo
) -> LoadProfile | None:
    """Return the profile of the last eight weeks.

    Args:
        history: Measured load. Negative powers, as of a faulty meter, count as 0.
        now: Aware; later quarter hours are left out.
        zone: Of the people in the house.

    Returns:
        ``None`` with less than an hour of history.
    """
    taken = {
        quarter: max(0.0, power_w)
        for quarter, power_w in history.items()
        if now - LONGEST_PAST <= quarter < now
    }
    if len(taken) < LEAST_QUARTERS:
        return None
    limit_w = _limit_w(taken)
    samples = _samples(taken, limit_w, now, zone)
    means = _means(samples)
    spreads = {weekend: _spreads(samples, weekend=weekend) for weekend in (0, 1)}
    return LoadProfile(
        zone=zone,
        bands=tuple(
            tuple(
                _band(means[weekday][slot], spreads[weekday // 5][slot])
                for slot in range(PER_DAY)
            )
            for weekday in range(7)
        ),
        limit_w=limit_w,
        days=len(samples) / PER_DAY,
    )


def _limit_w(taken: Quarters) -> float:
    """Return what no house can use that mostly uses so much."""
    usual_w, high_w = weighted_quantiles(
        ((power_w, 1.0) for power_w in taken.values()), (0.9, 0.995)
    )
    limit_w = ABSURD * high_w
    return min(limit_w, ABSURD_OF_USUAL * usual_w) if usual_w else limit_w


def _samples(
    taken: Quarters, limit_w: float, now: datetime, zone: tzinfo
) -> list[_Sample]:
    """Return the powers with their place in the week, and what they count."""
    samples = []
    for quarter, power_w in taken.items():
        if power_w <= limit_w:
            local = quarter.astimezone(zone)
            age_days = (now - quarter) / timedelta(days=1)
            weight = 0.5 ** (age_days / HALF_LIFE_DAYS)
            slot = local.hour * 4 + local.minute // 15
            samples.append(_Sample(local.weekday(), slot, weight, power_w))
    return samples


def _likeness(one: int, other: int) -> float:
    if one == other:
        return SAME_WEEKDAY
    return SAME_KIND if one // 5 == other // 5 else OTHER_KIND


def _means(samples: Iterable[_Sample]) -> list[list[float]]:
    """Return the mean by weekday and quarter hour."""
    sums = [[[0.0] * PER_DAY for _ in range(7)] for _ in range(2)]
    for sample in samples:
        sums[0][sample.weekday][sample.slot] += sample.weight * sample.power_w
        sums[1][sample.weekday][sample.slot] += sample.weight
    work, weight = (
        [[_blurred(row, slot) for slot in range(PER_DAY)] for row in table]
        for table in sums
    )
    overall = sum(map(sum, work)) / sum(map(sum, weight))
    means = []
    for weekday in range(7):
        shares = [_likeness(weekday, other) for other in range(7)]
        row = []
        for slot in range(PER_DAY):
            known = sum(s * w[slot] for s, w in zip(shares, weight, strict=True))
            worked = sum(s * w[slot] for s, w in zip(shares, work, strict=True))
            row.append((worked + PRIOR * overall) / (known + PRIOR))
        means.append(row)
    return means


def _blurred(row: list[float], slot: int) -> float:
    """Return a quarter hour together with those around it; the day is a ring."""
    before, at, after = NEIGHBOURS
    return before * row[slot - 1] + at * row[slot] + after * row[(slot + 1) % PER_DAY]


def _spreads(samples: Iterable[_Sample], *, weekend: int) -> list[tuple[float, float]]:
    """Return p10 and p90 by quarter hour, for days of work or of rest."""
    ring: list[list[Weighed]] = [[] for _ in range(PER_DAY)]
    everything: list[Weighed] = []
    for sample in samples:
        likeness = SAME_WEEKDAY if sample.weekday // 5 == weekend else OTHER_KIND
        ring[sample.slot].append((sample.power_w, likeness * sample.weight))
        everything.append((sample.power_w, likeness * sample.weight))
    overall = _tails(everything)
    return [
        _tails(around) if around else overall
        for around in (
            ring[slot - 1] + ring[slot] + ring[(slot + 1) % PER_DAY]
            for slot in range(PER_DAY)
        )
    ]


def _tails(values: list[Weighed]) -> tuple[float, float]:
    low, high = weighted_quantiles(values, (0.1, 0.9))
    return low, high


def _band(mean_w: float, tails: tuple[float, float]) -> Band:
    """Return a band that holds its mean: rare appliances can lift it above p90."""
    low_w, high_w = tails
    return Band(min(low_w, mean_w), mean_w, max(high_w, mean_w))
