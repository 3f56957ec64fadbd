"""What powers really do and cost; every figure here is worked out by hand."""

from typing import Any

import pytest

from custom_components.bessai.core.battery_spec import EfficiencyPoint, PowerBand
from custom_components.bessai.planning.problem import Ending, GridSpec
from custom_components.bessai.planning.scoring import (
    idle_powers,
    score,
    self_consumption_powers,
)

from .problems import problem
from .random_problems import random_problem
from .referee import cost_of

CURVES = {
    "charge_curve": (
        EfficiencyPoint(power_kw=1.0, efficiency=0.8),
        EfficiencyPoint(power_kw=2.0, efficiency=0.9),
    ),
    "discharge_curve": (
        EfficiencyPoint(power_kw=1.0, efficiency=0.5),
        EfficiencyPoint(power_kw=2.0, efficiency=0.8),
    ),
}


def test_bill_and_wear_and_end_value_make_the_cost() -> None:
    result = score(
        problem([{}], battery={"wear_cost": 0.02}, ending=Ending(value_per_kwh=0.2)),
        [0.8],
    )
    assert result.stored_kwh == pytest.approx((5.0, 4.0))
    assert result.grid_kw == pytest.approx((0.2,))
    assert result.bill == pytest.approx(0.06)
    assert result.wear == pytest.approx(0.016)
    assert result.costs == pytest.approx((0.076,))
    assert result.cost == pytest.approx(0.06 + 0.016 - 0.8)


@pytest.mark.parametrize(
    ("wish_kw", "stored_kwh", "power_kw"),
    [
        (9.0, 5.0, 4.0),  # the battery's power
        (-9.0, 5.0, -5.0),
        (4.0, 1.0, 0.8),  # what is stored
        (-5.0, 9.1, -1.0),  # the room that is left
    ],
)
def test_power_is_cut_to_what_the_battery_can(
    wish_kw: float, stored_kwh: float, power_kw: float
) -> None:
    result = score(problem(stored_kwh=stored_kwh), [wish_kw])
    assert result.powers_kw == pytest.approx((power_kw,))


@pytest.mark.parametrize(
    ("stored_kwh", "wish_kw", "end_kwh"),
    [
        (1.0, 0.0, 2.0),  # back to the range, without being asked
        (1.0, -3.0, 3.7),  # and further if wished
        (-4.0, 4.0, 0.5),  # as far as power allows
        (12.0, 0.0, 10.0),
        (19.0, -5.0, 14.0),
    ],
)
def test_outside_its_range_the_battery_returns(
    stored_kwh: float, wish_kw: float, end_kwh: float
) -> None:
    result = score(problem(battery={"min_kwh": 2.0}, stored_kwh=stored_kwh), [wish_kw])
    assert result.stored_kwh[-1] == pytest.approx(end_kwh)


@pytest.mark.parametrize(
    ("wish_kw", "pv_kw", "power_kw"),
    [(4.0, 0.0, 1.0), (-5.0, 3.0, -2.0), (-5.0, 0.0, 0.0), (4.0, 3.0, 0.0)],
)
def test_where_it_may_not_trade_it_covers_and_stores_only(
    wish_kw: float, pv_kw: float, power_kw: float
) -> None:
    result = score(problem([{"pv_kw": pv_kw, "may_trade": False}]), [wish_kw])
    assert result.powers_kw == pytest.approx((power_kw,))
    assert result.traded_kwh == 0


@pytest.mark.parametrize(("wish_kw", "traded_kwh"), [(4.0, 3.0), (-5.0, 5.0), (1, 0)])
def test_what_is_bought_and_sold_is_counted(wish_kw: float, traded_kwh: float) -> None:
    assert score(problem(), [wish_kw]).traded_kwh == pytest.approx(traded_kwh)


@pytest.mark.parametrize(
    ("grid", "step", "wish_kw", "power_kw", "grid_kw", "breach"),
    [
        (GridSpec(import_cap_kw=3), {}, -5.0, -2.0, 3.0, 0.0),
        (GridSpec(import_cap_kw=3), {"load_kw": 4}, -5.0, 0.0, 4.0, 10.0),
        (GridSpec(import_cap_kw=3), {"load_kw": 4}, 1.0, 1.0, 3.0, 0.0),
        (GridSpec(export_cap_kw=2), {}, 4.0, 3.0, -2.0, 0.0),
        (GridSpec(export_cap_kw=2), {"pv_kw": 9}, 4.0, 3.0, -2.0, 0.0),
        (
            GridSpec(export_cap_kw=2, can_curtail=False),
            {"pv_kw": 4.0},
            4.0,
            0.0,
            -3.0,
            10.0,
        ),
    ],
)
def test_battery_adds_to_no_breach_of_a_cap(
    grid: GridSpec,
    step: dict[str, Any],
    wish_kw: float,
    power_kw: float,
    grid_kw: float,
    breach: float,
) -> None:
    result = score(problem([step], grid=grid), [wish_kw])
    assert result.powers_kw == pytest.approx((power_kw,))
    assert result.grid_kw == pytest.approx((grid_kw,))
    assert result.cap_breach == pytest.approx(breach)


