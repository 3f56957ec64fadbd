"""A home whose owner lets BESSAI command the battery, and how it is commanded."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.components.switch.const import DOMAIN as SWITCH
from homeassistant.const import (
    ATTR_ENTITY_ID,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.core import Context, State

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.control_loop import ControlLoop
from custom_components.bessai.device.driver import GUARD_EVERY

from .home import Home

COMMAND, END_CONDITION, PERIOD = 47100, 47246, 47083
CHARGE_POWER, DISCHARGE_POWER = 47247, 47249
CHARGE_LIMIT, DISCHARGE_LIMIT, GRID_CHARGE = 47075, 47077, 47087
STOP, CHARGE, DISCHARGE = (0,), (1,), (2,)


def control(home: Home) -> ControlLoop:
    """Return the control loop of a plant that has one."""
    loop = home.runtime.control
    assert loop is not None
    return loop


async def allow(home: Home, *, allowed: bool = True) -> Home:
    """Let the owner turn the switch."""
    await home.hass.services.async_call(
        SWITCH,
        SERVICE_TURN_ON if allowed else SERVICE_TURN_OFF,
        {ATTR_ENTITY_ID: home.entity_id("allow_control", SWITCH)},
        blocking=True,
    )
    return home


async def ask(
    home: Home, action: str, *, context: Context | None = None, **data: object
) -> dict[str, Any]:
    """Call an action of ours and return its response."""
    response = await home.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )
    assert response is not None
    return dict(response)


async def tell(
    home: Home, action: str, *, context: Context | None = None, **data: object
) -> None:
    """Call an action of ours without looking at a response."""
    await home.hass.services.async_call(
        DOMAIN, action, data, blocking=True, context=context
    )


def reasons(response: Mapping[str, Any]) -> list[str]:
    """Return the names of the reasons in a response."""
    return [reason["reason"] for reason in response["reasons"]]


def holds(home: Home, address: int, count: int = 1) -> tuple[int, ...]:
    """Return what registers of the plant hold now."""
    return home.plant.read(1, address, count)


def written(
    home: Home, address: int | None = None
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the accepted writes, oldest first, or those to one address."""
    return [
        (entry.address, entry.words)
        for entry in home.plant.journal.entries
        if address in {None, entry.address}
    ]


def safety_event(home: Home) -> State:
    """Return what the event entity shows."""
    return home.state("safety", "event")


def safety_block(home: Home) -> State:
    """Return what the binary sensor shows."""
    return home.state("safety_block", "binary_sensor")


def pass_time(home: Home, seconds: float) -> None:
    """Let time pass for commands; the link and the polls stay as quick as they are."""
    control(home)._clock._start += timedelta(seconds=seconds)


def age_readings(home: Home, seconds: float) -> None:
    """Let time pass in which nothing was read."""
    clock = control(home)._clock
    monotonic = clock._monotonic
    clock._monotonic = lambda: monotonic() + seconds


async def look(home: Home) -> None:
    """Read everything about the plant anew, without time passing for it."""
    await home.poll_settings()
    for _ in range(GUARD_EVERY):
        await home.poll(after=timedelta())
