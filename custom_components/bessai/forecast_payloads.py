"""PV forecasts as other integrations offer them, read into powers.

Three shapes are known:

- a mapping of start to Wh until the next start: ``wh_hours`` of Home Assistant's
  solar-forecast platforms, ``wh_period`` of Open-Meteo Solar Forecast;
- a mapping of time to W: ``watts`` of Open-Meteo Solar Forecast;
- a list of dictionaries with a start and a value: ``detailedForecast`` and
  ``detailedHourly`` of Solcast (kW, with p10 and p90), or any other whose unit is told
  by the name of its value or by the entity.

What cannot be read of them is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import isfinite
from statistics import median_low
from typing import Any, Final, NamedTuple

from homeassistant.util import dt as dt_util

from .core.interval import Interval
from .core.power_forecast import PowerForecast, PowerStep, Quantile
from .core.units import hours, watts
from .planning.quarters import QUARTER, quarters_between

LONGEST: Final = timedelta(hours=3)
"""No known forecast is coarser than this."""

COMMON: Final = timedelta(hours=1)
"""How long a value holds that stands alone."""

PAST: Final = timedelta(days=1)
FUTURE: Final = timedelta(days=8)
"""What lies further away is not read, however long the list."""

MOST_W: Final = 10_000_000.0
"""No plant of ours has more; a number beyond is none."""

ENERGY_MAPPINGS: Final = ("wh_hours", "wh_period")
POWER_MAPPINGS: Final = ("watts",)
KNOWN_LISTS: Final = ("detailedForecast", "detailedHourly")
OTHER_LISTS: Final = ("forecast", "forecasts", "data", "values", "hourly")
BANDED: Final = frozenset({"detailedForecast"})
"""Attributes whose forecasts have p10 and p90."""

TELLTALE: Final = (*BANDED, *ENERGY_MAPPINGS)
"""Attributes by which a forecast is recognised without being chosen."""

STARTS: Final = ("period_start", "start", "start_time", "from", "datetime", "time")
ENDS: Final = ("period_end", "end", "end_time", "to")

TO_WATTS: Final[Mapping[str, float]] = {"W": 1.0, "kW": watts(1.0)}
TO_WATT_HOURS: Final[Mapping[str, float]] = {"Wh": 1.0, "kWh": watts(1.0)}
VALUES: Final[Mapping[str, str | None]] = {
    "pv_estimate": "kW",
    "power_kw": "kW",
    "kw": "kW",
    "power_w": "W",
    "watts": "W",
    "energy_kwh": "kWh",
    "kwh": "kWh",
    "energy_wh": "Wh",
    "wh": "Wh",
    "power": None,
    "energy": None,
    "value": None,
}
"""Names of the value in a list, and its unit; ``None``: that of the entity."""

BANDS: Final = {
    "pv_estimate": ("pv_estimate10", "pv_estimate90"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What one entity or platform says, unread."""

    attributes: Mapping[str, Any]
    unit: str | None = None
    """That of the entity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A PV forecast that somebody offers, unread."""

    name: str
    """For people."""

    planes: tuple[tuple[Payload, ...], ...]
    """Parts of the plant, to be added up; each in pieces, to be put together."""


class _Point(NamedTuple):
    start: datetime
    end: datetime | None
    values: tuple[float, float, float]
    """p10, p50 and p90; in W, or in Wh."""

    is_energy: bool


def read_candidate(candidate: Candidate, now: datetime) -> PowerForecast:
    """Return what a candidate says; without steps if nothing of it can be read."""
    planes = [
        _joined(step for payload in plane for step in _steps(payload, now))
        for plane in candidate.planes
    ]
    filled = [steps for steps in planes if steps]
    steps = filled[0] if len(filled) == 1 else _added(filled)
    return PowerForecast(source=candidate.name, steps=steps)


def _steps(payload: Payload, now: datetime) -> list[PowerStep]:
    """Return the steps of the first shape that has any."""
    for points in _shapes(payload):
        known = [point for point in points if _is_near(point.start, now)]
        if known:
            return _as_steps(known)
    return []


def _is_near(start: datetime, now: datetime) -> bool:
    return now - PAST <= start < now + FUTURE


def _shapes(payload: Payload) -> Iterator[Iterator[_Point]]:
    attributes = payload.attributes
    for name in (*KNOWN_LISTS, *OTHER_LISTS):
        if isinstance(items := attributes.get(name), list | tuple):
            yield _list_points(items, payload.unit)
    for name in (*ENERGY_MAPPINGS, *POWER_MAPPINGS):
        if isinstance(items := attributes.get(name), Mapping):
            yield _mapping_points(items, is_energy=name in ENERGY_MAPPINGS)


