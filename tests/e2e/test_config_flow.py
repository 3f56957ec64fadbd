"""Adding a plant in the browser, mistakes included."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from scripts.headless.entities import DOMAIN
from scripts.headless.plant import STOP_S, start_plant, wait_for_plant
from scripts.headless.program import free_port
from scripts.headless.scene import PLANT_PORT, Scene

from .browser import Tab

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

PAGE = "/config/integrations/integration/bessai"
SURVEY_MS = 60_000


@pytest_asyncio.fixture(loop_scope="session")
async def other_port(scene: Scene, tmp_path: Path) -> AsyncGenerator[int]:
    """Return the port of a second plant; its entry is removed again."""
    known = {entry["entry_id"] for entry in await entries(scene)}
    other = replace(scene.memory.site, serial_number="BS2301000002")
    memory_file = tmp_path / "other.json"
    replace(scene.memory, site=other).write(memory_file)
    port = free_port(PLANT_PORT)
    plant = await start_plant(memory_file, port)
    await wait_for_plant(plant)
    yield port
    for entry in await entries(scene):
        if entry["entry_id"] not in known:
            path = f"/api/config/config_entries/entry/{entry['entry_id']}"
            await scene.home.client.request("DELETE", path)
    await plant.stop(patience_s=STOP_S)


async def entries(scene: Scene) -> list[dict[str, str]]:
    """Return the config entries of the integration."""
    path = f"/api/config/config_entries/entry?domain={DOMAIN}"
    found: list[dict[str, str]] = await scene.home.client.get(path)
    return found


async def test_a_plant_is_added_after_a_mistake(tab: Tab, other_port: int) -> None:
    page = tab.page
    await tab.open(PAGE, "Add hub")
    await page.get_by_role("button", name="Add hub").click()
    await tab.see("Simulated plant")
    await tab.picture("config-flow-menu")

    await page.get_by_text("Huawei over Modbus TCP").click()
    await page.get_by_role("textbox", name="Host").fill("192.168.1.20")
    await tab.picture("config-flow-form")
    await page.get_by_role("textbox", name="Host").fill("my host")
    await page.get_by_role("button", name="Submit").click()
    await tab.see("“my host” is not an IP address or host name")
    await tab.picture("config-flow-error")

    await page.get_by_role("textbox", name="Host").fill("127.0.0.1")
    await page.get_by_role("spinbutton", name="Port").fill(str(other_port))
    await page.get_by_role("button", name="Submit").click()
    await tab.see("Asking 127.0.0.1")
    await tab.picture("config-flow-survey")
    await page.get_by_role("button", name="Finish").wait_for(timeout=SURVEY_MS)
    await tab.picture("config-flow-found")


async def test_a_simulated_plant_is_offered_with_plausible_sizes(tab: Tab) -> None:
    page = tab.page
    await tab.open(PAGE, "Add hub")
    await page.get_by_role("button", name="Add hub").click()
    await page.get_by_text("Simulated plant").click()
    await page.get_by_role("button", name="Submit").wait_for()
    await tab.picture("config-flow-simulated")
