"""The card says what is the matter when there is no plan, or it is not carried out."""

from collections.abc import AsyncGenerator
import json
import re
from typing import Any

from playwright.async_api import Locator, Page, WebSocketRoute, expect
import pytest
import pytest_asyncio
from scripts.headless.config_flow import find_entry
from scripts.headless.errors import SceneError
from scripts.headless.scene import Scene

from .browser import WIDTH, Tab
from .test_card_pages import CARD_VIEW, TALL, show, trial_dashboard
from .test_control_pages import (
    MIDDLE_PCT,
    POWER_W,
    TOO_LOW,
    act,
    all_is_back,
    refusal_now,
    values,
)
from .test_plan_pages import until_plan_is

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

DISABLE = "config_entries/disable"
SOCKET = re.compile("/api/websocket")
PLAN_WORDS = {
    "waiting": "Waiting for readings",
    "no_prices": "No prices",
    "no_battery": "No battery data",
    "failed": "Failed",
    "stale": "Out of date",
    "no_control": "This plant has no battery that can be commanded",
    "not_loaded": "The plant is not loaded",
}
"""What the card says for each status that a plan can have, but for *ready*."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def dashboard(reachable: None, scene: Scene) -> AsyncGenerator[None]:
    """Have an empty dashboard, and no prices."""
    await until_plan_is(scene, "no_prices")
    async with trial_dashboard(scene):
        yield


@pytest_asyncio.fixture(loop_scope="session")
async def limits(scene: Scene) -> AsyncGenerator[None]:
    """Put limits and permission back."""
    ours = await values(scene)
    yield
    await act(scene, "switch/turn_off", entity_id=ours["allow_control"])
    for key, usual in (("soc_min", 5), ("soc_max", 98)):
        await act(scene, "number/set_value", entity_id=ours[key], value=usual)
    await act(scene, "persistent_notification/dismiss_all")


async def say_status(page: Page, status: str) -> None:
    """Let the page hear another status of the plan than it has; all else is real."""

    def relay(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda heard: route.send(changed(str(heard), status)))

    await page.route_web_socket(SOCKET, relay)


def changed(heard: str, status: str) -> str:
    """Return a message, or several, with another status in the picture of the plan."""
    messages = json.loads(heard)
    for message in messages if isinstance(messages, list) else [messages]:
        event = message.get("event")
        if isinstance(event, dict) and "price_source" in event:
            event["status"] = status
    return json.dumps(messages)


async def show_any(tab: Tab, scene: Scene, awaited: str) -> Locator:
    """Look at the card, whatever state it is in."""
    await tab.page.set_viewport_size({"width": WIDTH, "height": TALL})
    await show(tab, scene, {"views": [CARD_VIEW]}, awaited)
    return tab.page.locator("bessai-card")


async def test_without_prices_it_says_how_to_get_them(
    tab: Tab, scene: Scene, dashboard: None
) -> None:
    card = await show_any(tab, scene, "State of charge")
    await expect(card.get_by_text(PLAN_WORDS["no_prices"], exact=True)).to_be_visible()
    await expect(card.get_by_text("No price source is chosen.")).to_be_visible()
    await expect(
        card.get_by_role("link", name="Look at the integration")
    ).to_be_visible()
    await expect(card.get_by_role("region", name="Control")).to_be_visible()
    await tab.picture("card-no-prices")


@pytest.mark.parametrize("status", PLAN_WORDS)
async def test_each_status_of_a_plan_has_its_words(
    tab: Tab, scene: Scene, dashboard: None, status: str
) -> None:
    await say_status(tab.page, status)
    card = await show_any(tab, scene, "Dispatch mode")
    notice = card.get_by_role("status").filter(has_text=PLAN_WORDS[status])
    await expect(notice).to_be_visible()


async def test_a_block_is_shown_with_reason_and_remedy_and_passes(
    tab: Tab, scene: Scene, dashboard: None, limits: None
) -> None:
    ours = await values(scene)
    refusal = await refusal_now(scene)
    key = "soc_min" if refusal is TOO_LOW else "soc_max"
    await act(scene, "number/set_value", entity_id=ours[key], value=MIDDLE_PCT)
    await act(scene, "switch/turn_on", entity_id=ours["allow_control"])
    with pytest.raises(SceneError):
        await act(
            scene, f"bessai/{refusal.action}", power=POWER_W, duration={"minutes": 5}
        )
    card = await show_any(tab, scene, "Safety blocks commands")
    safety = card.get_by_role("region", name="Safety")
    for words in (refusal.reason, "What to do", refusal.remedy):
        await expect(safety.get_by_text(words).first).to_be_visible()
    await tab.picture("card-blocked")
    usual = 5 if key == "soc_min" else 98
    await act(scene, "number/set_value", entity_id=ours[key], value=usual)
    await card.get_by_role("button", name="Release").click()
    await expect(card.get_by_text("The command was ended.")).to_be_visible()


async def test_a_plant_that_is_disabled_or_gone_is_said_to_be(
    tab: Tab, scene: Scene, dashboard: None
) -> None:
    client = scene.home.client
    entry = await find_entry(client)
    assert entry is not None
    entry_id = entry["entry_id"]
    await client.command(DISABLE, entry_id=entry_id, disabled_by="user")
    try:
        card = await show_any(tab, scene, "No plant is set up")
        await expect(card.get_by_role("link", name="Add a plant")).to_be_visible()
        await tab.picture("card-no-plant")
    finally:
        await client.command(DISABLE, entry_id=entry_id, disabled_by=None)
        await all_is_back(scene)
    config: dict[str, Any] = {"type": "custom:bessai-card", "entry_id": "gone"}
    await show(
        tab, scene, {"views": [{"cards": [config]}]}, "it was removed or disabled"
    )


@pytest_asyncio.fixture(loop_scope="session")
async def spanish(tab: Tab) -> AsyncGenerator[None]:
    """Have a Spanish frontend; what a browser stores, all of its tabs have."""
    await tab.page.add_init_script("localStorage.setItem('selectedLanguage', '\"es\"')")
    yield
    await tab.page.evaluate("localStorage.removeItem('selectedLanguage')")


async def test_it_speaks_spanish(
    tab: Tab, scene: Scene, dashboard: None, spanish: None
) -> None:
    card = await show_any(tab, scene, "Modo de despacho")
    for name in ("Plan", "Ahorro", "Control", "Seguridad", "Hallazgos", "Conexión"):
        region = card.get_by_role("region", name=name, exact=True)
        await expect(region).to_be_visible()
    await tab.picture("card-spanish")


async def test_it_is_picked_and_set_up_in_the_editor(
    tab: Tab, scene: Scene, dashboard: None
) -> None:
    page = tab.page
    await page.set_viewport_size({"width": WIDTH, "height": TALL})
    await show(tab, scene, {"views": [{"title": "Trial", "cards": []}]}, "Trial")
    await page.get_by_role("button", name="Edit dashboard").click()
    await page.get_by_role("button", name="Add card").filter(visible=True).last.click()
    await page.get_by_role("tab", name="By card").click()
    await page.get_by_placeholder("Search cards").fill("bessai")
    # What catches the click lies over the preview of the card.
    await page.get_by_text("BESSAI", exact=True).first.click(force=True)
    await page.get_by_role("textbox", name="Title").fill("My battery")
    for label in ("Plant", "Hours to come", "Hours before now"):
        await expect(page.get_by_text(label).first).to_be_visible()
    named = page.locator("bessai-card").get_by_role("heading", name="My battery")
    await expect(named.first).to_be_visible()
    await tab.picture("card-editor")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Done").click()
    await expect(named.first).to_be_visible()


async def test_a_config_that_means_nothing_is_refused_with_its_reason(
    tab: Tab, scene: Scene, dashboard: None
) -> None:
    config = {"type": "custom:bessai-card", "hours_ahead": 999_999}
    await show(tab, scene, {"views": [{"cards": [config]}]}, "Configuration error")
    await tab.page.get_by_role("button", name="Edit dashboard").click()
    await tab.see("hours_ahead has to be a number from 6 to 72")
    await show_any(tab, scene, "Dispatch mode")
