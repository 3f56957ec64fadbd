"""An owner enters prices, looks at the plan, asks what if, and has it carried out."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
import time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from scripts.headless.config_flow import find_entry
from scripts.headless.entities import DOMAIN
from scripts.headless.scene import Scene

from .browser import HEIGHT, Tab
from .test_control_pages import (
    FOLLOWS_MS,
    OPTIONS,
    act,
    all_is_back,
    grow,
    open_action,
    open_options,
    values,
)
from .test_pages import device_path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

NIGHT_AND_EVENING = "00:00-06:00 0.04\n17:00-21:00 0.30"
EXPORT_FORMULA = "import_price - 0.1"
"""The grid's share is not paid back: buying in order to sell has to be worth that."""

QUARTER = timedelta(minutes=15)
PEAK = 3 * QUARTER
"""So short that whatever is stored is best sold at once."""

DAYS = "3"
BACKTEST_MS = 90_000
PLAN_S = 60

OPTIONS_HEIGHT, PREVIEW_HEIGHT, SENSORS_HEIGHT, RESPONSE_HEIGHT = 1840, 980, 1460, 1000
CHARTS_MS = 1_500


@pytest_asyncio.fixture(loop_scope="session")
async def afterwards(scene: Scene) -> AsyncGenerator[None]:
    """Leave the plant and its options as they were found."""
    before = await values(scene)
    yield
    await act(scene, "switch/turn_off", entity_id=before["allow_control"])
    mode = before["dispatch_mode"]
    await act(scene, "select/select_option", entity_id=mode, option="observe")
    await forget_prices(scene)
    await until_plan_is(scene, "no_prices")
    await act(scene, "persistent_notification/dismiss_all")
    await all_is_back(scene)


async def forget_prices(scene: Scene) -> None:
    """Submit the options with every field empty."""
    client = scene.home.client
    entry = await find_entry(client)
    assert entry is not None
    flow: dict[str, Any] = await client.post(OPTIONS, {"handler": entry["entry_id"]})
    empty: dict[str, object] = {field["name"]: {} for field in flow["data_schema"]}
    done = await client.post(f"{OPTIONS}/{flow['flow_id']}", empty)
    if done["type"] == "menu":
        path = f"{OPTIONS}/{flow['flow_id']}"
        done = await client.post(path, {"next_step_id": "save"})
    assert done["type"] == "create_entry", done


def periods(scene: Scene) -> str:
    """Return a tariff that is dearest at this moment, whenever that is."""
    now = datetime.now(ZoneInfo(scene.memory.site.time_zone))
    start = now - timedelta(minutes=now.minute % 15)
    return f"{start:%H:%M}-{start + PEAK:%H:%M} 0.45\n{NIGHT_AND_EVENING}"


async def fill_in(tab: Tab, tariff: str) -> None:
    """Fill in the prices of a tariff, and look at what comes of them."""
    page = tab.page
    await open_options(tab)
    await grow(tab, OPTIONS_HEIGHT)
    await unfold(tab, "Prices")
    await choose(tab, "No prices", "Time of use")
    for name, value in (("Fixed price", "0.24"), ("Fee", "0.0795"), ("Tax", "19")):
        field = page.get_by_role("spinbutton", name=name, exact=True)
        await field.fill(value)
    await page.locator("textarea[name=periods]").fill(tariff)
    await page.get_by_text("Saving changes reloads").scroll_into_view_if_needed()
    await page.mouse.move(0, 0)
    await tab.picture("plan-options")
    await unfold(tab, "Export price")
    await choose(tab, "Market price", "By a formula")
    await page.locator("textarea[name=export_formula]").fill(EXPORT_FORMULA)
    await page.get_by_role("button", name="Submit").click()


async def unfold(tab: Tab, section: str) -> None:
    """Fold a section of the options out."""
    await tab.page.get_by_text(section, exact=True).filter(visible=True).last.click()


async def choose(tab: Tab, shown: str, wanted: str) -> None:
    """Choose something else in the list that shows this."""
    for words in (shown, wanted):
        entry = tab.page.get_by_text(words, exact=True).filter(visible=True).last
        await entry.click()


async def accept(tab: Tab) -> None:
    """Find the prices right."""
    await tab.see("Do these prices look right?")
    for words in ("Time of use", "Nothing is missing", "0.1422", "0.0422"):
        await tab.see(words)
    await grow(tab, PREVIEW_HEIGHT)
    await tab.picture("plan-preview")
    await tab.page.get_by_text("They look right: save").click()
    await tab.see("Options successfully saved.")


async def state_of(scene: Scene, key: str) -> str:
    """Return what an entity of ours shows."""
    entity_id = (await values(scene))[key]
    state: dict[str, Any] = await scene.home.client.get(f"/api/states/{entity_id}")
    return str(state["state"])


