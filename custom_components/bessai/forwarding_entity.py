"""What the entities share that show how forwarding to the cloud stands."""

from typing import TYPE_CHECKING, override

from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity

from .devices import MANAGER, identifier
from .runtime import BessaiRuntime

if TYPE_CHECKING:
    from .forwarder import Forwarder


class ForwardingEntity(Entity):
    """A diagnostic entity of the energy manager that follows the forwarder.

    It is available while the plant is silent: what is on its way does not need it.
    """

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: BessaiRuntime, forwarder: Forwarder, key: str) -> None:
        """Show ``key`` of the forwarder."""
        self.runtime, self.forwarder = runtime, forwarder
        driver = runtime.driver
        self._attr_translation_key = key
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever changes from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.forwarder.async_add_listener(self.async_write_ha_state)
        )

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""
        return
