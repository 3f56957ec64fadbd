"""The owner's leave to command the battery."""

from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.bessai.simulator.faults import Scenario

from .controlled import COMMAND, STOP, allow, ask, control, holds, written
from .home import Home

ON: dict[str, Any] = {"power": 2000, "duration": 3600}


def state(home: Home) -> str:
    """Return what the switch shows."""
    return home.state("allow_control", "switch").state


async def test_control_is_off_on_a_new_entry(
    hass: HomeAssistant, added_home: Home
) -> None:
    switch = added_home.state("allow_control", "switch")
    assert switch.state == STATE_OFF
    assert switch.attributes["meaning"] == "reads_only"
    entity = er.async_get(hass).async_get(switch.entity_id)
    assert entity is not None
    assert entity.entity_category is EntityCategory.CONFIG
    assert entity.device_id is not None
    device = dr.async_get(hass).async_get(entity.device_id)
    assert device is not None
    assert device.name == "Energy manager"
    assert written(added_home) == []


async def test_switching_it_on_writes_nothing_by_itself(added_home: Home) -> None:
    await allow(added_home)
    switch = added_home.state("allow_control", "switch")
    assert switch.state == STATE_ON
    assert switch.attributes["meaning"] == "may_command"
    assert control(added_home).allowed
    await added_home.poll()
    assert written(added_home) == []


async def test_switching_it_off_releases_the_battery(controlled_home: Home) -> None:
    await ask(controlled_home, "charge", **ON)
    await allow(controlled_home, allowed=False)
    assert state(controlled_home) == STATE_OFF
    assert holds(controlled_home, COMMAND) == STOP
    response = await ask(controlled_home, "charge", **ON)
    assert response["verdict"] == "refused"


async def test_the_choice_is_kept_and_does_not_reload_the_entry(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    home = controlled_home
    runtime = home.runtime
    await allow(home, allowed=False)
    await allow(home)
    await hass.async_block_till_done()
    assert home.runtime is runtime
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    assert state(home) == STATE_ON


async def test_it_is_off_even_if_the_plant_cannot_be_released_now(
    controlled_home: Home,
) -> None:
    """The owner hears of it, and the inverter's own countdown does the rest."""
    home = controlled_home
    await ask(home, "charge", **ON)
    home.server.scenario = Scenario.REFUSED_CONNECTION
    with pytest.raises(HomeAssistantError) as caught:
        await allow(home, allowed=False)
    assert caught.value.translation_key == "dispatch_failed"
    assert state(home) == STATE_OFF
    home.server.scenario = Scenario.NONE


async def test_it_can_be_switched_while_the_plant_is_silent(added_home: Home) -> None:
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await added_home.poll()
    assert state(added_home) == STATE_OFF
    await allow(added_home)
    assert state(added_home) == STATE_ON