async def until_plan_is(scene: Scene, status: str) -> None:
    """Wait for what comes of new options, after the plant was reloaded."""
    deadline = time.monotonic() + PLAN_S
    while await state_of(scene, "plan_status") != status:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.5)


async def see_the_sensors(tab: Tab, scene: Scene, manager: str) -> None:
    """Find the plan on the page of the device."""
    await grow(tab, SENSORS_HEIGHT)
    await tab.open(manager, "Plan status")
    for words in ("Ready", "0.630 EUR/kWh", "0.530 EUR/kWh"):
        await tab.see(words)
    await tab.picture("plan-sensors", settle_ms=CHARTS_MS)
    assert await state_of(scene, "plan_step") == "discharge"
    for key in ("expected_saving", "planned_power", "stored_energy_value"):
        assert float(await state_of(scene, key)) > 0, key


async def see_the_calendar(tab: Tab, scene: Scene) -> None:
    """Find the plan in the calendar."""
    entity_id = (await values(scene))["plan"]
    now = datetime.now(UTC)
    span = f"start={now:%Y-%m-%dT%H:%MZ}&end={now + timedelta(days=1):%Y-%m-%dT%H:%MZ}"
    events = await scene.home.client.get(f"/api/calendars/{entity_id}?{span}")
    assert "Discharge" in events[0]["summary"]
    await grow(tab, HEIGHT)
    await tab.open("/calendar", "My calendars")
    await tab.page.get_by_role("button", name="List").click()
    await tab.see("EUR/kWh)")
    await tab.page.mouse.move(0, 0)
    await tab.picture("plan-calendar", settle_ms=CHARTS_MS)


async def show_response(tab: Tab, awaited: str, *, timeout_ms: float) -> None:
    """Perform an action and roll to what it answers."""
    page = tab.page
    await page.get_by_role("button", name="Perform action").click()
    answer = page.get_by_text(awaited).filter(visible=True).first
    await answer.wait_for(timeout=timeout_ms)
    heading = page.get_by_text("Response", exact=True).filter(visible=True).first
    await heading.evaluate("heading => heading.scrollIntoView()")


async def ask_what_if(tab: Tab, scene: Scene) -> None:
    """Ask for a plan in the tools, and for a day of assumed prices over the API."""
    await grow(tab, RESPONSE_HEIGHT)
    await open_action(tab, "plan_arbitrage")
    await show_response(tab, "self_consumption_cost", timeout_ms=FOLLOWS_MS)
    await tab.picture("plan-action")
    answer = await scene.home.client.post(
        f"/api/services/{DOMAIN}/plan_arbitrage?return_response",
        {"prices": [0.1] * 6 + [0.5] * 18, "soc": 10},
    )
    plan = answer["service_response"]
    assert plan["assumed"] == ["prices", "soc"]
    assert not plan["executed"]
    assert plan["saving"] > 0
    assert "charge" in {step["intent"] for step in plan["steps"]}


async def look_back(tab: Tab) -> None:
    """Ask what the last days would have cost."""
    await open_action(tab, "backtest")
    await tab.page.get_by_role("spinbutton").first.fill(DAYS)
    await show_response(tab, "saving_perfect_forecast", timeout_ms=BACKTEST_MS)
    await tab.picture("plan-backtest")


async def carry_out(tab: Tab, scene: Scene, manager: str) -> None:
    """Choose the mode, allow control, and see the battery do what is planned."""
    await grow(tab, SENSORS_HEIGHT)
    await tab.open(manager, "Not allowed")
    await tab.page.locator("hui-select-entity-row", has_text="Dispatch mode").click()
    await (
        tab.page.get_by_text("Arbitrage", exact=True).filter(visible=True).last.click()
    )
    ours = await values(scene)
    await act(scene, "switch/turn_on", entity_id=ours["allow_control"])
    following = tab.page.get_by_text("Discharging").filter(visible=True).first
    await following.wait_for(timeout=FOLLOWS_MS)
    state = await scene.home.client.get(f"/api/states/{ours['control_state']}")
    assert state["attributes"]["source"] == "plan"
    assert await state_of(scene, "dispatch_mode") == "arbitrage"
    await tab.open("/logbook", "began to discharge with")
    await tab.see("(by plan)")


async def test_an_owner_enters_prices_and_the_plan_is_carried_out(
    tab: Tab, scene: Scene, afterwards: None
) -> None:
    manager = await device_path(scene, "Energy manager")
    await fill_in(tab, periods(scene))
    await accept(tab)
    await until_plan_is(scene, "ready")
    await see_the_sensors(tab, scene, manager)
    await see_the_calendar(tab, scene)
    await ask_what_if(tab, scene)
    await look_back(tab)
    await carry_out(tab, scene, manager)
