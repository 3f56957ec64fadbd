"""Gives the battery back to the inverter; judges what was found about the plant."""

from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .anomaly_entity import AnomalyEntity
from .anomaly_monitor import AnomalyMonitor
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
    """Add the buttons of a plant: to command it, to judge it, to try the cloud."""
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities([ReleaseButton(runtime, runtime.control)])
    if (monitor := runtime.anomaly) is not None:
        async_add_entities(
            [AcceptPlantButton(runtime, monitor), RelearnButton(runtime, monitor)]
        )
    if (forwarder := runtime.forwarder) is not None:
        from .forwarding_button import (  # noqa: PLC0415 - loaded with the forwarder
            SendTestMessageButton,
        )

        async_add_entities([SendTestMessageButton(runtime, forwarder)])


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


class AcceptPlantButton(AnomalyEntity, ButtonEntity):
    """Says that settings and identity of the plant are right as they are now."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_translation_key = "accept_plant"

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Belong to the monitor."""
        super().__init__(runtime, monitor, "accept_plant")

    @override
    async def async_press(self) -> None:
        """Take them for right."""
        await self.monitor.async_accept(await async_asker(self.hass, self._context))


class RelearnButton(AnomalyEntity, ButtonEntity):
    """Forgets what was learned about the plant."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "relearn"

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Belong to the monitor."""
        super().__init__(runtime, monitor, "relearn")

    @override
    async def async_press(self) -> None:
        """Learn from now on."""
        await self.monitor.async_relearn(await async_asker(self.hass, self._context))
