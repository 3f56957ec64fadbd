"""One connection per host and port, shared by every entry and flow that needs it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .device.endpoint import Endpoint
from .device.profile import LinkTiming
from .device.pymodbus_link import PymodbusLink

SURVEY_TIMEOUT_S = 3.0
"""Nobody waits ten seconds for each of nineteen unit ids that are not there."""

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


@asynccontextmanager
async def async_survey_endpoint(
    hass: HomeAssistant, host: str, port: int, timing: LinkTiming
) -> AsyncIterator[Endpoint]:
    """Borrow the endpoint that an entry holds, or open an impatient one for a while.

    A device that serves one client would drop the entry for a second connection.
    """
    if (hold := hass.data.get(_HOLDS, {}).get((host, port))) is not None:
        yield hold.endpoint
        return
    brief = replace(timing, timeout_s=SURVEY_TIMEOUT_S, retry_pauses_s=())
    endpoint = _new_endpoint(host, port, brief)
    try:
        yield endpoint
    finally:
        await endpoint.close()


def _new_endpoint(host: str, port: int, timing: LinkTiming) -> Endpoint:
    link = PymodbusLink(host, port, timing.timeout_s)
    return Endpoint(link, timing, monotonic=asyncio.get_running_loop().time)
