"""Builds every object of an entry and holds them while it is loaded."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers.translation import async_get_translations

from .anomaly_monitor import AnomalyMonitor
from .comparison_keeper import ComparisonKeeper
from .const import CONF_KIND, CONF_UNIT_ID, DOMAIN, KIND_SIMULATED
from .control_loop import ControlLoop
from .coordinator import PlantCoordinator, readings_coordinator, settings_coordinator
from .device.driver import PlantDriver, WrongPlant
from .device.endpoint import Endpoint, UnitLink
from .device.link import LinkError
from .device.probe import OtherDevice, PlantIdentity, identify
from .device.profile import DeviceProfile, LinkTiming
from .device.profile_library import ProfileShelf, load_profiles
from .device.write_relay import WriteRelay
from .endpoints import HastyUnit, async_hold_endpoint, async_release_endpoint
from .heartbeat import HeartbeatTask
from .installer_login import async_apply_login
from .model_status import ModelStatus
from .planner import Planner
from .plant_store import PlantStore
from .policy_pilot import PolicyPilot
from .settlement_keeper import SettlementKeeper
from .simulated_home import HOST, UNIT_ID, SimulatedHome
from .texts import Texts, async_load_texts

if TYPE_CHECKING:
    from .forwarder import Forwarder

type BessaiConfigEntry = ConfigEntry[BessaiRuntime]

BUNDLED_PROFILES = Path(__file__).parent / "profiles"
OWN_PROFILES = (DOMAIN, "profiles")
"""Below Home Assistant's config directory: updates leave it alone."""


@dataclass(slots=True, kw_only=True)
class BessaiRuntime:
    """What a loaded entry works with."""

    driver: PlantDriver
    endpoint: Endpoint
    shelf: ProfileShelf
    readings: PlantCoordinator
    settings: PlantCoordinator
    store: PlantStore
    simulator: SimulatedHome | None
    """Only for a simulated plant."""
    resources: AsyncExitStack
    """Closed, last opened first, when the entry is unloaded."""
    translated: frozenset[str]
    """Keys that have a name in our translations; others go by their profile's title."""
    texts: Texts
    """What reasons are called for people."""
    writes: WriteRelay = field(default_factory=WriteRelay)
    """Tells of each write to the plant; quiet where nothing can be commanded."""
    control: ControlLoop | None = None
    """Only for a plant that can be commanded."""
    heartbeat: HeartbeatTask | None = None
    """Beats while there is a control loop."""
    planner: Planner | None = None
    """Only for a plant that can be commanded."""
    models: ModelStatus = field(default_factory=ModelStatus)
    """How it stands with the models that the owner chose."""
    policy: PolicyPilot | None = None
    """Only where there is a planner: what a learned policy would do, or does."""
    settlement: SettlementKeeper | None = None
    """Only where there is a planner: what the battery has earned."""
    comparison: ComparisonKeeper | None = None
    """Only where there is a planner: how a policy does beside the plan."""
    anomaly: AnomalyMonitor | None = None
    """Unless the owner wants none: what is off about the plant."""
    forwarder: Forwarder | None = None
    """Only where the owner wants it: what goes to the cloud."""

    def async_save_later(self) -> None:
        """Keep within some minutes what must outlive a restart."""
        self.store.async_save_later()
        if self.simulator is not None:
            self.simulator.async_save_later()

    async def async_close(self) -> None:
        """Stop polling, keep what was learned, close the link."""
        await self.readings.async_shutdown()
        await self.settings.async_shutdown()
        await self.resources.aclose()
        await self.store.async_save()


async def async_load_shelf(hass: HomeAssistant) -> ProfileShelf:
    """Read the bundled device profiles and the owner's."""
    own = Path(hass.config.path(*OWN_PROFILES))
    return await hass.async_add_executor_job(load_profiles, BUNDLED_PROFILES, own)


async def async_build_runtime(
    hass: HomeAssistant, entry: BessaiConfigEntry
) -> BessaiRuntime:
    """Connect to the plant of an entry and build what polls it.

    Raises:
        ConfigEntryNotReady: If the plant does not answer now, or something else does:
            a dongle that is starting may answer anything.
    """
    async with AsyncExitStack() as stack:
        runtime = await _async_build(hass, entry, stack)
        runtime.resources = stack.pop_all()
    return runtime


async def _async_build(
    hass: HomeAssistant, entry: BessaiConfigEntry, stack: AsyncExitStack
) -> BessaiRuntime:
    shelf = await async_load_shelf(hass)
    simulator = None
    if entry.data[CONF_KIND] == KIND_SIMULATED:
        simulator = SimulatedHome(hass, entry.entry_id, entry.data)
        host, port, unit_id = HOST, await simulator.async_start(), UNIT_ID
        stack.push_async_callback(simulator.async_stop)
    else:
        host, port = entry.data[CONF_HOST], entry.data[CONF_PORT]
        unit_id = entry.data[CONF_UNIT_ID]
    timing = shelf.timing
    endpoint = async_hold_endpoint(hass, host, port, timing)
    stack.push_async_callback(async_release_endpoint, hass, host, port)
    link = endpoint.unit(unit_id)
    identity = await _async_identify(entry, link, shelf.profiles, timing)
    async_apply_login(link, entry.data, identity.profile)
    store = PlantStore(hass, entry.entry_id)
    await store.async_load()
    driver = PlantDriver(link, identity, store.memory, hass.loop.time)
    readings = readings_coordinator(hass, entry, driver)
    settings = settings_coordinator(hass, entry, driver)
    readings.sibling, settings.sibling = settings, readings
    return BessaiRuntime(
        driver=driver,
        endpoint=endpoint,
        shelf=shelf,
        readings=readings,
        settings=settings,
        store=store,
        simulator=simulator,
        resources=stack,
        translated=await _async_translated(hass),
        texts=await async_load_texts(hass),
    )


async def _async_translated(hass: HomeAssistant) -> frozenset[str]:
    """Return the keys that entities have a translated name for."""
    texts = await async_get_translations(hass, "en", "entity", {DOMAIN})
    paths = [path.split(".") for path in texts]
    # component.bessai.entity.PLATFORM.KEY.name; names of attributes lie deeper.
    return frozenset(path[4] for path in paths if path[5:] == ["name"])


async def _async_identify(
    entry: BessaiConfigEntry,
    link: UnitLink,
    profiles: Sequence[DeviceProfile],
    timing: LinkTiming,
) -> PlantIdentity:
    """Find out who answers, with one try: the start of Home Assistant waits for it."""
    hasty = HastyUnit(link, timing.connect_pause_s + timing.timeout_s + 1)
    try:
        identity = await identify(hasty, link.unit_id, profiles)
    except LinkError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="plant_silent",
            translation_placeholders={"reason": str(err)},
        ) from err
    except OtherDevice as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="not_an_inverter",
            translation_placeholders={"model": err.model or "-"},
        ) from err
    if identity.serial_number != entry.unique_id:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="wrong_plant"
        ) from WrongPlant(str(entry.unique_id), identity.serial_number)
    return identity
