"""An owner commands the battery, is refused, and is told why."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.async_api import TimeoutError as TimedOut
import pytest
import pytest_asyncio
from scripts.headless.config_flow import find_entry
from scripts.headless.entities import DOMAIN, numbers, read_entities
from scripts.headless.scene import Scene

from .browser import HEIGHT, WIDTH, Tab
from .test_pages import device_path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

INTEGRATION = "/config/integrations/integration/bessai"
ACTIONS = "/config/tools/action"
OPTIONS = "/api/config/config_entries/options/flow"
TARGET = "notify.persistent_notification"

TALL, TALLEST = 1340, 1700
"""Room for a whole form or device, and for two sections of the options."""

MIDDLE_PCT = 50
"""Where both limits of the state of charge can be put."""

POWER_W = 2000
FOLLOWS_MS = 60_000
CHARTS_MS = 1_500
FORM_MS = 800
FORM_OPENS_MS, CLICKS = 10_000, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the owner's limit keeps from happening, and how that is told."""

    limit: str
    action: str
    reason: str
    remedy: str


TOO_LOW = Refusal(
    limit="Lowest state of charge",
    action="discharge",
    reason=f"below the limit of {MIDDLE_PCT} %.",
    remedy="Wait until the battery has been charged, or lower",
)
TOO_HIGH = Refusal(
    limit="Highest state of charge",
    action="charge",
    reason=f"above the limit of {MIDDLE_PCT} %.",
    remedy="Wait until the battery has been discharged, or raise",
)


@pytest_asyncio.fixture(loop_scope="session")
async def afterwards(scene: Scene) -> AsyncGenerator[None]:
    """Leave the plant and its options as they were found."""
    before = await values(scene)
    yield
    await act(scene, "switch/turn_off", entity_id=before["allow_control"])
    for key, usual in (("soc_min", 5), ("soc_max", 98)):
        await act(scene, "number/set_value", entity_id=before[key], value=usual)
    await tell_nobody(scene)
    await act(scene, "persistent_notification/dismiss_all")
    await all_is_back(scene)


async def all_is_back(scene: Scene) -> None:
    """Wait for the settings too: they are read last after the plant was reloaded."""
    while True:
        entities = await scene.wait_until_live()
        if all(entity.is_live for entity in entities):
            return


async def values(scene: Scene) -> Mapping[str, str]:
    """Return the entity of each key."""
    entities = await read_entities(scene.home.client)
    return {entity.key: entity.entity_id for entity in entities}


async def act(scene: Scene, action: str, **data: object) -> None:
    """Call an action."""
    await scene.home.client.post(f"/api/services/{action}", data)


async def tell_nobody(scene: Scene) -> None:
    """Submit the options with no recipient."""
    client = scene.home.client
    entry = await find_entry(client)
    assert entry is not None
    flow: dict[str, Any] = await client.post(OPTIONS, {"handler": entry["entry_id"]})
    empty: dict[str, object] = {field["name"]: {} for field in flow["data_schema"]}
    empty["notifications"] = {"targets": []}
    done = await client.post(f"{OPTIONS}/{flow['flow_id']}", empty)
    assert done["type"] == "create_entry", done


async def refusal_now(scene: Scene) -> Refusal:
    """Return what a limit in the middle refuses, as the battery stands."""
    soc_pct = numbers(await read_entities(scene.home.client))["soc"]
    return TOO_LOW if soc_pct < MIDDLE_PCT else TOO_HIGH


async def grow(tab: Tab, height: int = TALL) -> None:
    """Make the window as high as what is to be seen."""
    await tab.page.set_viewport_size({"width": WIDTH, "height": height})


async def open_action(tab: Tab, action: str) -> None:
    """Show the form of an action."""
    page = tab.page
    await tab.open(ACTIONS, "Perform action")
    await page.locator("ha-service-picker").click()
    choice = page.get_by_role("dialog")
    await choice.get_by_placeholder("Search").fill(DOMAIN)
    await choice.get_by_text(f"{DOMAIN}.{action}", exact=True).click()
    # The form of the last action is shown first; what is typed into it is lost.
    await page.wait_for_timeout(FORM_MS)


async def perform(tab: Tab, action: str) -> None:
    """Fill in the form of an action and perform it."""
    page = tab.page
    await open_action(tab, action)
    await page.get_by_role("spinbutton").first.fill(str(POWER_W))
    await page.locator("input[name=minutes]").fill("30")
    await page.get_by_role("button", name="Perform action").click()


