"""The simulated plant of an entry: a real Modbus server inside Home Assistant."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import (
    CONF_BATTERY_KWH,
    CONF_PV_PEAK_KW,
    CONF_SERIAL_NUMBER,
    CONF_TIME_FACTOR,
    DOMAIN,
    LOGGER,
)
from .lasting_store import LastingStore
from .simulator.parameters import (
    BatteryParameters,
    Identity,
    PlantParameters,
    PvParameters,
)
from .simulator.past import Past, UnreadablePast, parse_past
from .simulator.plant import SimulatedPlant
from .simulator.server import SimulatorServer, scaled_clock

HOST = "127.0.0.1"
UNIT_ID = 1

VERSION = 1
SAVE_DELAY_S = 300
"""As for what is learned about a plant: five minutes are quickly lived again."""


class SimulatedHome:
    """A plant that goes on where it was when Home Assistant stopped."""

    server: SimulatorServer
    """The plant's link; there once the home was started."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, data: Mapping[str, Any]
    ) -> None:
        """Describe the home by the data of its entry."""
        self._hass = hass
        self._data = data
        self._store = simulated_store(hass, entry_id)

    async def async_start(self) -> int:
        """Begin to serve and return the port."""
        start = dt_util.utcnow()
        factor = float(self._data[CONF_TIME_FACTOR])
        self._plant = SimulatedPlant(
            _parameters(self._hass, self._data), start, await self._async_load_past()
        )
        clock = scaled_clock(start, factor, self._hass.loop.time)
        self.server = SimulatorServer(self._plant, clock)
        return await self.server.start(HOST)

    async def async_stop(self) -> None:
        """Stop serving and keep how the plant stands."""
        await self.server.stop()
        await self._store.async_save(self._document())

    def async_save_later(self) -> None:
        """Keep how the plant stands, within minutes or when Home Assistant stops."""
        self._store.async_delay_save(self._document, SAVE_DELAY_S)

    def _document(self) -> dict[str, Any]:
        return self._plant.past.as_document()

    async def _async_load_past(self) -> Past | None:
        document = await self._store.async_load_or_begin()
        if document is None:
            return None
        try:
            return parse_past(document)
        except UnreadablePast as err:
            LOGGER.warning("The simulated plant begins anew: %s", err)
        return None


def simulated_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file that holds how the plant of an entry stands."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.simulated")


def _parameters(hass: HomeAssistant, data: Mapping[str, Any]) -> PlantParameters:
    """Return the home that an entry describes, under the sun of this one."""
    battery_kwh = float(data[CONF_BATTERY_KWH])
    return PlantParameters(
        time_zone=dt_util.get_default_time_zone(),
        identity=Identity(serial_number=data[CONF_SERIAL_NUMBER]),
        pv=PvParameters(
            peak_w=float(data[CONF_PV_PEAK_KW]) * 1000,
            latitude_deg=hass.config.latitude,
        ),
        battery=BatteryParameters(capacity_kwh=battery_kwh) if battery_kwh else None,
    )
