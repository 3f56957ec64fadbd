"""The card and the dashboard, given to Home Assistant's frontend where there is one."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig  # type: ignore[attr-defined]
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_when_setup

from .const import DOMAIN

FOLDER: Final = Path(__file__).parent / "frontend"
ENTRY: Final = "bessai-card.js"


@callback
def async_setup_frontend(hass: HomeAssistant) -> None:
    """Have the card loaded as soon as there is a frontend.

    None is asked for: the plant is commanded without one all the same.
    """
    async_when_setup(hass, "frontend", _async_offer_card)


async def _async_offer_card(hass: HomeAssistant, _: str) -> None:
    # Only here: it may not be installed, and is imported already where it is set up.
    from homeassistant.components.frontend import add_extra_js_url  # noqa: PLC0415

    version = await hass.async_add_executor_job(version_of, FOLDER)
    # In the path and not behind a question mark: the modules that the card imports are
    # kept by browsers like itself, and their addresses have to change with it.
    url = f"/{DOMAIN}_frontend/{version}"
    await hass.http.async_register_static_paths(
        [StaticPathConfig(url, str(FOLDER), cache_headers=True)]
    )
    add_extra_js_url(hass, f"{url}/{ENTRY}")


def version_of(folder: Path) -> str:
    """Return what changes with any script of a folder; reads all of them."""
    digest = sha256()
    for path in sorted(folder.glob("*.js")):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
