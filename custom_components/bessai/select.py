"""What BESSAI does by itself; and what goes wrong with a simulated plant."""

from typing import override

from homeassistant.components.select import SelectEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answers import async_asker, translated_errors
from .control.mode import DispatchMode
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .devices import MANAGER
from .entity import BessaiEntity
from .runtime import BessaiConfigEntry, BessaiRuntime
from .simulator.faults import Scenario
from .simulator.server import SimulatorServer

PARALLEL_UPDATES = 1


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the mode, and the choice of faults to a simulated plant only."""
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities([DispatchModeSelect(runtime, runtime.control)])
    if runtime.simulator is not None:
        async_add_entities([SimulatedFaultSelect(runtime, runtime.simulator.server)])


class DispatchModeSelect(ControlEntity, SelectEntity):
    """What BESSAI does with the battery while no action of the owner's is in force."""

    _attr_translation_key = "dispatch_mode"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Offer all modes: what one lacks now, its own sensors say."""
        super().__init__(runtime, control, "dispatch_mode")
        self._attr_options = [mode.value for mode in DispatchMode]

    @property
    @override
    def current_option(self) -> str:
        """Return the mode in force."""
        return self.control.mode.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Put another mode in force."""
        by = await async_asker(self.hass, self._context)
        with translated_errors():
            await self.control.async_set_mode(DispatchMode(option), by)


class SimulatedFaultSelect(BessaiEntity, SelectEntity):
    """Which scenario the simulated plant plays."""

    _attr_translation_key = "simulated_fault"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, runtime: BessaiRuntime, simulator: SimulatorServer) -> None:
        """Switch the faults of the plant that runs inside Home Assistant."""
        super().__init__(runtime, "simulated_fault", MANAGER)
        self._attr_options = [scenario.value for scenario in Scenario]
        self._simulator = simulator

    @property
    @override
    def available(self) -> bool:
        """Return True: a fault must be switched off while nothing answers."""
        return True

    @property
    @override
    def current_option(self) -> str:
        """Return the scenario being played."""
        return self._simulator.scenario.value

    @override
    async def async_select_option(self, option: str) -> None:
        """Play another scenario from now on."""
        self._simulator.scenario = Scenario(option)
        self.async_write_ha_state()
