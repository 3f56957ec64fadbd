"""The action that plans: what it answers, what it refuses, what it changes."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.planner import WhatIf
from custom_components.bessai.planner_status import CannotPlan, PlannerStatus

from .controlled import ask, control
from .home import Home
from .planned import HOUR, NOON, KnownPlanner, curve, give_planner, known_planner

ACTION = "plan_arbitrage"
DAY = [0.10, 0.40] * 12


@pytest.fixture
async def planned_home(freezer: FrozenDateTimeFactory, controlled_home: Home) -> Home:
    """Return a home with prices at noon."""
    freezer.move_to(NOON)
    return await give_planner(controlled_home, KnownPlanner(controlled_home.hass))


@pytest.fixture
async def housemate(hass: HomeAssistant) -> Context:
    """Return somebody who lives here and is no administrator."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    user = MockUser(name="Housemate", groups=[group]).add_to_hass(hass)
    return Context(user_id=user.id)


async def refusal(home: Home, **data: Any) -> str:
    """Return how an action is refused, in words."""
    with pytest.raises(ServiceValidationError) as refused:
        await ask(home, ACTION, **data)
    return str(refused.value)


def asked(home: Home) -> WhatIf:
    """Return what the planner was asked last."""
    return known_planner(home).asked[-1]


async def test_the_answer_is_the_plan_with_its_reasons(planned_home: Home) -> None:
    answer = await ask(planned_home, ACTION)
    assert asked(planned_home) == WhatIf()
    assert (answer["executed"], answer["assumed"]) == (False, [])
    assert answer["currency"] == "EUR"
    assert answer["saving"] == pytest.approx(
        answer["self_consumption_cost"] - answer["cost"], abs=1e-3
    )
    assert answer["cost"] < min(answer["idle_cost"], answer["self_consumption_cost"])
    assert answer["saving_band"].keys() == {"p10", "p50", "p90"}
    assert answer["solver"] == "exact dynamic programming"
    assert answer["gap_bound"] < 0.01
    assert answer["solve_ms"] >= 0
    assert dt_util.parse_datetime(answer["known_until"]) == NOON + 24 * HOUR
    steps = answer["steps"]
    assert len(steps) == 96
    assert sum(step["cost"] for step in steps) != 0
    assert steps[0] == {
        "start": dt_util.as_local(NOON).isoformat(),
        "end": dt_util.as_local(NOON + timedelta(minutes=15)).isoformat(),
        "intent": "store_surplus",
        "power": 0,
        "soc": answer["soc"],
        "import_price": 0.1,
        "export_price": 0.05,
        "value": steps[0]["value"],
        "price": 0.1,
        "reason": "worth_more_later",
        "why": steps[0]["why"],
        "cost": steps[0]["cost"],
        "grid": 900,
        "pv": 100,
        "load": 1000,
    }
    assert steps[0]["why"].endswith("keep it.")


async def test_nothing_is_changed_by_asking(planned_home: Home) -> None:
    planner = known_planner(planned_home)
    before = planner.make()
    await ask(planned_home, ACTION, soc=90, prices=DAY)
    assert planner.plan is before


async def test_without_forecasts_there_is_no_band(planned_home: Home) -> None:
    planner = known_planner(planned_home)
    planner.pv = planner.load = None
    assert (await ask(planned_home, ACTION))["saving_band"] is None


async def test_numbers_are_hours_from_the_current_one_on(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON + timedelta(minutes=20))
    answer = await ask(planned_home, ACTION, prices=DAY)
    prices = asked(planned_home).curve
    assert prices is not None
    assert (prices.start, prices.end) == (NOON, NOON + 24 * HOUR)
    assert [step.import_price for step in prices] == DAY
    assert prices.currency == "EUR"
    assert {step.export_price for step in prices} == {0.05}, "as it is known"
    assert answer["assumed"] == ["prices"]


async def test_many_numbers_are_quarter_hours(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON + timedelta(minutes=20))
    await ask(planned_home, ACTION, prices=[0.1, 0.4] * 48)
    prices = asked(planned_home).curve
    assert prices is not None
    assert prices.start == NOON + timedelta(minutes=15)
    assert prices.end == prices.start + 24 * HOUR


