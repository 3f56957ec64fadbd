"""One connection per host and port, shared by every entry and flow that needs it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .device.endpoint import Endpoint, UnitLink
from .device.link import NoAnswer
from .device.probe import ReadsRegisters
from .device.profile import LinkTiming
from .device.pymodbus_link import PymodbusLink

SURVEY_TIMEOUT_S = 3.0
"""For each of many unit ids: nobody waits ten seconds for every one not there."""

type Address = tuple[str, int]


@dataclass(slots=True)
class _Hold:
    endpoint: Endpoint
    holders: int = 0


_HOLDS: HassKey[dict[Address, _Hold]] = HassKey(f"{DOMAIN}_endpoints")


def async_hold_endpoint(
    hass: HomeAssistant, host: str, port: int, timing: LinkTiming
) -> Endpoint:
    """Return the endpoint of an address; it stays open until it is released.

    The timing of the first holder counts: it is one device, whoever asks it.
    """
    holds = hass.data.setdefault(_HOLDS, {})
    hold = holds.get((host, port))
    if hold is None:
        hold = holds[host, port] = _Hold(_new_endpoint(host, port, timing))
    hold.holders += 1
    return hold.endpoint


async def async_release_endpoint(hass: HomeAssistant, host: str, port: int) -> None:
    """Give an endpoint back; the last holder closes it."""
    holds = hass.data[_HOLDS]
    hold = holds[host, port]
    hold.holders -= 1
    if hold.holders == 0:
        del holds[host, port]
        await hold.endpoint.close()


class HastyUnit:
    """A unit that is asked once and not waited for long.

    For finding out who is there: the patience of an endpoint is for a plant that was
    there before, and would be spent on each of nineteen unit ids.
    """

    def __init__(self, unit: UnitLink, timeout_s: float) -> None:
        """Wait at most so many seconds for each answer, the queue included."""
        self._unit = unit
        self._timeout_s = timeout_s

    async def read(self, address: int, count: int) -> tuple[int, ...]:
        """Return the words from ``address`` on, or fail soon."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._unit.read(address, count)
        except TimeoutError as err:
            raise NoAnswer(
                f"unit {self._unit.unit_id}: no answer within {self._timeout_s:g} s"
            ) from err


@asynccontextmanager
async def async_survey_units(
    hass: HomeAssistant, host: str, port: int, timing: LinkTiming
) -> AsyncIterator[Callable[[int], ReadsRegisters]]:
    """Give access to the units at an address, for a while and without further tries.

    Over the endpoint of an entry nobody is waited for as long as the entry would.
    """
    held = (host, port) in hass.data.get(_HOLDS, {})
    async with async_borrow_endpoint(hass, host, port, timing) as endpoint:
        if held:
            yield lambda unit_id: HastyUnit(endpoint.unit(unit_id), timing.timeout_s)
        else:
            yield endpoint.unit


@asynccontextmanager
async def async_borrow_endpoint(
    hass: HomeAssistant, host: str, port: int, timing: LinkTiming
) -> AsyncIterator[Endpoint]:
    """Give access to an address for a while; without further tries if nobody holds it.

    An endpoint that an entry holds is borrowed: a device that serves one client would
    drop the entry for a second connection.
    """
    if (hold := hass.data.get(_HOLDS, {}).get((host, port))) is not None:
        yield hold.endpoint
        return
    endpoint = _new_endpoint(host, port, replace(timing, retry_pauses_s=()))
    try:
        yield endpoint
    finally:
        await endpoint.close()


def _new_endpoint(host: str, port: int, timing: LinkTiming) -> Endpoint:
    link = PymodbusLink(host, port, timing.timeout_s)
    return Endpoint(link, timing, monotonic=asyncio.get_running_loop().time)
