"""A home to plan for: panels, an evening peak, prices as of a day-ahead market."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import cos, tau
from random import Random

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.problem import Ending, Problem, ProblemStep
from tests.planning.home_builders import BATTERY

START = datetime(2026, 3, 28, tzinfo=UTC)
HOURS = 24.0


def home_problem(seed: int, count: int, minutes: int, *, dented: bool) -> Problem:
    """Return a problem of a home.

    Args:
        seed: Of weather, house and prices.
        count: How many intervals.
        minutes: Their length.
        dented: Whether exporting earns more than importing costs at night, and prices
            are negative around noon: where costs are not convex.
    """
    rng, length = Random(seed), timedelta(minutes=minutes)  # noqa: S311 - the same each time is the point
    moments = [START + i * length for i in range(count + 1)]
    return Problem(
        steps=tuple(
            _step(rng, Interval(start=start, end=end), dented=dented)
            for start, end in pairwise(moments)
        ),
        battery=BATTERY,
        stored_kwh=rng.uniform(1, 9),
        ending=Ending(value_per_kwh=0.15),
    )


def _step(rng: Random, interval: Interval, *, dented: bool) -> ProblemStep:
    hour = (interval.start - START) / timedelta(hours=1) % HOURS
    sun = max(0.0, cos((hour - 12.5) / HOURS * tau))
    evening = max(0.0, cos((hour - 19) / 8 * tau)) if 17 < hour < 21 else 0.0
    spot = 0.10 + 0.12 * evening - 0.09 * sun + rng.uniform(-0.02, 0.02)
    import_price, export_price = spot + 0.16, spot
    if dented:
        import_price, export_price = (0.09, 0.15) if hour < 6 else (spot + 0.02, spot)
    return ProblemStep(
        interval=interval,
        import_price=import_price - (0.15 * sun if dented else 0.0),
        export_price=export_price - (0.15 * sun if dented else 0.0),
        pv_kw=6.0 * sun * rng.uniform(0.3, 1.0),
        load_kw=rng.uniform(0.2, 0.6) + 1.5 * evening + 3.0 * (rng.random() < 0.08),
    )