@pytest.mark.parametrize(
    ("prices", "grid", "grid_kw"),
    [
        ({}, GridSpec(), -4.0),
        ({"export_price": -0.1}, GridSpec(), 0.0),
        ({"export_price": -0.1}, GridSpec(can_curtail=False), -4.0),
        ({"import_price": -0.1, "export_price": -0.2}, GridSpec(), 1.0),
        (
            {"import_price": -0.1, "export_price": -0.2},
            GridSpec(import_cap_kw=0.5),
            0.5,
        ),
        ({}, GridSpec(export_cap_kw=1.0), -1.0),
        ({}, GridSpec(export_cap_kw=1.0, cap_penalty=0.05), -4.0),
    ],
)
def test_panels_are_curtailed_as_is_cheapest(
    prices: dict[str, float], grid: GridSpec, grid_kw: float
) -> None:
    result = score(problem([{"pv_kw": 5.0, **prices}], grid=grid), [0.0])
    assert result.grid_kw == pytest.approx((grid_kw,))


def test_missing_the_floor_costs_the_penalty() -> None:
    result = score(problem(ending=Ending(floor_kwh=7, floor_penalty=0.5)), [0.0])
    assert result.floor_missing_kwh == pytest.approx(2.0)
    assert result.floor_cost == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("stored_kwh", "discharge_kw", "charge_kw"),
    [
        (5.5, 1.0, -5.0),
        (6.0, 3.0, -5.0),
        (6.5, 3.0, -4.0),
        (7.0, 3.0, -4.0),
        (8, 2, -2),
    ],
)
def test_bands_limit_power_and_an_edge_belongs_to_both(
    stored_kwh: float, discharge_kw: float, charge_kw: float
) -> None:
    bands = (
        PowerBand(below_kwh=6.0, charge_kw=5.0, discharge_kw=1.0),
        PowerBand(below_kwh=7.0, charge_kw=4.0, discharge_kw=3.0),
    )
    limits = {"bands": bands, "charge_kw": 2.0, "discharge_kw": 2.0, "max_kwh": 20.0}
    question = problem(battery=limits, stored_kwh=stored_kwh)
    assert score(question, [9.0]).powers_kw == pytest.approx((discharge_kw,))
    assert score(question, [-9.0]).powers_kw == pytest.approx((charge_kw,))


@pytest.mark.parametrize(
    ("power_kw", "end_kwh"),
    [
        (-0.5, 5.4),  # below the first point: its efficiency
        (-1.5, 6.3),  # between points: losses on a straight line
        (-4.0, 8.6),  # above the last one: its efficiency
        (0.5, 4.0),
        (1.5, 2.75),
        (3.0, 1.25),
        (0.0, 5.0),
    ],
)
def test_efficiency_may_depend_on_power(power_kw: float, end_kwh: float) -> None:
    result = score(problem(battery=CURVES), [power_kw])
    assert result.stored_kwh[-1] == pytest.approx(end_kwh)


@pytest.mark.parametrize(("stored_kwh", "wish_kw"), [(1.0, 4.0), (9.5, -5.0)])
def test_what_is_stored_limits_power_by_the_efficiency_there(
    stored_kwh: float, wish_kw: float
) -> None:
    result = score(problem(battery=CURVES, stored_kwh=stored_kwh), [wish_kw])
    assert result.stored_kwh[-1] == pytest.approx({1.0: 0.0, 9.5: 10.0}[stored_kwh])


def test_idle_and_self_consumption() -> None:
    question = problem([{}, {"pv_kw": 3.0}])
    assert idle_powers(question) == (0.0, 0.0)
    assert self_consumption_powers(question) == (1.0, -2.0)


def test_powers_and_steps_have_to_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        score(problem([{}, {}]), [0.0])


@pytest.mark.parametrize("seed", range(40))
def test_the_referee_counts_the_same(seed: int) -> None:
    question = random_problem(seed)
    for powers in (idle_powers(question), self_consumption_powers(question)):
        assert score(question, powers).cost == pytest.approx(cost_of(question, powers))
