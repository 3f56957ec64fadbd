"""What the owner sees of the plan, now and as time passes."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bessai.planner_status import PlannerStatus
from custom_components.bessai.planning.expected_saving import expected_saving
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.planning.price_series import NoteKind, SeriesNote
from custom_components.bessai.price_notes import build_notes

from .controlled import control
from .home import Home, settle
from .planned import (
    HOUR,
    NOON,
    KnownPlanner,
    attributes,
    curve,
    give_planner,
    known_planner,
)
from .source import INTEGRATION, read_json

TEXTS = {
    language: read_json(INTEGRATION / "translations" / f"{language}.json")
    for language in ("en", "es")
}


@pytest.fixture
async def planned_home(freezer: FrozenDateTimeFactory, controlled_home: Home) -> Home:
    """Return a home at noon whose plan is to charge at the end of the second hour."""
    freezer.move_to(NOON)
    home = await give_planner(controlled_home, KnownPlanner(controlled_home.hass))
    known_planner(home).make()
    await home.hass.async_block_till_done()
    return home


async def wait_until(
    home: Home, freezer: FrozenDateTimeFactory, when: timedelta
) -> None:
    """Let time pass until so long after noon."""
    freezer.move_to(NOON + when)
    async_fire_time_changed(home.hass, NOON + when)
    await home.hass.async_block_till_done()


@pytest.mark.parametrize("language", TEXTS)
def test_every_intent_and_reason_and_status_has_a_text(language: str) -> None:
    texts = TEXTS[language]
    states = texts["entity"]["sensor"]
    assert states["plan_step"]["state"].keys() == set(Intent)
    assert states["plan_status"]["state"].keys() == set(PlannerStatus)
    assert {f"why_{why}" for why in Why} <= texts["common"].keys()
    missing = set(PlannerStatus) - {PlannerStatus.READY}
    assert {f"plan_{status}" for status in missing} <= texts["common"].keys()


async def test_the_step_of_now_is_told_with_its_reason(planned_home: Home) -> None:
    state = planned_home.state("plan_step")
    assert state.state == "store_surplus"
    told = state.attributes
    assert told["why"] == (
        f"Stored energy is worth {told['value']:.3f} EUR/kWh later, "
        "importing costs 0.10 now: keep it."
    )
    assert told["reason"] == "worth_more_later"
    assert told["price"] == 0.1
    assert told["power"] == 0
    assert dt_util.parse_datetime(told["until"]) == NOON + timedelta(minutes=105)


async def test_the_steps_are_listed_for_cards(planned_home: Home) -> None:
    steps = attributes(planned_home, "plan_step")["steps"]
    assert len(steps) == 96
    assert dt_util.parse_datetime(steps[0]["start"]) == NOON
    charge = steps[7]
    assert charge["intent"] == "charge"
    assert charge["power"] < 0
    assert charge["soc"] > steps[6]["soc"]
    assert (charge["import_price"], charge["export_price"]) == (0.1, 0.05)
    assert "charge" in charge["why"]


async def test_lists_are_not_recorded(planned_home: Home) -> None:
    for name, attribute in {
        "plan_step": "steps",
        "import_price": "prices",
        "export_price": "prices",
        "plan_status": "missing",
    }.items():
        state = planned_home.state(name)
        assert attribute in state.attributes
        assert state.state_info is not None
        assert attribute in state.state_info["unrecorded_attributes"]


async def test_a_step_ends_by_itself(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home = planned_home
    change = dt_util.parse_datetime(home.state("plan_next_change").state)
    assert change == NOON + timedelta(minutes=105)
    assert home.state("planned_power").state == "0"
    await wait_until(home, freezer, timedelta(minutes=106))
    assert home.state("plan_step").state == "charge"
    assert float(home.state("planned_power").state) < 0
    await wait_until(home, freezer, timedelta(minutes=121))
    assert home.state("plan_step").state == "self_consumption"
    assert float(home.state("planned_power").state) == pytest.approx(900)


async def test_prices_of_now_and_of_what_comes(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home = planned_home
    state = home.state("import_price")
    assert (state.state, state.attributes["unit_of_measurement"]) == ("0.1", "EUR/kWh")
    assert home.state("export_price").state == "0.05"
    assert state.attributes["source"] == "Test prices"
    prices = state.attributes["prices"]
    assert len(prices) == 24
    assert prices[3]["import_price"] == 0.4
    await wait_until(home, freezer, timedelta(hours=3, seconds=1))
    assert home.state("import_price").state == "0.4"


async def test_what_is_expected_to_be_saved(planned_home: Home) -> None:
    home = planned_home
    plan = known_planner(home).plan
    assert plan is not None
    state = home.state("expected_saving")
    assert float(state.state) == pytest.approx(plan.saving, abs=1e-4)
    told = state.attributes
    assert told["unit_of_measurement"] == "EUR"
    assert told["p10"] <= float(state.state) <= told["p90"]
    assert told["self_consumption_cost"] - told["cost"] == pytest.approx(
        plan.saving, abs=1e-3
    )
    today = home.state("expected_saving_today")
    midnight = dt_util.as_utc(
        dt_util.start_of_local_day(dt_util.as_local(NOON).date() + timedelta(days=1))
    )
    expected = expected_saving(plan, NOON, midnight)
    assert float(today.state) == pytest.approx(expected, abs=1e-4)
    assert today.attributes["so_far"] == 0
    assert 0 < expected <= plan.saving


async def test_a_new_plant_says_where_prices_are_chosen(added_home: Home) -> None:
    await settle(added_home.hass)
    missing = attributes(added_home, "plan_status")["missing"]
    assert missing[0] == TEXTS["en"]["common"]["price_note_not_chosen"]
    assert TEXTS["en"]["common"]["plan_no_prices"] not in missing, "that is not news"


async def test_what_the_forecasts_are_worth(planned_home: Home) -> None:
    home = planned_home
    assert home.state("pv_forecast_error").state == "80"
    assert attributes(home, "pv_forecast_error")["source"] == "test"
    assert home.state("load_forecast_error").state == STATE_UNKNOWN


async def test_the_solve_time_is_for_those_who_look(
    hass: HomeAssistant, planned_home: Home
) -> None:
    entity_id = planned_home.entity_id("plan_solve_time")
    assert entity_id is not None
    entry = er.async_get(hass).async_get(entity_id)
    assert entry is not None
    assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION


@pytest.mark.usefixtures("every_entity")
async def test_the_solve_time_is_that_of_the_plan(planned_home: Home) -> None:
    plan = known_planner(planned_home).plan
    assert plan is not None
    state = planned_home.state("plan_solve_time")
    assert float(state.state) == pytest.approx(plan.solve_ms, abs=0.01)
    assert state.attributes["steps"] == 96
    known_planner(planned_home).show(None, PlannerStatus.NO_PRICES)
    assert planned_home.state("plan_solve_time").state == STATE_UNKNOWN


async def test_what_is_missing_is_said(planned_home: Home) -> None:
    home, planner = planned_home, known_planner(planned_home)
    assert home.state("plan_status").state == "ready"
    assert attributes(home, "plan_status")["missing"] == []
    planner.curve = planner.pv = None
    planner.show(None, PlannerStatus.NO_PRICES)
    state = home.state("plan_status")
    assert state.state == "no_prices"
    assert state.attributes["missing"] == ["There are no prices for the present time."]
    for name in (
        "plan_step",
        "plan_next_change",
        "planned_power",
        "stored_energy_value",
        "expected_saving",
        "expected_saving_today",
        "import_price",
        "export_price",
        "pv_forecast_error",
    ):
        assert home.state(name).state == STATE_UNKNOWN, name
    planner.problem = "the prices are strange"
    planner.show(None, PlannerStatus.FAILED)
    assert attributes(home, "plan_status")["missing"] == [
        "The plan could not be made: the prices are strange"
    ]


async def test_notes_of_the_prices_are_said(planned_home: Home) -> None:
    planner = known_planner(planned_home)
    note = SeriesNote(kind=NoteKind.GAP, start=NOON, end=NOON + HOUR)
    planner.market.notes = build_notes([note])
    planner._async_changed()
    (text,) = attributes(planned_home, "plan_status")["missing"]
    assert text


async def test_a_plan_that_is_over_says_nothing_of_now(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    await wait_until(planned_home, freezer, timedelta(hours=24, seconds=1))
    assert planned_home.state("plan_step").state == STATE_UNKNOWN
    assert attributes(planned_home, "plan_step")["steps"]
    assert planned_home.state("import_price").state == STATE_UNKNOWN


async def test_a_plan_that_never_changes_has_no_next_change(
    planned_home: Home,
) -> None:
    planner = known_planner(planned_home)
    planner.curve = curve([0.3] * 24, export_price=0.3)
    planner.stored_kwh = 0.5
    planner.make()
    assert planned_home.state("plan_next_change").state == STATE_UNKNOWN


async def test_another_currency_is_shown(planned_home: Home) -> None:
    planner = known_planner(planned_home)
    planner.curve = curve([145.3] * 24, currency="CLP", export_price=80.0)
    planner.make()
    assert attributes(planned_home, "import_price")["unit_of_measurement"] == "CLP/kWh"
    assert attributes(planned_home, "expected_saving")["unit_of_measurement"] == "CLP"


async def test_a_plant_that_says_no_capacity_has_no_state_of_charge(
    planned_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        state = property(lambda _: None)
        patched.setattr(type(control(planned_home)), "state", state)
        known_planner(planned_home).make()
        assert attributes(planned_home, "plan_step")["soc"] is None


async def test_without_prices_the_currency_is_that_of_the_plan_or_the_home(
    planned_home: Home,
) -> None:
    planner = known_planner(planned_home)
    planned_home.hass.config.currency = "SEK"
    planner.curve = None
    planner.show(planner.plan, PlannerStatus.READY)
    assert attributes(planned_home, "import_price")["unit_of_measurement"] == "EUR/kWh"
    planner.show(None, PlannerStatus.NO_PRICES)
    assert attributes(planned_home, "import_price")["unit_of_measurement"] == "SEK/kWh"
