"""What BESSAI would have saved in the days that were measured.

Each hour it forecasts with what was measured before, plans with the
prices that were published then, and carries the plan out on a simulated plant with the
sun and the load that came. Beside it the same days with a battery that is left to the
inverter, with one that does nothing, and with one whose planner knows sun and load.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import fmean

from ..core.battery_spec import BatterySpec
from ..core.errors import BessaiError
from ..core.interval import Interval
from ..core.power_forecast import PowerForecast
from ..core.price_curve import PriceCurve, PriceStep
from ..core.units import watts
from ..planning.horizon import Outlook, PlanTerms
from ..planning.load_forecast import LoadModel, forecast_load, learn_load
from ..planning.plan import Plan
from ..planning.plan_builder import PlanQuestion, make_plan
from ..planning.pv_profile import PvModel, forecast_pv, learn_pv
from ..planning.quarters import PER_DAY, QUARTER, Quarters, quarters_between
from ..simulator.parameters import BatteryParameters, PlantParameters
from .account import ReplayDay, ReplayResult
from .engine import Progress, ReplayScene, replay
from .policies import ByValue, Policy, idle, self_consumption
from .series import PowerSeries

LOOKS_AHEAD = timedelta(hours=60)
LEARNS_EVERY = timedelta(days=1)
PLANS_EVERY = timedelta(hours=1)
"""As good as each quarter of an hour, in closed loop, and four times as fast."""

MOST_MISSING = 0.1
"""A backtest with more holes than this share would be a tale."""

INVERTER = 0.984
"""What the simulated inverter lets through at usual powers. Efficiencies of a plan are
from the house's side, its losses included; those of the simulated cells are not."""

FIRST_SOC_PCT = 50.0
TICK = timedelta(minutes=5)

DAY = timedelta(days=1)


class BacktestError(BessaiError):
    """What was measured is not enough to say anything.

    Attributes:
        key: Of the text for people.
        numbers: What the text is filled with.
    """

    def __init__(self, key: str, **numbers: str) -> None:
        told = ", ".join(f"{name} {value}" for name, value in numbers.items())
        super().__init__(f"{key}: {told}")
        self.key, self.numbers = key, numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestQuestion:
    """What was measured, and what to work the battery with."""

    load: Quarters
    """Before the start too: the forecast learns from it."""

    pv: Quarters
    prices: PriceCurve
    terms: PlanTerms
    start: datetime
    """Aware."""

    end: datetime
    zone: tzinfo
    """Whose days are counted, and whose midnights end the published prices."""

    published_hour: int | None = 13
    """From which hour of the day on tomorrow's prices are known; ``None``: always."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestDay:
    """Bill and wear of one day in each way, stored energy not counted."""

    day: date
    idle: float
    self_consumption: float
    bessai: float
    perfect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """What a backtest came to, in the prices' currency."""

    currency: str
    start: datetime
    end: datetime
    days: tuple[BacktestDay, ...]
    idle: float
    """Cost with a battery that does nothing: bill and wear, less what was stored."""

    self_consumption: float
    bessai: float
    perfect: float
    cycles: float
    """Full cycles of BESSAI's battery."""

    self_consumption_cycles: float
    stored_writes: int
    """Of BESSAI, to settings that wear the plant's memory."""

    missing_share: float
    """Part of the time that was not measured, 0 to 1."""

    @property
    def saving(self) -> float:
        """What BESSAI would have saved against self-consumption."""
        return self.self_consumption - self.bessai

    @property
    def perfect_saving(self) -> float:
        """What perfect forecasts of sun and load would have saved against it."""
        return self.self_consumption - self.perfect


