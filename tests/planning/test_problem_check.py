"""Nonsense is refused, and named."""

from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from typing import Any

import pytest

from custom_components.bessai.core.battery_spec import EfficiencyPoint, PowerBand
from custom_components.bessai.planning.optimiser import solve
from custom_components.bessai.planning.problem import Ending, GridSpec
from custom_components.bessai.planning.problem_check import ProblemError

from .problems import problem, step


def curve(*points: tuple[float, float]) -> tuple[EfficiencyPoint, ...]:
    return tuple(EfficiencyPoint(power_kw=kw, efficiency=eta) for kw, eta in points)


def band(below_kwh: float, charge_kw: float = 1.0) -> PowerBand:
    return PowerBand(below_kwh=below_kwh, charge_kw=charge_kw, discharge_kw=1.0)


def test_a_plan_needs_steps() -> None:
    with pytest.raises(ProblemError, match="there is no step"):
        solve(problem([]))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"import_price": nan}, "import price nan"),
        ({"export_price": inf}, "export price inf"),
        ({"pv_kw": -1.0}, r"PV -1\.0 kW"),
        ({"load_kw": nan}, "load nan kW"),
    ],
)
def test_nonsense_in_a_step_names_the_step(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError, match=rf"2026-03-28 01:00 UTC .*{said}"):
        solve(problem([{}, values]))


@pytest.mark.parametrize("second", [0, 2])
def test_steps_follow_each_other(second: int) -> None:
    steps = (step(0), step(second))
    with pytest.raises(ProblemError, match="does not begin where the one before"):
        solve(replace(problem(), steps=steps))


def test_lengths_may_be_mixed() -> None:
    steps = (step(0), step(4, timedelta(minutes=15)))
    assert len(solve(replace(problem(), steps=steps)).powers_kw) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stored_kwh": nan}, "stored_kwh nan"),
        ({"min_spread": -0.1}, "min_spread -0.1"),
        ({"grid": GridSpec(import_cap_kw=-1.0)}, "grid.import_cap_kw -1.0"),
        ({"grid": GridSpec(export_cap_kw=nan)}, "grid.export_cap_kw nan"),
        ({"grid": GridSpec(cap_penalty=-1.0)}, "grid.cap_penalty -1.0"),
        ({"ending": Ending(value_per_kwh=nan)}, "ending.value_per_kwh nan"),
        ({"ending": Ending(floor_kwh=-1.0)}, "ending.floor_kwh -1.0"),
        ({"ending": Ending(floor_penalty=inf)}, "ending.floor_penalty inf"),
        ({"battery": {"charge_kw": inf}}, "battery.charge_kw inf"),
        ({"battery": {"max_kwh": inf}}, "battery.max_kwh inf"),
        ({"battery": {"bands": (band(2, -1),)}}, "below 2 kWh: charge_kw -1"),
        ({"battery": {"bands": (band(2), band(1))}}, "bands do not rise"),
        ({"battery": {"charge_curve": curve((0, 0.9))}}, "charge_curve is not"),
        ({"battery": {"charge_curve": curve((1, 1.1))}}, "charge_curve is not"),
        (
            {"battery": {"charge_curve": curve((2, 0.9), (1, 0.9))}},
            "charge_curve is not",
        ),
        ({"battery": {"discharge_curve": curve((1, 0))}}, "discharge_curve is not"),
        (  # more power that would take less from the store
            {"battery": {"discharge_curve": curve((1, 0.4), (2, 0.95))}},
            "discharge_curve is not",
        ),
    ],
)
def test_nonsense_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        solve(problem(**changes))
