"""The plan for cards, over a real WebSocket."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.planner_status import PlannerStatus
from custom_components.bessai.planning.execution import Decision
from custom_components.bessai.planning.plan import Intent, Why

from .home import Home
from .planned import NOON, KnownPlanner, cheaper, give_planner, known_planner

GET = {"type": "bessai/plan/get"}
SUBSCRIBE = {"type": "bessai/plan/subscribe"}
CHARGE = Decision(
    intent=Intent.CHARGE,
    power_kw=-2.0,
    why=Why.CHEAP_NOW,
    value=0.3,
    price=0.1,
    since=NOON,
)


@pytest.fixture
async def planned_home(freezer: FrozenDateTimeFactory, controlled_home: Home) -> Home:
    """Return a home with a plan at noon."""
    freezer.move_to(NOON)
    home = await give_planner(controlled_home, KnownPlanner(controlled_home.hass))
    known_planner(home).make()
    return home


@pytest.fixture
async def client(
    planned_home: Home, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """Return a connection of somebody at home."""
    return await hass_ws_client(planned_home.hass)


async def ask(client: MockHAClientWebSocket, message: dict[str, Any]) -> dict[str, Any]:
    """Send a command and return the answer."""
    await client.send_json_auto_id(message)
    answer: dict[str, Any] = await client.receive_json()
    return answer


async def event(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return the next event."""
    message = await client.receive_json()
    assert message["type"] == "event"
    parts: dict[str, Any] = message["event"]
    return parts


async def test_the_whole_picture_is_drawn(
    planned_home: Home, client: MockHAClientWebSocket
) -> None:
    planner = known_planner(planned_home)
    planner.decision = CHARGE
    answer = await ask(client, GET)
    picture = answer["result"]
    assert picture["entry_id"] == planned_home.entry.entry_id
    assert picture["status"] == "ready"
    assert picture["mode"] == "observe"
    assert picture["currency"] == "EUR"
    assert picture["price_source"] == "Test prices"
    assert len(picture["steps"]) == 96
    assert len(picture["prices"]) == 24
    assert picture["prices"][0]["confidence"] == 1
    assert picture["pv_forecast"][0]["p90"] == 110
    assert picture["load_forecast"][0]["p50"] == 1000
    assert picture["plan"]["saving"] > 0
    assert picture["missing"] == []
    assert picture["decision"] == {
        "intent": "charge",
        "power": -2000,
        "reason": "cheap_now",
        "why": "Stored energy is worth 0.30 EUR/kWh later, "
        "importing costs 0.10 now: charge.",
        "value": 0.3,
        "price": 0.1,
    }
    assert picture["savings"] == {
        "currency": "EUR",
        "today": 0,
        "month": 0,
        "total": 0,
    }


async def test_the_picture_is_drawn_without_a_plan(
    planned_home: Home, client: MockHAClientWebSocket
) -> None:
    planner = known_planner(planned_home)
    whole = (await ask(client, GET))["result"]
    planner.curve = planner.pv = planner.load = None
    planner.show(None, PlannerStatus.NO_PRICES)
    picture = (await ask(client, GET))["result"]
    assert picture.keys() == whole.keys(), "a card may rely on every key"
    assert picture["status"] == "no_prices"
    assert picture["plan"] is picture["decision"] is None
    assert picture["steps"] == picture["prices"] == picture["pv_forecast"] == []
    assert picture["missing"]


async def test_only_what_has_changed_is_sent(
    planned_home: Home, client: MockHAClientWebSocket
) -> None:
    planner = known_planner(planned_home)
    assert (await ask(client, SUBSCRIBE))["success"]
    assert (await event(client)).keys() >= {"steps", "prices", "status", "entry_id"}
    planner._async_changed()  # nothing has: nothing is sent
    planner.decision = CHARGE
    planner._async_changed()
    assert (await event(client)).keys() == {"decision"}
    assert planner.plan is not None
    planner.show(cheaper(planner.plan), PlannerStatus.READY)
    assert (await event(client)).keys() == {"plan"}


async def test_who_no_longer_listens_is_told_nothing(
    planned_home: Home, client: MockHAClientWebSocket
) -> None:
    planner = known_planner(planned_home)
    listeners = len(planner._listeners)
    subscribed = await ask(client, SUBSCRIBE)
    await event(client)
    assert len(planner._listeners) == listeners + 1
    await ask(client, {"type": "unsubscribe_events", "subscription": subscribed["id"]})
    assert len(planner._listeners) == listeners


async def test_a_subscription_outlives_a_reload(
    hass: HomeAssistant, planned_home: Home, client: MockHAClientWebSocket
) -> None:
    await ask(client, SUBSCRIBE)
    await event(client)
    await hass.config_entries.async_unload(planned_home.entry.entry_id)
    parts = await event(client)
    assert parts["status"] == "not_loaded"
    assert parts["steps"] == []
    assert (await ask(client, {"type": "ping"}))["type"] == "pong"
    await hass.config_entries.async_setup(planned_home.entry.entry_id)
    parts = await event(client)
    assert parts["status"] != "not_loaded"
    planner = planned_home.runtime.planner
    assert planner is not None
    assert planner._listeners


async def test_a_plant_that_cannot_be_commanded_says_so(
    planned_home: Home, client: MockHAClientWebSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = (await ask(client, GET))["result"]
    monkeypatch.setattr(planned_home.runtime, "planner", None)
    picture = (await ask(client, GET))["result"]
    assert picture["status"] == "no_control"
    assert picture.keys() == whole.keys()


async def test_savings_are_left_out_where_nobody_counts(
    planned_home: Home, client: MockHAClientWebSocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned_home.runtime, "settlement", None)
    assert (await ask(client, GET))["result"]["savings"] is None


@pytest.mark.parametrize("command", [GET, SUBSCRIBE])
async def test_a_plant_that_nobody_knows_is_an_error(
    client: MockHAClientWebSocket, command: dict[str, Any]
) -> None:
    answer = await ask(client, command | {"config_entry_id": "nobody"})
    assert answer["error"]["code"] == "not_found"


async def test_everybody_at_home_may_look(
    planned_home: Home,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    client = await hass_ws_client(planned_home.hass, hass_read_only_access_token)
    assert (await ask(client, GET))["success"]


async def test_the_commands_are_there_before_any_plant(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    client = await hass_ws_client(hass)
    assert (await ask(client, GET))["error"]["code"] == "not_found"