def backtest(
    question: BacktestQuestion, progress: Progress | None = None
) -> BacktestResult:
    """Live through the measured days again; takes seconds for each of them.

    Args:
        question: What was measured.
        progress: Is told the share that is done.

    Raises:
        BacktestError: If too little was measured, or prices do not cover it.
    """
    missing_share = _check(question)
    world = _World(question)
    policies: Mapping[str, Callable[[], Policy]] = {
        "idle": idle,
        "self_consumption": self_consumption,
        "bessai": lambda: ByValue(world.planner(world.learned), PLANS_EVERY),
        "perfect": lambda: ByValue(world.planner(world.foreseen), PLANS_EVERY),
    }
    results = {
        name: replay(world.scene, policy(), _part(progress, number, len(policies)))
        for number, (name, policy) in enumerate(policies.items())
    }
    return _summed(question, results, missing_share)


def _check(question: BacktestQuestion) -> float:
    """Return the share of quarters that was not measured."""
    wanted = list(quarters_between(question.start, question.end))
    known = sum(quarter in question.load for quarter in wanted)
    missing_share = 1 - known / len(wanted) if wanted else 1.0
    if missing_share > MOST_MISSING:
        raise BacktestError("too_little_measured", percent=f"{100 * missing_share:.0f}")
    prices = question.prices
    if prices.start > question.start or prices.end < question.end:
        raise BacktestError("prices_missing", since=f"{prices.start:%F %R}")
    return missing_share


class _World:
    """The days as they were, on a simulated plant."""

    def __init__(self, question: BacktestQuestion) -> None:
        self._question = question
        battery = question.terms.battery
        # The simulated battery is what may be used of the real one, empty at 0 %.
        self._battery = replace(
            battery, min_kwh=0.0, max_kwh=battery.max_kwh - battery.min_kwh, bands=()
        )
        self._load = _series(question.load, question)
        self._pv = _series(question.pv, question)
        self._seen_pv = {quarter: INVERTER * w for quarter, w in question.pv.items()}

    @property
    def scene(self) -> ReplayScene:
        """What is replayed."""
        question = self._question
        return ReplayScene(
            plant=_plant(self._battery, max(self._pv.values_w)),
            prices=question.prices,
            pv=self._pv,
            load=self._load,
            start=question.start,
            end=question.end,
            wear_cost=self._battery.wear_cost,
            time_zone=question.zone,
            tick=TICK,
        )

    def planner(
        self, forecasts: Callable[[], _Forecaster]
    ) -> Callable[[datetime, float], Plan | None]:
        """Return what plans with forecasts, and the prices of its time."""
        forecast = forecasts()
        terms = replace(self._question.terms, battery=self._battery)

        def plan(now: datetime, stored_kwh: float) -> Plan:
            load, pv = forecast(now)
            outlook = Outlook(curve=self._published(now), load=load, pv=pv)
            return make_plan(
                PlanQuestion(
                    outlook=outlook, terms=terms, stored_kwh=stored_kwh, now=now
                )
            )

        return plan

    def foreseen(self) -> _Forecaster:
        """Return the forecast that knows."""

        def forecast(now: datetime) -> _Forecasts:
            span = Interval(start=now, end=min(now + LOOKS_AHEAD, self._load.end))
            return self._load.forecast(span, QUARTER), sun.forecast(span, QUARTER)

        sun = _series(self._seen_pv, self._question)
        return forecast

    def learned(self) -> _Forecaster:
        """Return the forecast that learns from what was measured before."""
        question = replace(self._question, pv=self._seen_pv)
        models = _Models(question)

        def forecast(now: datetime) -> _Forecasts:
            load, pv = models.at(now)
            return (
                forecast_load(load, question.load, now, LOOKS_AHEAD) if load else None,
                forecast_pv(pv, question.pv, now, LOOKS_AHEAD) if pv else None,
            )

        return forecast

    def _published(self, now: datetime) -> PriceCurve:
        """Return the prices as they were known at a moment, of the day before too."""
        prices, hour = self._question.prices, self._question.published_hour
        steps: Sequence[PriceStep] = prices.steps
        if hour is not None:
            local = now.astimezone(self._question.zone)
            days = 2 if local.hour >= hour else 1
            midnight = datetime.combine(
                local.date() + timedelta(days=days), datetime.min.time(), local.tzinfo
            ).astimezone(UTC)
            steps = [step for step in steps if step.interval.start < midnight]
        recent = tuple(step for step in steps if step.interval.end > now - DAY)
        return PriceCurve(currency=prices.currency, steps=recent)


