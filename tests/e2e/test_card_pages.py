"""An owner looks at the card, lets the plan command the battery, and takes it back."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import re
import time
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, expect
import pytest
import pytest_asyncio
from scripts.headless.config_flow import find_entry
from scripts.headless.scene import Scene

from .browser import WIDTH, Tab
from .test_control_pages import FOLLOWS_MS, OPTIONS, act, all_is_back, values
from .test_plan_pages import (
    EXPORT_FORMULA,
    forget_prices,
    periods,
    state_of,
    until_plan_is,
)

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

PATH = "bessai-trial"
CARD = {"type": "custom:bessai-card", "grid_options": {"columns": "full"}}
CARD_VIEW: dict[str, Any] = {
    "type": "sections",
    "max_columns": 2,
    "sections": [{"type": "grid", "column_span": 2, "cards": [CARD]}],
}
STRATEGY = {"strategy": {"type": "custom:bessai"}}

PHONE, PHONE_HEIGHT, TALL = 320, 2000, 1500
CHANGED_S = 20
SETTLE_MS = 1_500
MANY = 10
GRAVE = {"serious", "critical"}

NOW = re.compile(r"Discharge: with .*kW\. Import price 0\.450\sEUR/kWh")
"""The dearest time, as a screen reader says it."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def planned(reachable: None, scene: Scene) -> AsyncGenerator[None]:
    """Have prices, a plan and an empty dashboard; leave all as it was found."""
    await choose_prices(scene)
    await until_plan_is(scene, "ready")
    async with trial_dashboard(scene):
        yield
    ours = await values(scene)
    await act(scene, "switch/turn_off", entity_id=ours["allow_control"])
    mode = ours["dispatch_mode"]
    await act(scene, "select/select_option", entity_id=mode, option="observe")
    await forget_prices(scene)
    await until_plan_is(scene, "no_prices")
    await all_is_back(scene)


@asynccontextmanager
async def trial_dashboard(scene: Scene) -> AsyncGenerator[None]:
    """Have an empty dashboard."""
    client = scene.home.client
    fields = {"url_path": PATH, "title": "Trial", "mode": "storage"}
    dashboard = await client.command("lovelace/dashboards/create", **fields)
    yield
    await client.command("lovelace/dashboards/delete", dashboard_id=dashboard["id"])


async def choose_prices(scene: Scene) -> None:
    """Choose a tariff that is dearest now, and accept its preview."""
    client = scene.home.client
    entry = await find_entry(client)
    assert entry is not None
    flow: dict[str, Any] = await client.post(OPTIONS, {"handler": entry["entry_id"]})
    answer: dict[str, object] = {field["name"]: {} for field in flow["data_schema"]}
    answer["prices"] = {"source": "time_of_use", "periods": periods(scene)}
    answer["export_prices"] = {
        "export_mode": "formula",
        "export_formula": EXPORT_FORMULA,
    }
    path = f"{OPTIONS}/{flow['flow_id']}"
    done = await client.post(path, answer)
    if done["type"] == "menu":
        done = await client.post(path, {"next_step_id": "save"})
    assert done["type"] == "create_entry", done


async def show(tab: Tab, scene: Scene, config: dict[str, Any], awaited: str) -> None:
    """Put a config into the dashboard and look at it."""
    await scene.home.client.command(
        "lovelace/config/save", url_path=PATH, config=config
    )
    await tab.open(f"/{PATH}/0", awaited)


async def show_card(tab: Tab, scene: Scene) -> Locator:
    """Look at the card, and wait for its plan."""
    await show(tab, scene, {"views": [CARD_VIEW]}, "All steps as a table")
    card = tab.page.locator("bessai-card")
    await expect(card.get_by_role("slider")).to_have_attribute("aria-valuetext", NOW)
    return card


async def until_state_is(scene: Scene, key: str, state: str) -> None:
    """Wait for what comes of a click."""
    deadline = time.monotonic() + CHANGED_S
    while await state_of(scene, key) != state:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("name", "width", "height"),
    [("wide", WIDTH, TALL), ("phone", PHONE, PHONE_HEIGHT)],
    ids=["wide", "phone"],
)
async def test_the_card_is_drawn(
    tab: Tab,
    scene: Scene,
    planned: None,
    theme: Any,
    name: str,
    width: int,
    height: int,
) -> None:
    await tab.page.emulate_media(color_scheme=theme)
    await tab.page.set_viewport_size({"width": width, "height": height})
    card = await show_card(tab, scene)
    for heading in ("Plan", "Savings", "Control", "Safety", "Findings", "Link"):
        await expect(
            card.get_by_role("region", name=heading, exact=True)
        ).to_be_visible()
    assert await card.evaluate("card => card.scrollWidth <= card.clientWidth")
    # The frontend takes a moment to notice what the browser wants.
    await expect(tab.page.locator("bessai-card[dark]")).to_have_count(
        int(theme == "dark")
    )
    await tab.picture(f"card-{name}-{theme}")


