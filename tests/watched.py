"""A home that is watched: its time passes for the plant and for the monitor alike."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import cast

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import State
from pymodbus.client import AsyncModbusTcpClient

from custom_components.bessai.anomaly_monitor import AnomalyMonitor
from custom_components.bessai.plant_witness import PlantWitness

from .home import HOST, Home, settle

WORKING_MODE, CHARGE_FROM_GRID = 47086, 47087
SELF_CONSUMPTION, TIME_OF_USE = 2, 5
METER = 37101, 37137
PERIOD = timedelta(seconds=10)
AUDIT = 6
"""So many polls read settings and identity once."""


def monitor(home: Home) -> AnomalyMonitor:
    """Return what watches over a plant."""
    found = home.runtime.anomaly
    assert found is not None
    return found


async def watch(home: Home, polls: int = AUDIT) -> None:
    """Let so many polls come, in the plant's time and in the monitor's."""
    for _ in range(polls):
        clock = cast("PlantWitness", monitor(home)._witness)._clock
        clock._start += PERIOD
        await home.poll(after=PERIOD)


async def watch_until(home: Home, condition: Callable[[], bool], most: int) -> None:
    """Let polls come until something has come of it."""
    for _ in range(most):
        if condition():
            return
        await watch(home, 1)
    assert condition(), [(one.kind, one.subject) for one in monitor(home).findings]


async def write_as_rival(home: Home, address: int, words: Sequence[int]) -> None:
    """Write to the plant as another program does, over a connection of its own."""
    client = AsyncModbusTcpClient(HOST, port=home.port)
    assert await client.connect()
    try:
        answer = await client.write_registers(address, list(words), device_id=1)
        assert not answer.isError(), answer
    finally:
        client.close()


def found(home: Home) -> list[tuple[str, str]]:
    """Return kind and subject of what is off now."""
    return [(one.kind.value, one.subject) for one in monitor(home).findings]


def anomaly(home: Home) -> State:
    """Return what the binary sensor shows."""
    return home.state("anomaly", "binary_sensor")


def finding_event(home: Home) -> State:
    """Return what the event entity shows."""
    return home.state("finding", "event")


async def press(home: Home, name: str) -> None:
    """Press a button of the plant."""
    await home.hass.services.async_call(
        "button",
        "press",
        {ATTR_ENTITY_ID: home.entity_id(name, "button")},
        blocking=True,
    )
    await settle(home.hass)
