"""Audits of a simulated plant over a real socket: what somebody else did is seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, timedelta
import time

import pytest

from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.device.driver import PlantDriver, WrongPlant
from custom_components.bessai.device.endpoint import Endpoint
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.plant_audit import AUDIT_EVERY
from custom_components.bessai.device.probe import identify
from custom_components.bessai.device.pymodbus_link import PymodbusLink
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import ServerBehaviour, SimulatorServer

from ..simulator.builders import DAY, START, plant as simulated
from ..simulator.raw_client import connected
from .link_fakes import timing
from .plant_fake import huawei

PROMPT = ServerBehaviour(latency_s=0.0, connect_silence_s=0.0)
POLL = timedelta(seconds=10)
WORKING_MODE, CHARGE_CUTOFF = 47086, 47081
FULLY_FED_TO_GRID = 4
GRID_FED = "fully_fed_to_grid"
SELF_CONSUMING = "maximise_self_consumption"


class Site:
    """A plant that is served, and a driver that polls it."""

    def __init__(
        self, served: SimulatedPlant, port: int, endpoint: Endpoint, driver: PlantDriver
    ) -> None:
        self.plant, self.port, self.driver = served, port, driver
        self.now = START
        self._endpoint = endpoint

    @property
    def requests(self) -> int:
        """How many were sent so far."""
        return self._endpoint.statistics.requests

    async def poll(self, *, audit: bool = True) -> Telemetry:
        """Poll ten seconds later."""
        self.now += POLL
        self.plant.advance(self.now)
        return await self.driver.read_readings(self.now, UTC, audit=audit)

    async def minute(self) -> Telemetry:
        """Poll for a minute and return the poll that was audited."""
        polls = [await self.poll() for _ in range(AUDIT_EVERY)]
        (audited,) = [poll for poll in polls if poll.audited]
        return audited


@asynccontextmanager
async def polled() -> AsyncIterator[Site]:
    """Serve a plant, and poll it once."""
    served = simulated(overrides=DAY)

    def uptime_s() -> float:
        return served.at.timestamp()

    server = SimulatorServer(served, lambda: served.at, PROMPT)
    port = await server.start()
    quick = timing(connect_pause_s=0.0, request_pause_s=0.0, retry_pauses_s=(0.0, 0.0))
    link = PymodbusLink("127.0.0.1", port, 1.0)
    endpoint = Endpoint(link, quick, monotonic=uptime_s)
    try:
        unit = endpoint.unit(1)
        identity = await identify(unit, 1, [huawei()])
        driver = PlantDriver(unit, identity, PlantMemory(), time.monotonic)
        await driver.read_identity(START, UTC)
        site = Site(served, port, endpoint, driver)
        await site.poll()
        yield site
    finally:
        await endpoint.close()
        await server.stop()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Return a plant that was polled once."""
    async with polled() as found:
        yield found


def try_no_longer_reads(site: Site) -> None:
    """Let requests not depend on how fast this machine is."""
    for span in site.driver.profile.trial_spans:
        site.driver.memory.spans.record_failed(span)


async def test_an_audit_costs_three_requests_a_minute(site: Site) -> None:
    """And three more each five minutes."""
    try_no_longer_reads(site)
    costs = []
    for _ in range(10):
        before = site.requests
        await site.minute()
        costs.append(site.requests - before)
    async with polled() as other:
        try_no_longer_reads(other)
        plain = []
        for _ in range(10):
            before = other.requests
            for _ in range(AUDIT_EVERY):
                await other.poll(audit=False)
            plain.append(other.requests - before)
    extra = [cost - usual for cost, usual in zip(costs, plain, strict=True)]
    assert extra == 2 * [6, 3, 3, 3, 3]


async def test_the_mode_that_a_second_client_wrote_is_seen_within_a_minute(
    site: Site,
) -> None:
    """It takes our connection away: the first poll of the next one is audited."""
    assert (await site.minute()).audited["working_mode_setting"] == SELF_CONSUMING
    async with connected(site.port) as rogue:
        assert await rogue.write(WORKING_MODE, (FULLY_FED_TO_GRID,)) == 0
    assert (await site.poll()).audited["working_mode_setting"] == GRID_FED
    assert site.driver.generation == 2


async def test_what_is_written_past_us_is_seen_within_a_minute(site: Site) -> None:
    """By the app, through the maker's cloud: nobody takes our connection away."""
    await site.minute()
    site.plant.write(1, WORKING_MODE, (FULLY_FED_TO_GRID,))
    assert (await site.minute()).audited["working_mode_setting"] == GRID_FED
    assert site.driver.generation == 1


async def test_an_illegal_address_drops_one_key(site: Site) -> None:
    whole = (await site.minute()).audited
    settings = (await site.driver.read_settings(site.now, UTC)).values
    for _ in range(4):
        await site.minute()
    known = {one.key for one in site.driver.quantities()}
    refused = set(site.driver.memory.absences.refused)
    site.plant.remove(CHARGE_CUTOFF, CHARGE_CUTOFF)
    audited = (await site.minute()).audited
    assert set(whole) - set(audited) == {"charge_cutoff_soc_pct"}
    assert set(site.driver.memory.absences.refused) == refused
    assert {one.key for one in site.driver.quantities()} == known
    assert settings["charge_cutoff_soc_pct"] == whole["charge_cutoff_soc_pct"]


async def test_another_inverter_on_the_same_connection_is_found(site: Site) -> None:
    await site.minute()
    site.plant.condition = replace(site.plant.condition, serial_number="BS2399999999")
    with pytest.raises(WrongPlant) as refused:
        await site.minute()
    assert refused.value.found == "BS2399999999"
    with pytest.raises(WrongPlant):
        await site.poll()
    site.plant.condition = replace(site.plant.condition, serial_number=None)
    assert (await site.poll()).number("soc_pct") is not None


async def test_the_clock_of_the_plant_is_read(site: Site) -> None:
    first = (await site.minute()).audited["inverter_clock_s"]
    for _ in range(4):
        assert "inverter_clock_s" not in (await site.minute()).audited
    later = (await site.minute()).audited["inverter_clock_s"]
    assert isinstance(first, int)
    assert isinstance(later, int)
    assert later - first == 300