def places(rules: list[dict[str, Any]], content: str) -> list[tuple[str, str]]:
    """Return rule and place of what lies within an element, through all shadows."""
    return [
        (rule["id"], str(node["target"]))
        for rule in rules
        for node in rule["nodes"]
        if content in str(node["target"])
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("config", "content"),
    [({"views": [CARD_VIEW]}, "bessai-card"), (STRATEGY, "hui-sections-view")],
    ids=["card", "dashboard"],
)
async def test_nothing_stands_in_the_way_of_anybody(
    tab: Tab, scene: Scene, planned: None, config: Any, content: str, theme: Any
) -> None:
    """Ask axe; a table that is folded in would not be looked at."""
    await tab.page.emulate_media(color_scheme=theme)
    await tab.page.set_viewport_size({"width": WIDTH, "height": TALL})
    await show(tab, scene, config, "All steps as a table")
    await tab.page.get_by_text("All steps as a table").click()
    await tab.page.wait_for_timeout(SETTLE_MS)
    found = (await Axe().run(tab.page)).response
    grave = [one for one in found["violations"] if one["impact"] in GRAVE]
    assert places(grave, content) == []
    assert len(places(found["passes"], content)) >= MANY


async def test_the_chart_is_explored_with_the_keyboard(
    tab: Tab, scene: Scene, planned: None
) -> None:
    chart = (await show_card(tab, scene)).get_by_role("slider")
    await chart.focus()
    now = await chart.get_attribute("aria-valuetext")
    await chart.press("PageDown")
    assert await chart.get_attribute("aria-valuetext") != now
    await chart.press("Escape")
    assert await chart.get_attribute("aria-valuetext") == now


async def test_steps_are_there_as_a_table(
    tab: Tab, scene: Scene, planned: None
) -> None:
    card = await show_card(tab, scene)
    await card.get_by_text("All steps as a table").click()
    rows = card.get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("Discharge")


async def test_the_plan_commands_the_battery_after_two_questions_and_is_released(
    tab: Tab, scene: Scene, planned: None
) -> None:
    await tab.page.set_viewport_size({"width": WIDTH, "height": TALL})
    card = await show_card(tab, scene)
    question = card.get_by_role("dialog")
    await card.get_by_label("Dispatch mode").select_option("arbitrage")
    await question.get_by_role("button", name="Cancel").click()
    assert await state_of(scene, "dispatch_mode") == "observe"
    await card.get_by_label("Dispatch mode").select_option("arbitrage")
    await question.get_by_role("button", name="Confirm").click()
    await until_state_is(scene, "dispatch_mode", "arbitrage")
    await card.get_by_role("switch", name="Allow control").click()
    await tab.picture("card-question")
    await question.get_by_role("button", name="Confirm").click()
    await until_state_is(scene, "allow_control", "on")
    following = card.get_by_text("Discharging").first
    await following.wait_for(timeout=FOLLOWS_MS)
    ends = card.get_by_text("the inverter ends it within")
    await expect(ends).to_be_visible()
    await tab.picture("card-commanding")
    await act(scene, "bessai/hold", duration={"minutes": 5})
    await expect(card.get_by_text("this hold stays until it is back")).to_be_visible()
    await expect(ends).to_be_hidden()
    await card.get_by_role("button", name="Release").click()
    await expect(card.get_by_text("The command was ended.")).to_be_visible()
    await expect(card.get_by_text("“Arbitrage” goes on at")).to_be_visible()
    await card.get_by_role("switch", name="Allow control").click()
    await until_state_is(scene, "allow_control", "off")
    await expect(card.get_by_text("BESSAI only reads", exact=True)).to_be_visible()


async def test_the_dashboard_is_made_of_what_there_is(
    tab: Tab, scene: Scene, planned: None
) -> None:
    await tab.page.set_viewport_size({"width": WIDTH, "height": TALL})
    await show(tab, scene, STRATEGY, "All steps as a table")
    for heading in ("Plant", "Prices", "Limits", "Health"):
        name = tab.page.get_by_role("heading", name=heading, exact=True)
        await expect(name.first).to_be_visible()
    await tab.picture("dashboard", settle_ms=2_500)
