"""What the end-to-end tests share: one running scene and one browser on it."""

from collections.abc import AsyncGenerator
import os
from pathlib import Path

import pytest
import pytest_asyncio
import pytest_socket
from scripts.headless.config_directory import ConfigDirectory
from scripts.headless.program import free_port
from scripts.headless.scene import Scene, play

from .browser import Browser, Tab, find_chromium, open_browser

WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORT, PLANT_PORT = 28123 + 100 * WORKER, 25020 + 100 * WORKER
"""Away from those that somebody works with, and from each other: two that look for a
free port at the same moment would find the same."""

UPDATE_SCREENSHOTS = "UPDATE_SCREENSHOTS"
"""Set to write docs/images; otherwise the pictures are taken and thrown away."""

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Ask for no clean loop: that check is for a Home Assistant inside the test."""


def reach_loopback() -> None:
    """Do what the fixture ``loopback`` does, which belongs to a single test."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"])


@pytest.fixture(scope="module")
def reachable() -> None:
    """Let a fixture of a whole module reach 127.0.0.1 too."""
    reach_loopback()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Scene]:
    """Return a running Home Assistant with a simulated plant."""
    reach_loopback()
    directory = ConfigDirectory(tmp_path_factory.mktemp("home"))
    port = free_port(PORT)
    async with play(directory, port, print, plant_port=PLANT_PORT) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(scene: Scene) -> AsyncGenerator[Browser]:
    """Return a browser in which the owner has logged in."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium: scripts/setup --browser installs one")
    images = IMAGES if os.environ.get(UPDATE_SCREENSHOTS) else None
    zone = scene.memory.site.time_zone
    async with open_browser(chromium, scene.home.client, zone, images) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def tab(browser: Browser) -> AsyncGenerator[Tab]:
    """Return a new tab; the test fails if the page complains about our parts."""
    async with browser.new_tab() as opened:
        yield opened
    assert opened.complaints == []