async def test_tables_may_come_in_any_order_and_length(planned_home: Home) -> None:
    await ask(
        planned_home,
        ACTION,
        prices=[
            {"start": NOON + 2 * HOUR, "import_price": "0.4", "export_price": 0.2},
            {"start": NOON.isoformat(), "end": NOON + HOUR, "import_price": 0.1},
            {"start": (NOON + HOUR).isoformat(), "import_price": -0.1},
        ],
    )
    prices = asked(planned_home).curve
    assert prices is not None
    assert [step.import_price for step in prices] == [0.1, -0.1, 0.4]
    assert [step.export_price for step in prices] == [0.05, 0.05, 0.2]
    assert prices.end == NOON + 3 * HOUR


async def test_a_time_without_an_offset_is_that_of_the_wall(
    hass: HomeAssistant, planned_home: Home
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    await ask(
        planned_home,
        ACTION,
        prices=[{"start": "2026-11-21 13:00:00", "import_price": 0.1}],
    )
    prices = asked(planned_home).curve
    assert prices is not None
    assert (prices.start, prices.end) == (NOON, NOON + HOUR)


async def test_an_export_price_that_nobody_knows_is_nothing(
    planned_home: Home,
) -> None:
    known_planner(planned_home).market.curve = None
    await ask(planned_home, ACTION, prices=DAY)
    prices = asked(planned_home).curve
    assert prices is not None
    assert {step.export_price for step in prices} == {0.0}


async def test_forecasts_and_charge_and_horizon_can_be_assumed(
    planned_home: Home,
) -> None:
    answer = await ask(
        planned_home,
        ACTION,
        pv_forecast=[0, 1500.5],
        load_forecast=[{"start": NOON, "end": NOON + 24 * HOUR, "power": 400}],
        soc=75,
        horizon={"hours": 6},
    )
    assumed = asked(planned_home)
    assert assumed.pv is not None
    assert [step.p50_w for step in assumed.pv.steps] == [0, 1500.5]
    assert assumed.load is not None
    assert assumed.load.steps[0].interval.duration == 24 * HOUR
    assert (assumed.soc_pct, assumed.horizon) == (75, 6 * HOUR)
    assert answer["assumed"] == ["pv_forecast", "load_forecast", "soc", "horizon"]
    assert answer["steps"][0]["load"] == 400


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"prices": []}, "“prices” has 0 items"),
        ({"prices": [0.1] * 2001}, "“prices” has 2001 items"),
        ({"prices": ["cheap"]}, "“prices”, item 1: cheap is not a number"),
        ({"prices": [0.1, None]}, "“prices”, item 2: None is not a number"),
        ({"prices": [0.1, float("nan")]}, "“prices”, item 2: nan is not a number"),
        ({"prices": [10**400]}, "“prices”, item 1: 1000000"),
        ({"prices": [1e308] * 30}, "“prices” cannot be planned with: 1e+308 > 1e+09"),
        ({"prices": [-1e308, 1e308] * 15}, "cannot be planned with: 1e+308 > "),
        ({"pv_forecast": [1e10]}, "“pv_forecast” cannot be planned with: 1e+10 > "),
        ({"prices": [True]}, "“prices”, item 1: True is not a number"),
        ({"prices": [{"import_price": 0.1}]}, "“prices.start” is missing in item 1"),
        ({"prices": [0.1, {"start": "18:00"}]}, "“prices.start” is missing in item 1"),
        (
            {"prices": [{"start": "today", "import_price": 0.1}]},
            "“prices.start”, item 1: today is not a time",
        ),
        (
            {"prices": [{"start": "2026-02-30 12:00", "import_price": 0.1}]},
            "“prices.start”, item 1: 2026-02-30 12:00 is not a time",
        ),
        (
            {"prices": [{"start": NOON}]},
            "“prices.import_price”, item 1: None is not a number",
        ),
        (
            {"prices": [{"start": NOON, "end": NOON, "import_price": 0.1}]},
            "“prices”, item 1: it has to end after its start",
        ),
        (
            {"prices": [{"start": NOON, "import_price": 0.1}] * 2},
            "“prices”, item 1: it has to end after its start",
        ),
        (
            {
                "prices": [
                    {"start": NOON, "end": NOON + HOUR, "import_price": 0.1},
                    {"start": NOON + 2 * HOUR, "import_price": 0.1},
                ]
            },
            "“prices” cannot be planned with: nothing is known between",
        ),
        (
            {
                "prices": [
                    {"start": NOON, "end": "9999-12-01T00:00:00Z", "import_price": 0.1}
                ]
            },
            "“prices”, item 1: it may end at most 7 days from now, not at 9999-",
        ),
        (
            {"load_forecast": [{"start": "9999-12-31T23:59:00Z", "power": 1}]},
            "“load_forecast”, item 1: it may end at most 7 days from now",
        ),
        (
            {"prices": [{"start": "0001-01-01T00:00:00+14:00", "import_price": 1}]},
            "is not a time",
        ),
        ({"prices": [0.1] * 700}, "“prices”, item 673: it may end at most"),
        ({"pv_forecast": [-5]}, "“pv_forecast” cannot be planned with"),
        ({"load_forecast": [{"start": NOON}]}, "“load_forecast.power”, item 1"),
        ({"soc": 101}, "not 101 %"),
        ({"soc": float("nan")}, "not nan %"),
        ({"horizon": {"minutes": 1}}, "not 0:01:00"),
        ({"horizon": {"days": 8}}, "not 8 days, 0:00:00"),
    ],
)
async def test_what_cannot_be_meant_is_named(
    planned_home: Home, data: dict[str, Any], words: str
) -> None:
    assert words in await refusal(planned_home, **data)


