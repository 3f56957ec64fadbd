"""From prices, forecasts and the plant to a plan that is carried out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import logging

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai import planner as planner_module
from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.planner import SURPRISE_PAUSE, Planner, WhatIf
from custom_components.bessai.planner_status import CannotPlan, PlannerStatus
from custom_components.bessai.planning.execution import MOST_AGE, Decision
from custom_components.bessai.planning.plan import Intent, Plan, Why
from custom_components.bessai.planning.plan_builder import PlanQuestion, make_plan
from custom_components.bessai.simulator.overrides import Overrides

from .controlled import allow, control, look, written
from .home import Home, settle
from .plants import until

DEAR, CHEAP = 0.60, 0.05


def tariff(now_price: float, other_price: float) -> dict[str, object]:
    """Return options of a price for this hour, another for all others."""
    hour = dt_util.now().hour
    lines = [f"{hour:02}:00-{hour + 1:02}:00 {now_price}"]
    if hour > 0:
        lines.append(f"00:00-{hour:02}:00 {other_price}")
    if hour < 23:
        lines.append(f"{hour + 1:02}:00-24:00 {other_price}")
    return {
        "prices": {"source": "time_of_use", "periods": "\n".join(lines)},
        "export_prices": {"export_mode": "fixed", "export_price": 0.04},
    }


def planner_of(home: Home) -> Planner:
    """Return the planner of a plant that has one."""
    planner = home.runtime.planner
    assert planner is not None
    return planner


async def planning(home: Home, options: dict[str, object]) -> Planner:
    """Return the planner of a plant at night, with its first plan."""
    home.plant.overrides = Overrides(pv_w=0.0, load_w=800.0)
    home.options = options
    await home.add()
    await allow(home)
    await look(home)
    planner = planner_of(home)
    await until(lambda: planner.market.curve is not None)
    await planner.async_replan()
    return planner


def status_of(planner: Planner) -> PlannerStatus:
    """Return the status: it changes behind mypy's back."""
    return planner.status


def made_earlier(plan: Plan | None, by: timedelta) -> Plan:
    """Return a plan as it would be if it were older."""
    assert plan is not None
    return replace(plan, made_at=plan.made_at - by)


async def test_a_cheap_hour_is_used_to_charge(home: Home) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    assert status_of(planner) is PlannerStatus.READY
    assert planner.plan is not None
    assert planner.plan.steps[0].intent is Intent.CHARGE
    assert written(home) == []  # nobody chose the mode yet
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    command = control(home).command
    assert command is not None
    assert command.proposal.source is Source.PLAN
    assert home.plant.truth.forcible_command == 1
    assert home.plant.truth.grid_w > 3000


async def test_a_dear_hour_is_left_to_the_inverter(home: Home) -> None:
    planner = await planning(home, tariff(DEAR, CHEAP))
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert planner.decision is not None
    assert planner.decision.intent is Intent.SELF_CONSUMPTION
    assert control(home).command is None
    assert home.plant.truth.battery_w == pytest.approx(800, abs=150)


async def test_energy_that_is_needed_later_is_held(home: Home) -> None:
    """The dear hours need it all, and this one is not cheap enough to buy in."""
    home.plant.set_soc(60.0)
    planner = await planning(home, tariff(0.52, DEAR))
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert planner.decision is not None
    assert planner.decision.intent is Intent.STORE_SURPLUS
    assert home.plant.read(1, 47077, 2) == (0, 0)
    await control(home).async_set_mode(DispatchMode.OBSERVE)
    assert home.plant.read(1, 47077, 2) == (0, 5000)


async def test_what_the_plan_would_do_is_known_in_any_mode(home: Home) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    heard: list[Decision | None] = []
    planner.async_add_listener(lambda: heard.append(planner.decision))
    await home.poll()
    assert planner.decision is not None
    assert planner.decision.intent is Intent.CHARGE
    await home.poll()
    assert written(home) == []


async def test_no_prices_is_said_and_the_plan_is_gone(home: Home) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    planner.market.curve = None
    assert await planner.async_replan() is None
    assert status_of(planner) is PlannerStatus.NO_PRICES
    assert planner.steer() is None
    with pytest.raises(CannotPlan):
        await planner.async_what_if(WhatIf())


async def test_a_new_plant_has_no_prices_and_no_plan(added_home: Home) -> None:
    planner = planner_of(added_home)
    await settle(added_home.hass)
    assert planner.plan is None
    assert status_of(planner) is PlannerStatus.NO_PRICES
    assert planner.prices_now(dt_util.utcnow()) is None


async def test_limits_that_leave_nothing_to_plan_with_are_said(home: Home) -> None:
    options = tariff(CHEAP, DEAR) | {"planning": {"reserve_soc_pct": 99}}
    planner = await planning(home, options)
    assert status_of(planner) is PlannerStatus.NO_BATTERY
    assert planner.plan is None


async def test_an_old_plan_is_not_carried_out(home: Home) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    planner.plan = made_earlier(planner.plan, MOST_AGE + timedelta(minutes=1))
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert status_of(planner) is PlannerStatus.STALE
    assert control(home).command is None
    await planner.async_replan()
    await home.poll()
    assert status_of(planner) is PlannerStatus.READY
    assert control(home).command is not None


