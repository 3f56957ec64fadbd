"""What the entities that follow the control loop share."""

from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from .control_loop import ControlLoop
from .devices import MANAGER, identifier
from .runtime import BessaiRuntime


class ControlEntity(Entity):
    """An entity of the energy manager that follows the control loop.

    It is available while the plant is silent: that is when safety matters.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop, key: str) -> None:
        """Show ``key`` of the control loop."""
        self.runtime = runtime
        self.control = control
        driver = runtime.driver
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever changes from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.control.async_add_listener(self._async_update))

    @callback
    def _async_update(self) -> None:
        self.async_write_ha_state()

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""
