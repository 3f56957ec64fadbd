"""Giving the battery back to the inverter with one press."""

from homeassistant.components.button.const import DOMAIN as BUTTON, SERVICE_PRESS
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.bessai.simulator.faults import Scenario

from .controlled import COMMAND, STOP, ask, control, holds, written
from .home import Home


async def press(home: Home, context: Context | None = None) -> None:
    """Press the button."""
    await home.hass.services.async_call(
        BUTTON,
        SERVICE_PRESS,
        {ATTR_ENTITY_ID: home.entity_id("release", BUTTON)},
        blocking=True,
        context=context,
    )


@pytest.mark.parametrize("action", ["charge", "discharge"])
async def test_a_press_ends_the_command_in_force(
    controlled_home: Home, action: str
) -> None:
    await ask(controlled_home, action, power=2000, duration=3600)
    await press(controlled_home)
    assert holds(controlled_home, COMMAND) == STOP
    assert control(controlled_home).command is None


async def test_a_press_without_a_command_writes_nothing(added_home: Home) -> None:
    await press(added_home)
    assert written(added_home) == []


async def test_the_audit_trail_knows_who_pressed(
    controlled_home: Home, hass_admin_user: MockUser
) -> None:
    await press(controlled_home, Context(user_id=hass_admin_user.id))
    assert control(controlled_home).audit.entries[-1].who == hass_admin_user.name


async def test_a_plant_that_cannot_be_released_is_an_error(
    controlled_home: Home,
) -> None:
    await ask(controlled_home, "charge", power=2000, duration=3600)
    controlled_home.server.scenario = Scenario.REFUSED_CONNECTION
    with pytest.raises(HomeAssistantError) as caught:
        await press(controlled_home)
    assert caught.value.translation_key == "dispatch_failed"
    controlled_home.server.scenario = Scenario.NONE
