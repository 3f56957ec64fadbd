"""Values that the equipment cannot have, by its datasheet or by what they mean."""

from collections.abc import Iterable, Iterator, Mapping
import math
from typing import Any, ClassVar

from ..core.bounds import Range
from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from .residual import Residual

_SOC_PCT = Range(0.0, 100.0)
_BATTERY_C = Range(-40.0, 90.0)
_INVERTER_C = Range(-50.0, 125.0)

_MOST_OF_MAXIMUM: Mapping[Flow, float] = {
    Flow.PV: 2.5,
    Flow.BATTERY: 2.5,
    Flow.AC: 1.5,
}
"""Parts of the inverter's most AC power. Panels may be planned far larger than the
inverter, and a battery is charged past it; nothing is known of the house's fuses."""

_LEAST_MAXIMUM_W = 500.0
"""An inverter that says it has less than this says nonsense."""

_GRID_W = Range(-150_000.0, 150_000.0)
"""Past any connection of a home: 3 x 200 A."""

_SLACK = 1e-6
"""Rounding when registers are scaled."""

_TWICE = 2
_REMEMBERED = 32
"""So many polls a value that came back within its bounds is still reported as sound."""


class BoundsRule:
    """A reading outside its bounds at two polls in a row that have it.

    One garbled word is no alarm; at the usual pace the second poll is 10 s later. Only
    what is or was lately outside is told of: all others are sound by the absence.
    """

    name: ClassVar[str] = "bounds"

    def __init__(self, expectations: Expectations) -> None:
        self._bounds = tuple(expectations.bounds.items())
        self._outside: dict[str, int] = {}
        """Key to how many polls in a row it was outside."""

        self._sound: dict[str, int] = {}
        """Key that was outside to how many polls it has been inside since."""

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return the values that are outside, and those that have just come back."""
        if seen.stranger is not None:
            return []
        found: dict[str, Residual] = {}
        for key, value, bounds in self._values(seen):
            residual = self._judge(key, value, bounds)
            if residual is not None:
                found.setdefault(key, residual)
        return found.values()

    def document(self) -> Mapping[str, Any]:
        """Return ``{}``: bounds are not learned."""
        return {}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take nothing."""

    def _values(self, seen: Observation) -> Iterator[tuple[str, float, Range]]:
        """Give every number that has bounds; the profile's come first."""
        numbers = seen.numbers
        for key, bounds in self._bounds:
            value = numbers.get(key)
            if value is not None and _is_number(value):
                yield key, value, bounds
        for name, measured, bounds in _typed(seen):
            if measured is not None and _is_number(measured):
                yield name, measured, bounds

    def _judge(self, key: str, value: float, bounds: Range) -> Residual | None:
        """Return how far a value is outside, once it was so twice."""
        if bounds.low - _SLACK <= value <= bounds.high + _SLACK:
            return self._inside(key, value) if self._outside else None
        times = self._outside.get(key, 0) + 1
        self._outside[key] = times
        self._sound[key] = 0
        bound = bounds.low if value < bounds.low else bounds.high
        if times < _TWICE:
            return None
        return _residual(key, value, bound, abs(value - bound))

    def _inside(self, key: str, value: float) -> Residual | None:
        """Tell of a value that was outside lately that it is inside again."""
        if key not in self._outside:
            return None
        self._outside[key] = 0
        self._sound[key] += 1
        if self._sound[key] > _REMEMBERED:
            del self._outside[key], self._sound[key]
        return _residual(key, value, None, 0.0)


def _is_number(value: object) -> bool:
    """Tell whether this is a finite number; anything else is no fault of a value."""
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )


def _typed(seen: Observation) -> Iterator[tuple[str, float | None, Range]]:
    """Give the values whose meaning alone bounds them."""
    yield "soc_pct", seen.soc_pct, _SOC_PCT
    yield "battery_temperature_c", seen.battery_temperature_c, _BATTERY_C
    yield "inverter_temperature_c", seen.inverter_temperature_c, _INVERTER_C
    yield Flow.GRID.value, seen.powers.get(Flow.GRID), _GRID_W
    most_w = seen.maximum_power_w
    if most_w is None or not most_w >= _LEAST_MAXIMUM_W:
        return
    for flow, part in _MOST_OF_MAXIMUM.items():
        bound_w = part * most_w
        low_w = -0.1 * most_w if flow is Flow.PV else -bound_w
        yield flow.value, seen.powers.get(flow), Range(low_w, bound_w)


def _residual(key: str, value: float, bound: float | None, distance: float) -> Residual:
    """Return a residual that is past any doubt as soon as it is not 0."""
    return Residual(
        kind=FindingKind.OUT_OF_BOUNDS,
        subject=key,
        measured=value,
        expected=bound,
        deviation=distance,
        floor=_SLACK / 2.0,
        learns=False,
    )
