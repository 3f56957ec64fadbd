"""What all entities of a plant share."""

from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import PlantCoordinator
from .device.quantity import Quantity
from .device.register import Group
from .devices import identifier
from .runtime import BessaiConfigEntry, BessaiRuntime

FAST = (Group.READINGS, Group.GUARD)


class BessaiEntity(CoordinatorEntity[PlantCoordinator]):
    """An entity of one part of the plant."""

    _attr_has_entity_name = True
    _shown_key: str | None = None
    """The reading without which there is nothing to show; ``None``: always shown."""

    def __init__(self, runtime: BessaiRuntime, key: str, part: str) -> None:
        """Show ``key`` at the device of ``part``, following the readings."""
        super().__init__(runtime.readings)
        self.runtime = runtime
        serial_number = runtime.driver.identity.serial_number
        self._attr_unique_id = f"{serial_number}_{key}"
        self._attr_device_info = DeviceInfo(
            identifiers={identifier(runtime.driver, part)}
        )

    @property
    @override
    def available(self) -> bool:
        """Return whether the plant answers, for this entity's reading too."""
        key = self._shown_key
        return super().available and (
            key is None or key in self.coordinator.data.values
        )

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""


def coordinator_of(runtime: BessaiRuntime, quantity: Quantity) -> PlantCoordinator:
    """Return the coordinator that reads a quantity."""
    return runtime.readings if quantity.group in FAST else runtime.settings


@callback
def async_add_as_they_appear(
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    build: Callable[[BessaiRuntime], Iterable[Entity]],
) -> None:
    """Add entities now, and later those of parts that show up later.

    Args:
        entry: The plant.
        async_add_entities: Takes entities into a platform.
        build: Makes the entities of everything the plant has by now; those whose
            unique id is known are dropped again.
    """
    known: set[str | None] = set()
    known_keys = -1

    @callback
    def add_new() -> None:
        nonlocal known_keys
        if known_keys == entry.runtime_data.driver.known_keys:
            return
        known_keys = entry.runtime_data.driver.known_keys
        entities = [
            entity
            for entity in build(entry.runtime_data)
            if entity.unique_id not in known
        ]
        known.update(entity.unique_id for entity in entities)
        if entities:
            async_add_entities(entities)

    add_new()
    runtime = entry.runtime_data
    for coordinator in (runtime.readings, runtime.settings):
        entry.async_on_unload(coordinator.async_add_listener(add_new))
