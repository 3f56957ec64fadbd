"""Plants that the standard home of the tests is not: moody, doubled, or built in."""

import asyncio
from collections.abc import Callable
from itertools import count

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import (
    CONF_BATTERY_KWH,
    CONF_KIND,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    DOMAIN,
    KIND_SIMULATED,
)
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

from .home import Home, settle

RECONNECT_PAUSE_S = 0.03
"""A little longer than the link of the tests waits before it connects again."""

SIMULATED_SERIAL_NUMBER = "SIM0000042"


def interfere(
    plant: SimulatedPlant, mood: Callable[[int, int], Exception | None]
) -> None:
    """Let a plant answer reads with an error: ``mood`` gets address and count."""
    sound = plant.read

    def read(unit_id: int, address: int, count: int) -> tuple[int, ...]:
        if (error := mood(address, count)) is not None:
            raise error
        return sound(unit_id, address, count)

    plant.read = read  # type: ignore[method-assign]


def cascade(first: SimulatedPlant, second: SimulatedPlant) -> None:
    """Let a second inverter answer as unit 2 behind the link of the first."""
    sound = first.read

    def read(unit_id: int, address: int, count: int) -> tuple[int, ...]:
        if unit_id == 2:
            return second.read(1, address, count)
        return sound(unit_id, address, count)

    first.read = read  # type: ignore[method-assign]


async def until(condition: Callable[[], bool]) -> None:
    """Wait a moment for something that another task is about to do."""
    for attempt in count():
        if condition():
            return
        assert attempt < 200, "it did not happen within a second"
        await asyncio.sleep(0.005)


async def poll_until(home: Home, condition: Callable[[], bool]) -> None:
    """Poll, giving the link time to connect again, until something has come of it."""
    for attempt in count():
        await home.poll()
        if condition():
            return
        assert attempt < 60, "no poll brought it about"
        await asyncio.sleep(RECONNECT_PAUSE_S)


async def until_nobody_is_connected(server: SimulatorServer) -> None:
    """Wait until every client has hung up."""
    await until(lambda: not server._tasks)


async def add_simulated_plant(hass: HomeAssistant, **data: object) -> MockConfigEntry:
    """Add a simulated plant as the config flow would."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Simulated plant",
        unique_id=SIMULATED_SERIAL_NUMBER,
        data={
            CONF_KIND: KIND_SIMULATED,
            CONF_SERIAL_NUMBER: SIMULATED_SERIAL_NUMBER,
            CONF_PV_PEAK_KW: 8.0,
            CONF_BATTERY_KWH: 10.0,
            CONF_TIME_FACTOR: 1.0,
            **data,
        },
    )
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    return entry
