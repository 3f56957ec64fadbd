"""What the battery earned, poll by poll, in a real home."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bessai.core.plant_state import PlantState
from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.meter_reading import shadow_battery
from custom_components.bessai.planner_status import PlannerStatus
from custom_components.bessai.settlement_keeper import SettlementKeeper, savings_store

from .controlled import ask, control
from .home import Home
from .planned import (
    BATTERY,
    HOUR,
    NOON,
    KnownPlanner,
    attributes,
    curve,
    give_planner,
    known_planner,
)

MINUTE = timedelta(minutes=1)
LATE = datetime(2026, 11, 21, 22, 58, tzinfo=UTC)


@pytest.fixture
async def planned_home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, controlled_home: Home
) -> Home:
    """Return a home in Berlin with a plan at noon."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    freezer.move_to(NOON)
    home = await give_planner(controlled_home, KnownPlanner(hass))
    known_planner(home).make()
    return home


def keeper(home: Home) -> SettlementKeeper:
    """Return what counts the savings."""
    found = home.runtime.settlement
    assert found is not None
    return found


def telemetry(at: datetime, **values: float | None) -> Telemetry:
    """Return a poll: by default the house imports 2 kW and the battery rests."""
    known = {"grid_power_w": 2000.0, "battery_power_w": 0.0} | values
    return Telemetry(read_at=at, values=known, read_times={})


def hold(home: Home, minutes: int, start: datetime = NOON, **values: float) -> None:
    """Let the same be read each minute for a while."""
    for minute in range(minutes + 1):
        keeper(home).async_take(telemetry(start + minute * MINUTE, **values))


