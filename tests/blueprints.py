"""Blueprints as Home Assistant imports them, and automations made of them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.const import CONF_USE_BLUEPRINT
from homeassistant.components.blueprint.models import Blueprint, BlueprintInputs
from homeassistant.const import CONF_PATH, EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.bessai.device.driver import GUARD_EVERY

from .home import Home
from .source import ROOT

FOLDER = ROOT / "blueprints" / "automation" / "bessai"
FILES = sorted(FOLDER.glob("*.yaml"))
TO_PHONE = {
    "action": "notify.phone",
    "data": {"title": "{{ title }}", "message": "{{ message }}"},
}


def load(path: Path) -> Blueprint:
    """Return a blueprint as the import dialog takes it."""
    return Blueprint(
        load_yaml_dict(str(path)),
        path=path.name,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> list[ServiceCall]:
    """Make an automation of a blueprint; return what it sends to the phone."""
    used = {CONF_USE_BLUEPRINT: {CONF_PATH: name, "input": inputs}}
    config = BlueprintInputs(load(FOLDER / name), used).async_substitute()
    config = {"id": "ours", "alias": "Ours", **config}
    sent = async_mock_service(hass, "notify", "phone")
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    return sent


async def calm_down() -> None:
    """Give tasks a moment; an automation that waits would be waited for for ever."""
    for _ in range(40):
        await asyncio.sleep(0.005)


async def start(hass: HomeAssistant) -> None:
    """Let Home Assistant have started."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await calm_down()


async def let_pass(hass: HomeAssistant, time: timedelta) -> None:
    """Let delays and timeouts end that are not longer; the clock stays as it is."""
    async_fire_time_changed(hass, dt_util.utcnow() + time)
    await calm_down()


def messages(sent: Sequence[ServiceCall]) -> list[str]:
    """Return the texts that were sent."""
    return [call.data["message"] for call in sent]


async def look(home: Home) -> None:
    """Read everything about the plant anew, while an automation may be waiting."""
    await home.runtime.settings.async_refresh()
    for _ in range(GUARD_EVERY):
        await home.runtime.readings.async_refresh()
    await calm_down()