async def test_prices_that_begin_later_cannot_be_planned_with(
    planned_home: Home,
) -> None:
    later = {"start": NOON + 3 * HOUR, "import_price": 0.1}
    assert "There can be no plan: " in await refusal(planned_home, prices=[later])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PlannerStatus.WAITING, "the readings of the plant are not there"),
        (PlannerStatus.NO_PRICES, "no plan without prices"),
        (PlannerStatus.NO_BATTERY, "how much the battery holds"),
    ],
)
async def test_what_is_missing_for_a_plan_is_named(
    planned_home: Home,
    monkeypatch: pytest.MonkeyPatch,
    status: PlannerStatus,
    words: str,
) -> None:
    async def fail(assumed: WhatIf) -> None:
        raise CannotPlan(status)

    monkeypatch.setattr(known_planner(planned_home), "async_what_if", fail)
    assert words in await refusal(planned_home)


async def test_a_plant_without_a_battery_cannot_be_planned_for(
    planned_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned_home.runtime, "planner", None)
    assert "cannot be commanded" in await refusal(planned_home)


@pytest.fixture
def arbitrage(planned_home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """Let the home be in the mode that carries plans out."""
    with monkeypatch.context() as patched:
        mode = property(lambda _: DispatchMode.ARBITRAGE)
        patched.setattr(type(control(planned_home)), "mode", mode)
        yield planned_home


async def test_a_plan_can_be_put_in_force(arbitrage: Home) -> None:
    planner = known_planner(arbitrage)
    before = planner.make()
    answer = await ask(arbitrage, ACTION, execute=True, prices=DAY)
    assert answer["executed"] is True
    assert planner.plan is not None
    assert planner.plan is not before
    assert planner.plan.steps[0].import_price == DAY[0]
    assert arbitrage.state("plan_step").state == answer["steps"][0]["intent"]


async def test_only_a_plan_for_the_real_charge_is_put_in_force(
    arbitrage: Home,
) -> None:
    assert "assumed state of charge" in await refusal(arbitrage, execute=True, soc=50)


async def test_a_plan_that_nobody_carries_out_is_not_put_in_force(
    planned_home: Home,
) -> None:
    refused = await refusal(planned_home, execute=True)
    assert "Nothing would carry the plan out" in refused
    assert known_planner(planned_home).plan is None


async def test_who_may_not_command_may_ask_and_not_execute(
    arbitrage: Home, housemate: Context
) -> None:
    assert (await ask(arbitrage, ACTION, context=housemate))["steps"]
    with pytest.raises(Unauthorized):
        await ask(arbitrage, ACTION, context=housemate, execute=True)


async def test_somebody_unknown_may_not_execute(arbitrage: Home) -> None:
    with pytest.raises(Unauthorized):
        await ask(arbitrage, ACTION, context=Context(user_id="nobody"), execute=True)


async def test_a_large_plan_is_answered(planned_home: Home) -> None:
    planner = known_planner(planned_home)
    planner.curve = curve([0.1, 0.3] * 24)
    assert len((await ask(planned_home, ACTION))["steps"]) == 120


async def test_a_horizon_beyond_all_time_is_refused(planned_home: Home) -> None:
    with pytest.raises(vol.Invalid, match="too long for a duration"):
        await ask(planned_home, ACTION, horizon={"days": 1e12})