@pytest.fixture
def commanded(planned_home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home whose battery is always commanded."""
    monkeypatch.setattr(
        type(control(planned_home)), "foreign_command", property(lambda _: True)
    )
    return planned_home


@pytest.fixture
async def living_home(hass: HomeAssistant, controlled_home: Home) -> Home:
    """Return a home with a plan for now, where time passes as it does."""
    home = await give_planner(controlled_home, KnownPlanner(hass))
    now = dt_util.utcnow()
    known_planner(home).curve = curve(start=now.replace(minute=0) - HOUR)
    known_planner(home).make(now)
    return home


async def test_each_poll_is_settled(living_home: Home) -> None:
    home = living_home
    for _ in range(3):
        await home.poll()
    account = keeper(home).account(dt_util.utcnow())
    assert account is not None
    assert account.settled_s > 0
    assert account.actual_cost != 0
    assert account.saving == 0, "nobody commanded the battery"
    assert home.state("saving_today").state == "0.0"


async def test_a_command_is_settled_against_self_consumption(
    living_home: Home,
) -> None:
    home = living_home
    await ask(home, "discharge", power=3000, duration=3600)
    for _ in range(3):
        await home.poll()
    account = keeper(home).account(dt_util.utcnow())
    assert account is not None
    assert account.ahead_kwh > 0, "the inverter would have stored the surplus"
    assert account.actual_cost < account.shadow_cost


async def test_savings_of_day_month_and_all_time(
    commanded: Home, freezer: FrozenDateTimeFactory
) -> None:
    home = commanded
    hold(home, 60)
    freezer.move_to(NOON + HOUR)
    saving = keeper(home).today(NOON + HOUR)
    assert saving != 0
    keeper(home)._told_at = None
    keeper(home)._async_tell(NOON)
    for name in ("saving_today", "saving_this_month", "saving_total"):
        state = home.state(name)
        assert float(state.state) == pytest.approx(saving, abs=1e-4)
        assert state.attributes["unit_of_measurement"] == "EUR"
        assert state.attributes["state_class"] == "total"
    told = attributes(home, "saving_today")
    assert told["last_reset"] == "2026-11-21T00:00:00+01:00"
    assert told["settled_minutes"] == 60
    assert told["lost_minutes"] == 0
    assert told["stored_ahead"] > 0, "the shadow has discharged"
    month = attributes(home, "saving_this_month")
    assert month["last_reset"] == "2026-11-01T00:00:00+01:00"
    assert "last_reset" not in attributes(home, "saving_total")


@pytest.mark.parametrize(("amount", "shown"), [(-0.004, 0.0), (-0.006, -0.006)])
async def test_a_loss_of_less_than_a_cent_is_shown_as_nothing(
    commanded: Home, monkeypatch: pytest.MonkeyPatch, amount: float, shown: float
) -> None:
    """Home Assistant would show it as "-0.00"."""
    kept = keeper(commanded)
    monkeypatch.setattr(type(kept), "total", amount)
    kept._told_at = None
    kept._async_tell(NOON)
    assert float(commanded.state("saving_total").state) == shown


async def test_midnight_begins_a_new_day_without_a_poll(
    commanded: Home, freezer: FrozenDateTimeFactory
) -> None:
    home = commanded
    hold(home, 60)
    total = keeper(home).total
    midnight = datetime(2026, 11, 21, 23, tzinfo=UTC)
    freezer.move_to(midnight + timedelta(seconds=1))
    async_fire_time_changed(home.hass, midnight + timedelta(seconds=1))
    await home.hass.async_block_till_done()
    state = home.state("saving_today")
    assert state.state == "0.0"
    assert state.attributes["last_reset"] == "2026-11-22T00:00:00+01:00"
    assert "settled_minutes" not in state.attributes
    assert float(home.state("saving_total").state) == pytest.approx(total, abs=1e-4)
    assert float(home.state("saving_this_month").state) == pytest.approx(
        total, abs=1e-4
    )


async def test_the_next_poll_closes_the_day(commanded: Home) -> None:
    home = commanded
    hold(home, 4, LATE)
    (day,) = keeper(home).days
    assert (day.label, day.currency) == (date(2026, 11, 21), "EUR")
    assert day.settled_s == 120
    now = LATE + 4 * MINUTE
    today = keeper(home).today(now)
    assert keeper(home).month(now) == pytest.approx(day.saving + today)
    assert keeper(home).total == pytest.approx(day.saving + today)
    assert keeper(home).month(now + timedelta(days=30)) == 0


async def test_savings_outlive_a_restart(hass: HomeAssistant, commanded: Home) -> None:
    hold(commanded, 4, LATE)
    before, days = keeper(commanded).total, keeper(commanded).days
    await keeper(commanded).async_stop()
    again = SettlementKeeper(
        hass, commanded.entry, control(commanded), known_planner(commanded)
    )
    await again.async_load()
    assert again.total == before
    assert again.days == days
    await again.async_stop()


async def test_damaged_savings_are_begun_anew(
    hass: HomeAssistant, planned_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    store = savings_store(hass, planned_home.entry.entry_id)
    await store.async_save({"days": "none"})
    again = SettlementKeeper(
        hass, planned_home.entry, control(planned_home), known_planner(planned_home)
    )
    await again.async_load()
    assert again.total == 0
    assert "Savings are counted from zero again" in caplog.text


async def test_listeners_are_told_once_a_minute(commanded: Home) -> None:
    told: list[bool] = []
    leave = keeper(commanded).async_add_listener(lambda: told.append(True))
    start = NOON + HOUR
    for seconds in range(0, 130, 10):
        keeper(commanded).async_take(telemetry(start + timedelta(seconds=seconds)))
    assert len(told) == 3
    keeper(commanded).async_take(telemetry(start - HOUR))
    assert len(told) == 4, "the clock was set back"
    leave()
    keeper(commanded).async_take(telemetry(start + HOUR))
    assert len(told) == 4


@pytest.mark.parametrize("missing", ["grid_power_w", "battery_power_w"])
async def test_a_poll_without_powers_is_not_settled(
    planned_home: Home, missing: str
) -> None:
    before = keeper(planned_home)._books
    keeper(planned_home).async_take(telemetry(NOON, **{missing: None}))
    assert keeper(planned_home)._books == before


async def test_time_without_a_price_or_with_a_guessed_one_is_lost(
    commanded: Home,
) -> None:
    planner = known_planner(commanded)
    hold(commanded, 1, NOON)
    planner.curve = curve(confidence=0.8)
    planner.show(planner.plan, PlannerStatus.READY)
    hold(commanded, 2, NOON + MINUTE)
    planner.curve = None
    planner.show(None, PlannerStatus.NO_PRICES)
    hold(commanded, 2, NOON + 3 * MINUTE)
    account = keeper(commanded).account(NOON)
    assert account is not None
    assert (account.settled_s, account.lost_s) == (60, 240)


async def test_without_a_plan_the_battery_is_not_known(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    home = await give_planner(controlled_home, KnownPlanner(hass))
    hold(home, 2)
    assert keeper(home).account(NOON) is None
    assert keeper(home).currency == "EUR"
    assert attributes(home, "saving_today")["unit_of_measurement"] == "EUR"


async def test_nothing_is_raised_and_the_next_poll_goes_on(
    commanded: Home, caplog: pytest.LogCaptureFixture
) -> None:
    hold(commanded, 4, LATE)
    books = keeper(commanded)._books
    assert books.settlement is not None
    damaged = replace(books.settlement.last, grid_kw=cast("float", None))
    keeper(commanded)._books = replace(
        books, settlement=replace(books.settlement, last=damaged)
    )
    hold(commanded, 0, LATE + 5 * MINUTE)
    assert "savings cannot be settled" in caplog.text
    assert keeper(commanded).days == books.ledger.days
    hold(commanded, 2, LATE + 6 * MINUTE)
    account = keeper(commanded).account(LATE + 6 * MINUTE)
    assert account is not None
    assert account.settled_s == 120


async def test_another_currency_is_counted_by_itself(commanded: Home) -> None:
    planner = known_planner(commanded)
    hold(commanded, 10)
    euros = keeper(commanded).total
    planner.curve = curve([145.0] * 24, currency="CLP")
    planner.make()
    hold(commanded, 10, NOON + 11 * MINUTE)
    assert keeper(commanded).currency == "CLP"
    assert keeper(commanded).total != euros
    assert keeper(commanded).total == pytest.approx(
        keeper(commanded).today(NOON + 20 * MINUTE)
    )
    assert keeper(commanded).days[0].saving == pytest.approx(euros)


async def test_prices_that_are_not_known_are_not_in_another_currency(
    commanded: Home,
) -> None:
    planner = known_planner(commanded)
    planner.curve = curve([145.0] * 24, currency="CLP")
    planner.make()
    hold(commanded, 10)
    planner.curve = None
    planner.show(None, PlannerStatus.NO_PRICES)
    hold(commanded, 1, NOON + 11 * MINUTE)
    assert keeper(commanded).currency == "CLP"
    assert keeper(commanded).days == ()
    account = keeper(commanded).account(NOON)
    assert account is not None
    assert (account.settled_s, account.lost_s) == (660, 60)


async def test_a_failed_poll_is_not_settled(living_home: Home) -> None:
    home = living_home
    await home.poll()
    before = keeper(home)._books
    await home.server.stop()
    await home.poll()
    assert keeper(home)._books == before


@pytest.fixture
def state(planned_home: Home) -> PlantState:
    """Return how the plant stands."""
    found = control(planned_home).state
    assert found is not None
    return found


LIMITS: dict[str, Any] = {
    "capacity_kwh": 10.0,
    "stored_charge_limit_w": 3000.0,
    "stored_discharge_limit_w": None,
}


@pytest.mark.parametrize(
    ("cutoffs", "low_kwh", "high_kwh"),
    [
        ({"discharge_cutoff_pct": 10.0, "charge_cutoff_pct": 95.0}, 1.0, 9.5),
        ({"discharge_cutoff_pct": None, "charge_cutoff_pct": 95.0}, 0.5, 10.0),
        ({"discharge_cutoff_pct": 10.0, "charge_cutoff_pct": None}, 0.5, 10.0),
        ({"discharge_cutoff_pct": 95.0, "charge_cutoff_pct": 90.0}, 0.5, 10.0),
    ],
)
def test_the_shadow_has_the_limits_of_the_inverter(
    state: PlantState, cutoffs: dict[str, Any], low_kwh: float, high_kwh: float
) -> None:
    shadow = shadow_battery(BATTERY, replace(state, **LIMITS, **cutoffs))
    assert (shadow.charge_kw, shadow.discharge_kw) == (3.0, 5.0)
    assert (shadow.min_kwh, shadow.max_kwh) == (low_kwh, high_kwh)


async def test_an_entity_that_fails_does_not_cost_the_day(commanded: Home) -> None:
    told: list[bool] = []

    def fail() -> None:
        told.append(True)
        raise ValueError("an entity")

    keeper(commanded).async_add_listener(fail)
    hold(commanded, 30)
    assert told
    account = keeper(commanded).account(NOON)
    assert account is not None
    assert account.settled_s == 30 * 60


async def test_savings_are_on_disk_within_minutes_of_polls(
    commanded: Home,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
) -> None:
    key = savings_store(commanded.hass, commanded.entry.entry_id).key
    hass_storage.pop(key, None)
    for minute in range(7):
        keeper(commanded).async_take(telemetry(NOON + minute * MINUTE))
        freezer.move_to(NOON + (minute + 1) * MINUTE)
        async_fire_time_changed(commanded.hass, dt_util.utcnow())
        await commanded.hass.async_block_till_done()
    assert hass_storage[key]["data"] is not None


async def test_savings_of_a_later_version_do_not_keep_the_home_from_starting(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    for name in ("savings", "forecasts", "prices"):
        key = f"bessai.{home.entry.entry_id}.{name}"
        hass_storage[key] = {"version": 9, "key": key, "data": {}}
    await home.add()
    assert keeper(home).total == 0
    assert home.runtime.planner is not None
