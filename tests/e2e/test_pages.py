"""What an owner sees of a plant that is set up."""

import pytest
from scripts.headless.entities import DOMAIN
from scripts.headless.scene import Scene

from .browser import WIDTH, Tab

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

DASHBOARD_HEIGHT = 960
"""Room for the first charts above the bar that floats over them."""

CHARTS_MS = 2_500
"""Until the charts of the dashboard have been drawn."""


async def device_path(scene: Scene, name: str) -> str:
    """Return the page of a device."""
    devices = await scene.home.client.command("config/device_registry/list")
    ours = [one for one in devices if one["identifiers"][0][0] == DOMAIN]
    return f"/config/devices/device/{next(d['id'] for d in ours if d['name'] == name)}"


async def test_the_integration_page_lists_the_devices(tab: Tab) -> None:
    await tab.open("/config/integrations/integration/bessai", "SUN2000-10KTL-M1")
    for device in ("Battery", "Inverter", "Power meter", "Energy manager"):
        await tab.see(device)
    icon = tab.page.locator("img[src*='bessai']").first
    assert await icon.evaluate("image => image.naturalWidth") > 0
    await tab.picture("integration")


@pytest.mark.parametrize(
    ("name", "quantity"),
    [
        ("Inverter", "AC power"),
        ("Battery", "Charge power"),
        ("Power meter", "Grid power"),
        ("Energy manager", "House load"),
    ],
)
async def test_a_device_page_shows_live_values(
    tab: Tab, scene: Scene, name: str, quantity: str
) -> None:
    await tab.open(await device_path(scene, name), quantity)
    await tab.picture(f"device-{name.lower().replace(' ', '-')}")


async def test_the_energy_dashboard_shows_the_plant(tab: Tab) -> None:
    await tab.open("/energy/electricity", "Energy distribution")
    for part in ("Solar", "Battery", "Grid"):
        await tab.see(part)
    # Yesterday is a whole day, whenever the picture is taken.
    await tab.page.get_by_role("button", name="Previous").click()
    await tab.page.set_viewport_size({"width": WIDTH, "height": DASHBOARD_HEIGHT})
    await tab.picture("energy-dashboard", settle_ms=CHARTS_MS)
