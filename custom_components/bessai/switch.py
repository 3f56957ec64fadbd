"""Whether BESSAI may command the battery at all."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answers import async_asker, translated_errors
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .runtime import BessaiConfigEntry, BessaiRuntime

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of a plant that can be commanded."""
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities([AllowControlSwitch(runtime, runtime.control)])


class AllowControlSwitch(ControlEntity, SwitchEntity):
    """The owner's leave to command the battery; off on a new entry."""

    _attr_translation_key = "allow_control"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "allow_control")

    @property
    @override
    def is_on(self) -> bool:
        """Return whether commands are allowed."""
        return self.control.allowed

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what the state means, in a word that has a translation."""
        return {"meaning": "may_command" if self.is_on else "reads_only"}

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Allow commands."""
        await self._async_allow(allowed=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End the command in force and allow no other."""
        await self._async_allow(allowed=False)

    async def _async_allow(self, *, allowed: bool) -> None:
        by = await async_asker(self.hass, self._context)
        with translated_errors():
            await self.control.async_allow(allowed=allowed, by=by)
