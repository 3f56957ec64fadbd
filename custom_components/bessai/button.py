"""Gives the battery back to the inverter."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answers import async_asker, raise_unless_done
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .runtime import BessaiConfigEntry, BessaiRuntime

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the button of a plant that can be commanded."""
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities([ReleaseButton(runtime, runtime.control)])


class ReleaseButton(ControlEntity, ButtonEntity):
    """Ends whatever command of ours is in force."""

    _attr_translation_key = "release"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "release")

    @override
    async def async_press(self) -> None:
        """Leave the battery to the inverter's self-consumption."""
        by = await async_asker(self.hass, self._context)
        raise_unless_done(await self.control.async_release(by), self.runtime.texts)
