"""Somebody else writes to the inverter: the owner sees what, and when it is over."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from scripts.headless.memory import Memory
from scripts.headless.scene import Scene

from ..simulator.raw_client import connected
from .browser import WIDTH, Tab
from .test_pages import device_path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

WORKING_MODE, SELF_CONSUMPTION, FEED_IN_FIRST = 47086, 2, 4
SILENCES_S = 1.1, 2.0, 4.0
"""After connecting: an SDongle leaves a request alone that comes within a second."""

FOUND_MS, CLEARED_MS = 60_000, 120_000
TALL = 1900
"""Room for all of the energy manager's page."""


@pytest_asyncio.fixture(loop_scope="session")
async def afterwards(scene: Scene) -> AsyncGenerator[None]:
    """Leave the plant as it was found."""
    yield
    await write_as_rival(scene, SELF_CONSUMPTION)


async def write_as_rival(scene: Scene, mode: int) -> None:
    """Write the working mode; the plant has one link, and who comes last has it."""
    port = Memory.read(scene.home.directory.memory_file).plant_port
    for silence_s in SILENCES_S:
        async with connected(port) as client:
            await asyncio.sleep(silence_s)
            try:
                assert await client.write(WORKING_MODE, [mode]) == 0
            except TimeoutError, ConnectionError, asyncio.IncompleteReadError:
                continue  # Home Assistant has taken the link back
        return
    raise TimeoutError("the plant takes nothing from somebody else")


async def test_an_owner_sees_that_somebody_else_has_written(
    tab: Tab, scene: Scene, afterwards: None
) -> None:
    manager = await device_path(scene, "Energy manager")
    await tab.page.set_viewport_size({"width": WIDTH, "height": TALL})
    await tab.open(manager, "Anomaly score")
    await write_as_rival(scene, FEED_IN_FIRST)
    changed = tab.page.get_by_text("Setting changed by somebody else")
    await changed.filter(visible=True).first.wait_for(timeout=FOUND_MS)
    await tab.see("finds something off: Setting changed by somebody else (Working mode")
    await tab.picture("finding-device")

    await write_as_rival(scene, SELF_CONSUMPTION)
    await tab.open(manager, "Anomaly score")
    cleared = tab.page.get_by_text("Cleared").filter(visible=True).first
    await cleared.wait_for(timeout=CLEARED_MS)
