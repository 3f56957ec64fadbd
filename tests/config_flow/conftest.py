"""What the tests of the dialogs share."""

from collections.abc import AsyncIterator
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.const import DOMAIN, KIND_HUAWEI

from ..home import Home
from .dialogs import SURVEY_TIMEOUT_S, Dialog, a_home


@pytest.fixture(autouse=True)
def hasty_survey(prompt_link: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not give a unit id on this machine three seconds."""
    monkeypatch.setattr(
        "custom_components.bessai.config_flow.SURVEY_TIMEOUT_S", SURVEY_TIMEOUT_S
    )


@pytest.fixture
async def home(hass: HomeAssistant, prompt_link: None) -> AsyncIterator[Home]:
    """Return a plant that answers as unit 0 too: no test waits for silence there."""
    home = await a_home(hass, unit_ids=frozenset({0, 1}))
    yield home
    await home.server.stop()


@pytest.fixture
def nothing_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an entry be created only: its entities are not what the dialog is about."""

    async def agree(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
        return True

    for step in ("async_setup_entry", "async_unload_entry"):
        monkeypatch.setattr(f"custom_components.{DOMAIN}.{step}", agree)


@pytest.fixture
async def dialog(hass: HomeAssistant) -> Dialog:
    """Return the dialog at the question where the inverter is."""
    return await Dialog.choose(hass, KIND_HUAWEI)