async def open_options(tab: Tab) -> None:
    """Open the options of the plant.

    A click is lost where the page is drawn anew under it, as its parts come in one by
    one: then it is done again, on a fresh page.
    """
    button = tab.page.get_by_role("button", name="Configure")
    form = tab.page.get_by_text("Saving changes reloads the plant")
    for _ in range(CLICKS):
        await tab.open(INTEGRATION, "SUN2000-10KTL-M1")
        await button.click()
        with suppress(TimedOut):
            await form.filter(visible=True).first.wait_for(timeout=FORM_OPENS_MS)
            return
    pytest.fail("the options do not open")


async def choose_recipient(tab: Tab) -> None:
    """Choose in the options who is told."""
    page = tab.page
    await open_options(tab)
    for section in ("Safety", "Notifications"):
        await page.get_by_text(section, exact=True).filter(visible=True).last.click()
    field = page.get_by_role("button", name="Recipients")
    # From 2026.11 on.
    box = page.get_by_role("toolbar", name="Recipients")
    await field.or_(box.get_by_role("button", name="Add")).click()
    await page.get_by_text(TARGET).filter(visible=True).last.click()
    await grow(tab, TALLEST)
    await page.mouse.move(0, 0)
    await tab.picture("control-options")
    await page.get_by_role("button", name="Submit").click()
    await tab.see("Options successfully saved.")
    await grow(tab, HEIGHT)


async def allow(tab: Tab, manager: str) -> None:
    """Switch control on."""
    await tab.open(manager, "Not allowed")
    switch = tab.page.locator("hui-toggle-entity-row", has_text="Allow control")
    await switch.locator("ha-entity-toggle").click()
    await tab.see("Released")


async def discharge(tab: Tab, scene: Scene, manager: str) -> None:
    """Discharge, watch the battery do it, and release it."""
    await grow(tab)
    await perform(tab, "discharge")
    await tab.see("approved")
    await tab.picture("control-action")
    await tab.open(manager, "Command ends")
    following = tab.page.get_by_text("Discharging").filter(visible=True).first
    await following.wait_for(timeout=FOLLOWS_MS)
    await tab.picture("control-device")
    await tab.open(await device_path(scene, "Battery"), "Forcible charge or discharge")
    await tab.see(f"{POWER_W:,} W")
    await tab.open(manager, "Discharging")
    row = tab.page.locator("hui-button-entity-row").filter(
        has=tab.page.get_by_text("Release", exact=True)
    )
    await row.get_by_text("Press", exact=True).click()
    await tab.see("Released")


async def move_limit(tab: Tab, manager: str, name: str) -> None:
    """Put a limit in the middle."""
    await tab.open(manager, "Released")
    row = tab.page.locator("hui-number-entity-row", has_text=name)
    box = row.get_by_role("spinbutton")
    await box.fill(str(MIDDLE_PCT))
    await box.press("Enter")
    await tab.page.wait_for_timeout(500)


async def see_the_block(tab: Tab, manager: str, refusal: Refusal) -> None:
    """Find the block and its reason on the page of the device."""
    await tab.open(manager, "refused to")
    await tab.see(refusal.reason)
    await tab.picture("control-blocked")
    page = tab.page
    await page.get_by_text("Safety block").filter(visible=True).first.click()
    await page.get_by_role("button", name="Menu").last.click()
    await page.get_by_text("Details").filter(visible=True).first.click()
    await tab.see(refusal.remedy)
    await grow(tab, HEIGHT)
    await tab.picture("control-reasons")


async def see_the_notification(tab: Tab, manager: str, refusal: Refusal) -> None:
    """Open the drawer of notifications."""
    await tab.open(manager, "Released")
    page = tab.page
    await page.get_by_text("Notifications").filter(visible=True).first.click()
    await tab.see("safety blocks commands")
    drawer = page.locator("notification-drawer")
    for words in (refusal.reason, refusal.remedy):
        await drawer.get_by_text(words).first.wait_for()
    await tab.picture("control-notification")


async def test_an_owner_commands_is_refused_and_is_told_why(
    tab: Tab, scene: Scene, afterwards: None
) -> None:
    manager = await device_path(scene, "Energy manager")
    await choose_recipient(tab)
    await allow(tab, manager)
    await discharge(tab, scene, manager)

    refusal = await refusal_now(scene)
    await move_limit(tab, manager, refusal.limit)
    await perform(tab, refusal.action)
    await tab.see("refused")
    await tab.see(refusal.reason)

    await see_the_block(tab, manager, refusal)
    await see_the_notification(tab, manager, refusal)
    await grow(tab)
    await tab.open("/logbook", f"refused to {refusal.action} with")
    for words in ("began to discharge with", "left the battery to", "blocked commands"):
        await tab.see(words)
    await tab.picture("control-logbook", settle_ms=CHARTS_MS)
