"""Replays what house, sun and prices did on the simulated plant, with another owner.

Nothing here needs Home Assistant: a backtest runs it in the executor, and the scripts
from a shell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from ..core.price_curve import PriceCurve, PriceStep
from ..core.units import kw
from ..planning.present import Measurement
from ..planning.recent_mean import RecentMean
from ..simulator.parameters import PlantParameters
from ..simulator.plant import SimulatedPlant
from .account import Account, ReplayResult
from .plant import ReplayPlant
from .policies import Policy
from .series import PowerSeries

MEASURED_OVER = timedelta(minutes=2)

type Progress = Callable[[float], None]
"""Is told the share that is done, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayScene:
    """What is replayed."""

    plant: PlantParameters
    """Its battery begins with what is stored at the start."""

    prices: PriceCurve
    pv: PowerSeries
    """DC power that the panels offered."""

    load: PowerSeries
    start: datetime
    """Aware."""

    end: datetime
    wear_cost: float = 0.0
    """Per kWh through the battery's terminals."""

    time_zone: tzinfo = UTC
    """Whose days are counted."""

    tick: timedelta = timedelta(minutes=1)
    """So often it is decided."""


def replay(
    scene: ReplayScene, policy: Policy, progress: Progress | None = None
) -> ReplayResult:
    """Live through a scene by a policy, and return what it came to.

    Takes about 0.2 s a day at a tick of a minute, so not in an event loop.

    Args:
        scene: What happens.
        policy: What is done about it.
        progress: Is told about once a day how far it is.

    Raises:
        ValueError: If the scene ends before it starts, or prices do not cover it.
    """
    _check(scene)
    plant = ReplayPlant(SimulatedPlant(scene.plant, scene.start))
    account = Account(scene.time_zone, scene.wear_cost, plant.truth)
    prices = _PriceCursor(scene.prices)
    net_load_w, pv_w = RecentMean(MEASURED_OVER), RecentMean(MEASURED_OVER)
    now, told = scene.start, scene.start.date()
    while now < scene.end:
        truth = plant.truth
        net_load_w.add(now, truth.grid_w + truth.battery_w)
        pv_w.add(now, truth.pv_w)
        measurement = Measurement(
            net_load_kw=kw(net_load_w.mean(now) or 0.0),
            pv_kw=kw(pv_w.mean(now) or 0.0),
            stored_kwh=truth.stored_kwh,
        )
        before = plant.stored_writes, plant.forcible_writes
        plant.obey(policy.wish(now, measurement))
        start, now = now, min(now + scene.tick, scene.end)
        plant.advance(now, scene.pv.at(start), scene.load.at(start))
        day = account.count(start, plant.truth, prices.at(start))
        day.stored_writes += plant.stored_writes - before[0]
        day.forcible_writes += plant.forcible_writes - before[1]
        if progress is not None and now.date() != told:
            told = now.date()
            progress((now - scene.start) / (scene.end - scene.start))
    return ReplayResult(
        days=tuple(account.days()),
        stored_before_kwh=account.stored_before_kwh,
        plans=policy.plans,
    )


class _PriceCursor:
    """Finds the price of moments that come in order, without searching."""

    def __init__(self, curve: PriceCurve) -> None:
        self._steps = curve.steps
        self._index = 0

    def at(self, moment: datetime) -> PriceStep:
        while self._steps[self._index].interval.end <= moment:
            self._index += 1
        return self._steps[self._index]


def _check(scene: ReplayScene) -> None:
    if scene.end <= scene.start:
        raise ValueError(f"it ends at {scene.end}, not after its start {scene.start}")
    curve = scene.prices
    if scene.start < curve.start or scene.end > curve.end:
        raise ValueError(
            f"prices are known from {curve.start:%F %R} to {curve.end:%F %R} UTC, "
            f"which is not all from {scene.start:%F %R} to {scene.end:%F %R}"
        )