type _Forecasts = tuple[PowerForecast | None, PowerForecast | None]
type _Forecaster = Callable[[datetime], _Forecasts]


class _Models:
    """What was learned of house and sun, anew each day."""

    def __init__(self, question: BacktestQuestion) -> None:
        self._question = question
        self._learned_at: datetime | None = None

    def at(self, now: datetime) -> tuple[LoadModel | None, PvModel | None]:
        """Return what was learned of load and sun before a moment."""
        if self._learned_at is None or now - self._learned_at >= LEARNS_EVERY:
            question, self._learned_at = self._question, now
            before = {q: w for q, w in question.load.items() if q < now}
            self._load = learn_load(before, now, question.zone)
            sun = {q: w for q, w in question.pv.items() if q < now}
            self._pv = learn_pv(sun, now)
        return self._load, self._pv


def _series(quarters: Quarters, question: BacktestQuestion) -> PowerSeries:
    """Return what was measured without a gap: a hole is filled by the day before."""
    values: list[float] = []
    for quarter in quarters_between(question.start, question.end + LOOKS_AHEAD):
        power_w = quarters.get(quarter)
        if power_w is None:
            power_w = values[-PER_DAY] if len(values) >= PER_DAY else 0.0
        values.append(max(0.0, power_w))
    return PowerSeries(start=question.start, period=QUARTER, values_w=values)


def _plant(battery: BatterySpec, pv_peak_w: float) -> PlantParameters:
    return PlantParameters(
        rated_power_w=max(10_000.0, pv_peak_w + watts(battery.discharge_kw)),
        battery=BatteryParameters(
            capacity_kwh=battery.max_kwh,
            soc_pct=FIRST_SOC_PCT,
            charge_power_w=watts(battery.charge_kw),
            discharge_power_w=watts(battery.discharge_kw),
            charge_efficiency=min(1.0, battery.charge_efficiency / INVERTER),
            discharge_efficiency=min(1.0, battery.discharge_efficiency / INVERTER),
        ),
    )


def _part(progress: Progress | None, number: int, count: int) -> Progress | None:
    """Return what is told of one part of the work."""
    if progress is None:
        return None
    return lambda share: progress((number + share) / count)


def _summed(
    question: BacktestQuestion,
    results: Mapping[str, ReplayResult],
    missing_share: float,
) -> BacktestResult:
    battery = question.terms.battery
    # Valued as plans value it, else those that end with more would seem the better.
    value = battery.discharge_efficiency * fmean(
        price
        for step in question.prices
        for price in (step.import_price, step.export_price)
    )
    capacity_kwh = battery.max_kwh - battery.min_kwh
    costs = {name: result.cost(value) for name, result in results.items()}
    return BacktestResult(
        currency=question.prices.currency,
        start=question.start,
        end=question.end,
        days=tuple(_days(results)),
        idle=costs["idle"],
        self_consumption=costs["self_consumption"],
        bessai=costs["bessai"],
        perfect=costs["perfect"],
        cycles=results["bessai"].cycles(capacity_kwh),
        self_consumption_cycles=results["self_consumption"].cycles(capacity_kwh),
        stored_writes=sum(day.stored_writes for day in results["bessai"].days),
        missing_share=missing_share,
    )


def _days(results: Mapping[str, ReplayResult]) -> Iterator[BacktestDay]:
    rows: Iterator[tuple[ReplayDay, ...]] = zip(
        *(
            results[name].days
            for name in ("idle", "self_consumption", "bessai", "perfect")
        ),
        strict=True,
    )
    for idle_day, own, ours, perfect in rows:
        yield BacktestDay(
            day=own.day,
            idle=idle_day.cost,
            self_consumption=own.cost,
            bessai=ours.cost,
            perfect=perfect.cost,
        )