def _mapping_points(items: Mapping[Any, Any], *, is_energy: bool) -> Iterator[_Point]:
    for key, item in items.items():
        start, value = _moment(key), _number(item)
        if start is not None and value is not None:
            yield _Point(start, None, (value, value, value), is_energy)


def _list_points(items: Iterable[Any], unit: str | None) -> Iterator[_Point]:
    for item in items:
        if isinstance(item, Mapping):
            point = _list_point(item, unit)
            if point is not None:
                yield point


def _list_point(item: Mapping[str, Any], unit: str | None) -> _Point | None:
    start = _first_moment(item, STARTS)
    name = next((name for name in VALUES if name in item), None)
    if start is None or name is None:
        return None
    own_unit = VALUES[name] or unit or ""
    is_energy = own_unit in TO_WATT_HOURS
    scale = (TO_WATT_HOURS if is_energy else TO_WATTS).get(own_unit)
    middle = _number(item[name])
    if scale is None or middle is None:
        return None
    low, high = (_number(item.get(key)) for key in BANDS.get(name, ("p10", "p90")))
    values = (
        scale * min(middle, middle if low is None else low),
        scale * middle,
        scale * max(middle, middle if high is None else high),
    )
    return _Point(start, _first_moment(item, ENDS), values, is_energy)


def _as_steps(points: list[_Point]) -> list[PowerStep]:
    """Return points as powers of intervals, each until the next one at most."""
    ordered = list(
        {point.start: point for point in sorted(points, key=_start)}.values()
    )
    starts = [point.start for point in ordered]
    gaps = [after - before for before, after in pairwise(starts)]
    usual = median_low([gap for gap in gaps if gap <= LONGEST] or [COMMON])
    steps = []
    for point, gap in zip(ordered, [*gaps, None], strict=True):
        interval = Interval(start=point.start, end=_end(point, gap, usual))
        scale = 1.0 / hours(interval.duration) if point.is_energy else 1.0
        low_w, middle_w, high_w = (min(scale * value, MOST_W) for value in point.values)
        steps.append(
            PowerStep(interval=interval, p10_w=low_w, p50_w=middle_w, p90_w=high_w)
        )
    return steps


def _end(point: _Point, gap: timedelta | None, usual: timedelta) -> datetime:
    """Return until when a value holds: as it says, else as usual, if nothing follows.

    A gap that is longer than usual and than an hour is a hole, mostly the night.
    """
    length = gap if gap is not None and gap <= max(usual, COMMON) else usual
    if point.end is not None and point.start < point.end <= point.start + LONGEST:
        length = point.end - point.start
    return point.start + (length if gap is None else min(gap, length))


def _start(point: _Point) -> datetime:
    return point.start


def _joined(steps: Iterable[PowerStep]) -> tuple[PowerStep, ...]:
    """Return pieces of one forecast in order; of what overlaps, the first."""
    joined: list[PowerStep] = []
    for step in sorted(steps, key=lambda step: step.interval.start):
        if not joined or joined[-1].interval.end <= step.interval.start:
            joined.append(step)
    return tuple(joined)


def _added(planes: list[tuple[PowerStep, ...]]) -> tuple[PowerStep, ...]:
    """Return the sum of several forecasts; one that says nothing says 0."""
    if not planes:
        return ()
    forecasts = [PowerForecast(source="", steps=steps) for steps in planes]
    start = min(steps[0].interval.start for steps in planes)
    end = max(steps[-1].interval.end for steps in planes)
    added = []
    for quarter in quarters_between(start, end):
        interval = Interval(start=quarter, end=quarter + QUARTER)
        said = [one for one in forecasts if one.mean_w(interval) is not None]
        if said:
            low_w, middle_w, high_w = (
                sum(one.mean_w(interval, quantile) or 0.0 for one in said)
                for quantile in Quantile
            )
            added.append(
                PowerStep(interval=interval, p10_w=low_w, p50_w=middle_w, p90_w=high_w)
            )
    return tuple(added)


def _first_moment(item: Mapping[str, Any], names: Iterable[str]) -> datetime | None:
    moments = (_moment(item[name]) for name in names if name in item)
    return next((moment for moment in moments if moment is not None), None)


def _moment(value: Any) -> datetime | None:
    """Return a time in UTC; one without a zone is on Home Assistant's wall clock."""
    try:
        moment = dt_util.parse_datetime(value) if isinstance(value, str) else value
        if not isinstance(moment, datetime):
            return None
        return dt_util.as_utc(moment).astimezone(UTC)
    except OverflowError, ValueError:
        return None


def _number(value: Any) -> float | None:
    """Return a number that can be a power; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except TypeError, ValueError, OverflowError:
        return None
    return number if isfinite(number) and number >= 0.0 else None
