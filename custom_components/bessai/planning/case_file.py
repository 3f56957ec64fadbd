"""Cases of a planning benchmark: JSON in, problems out.

In a case battery power is positive when charging, ``buy`` is the import price and
``sell`` the export price; energies are stored kWh, ``dt_h`` is the length of all
intervals in hours. Times do not matter to a case: it starts at an arbitrary moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from ..core.battery_spec import BatterySpec, BatterySpecError
from ..core.errors import BessaiError
from ..core.interval import Interval
from .problem import Ending, GridSpec, Problem, ProblemStep

_START = datetime(2026, 1, 1, tzinfo=UTC)


class CaseError(BessaiError):
    """A case that cannot be read; the message names the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A problem with a name."""

    id: str
    problem: Problem


def parse_cases(document: Any) -> tuple[Case, ...]:
    """Return the cases of a file, which holds one case or a list ``cases``.

    Raises:
        CaseError: If anything is missing or is not what it should be.
    """
    if not isinstance(document, dict):
        raise CaseError("the file does not hold an object")
    cases = document.get("cases", [document])
    if not isinstance(cases, list) or not cases:
        raise CaseError("cases is not a list of cases")
    return tuple(
        _parse_case(_Fields(case, f"cases[{i}]")) for i, case in enumerate(cases)
    )


class _Fields:
    """An object of the file and the way to it."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise CaseError(f"{path} is not an object")
        self._value = value
        self._path = path

    def text(self, name: str) -> str:
        value = self._value.get(name)
        if not isinstance(value, str) or not value:
            raise CaseError(f"{self._path}.{name} is not a text: {value!r}")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        value = self._value.get(name, default)
        return _number(value, f"{self._path}.{name}")

    def cap(self, name: str) -> float | None:
        return None if self._value.get(name) is None else self.number(name)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._value.get(name, default)
        if not isinstance(value, bool):
            raise CaseError(f"{self._path}.{name} is not true or false: {value!r}")
        return value

    def numbers(self, name: str) -> list[float]:
        values = self._value.get(name)
        if not isinstance(values, list) or not values:
            raise CaseError(f"{self._path}.{name} is not a list of numbers")
        return [
            _number(value, f"{self._path}.{name}[{i}]")
            for i, value in enumerate(values)
        ]

    def object(self, name: str) -> _Fields:
        return _Fields(self._value.get(name, {}), f"{self._path}.{name}")


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CaseError(f"{path} is not a number: {value!r}")
    if not isfinite(value):
        raise CaseError(f"{path} is not finite: {value!r}")
    return float(value)


def _parse_case(case: _Fields) -> Case:
    grid, ending = case.object("grid"), case.object("terminal")
    return Case(
        id=case.text("id"),
        problem=Problem(
            steps=_parse_steps(case),
            battery=_parse_battery(case.object("battery")),
            stored_kwh=case.object("battery").number("e0_kwh"),
            grid=GridSpec(
                import_cap_kw=grid.cap("import_cap_kw"),
                export_cap_kw=grid.cap("export_cap_kw"),
                cap_penalty=case.number("cap_penalty", GridSpec().cap_penalty),
                can_curtail=grid.flag("curtailment", default=True),
            ),
            ending=Ending(
                value_per_kwh=ending.number("value_per_kwh", 0.0),
                floor_kwh=ending.number("e_end_min_kwh", 0.0),
                floor_penalty=case.number("floor_penalty", 0.0),
            ),
        ),
    )


def _parse_steps(case: _Fields) -> tuple[ProblemStep, ...]:
    columns = [case.numbers(name) for name in ("buy", "sell", "pv_kw", "load_kw")]
    counts = {len(column) for column in columns}
    if len(counts) > 1:
        raise CaseError(
            f"{case.text('id')}: buy, sell, pv_kw and load_kw have "
            f"{', '.join(str(len(column)) for column in columns)} values"
        )
    hours = case.number("dt_h")
    if not 0 < hours <= _LONGEST_H:
        raise CaseError(f"{case.text('id')}: dt_h {hours} is not above 0 up to 24 h")
    length = timedelta(hours=hours)
    return tuple(
        ProblemStep(
            interval=Interval(start=_START + i * length, end=_START + (i + 1) * length),
            import_price=buy,
            export_price=sell,
            pv_kw=pv,
            load_kw=load,
        )
        for i, (buy, sell, pv, load) in enumerate(zip(*columns, strict=True))
    )


_LONGEST_H = 24.0


def _parse_battery(battery: _Fields) -> BatterySpec:
    try:
        return BatterySpec(
            min_kwh=battery.number("e_min_kwh"),
            max_kwh=battery.number("e_max_kwh"),
            charge_kw=battery.number("p_charge_kw"),
            discharge_kw=battery.number("p_discharge_kw"),
            charge_efficiency=battery.number("eta_c"),
            discharge_efficiency=battery.number("eta_d"),
            wear_cost=battery.number("wear_per_kwh", 0.0),
        )
    except BatterySpecError as err:
        raise CaseError(f"battery: {err}") from err
