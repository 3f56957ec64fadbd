"""A home under test: the simulated plant behind a real socket, in Home Assistant."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import (
    CONF_KIND,
    CONF_MANAGER,
    CONF_UNIT_ID,
    DOMAIN,
    KIND_HUAWEI,
)
from custom_components.bessai.device.profile_library import ProfileShelf, load_profiles
from custom_components.bessai.runtime import BessaiRuntime
from custom_components.bessai.simulator.behaviour import ServerBehaviour
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import PlantParameters
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

HOST = "127.0.0.1"

PROMPT = ServerBehaviour(
    latency_s=0.0, connect_silence_s=0.0, slow_s=0.06, late_s=0.9, rival_period_s=0.2
)
"""A dongle with the manners of a real one, in a fraction of the time."""


PATIENT = ("heartbeat", "confirmation", "forwarder")
"""Ends of the names of tasks that pause: the one for ever, the other for seconds."""


def is_patient(task: asyncio.Task[object]) -> bool:
    """Return whether it is no use waiting for a task."""
    return task.get_name().endswith(PATIENT)


async def settle(hass: HomeAssistant) -> None:
    """Wait until nothing is under way any more."""
    while True:
        await hass.async_block_till_done()
        busy = [
            task
            for task in hass._background_tasks
            if not (isinstance(task, asyncio.Task) and is_patient(task))
        ]
        if not busy:
            return
        await asyncio.wait(busy)


@cache
def load_bundled(bundled: Path) -> ProfileShelf:
    """Load what no test changes, once."""
    return load_profiles(bundled, None)


def load_prompt_profiles(bundled: Path, own: Path | None) -> ProfileShelf:
    """Load profiles whose pauses fit a plant on the same machine."""
    has_own = own is not None and own.exists()
    shelf = load_profiles(bundled, own) if has_own else load_bundled(bundled)
    return replace(
        shelf,
        profiles=tuple(
            replace(
                profile,
                link=replace(
                    profile.link,
                    connect_pause_s=0.0,
                    request_pause_s=0.0,
                    timeout_s=0.6,
                    retry_pauses_s=(0.02,),
                ),
            )
            for profile in shelf.profiles
        ),
    )


@dataclass(slots=True)
class PlantClock:
    """The plant's time; it passes when the test says so."""

    now: datetime = field(default_factory=dt_util.utcnow)

    def __call__(self) -> datetime:
        """Return the plant's time."""
        return self.now


class Home:
    """A simulated plant on a port, and the entry of Home Assistant that reads it."""

    def __init__(
        self,
        hass: HomeAssistant,
        parameters: PlantParameters | None = None,
        *,
        clock: Callable[[], datetime] | None = None,
        behaviour: ServerBehaviour = PROMPT,
    ) -> None:
        self.hass = hass
        self.clock = PlantClock()
        parameters = parameters or PlantParameters()
        parameters = replace(parameters, time_zone=dt_util.get_default_time_zone())
        self.plant = SimulatedPlant(parameters, self.clock.now)
        self.plant.overrides = Overrides(pv_w=4000.0, load_w=800.0)
        self.server = SimulatorServer(self.plant, clock or self.clock, behaviour)
        self.serial_number = parameters.identity.serial_number
        self.port = 0
        self.options: dict[str, object] = {}
        """What the owner chose, before the plant is added."""
        self.entry = MockConfigEntry()

    async def switch_on(self) -> Home:
        """Let the plant listen."""
        self.port = await self.server.start(HOST)
        return self

    async def add(self, **data: object) -> Home:
        """Add the plant to Home Assistant as the config flow would."""
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="SUN2000-10KTL-M1",
            unique_id=self.serial_number,
            data={
                CONF_KIND: KIND_HUAWEI,
                CONF_HOST: HOST,
                CONF_PORT: self.port,
                CONF_UNIT_ID: 1,
                CONF_MANAGER: None,
                **data,
            },
            options=self.options,
        )
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await settle(self.hass)
        return self

    @property
    def runtime(self) -> BessaiRuntime:
        """What the loaded entry works with."""
        runtime: BessaiRuntime = self.entry.runtime_data
        return runtime

    async def poll(self, *, after: timedelta = timedelta(seconds=10)) -> None:
        """Let the plant's time pass and read it once more."""
        self.clock.now += after
        await self.runtime.readings.async_refresh()
        await settle(self.hass)

    async def poll_settings(self) -> None:
        """Read the settings once more."""
        await self.runtime.settings.async_refresh()
        await settle(self.hass)

    def entity_id(self, name: str, platform: str = "sensor") -> str | None:
        """Return the entity that shows a quantity."""
        return er.async_get(self.hass).async_get_entity_id(
            platform, DOMAIN, f"{self.serial_number}_{name}"
        )

    def state(self, name: str, platform: str = "sensor") -> State:
        """Return the state of the entity that shows a quantity."""
        entity_id = self.entity_id(name, platform)
        assert entity_id is not None, f"there is no {platform} {name}"
        state = self.hass.states.get(entity_id)
        assert state is not None, f"{entity_id} has no state"
        return state