async def test_a_plan_of_the_future_is_not_carried_out(home: Home) -> None:
    """The clock was set back."""
    planner = await planning(home, tariff(CHEAP, DEAR))
    planner.plan = made_earlier(planner.plan, timedelta(hours=-1))
    assert planner.steer() is None


async def test_the_former_plan_goes_on_where_a_new_one_fails(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    before = planner.plan

    def fail(question: PlanQuestion) -> Plan:
        nothing = replace(question, now=question.now - timedelta(days=9))
        return make_plan(nothing)

    monkeypatch.setattr(planner_module, "make_plan", fail)
    assert await planner.async_replan() is before
    assert status_of(planner) is PlannerStatus.FAILED
    assert planner.problem is not None
    assert "prices are known from" in planner.problem


async def test_a_mistake_in_planning_releases_and_does_not_blind_the_guard(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    planner = await planning(home, tariff(CHEAP, DEAR))
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert control(home).command is not None

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(planner_module, "decide", fail)
    await home.poll()
    assert planner.decision is None
    assert control(home).command is None
    assert home.plant.truth.forcible_command == 0
    assert "the plan cannot be carried out" in caplog.text


async def test_what_nobody_foresaw_is_planned_anew(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner_module, "COOLDOWN_S", 0.01)
    planner = await planning(home, tariff(0.30, 0.30))
    made = planner.plan = made_earlier(planner.plan, SURPRISE_PAUSE)
    home.plant.overrides = Overrides(pv_w=0.0, load_w=9000.0)
    await home.poll()
    await home.poll()
    await until(lambda: planner.plan is not made)


async def test_what_was_foreseen_is_not_planned_anew(home: Home) -> None:
    planner = await planning(home, tariff(0.30, 0.30))
    made = planner.plan = made_earlier(planner.plan, SURPRISE_PAUSE)
    await home.poll()
    await settle(home.hass)
    assert planner.plan is made


async def test_a_reserve_is_kept_where_the_inverter_would_use_it_up(
    home: Home,
) -> None:
    home.plant.set_soc(40.0)
    options = tariff(DEAR, DEAR) | {"planning": {"reserve_soc_pct": 40}}
    planner = await planning(home, options)
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert planner.decision is not None
    assert planner.decision.why is Why.RESERVE
    assert home.plant.read(1, 47077, 2) == (0, 0)


async def test_the_memory_of_the_plant_is_spared(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    monkeypatch.setattr(planner_module, "MOST_STORED_WRITES", 0)
    await control(home).async_set_mode(DispatchMode.ARBITRAGE)
    await home.poll()
    assert planner.decision is not None
    assert planner.decision.intent is Intent.CHARGE
    assert written(home) == []


async def test_an_unexpected_error_of_planning_is_said_once(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))

    def fail(_: PlanQuestion) -> Plan:
        raise ZeroDivisionError

    monkeypatch.setattr(planner_module, "make_plan", fail)
    for _ in range(3):
        await planner.async_replan()
    assert status_of(planner) is PlannerStatus.FAILED
    assert caplog.text.count("cannot plan") == 1


async def test_a_poll_that_cannot_be_noted_keeps_nobody_from_looking(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    planner = await planning(home, tariff(CHEAP, DEAR))
    monkeypatch.setattr(planner.forecasts, "async_observe", None)
    await home.poll()
    assert "a poll was not taken note of" in caplog.text
    assert planner.decision is not None


async def test_what_if_answers_without_changing_anything(home: Home) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    before = planner.plan
    full = await planner.async_what_if(WhatIf(soc_pct=100.0))
    short = await planner.async_what_if(WhatIf(horizon=timedelta(hours=2)))
    assert full.steps[0].intent is not Intent.CHARGE
    assert short.end - short.made_at <= timedelta(hours=2)
    assert planner.plan is before
    planner.async_adopt(full)
    assert planner.plan is full


async def test_nothing_is_planned_after_unloading(
    hass: HomeAssistant, home: Home
) -> None:
    await planning(home, tariff(CHEAP, DEAR))
    loop = control(home)
    await hass.config_entries.async_unload(home.entry.entry_id)
    assert not loop.pilots
    assert home.plant.truth.forcible_command == 0


async def test_unloading_while_it_starts_leaves_no_timer(
    hass: HomeAssistant, home: Home
) -> None:
    await home.add()
    for _ in range(3):
        assert await hass.config_entries.async_reload(home.entry.entry_id)
    assert await hass.config_entries.async_unload(home.entry.entry_id)


async def test_the_solver_does_not_hold_the_loop(
    hass: HomeAssistant, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    planner = await planning(home, tariff(CHEAP, DEAR))
    ran_in: list[Callable[..., object]] = []
    real = hass.async_add_executor_job

    def note(target: Callable[..., object], *args: object) -> object:
        ran_in.append(target)
        return real(target, *args)

    monkeypatch.setattr(hass, "async_add_executor_job", note)
    await planner.async_replan()
    assert planner_module._make_timed in ran_in
    assert planner.plan is not None
    assert planner.plan.solve_ms > 0
