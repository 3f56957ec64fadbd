"""A simulated plant in a process of its own, and a driver that talks to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
import sys
import time
from typing import cast

from custom_components.bessai.device.driver import PlantDriver
from custom_components.bessai.device.endpoint import Endpoint, UnitLink
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.probe import identify
from custom_components.bessai.device.profile import DeviceProfile
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.device.pymodbus_link import PymodbusLink

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
UNIT_ID = 1
LATENCY_MS = 60


class CountingUnit:
    """A unit on a link that counts what is asked of it."""

    def __init__(self, unit: UnitLink) -> None:
        self._unit = unit
        self.requests = 0
        self.words = 0

    @property
    def generation(self) -> int:
        """See :class:`UnitLink`."""
        return self._unit.generation

    async def read(
        self, address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        """Read and count."""
        self.requests += 1
        self.words += count
        return await self._unit.read(address, count, once=once)


def profile() -> DeviceProfile:
    """Return the bundled profile."""
    return load_profiles(ROOT / "registry_profiles", None).profiles[0]


@asynccontextmanager
async def simulated_plant() -> AsyncIterator[int]:
    """Run a plant that answers after :data:`LATENCY_MS`; yield its port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-u", "-m", "custom_components.bessai.simulator"),
        *("--port", "0", "--latency-ms", str(LATENCY_MS)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    greetings = cast("asyncio.StreamReader", process.stdout)
    try:
        greeting = (await greetings.readline()).decode()
        yield int(greeting.split(":")[1].split(",")[0])
    finally:
        process.terminate()
        await process.communicate()


@asynccontextmanager
async def connected_driver(
    port: int,
) -> AsyncIterator[tuple[PlantDriver, CountingUnit]]:
    """Yield a driver of the plant, with the pauses of the real profile."""
    timing = profile().link
    endpoint = Endpoint(
        PymodbusLink(HOST, port, timing.timeout_s), timing, monotonic=time.monotonic
    )
    unit = CountingUnit(endpoint.unit(UNIT_ID))
    try:
        identity = await identify(unit, UNIT_ID, [profile()])
        yield PlantDriver(unit, identity, PlantMemory(), time.monotonic), unit
    finally:
        await endpoint.close()
