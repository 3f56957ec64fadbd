"""What the entities share that show what is off about a plant."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from .anomaly_monitor import AnomalyMonitor
from .devices import MANAGER, identifier
from .runtime import BessaiRuntime


class AnomalyEntity(Entity):
    """An entity of the energy manager that follows the monitor.

    It is available while the plant is silent: what was found stands until it is seen
    to be over.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, runtime: BessaiRuntime, monitor: AnomalyMonitor, key: str
    ) -> None:
        """Show ``key`` of the monitor."""
        self.runtime, self.monitor = runtime, monitor
        driver = runtime.driver
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever changes from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.monitor.async_add_listener(self.async_write_ha_state))

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""
