"""What the card costs: bytes to load, time to the first drawing, time per state.

In a real browser on a real Home Assistant with a plan of a tariff.
"""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from custom_components.bessai.frontend_setup import FOLDER
from tests.e2e.browser import Browser, find_chromium, open_browser
from tests.e2e.test_card_pages import (
    choose_prices,
    show_card,
    trial_dashboard,
)
from tests.e2e.test_plan_pages import until_plan_is

from ..headless.config_directory import ConfigDirectory
from ..headless.program import free_port
from ..headless.scene import Scene, play

PORT = 58223

MEASURE = Path(__file__).with_suffix(".js")


async def run() -> None:
    """Measure and print."""
    files = sorted(FOLDER.glob("*.js"))
    whole = sum(path.stat().st_size for path in files)
    packed = sum(len(gzip.compress(path.read_bytes())) for path in files)
    print(f"{len(files)} modules, {whole / 1000:.1f} kB, {packed / 1000:.1f} kB gzip")
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("there is no Chromium: scripts/setup --browser installs one")
    with TemporaryDirectory() as folder:
        directory = ConfigDirectory(Path(folder) / "home")
        async with play(directory, free_port(PORT), lambda _: None) as scene:
            _print(await _measure(scene, chromium))


async def _measure(scene: Scene, chromium: str) -> dict[str, Any]:
    await choose_prices(scene)
    await until_plan_is(scene, "ready")
    zone = scene.memory.site.time_zone
    async with (
        trial_dashboard(scene),
        open_browser(chromium, scene.home.client, zone, None) as browser,
    ):
        return await _look(scene, browser)


async def _look(scene: Scene, browser: Browser) -> dict[str, Any]:
    async with browser.new_tab() as tab:
        await show_card(tab, scene)
        figures: dict[str, Any] = await tab.page.evaluate(
            MEASURE.read_text(), {"type": "custom:bessai-card"}
        )
    return figures


def _print(figures: dict[str, Any]) -> None:
    print(f"loaded {figures['files']} files in {figures['loaded']:.0f} ms")
    print(f"first drawing, median of 20: {figures['first']:.1f} ms")
    print(f"a state that is none of ours: {1000 * figures['foreign']:.1f} us")
    print(f"a state that is shown, all drawn anew: {figures['own']:.2f} ms")
    print(f"elements: {figures['nodes']}")
