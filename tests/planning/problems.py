"""Problems, valid and small by default."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.problem import Problem, ProblemStep

START = datetime(2026, 3, 28, tzinfo=UTC)
HOUR = timedelta(hours=1)
BATTERY = BatterySpec(
    min_kwh=0.0,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=4.0,
    charge_efficiency=0.9,
    discharge_efficiency=0.8,
)


def step(at: int = 0, length: timedelta = HOUR, **changes: Any) -> ProblemStep:
    """Return an interval that begins so many lengths after the start."""
    begin = START + at * length
    usual = ProblemStep(
        interval=Interval(start=begin, end=begin + length),
        import_price=0.30,
        export_price=0.10,
        pv_kw=0.0,
        load_kw=1.0,
    )
    return replace(usual, **changes)


def problem(
    steps: Sequence[dict[str, Any]] = ({},),
    *,
    length: timedelta = HOUR,
    battery: dict[str, Any] | None = None,
    **changes: Any,
) -> Problem:
    """Return consecutive intervals, each described by what is unusual in it."""
    usual = Problem(
        steps=tuple(step(i, length, **values) for i, values in enumerate(steps)),
        battery=replace(BATTERY, **(battery or {})),
        stored_kwh=5.0,
    )
    return replace(usual, **changes)
