"""Problems nobody would think of: independent prices, caps, floors, odd lengths."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.problem import (
    Ending,
    GridSpec,
    Problem,
    ProblemStep,
)

START = datetime(2026, 3, 28, tzinfo=UTC)


def random_problem(seed: int, steps: int | None = None) -> Problem:
    """Return one of endlessly many problems, always the same for a seed."""
    rng = Random(seed)  # noqa: S311 - the same each time is the point
    count = steps or rng.randint(12, 72)
    kind = rng.choice(["tame", "negative", "export above import", "wild"])
    lengths = _lengths(rng, count)
    battery = _battery(rng)
    prices = [_prices(rng, kind) for _ in range(count)]
    dearest = max(max(abs(a), abs(b)) for a, b in prices)
    peak_pv, peak_load = rng.choice([0, 3, 8, 15]), rng.uniform(0.5, 8)
    return Problem(
        steps=tuple(
            ProblemStep(
                interval=Interval(start=begin, end=end),
                import_price=bought,
                export_price=sold,
                pv_kw=max(0.0, rng.uniform(-0.7, 1)) * peak_pv,
                load_kw=rng.uniform(0, 1) ** 2 * peak_load,
            )
            for (begin, end), (bought, sold) in zip(lengths, prices, strict=True)
        ),
        battery=battery,
        stored_kwh=rng.uniform(battery.min_kwh, battery.max_kwh),
        grid=_grid(rng, dearest),
        ending=Ending(
            value_per_kwh=rng.choice([0.0, rng.uniform(0, 0.3)]),
            floor_kwh=rng.choice([0.0, rng.uniform(0, battery.max_kwh)]),
            floor_penalty=1.25 * dearest,
        ),
    )


def _lengths(rng: Random, count: int) -> list[tuple[datetime, datetime]]:
    minutes = rng.choice([[15], [30], [60], [15, 30, 60], [5, 15, 60]])
    moments = [START]
    for _ in range(count):
        moments.append(moments[-1] + timedelta(minutes=rng.choice(minutes)))
    return list(pairwise(moments))


def _battery(rng: Random) -> BatterySpec:
    capacity = rng.choice([5.0, 10.0, 15.0, 30.0, 200.0])
    return BatterySpec(
        min_kwh=capacity * rng.choice([0.0, 0.05, 0.2]),
        max_kwh=capacity,
        charge_kw=capacity * rng.uniform(0.15, 1),
        discharge_kw=capacity * rng.uniform(0.15, 1),
        charge_efficiency=rng.uniform(0.9, 1),
        discharge_efficiency=rng.uniform(0.9, 1),
        wear_cost=rng.choice([0.0, 0.01, 0.05]),
    )


def _prices(rng: Random, kind: str) -> tuple[float, float]:
    bought = rng.uniform(0.05, 0.45)
    if kind in {"negative", "wild"} and rng.random() < 0.3:
        bought -= 0.5
    if kind in {"export above import", "wild"}:
        return bought, rng.uniform(-0.1, 0.5)
    return bought, bought - rng.uniform(0, 0.25)


def _grid(rng: Random, dearest: float) -> GridSpec:
    can_curtail = rng.random() < 0.8
    return GridSpec(
        import_cap_kw=rng.choice([None, None, rng.uniform(2, 10)]),
        # Without curtailment below a cap the battery might pay to be allowed to export.
        export_cap_kw=rng.choice([None, rng.uniform(0, 8)]) if can_curtail else None,
        cap_penalty=10 * dearest,
        can_curtail=can_curtail,
    )
