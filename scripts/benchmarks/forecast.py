"""How far the forecasts of load and PV are off, and what they cost.

Synthetic homes: the simulated plant's household and sun, and a restless home made of
the same household with working days, weather, a holiday and a car. Six weeks each; the
first two teach, then each third hour of four weeks a forecast is made of what was known
by then, and compared with what came.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import gc
from math import exp
from random import Random
from statistics import fmean, median
from time import perf_counter
from zoneinfo import ZoneInfo

from custom_components.bessai.core.power_forecast import PowerForecast
from custom_components.bessai.forecast_payloads import Candidate, Payload
from custom_components.bessai.forecast_run import RunInputs, run_forecasts
from custom_components.bessai.planning.load_forecast import forecast_load, learn_load
from custom_components.bessai.planning.pv_profile import forecast_pv, learn_pv
from custom_components.bessai.planning.quarters import (
    QUARTER,
    quarters_between,
    slot_of,
)
from custom_components.bessai.plant_history import MeasuredPowers
from custom_components.bessai.simulator.household import House, load_w
from custom_components.bessai.simulator.parameters import HouseholdParameters
from custom_components.bessai.simulator.sun import Site, available_pv_w

type Powers = dict[datetime, float]
type Forecaster = Callable[[Powers, datetime], PowerForecast]

ZONE = ZoneInfo("Europe/Madrid")
DAY = timedelta(days=1)
DAYS, TAUGHT, EACH = 42, 14, timedelta(hours=3)
SPANS = (("0-1 h", 0, 4), ("1-6 h", 4, 24), ("6-24 h", 24, 96), ("24-72 h", 96, 288))
HOMES = 3
PAUSE_S = 0.001


def household(seed: int, start: datetime) -> Powers:
    """Return what the simulated household uses."""
    house = House(seed=seed, parameters=HouseholdParameters())
    powers = {}
    for quarter in quarters_between(start, start + DAYS * DAY):
        at_s = quarter.timestamp() + 30
        offset = quarter.astimezone(ZONE).utcoffset()
        local_s = at_s + (offset.total_seconds() if offset else 0.0)
        minutes = (60 * minute for minute in range(15))
        powers[quarter] = fmean(load_w(house, at_s + m, local_s + m) for m in minutes)
    return powers


def restless(seed: int, start: datetime) -> Powers:
    """Return a home of moods: days and hours that go on, a holiday, a car."""
    chance = Random(seed)  # noqa: S311 - to be had again
    level, mood, has_car, is_away = 0.0, 0.0, False, False
    powers = {}
    for index, (quarter, power_w) in enumerate(household(seed, start).items()):
        local = quarter.astimezone(ZONE)
        if index % 96 == 0:
            level = 0.7 * level + chance.gauss(0, 0.18)
            has_car = chance.random() < 0.3
            is_away = 20 <= index // 96 < 26
        mood = 0.9 * mood + chance.gauss(0, 0.12)
        at_work = local.weekday() < 5 and 9 <= local.hour < 16
        used_w = power_w * (0.5 if at_work else 1.1) * exp(level + mood)
        used_w *= 0.35 if is_away else 1.0
        powers[quarter] = used_w + (3700.0 if has_car and 19 <= local.hour < 22 else 0)
    return powers


def panels(seed: int, start: datetime) -> Powers:
    """Return what 8 kW of simulated panels give."""
    site = Site(
        seed=seed, peak_w=8000.0, latitude_deg=45.0, noon_s=43_200, cloudiness=None
    )
    return {
        quarter: fmean(
            available_pv_w(site, quarter.timestamp() + 90 + 180 * part)
            for part in range(5)
        )
        for quarter in quarters_between(start, start + DAYS * DAY)
    }


def our_load(known: Powers, now: datetime) -> PowerForecast:
    """Return the load as BESSAI foresees it."""
    model = learn_load(known, now, ZONE)
    if model is None:
        raise RuntimeError("two weeks are enough to learn from")
    return forecast_load(model, known, now)


def our_pv(known: Powers, now: datetime) -> PowerForecast:
    """Return PV as BESSAI foresees it without any weather service."""
    model = learn_pv(known, now)
    if model is None:
        raise RuntimeError("two weeks are enough to learn from")
    return forecast_pv(model, known, now)


@dataclass(slots=True)
class Tally:
    """The errors of one method, by how far it looked ahead."""

    errors: dict[str, list[float]] = field(default_factory=dict)
    days: list[float] = field(default_factory=list)
    """Errors of the energy of the next day, kWh."""

    def add(self, said: list[float], came: list[float]) -> None:
        """Take one forecast, from its first quarter hour on."""
        errors = [a - b for a, b in zip(said, came, strict=False)]
        for name, first, last in SPANS:
            self.errors.setdefault(name, []).extend(errors[first:last])
        if len(errors) >= 96:
            self.days.append(sum(errors[:96]) / 4000)

    def row(self) -> Iterator[str]:
        """Yield the cells of a table: MAE and RMSE of each span, bias, and days."""
        for name, _, _ in SPANS:
            errors = self.errors[name]
            mae = fmean(map(abs, errors))
            rmse = fmean(error * error for error in errors) ** 0.5
            yield f"{mae:.0f} / {rmse:.0f}"
        yield f"{fmean(self.errors['6-24 h']):+.0f}"
        yield f"{fmean(map(abs, self.days)):.2f}"


def _day_before(powers: Powers, quarter: datetime, now: datetime, back: int) -> float:
    """Return the power at the same time some days before, as far as known by now."""
    days = back
    while quarter - days * DAY >= now:
        days += 1
    return powers[quarter - days * DAY]


def median_profile(known: Powers, now: datetime) -> list[float]:
    """Return the median of all days by quarter hour: what p50 could be instead."""
    slots: dict[int, list[float]] = {}
    for quarter, power_w in known.items():
        slots.setdefault(slot_of(quarter, ZONE), []).append(power_w)
    middle = {slot: median(values) for slot, values in slots.items()}
    ahead = quarters_between(now, now + 3 * DAY)
    return [middle[slot_of(quarter, ZONE)] for quarter in ahead]


def judge(
    powers: Powers, forecaster: Forecaster, tallies: Mapping[str, Tally]
) -> float:
    """Compare a forecaster with the simple methods on one home.

    Returns:
        Part of the quarter hours of the next day that lie in its band.
    """
    start = min(powers)
    inside = outside = 0
    for index in range((DAYS - TAUGHT) * DAY // EACH):
        now = start + TAUGHT * DAY + index * EACH
        known = {quarter: power for quarter, power in powers.items() if quarter < now}
        ahead = [q for q in quarters_between(now, now + 3 * DAY) if q in powers]
        came = [powers[quarter] for quarter in ahead]
        said = forecaster(known, now)
        tallies["BESSAI"].add([step.p50_w for step in said.steps], came)
        tallies["yesterday"].add([_day_before(powers, q, now, 1) for q in ahead], came)
        week = [
            fmean(_day_before(powers, q, now, d) for d in range(1, 8)) for q in ahead
        ]
        tallies["mean of the last week"].add(week, came)
        tallies["median of all days"].add(median_profile(known, now), came)
        for step, power_w in zip(said.steps[:96], came, strict=False):
            if step.p90_w > 0:
                is_inside = step.p10_w <= power_w <= step.p90_w
                inside, outside = inside + is_inside, outside + (not is_inside)
    return inside / (inside + outside)


def _table(
    title: str,
    make: Callable[[int, datetime], Powers],
    forecaster: Forecaster,
) -> None:
    print(f"### {title}\n")
    names = ("BESSAI", "yesterday", "mean of the last week", "median of all days")
    tallies = {name: Tally() for name in names}
    total, shares = [], []
    for home in range(HOMES):
        start = datetime(2026, 2 + 3 * home, 2, tzinfo=UTC)
        powers = make(7 + 4 * home, start)
        total.append(fmean(powers.values()))
        shares.append(judge(powers, forecaster, tallies))
    heads = [name for name, _, _ in SPANS]
    print(
        f"Mean power {fmean(total):.0f} W; "
        f"{fmean(shares):.0%} of the next day lay between p10 and p90.\n"
    )
    print("| | " + " | ".join([*heads, "bias 6-24 h", "energy of a day"]) + " |")
    print("| --- |" + " --- |" * (len(heads) + 2))
    for name, tally in tallies.items():
        print(f"| {name} | " + " | ".join(tally.row()) + " |")
    print()


async def _cost() -> None:
    """Print what a run takes, and for how long it holds an event loop beside it."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    load = {q: 300.0 + q.hour for q in quarters_between(now - 56 * DAY, now)}
    items = [
        {"period_start": (now + i * 2 * QUARTER).isoformat(), "pv_estimate": 1.0}
        for i in range(10_000)
    ]
    plane = (Payload(attributes={"detailedForecast": items}),)
    inputs = RunInputs(
        now=now,
        zone=ZONE,
        measured=MeasuredPowers(load=load, pv=load),
        foreseen_pv={},
        candidates=[Candidate(name="long", planes=(plane,))],
        chosen_pv=None,
        learned=None,
    )
    # A full collection of garbage comes when a quarter of all objects is new: soon in a
    # process as small as this one, not in Home Assistant.
    gc.collect()
    gc.freeze()
    took_s, held_s = await _beside(lambda: run_forecasts(inputs))
    _, counting_s = await _beside(_count)
    print(
        f"Learning from eight weeks and reading a list of 10,000 items: "
        f"{took_s * 1000:.0f} ms in the executor beside a loop that wakes each "
        f"millisecond, held for {held_s * 1000:.1f} ms at most "
        f"({counting_s * 1000:.1f} ms beside a thread that only counts)."
    )


def _count() -> None:
    for _ in range(5_000_000):
        pass


async def _beside(work: Callable[[], object]) -> tuple[float, float]:
    """Return how long work in the executor takes, and holds the loop at most, s."""
    loop = asyncio.get_running_loop()
    held, took = [0.0], []
    for _ in range(5):
        began = perf_counter()
        run = loop.run_in_executor(None, work)
        while not run.done():
            before = perf_counter()
            await asyncio.sleep(PAUSE_S)
            held.append(perf_counter() - before - PAUSE_S)
        took.append(perf_counter() - began)
    return median(took), max(held)


async def run() -> None:
    """Print tables of errors (MAE / RMSE in W, energies in kWh) and the cost."""
    _table("Load of the simulated household", household, our_load)
    _table("Load of a restless home", restless, our_load)
    _table("PV of the simulated panels, without a weather service", panels, our_pv)
    await _cost()
