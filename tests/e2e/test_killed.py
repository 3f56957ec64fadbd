"""Home Assistant dies in the middle of a command: what becomes of the plant?

The plant is a process of its own and is asked over Modbus by somebody else afterwards.
"""

import asyncio
from collections.abc import AsyncGenerator
import os
import signal
import sys
import time
from typing import Any

import pytest
import pytest_asyncio
import pytest_socket
from scripts.headless.config_directory import ConfigDirectory
from scripts.headless.entities import DOMAIN
from scripts.headless.memory import Memory
from scripts.headless.program import free_port
from scripts.headless.scene import Scene, play

from ..simulator.raw_client import connected

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(400),
]

PORT, PLANT_PORT = 48123, 48502
"""Away from the scene of the other tests, which may start at the same moment."""

COMMAND, DISCHARGE_LIMIT = 47100, 47077
DISCHARGE, STOPPED = (2,), (0,)
FACTORY_LIMIT = (0, 5000)
LEASE_S = 120
"""What a link of 60 ms gets, see ``worst_overrun_s`` of the control state."""

MINUTE_ROUNDING_S = 5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def own_scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Scene]:
    """Return a scene that may be killed, with control allowed."""
    pytest_socket.enable_socket()
    pytest_socket.socket_allow_hosts(["127.0.0.1"])
    directory = ConfigDirectory(tmp_path_factory.mktemp("mortal"))
    ports = free_port(PORT), free_port(PLANT_PORT)
    async with play(directory, ports[0], print, plant_port=ports[1]) as running:
        switch = await entity_id(running, "allow_control")
        await running.home.client.post(
            "/api/services/switch/turn_on", {"entity_id": switch}
        )
        yield running


async def entity_id(scene: Scene, key: str) -> str:
    """Return the entity of ours that shows a key."""
    entities = await scene.home.client.command("config/entity_registry/list")
    ours = [one for one in entities if one["platform"] == DOMAIN]
    return str(
        next(one["entity_id"] for one in ours if one["unique_id"].endswith(f"_{key}"))
    )


async def act(scene: Scene, action: str, **data: object) -> dict[str, Any]:
    """Call an action of ours and return what it says."""
    answer = await scene.home.client.post(
        f"/api/services/{DOMAIN}/{action}?return_response", data
    )
    response: dict[str, Any] = answer["service_response"]
    return response


async def kill(scene: Scene) -> None:
    """End Home Assistant as a power cut does."""
    os.killpg(scene.home.program.pid, signal.SIGKILL)
    await scene.home.program.wait()


async def revive(scene: Scene) -> None:
    """Start it again, as the next morning does."""
    await scene.home.start(Memory.read(scene.home.directory.memory_file))
    await scene.wait_until_live()


async def ask_plant(scene: Scene, address: int, count: int) -> tuple[int, ...]:
    """Read the plant, which nobody else is connected to.

    On a busy machine it may notice the connection late, and an SDongle leaves a
    request unanswered that comes within a second of it.
    """
    memory = Memory.read(scene.home.directory.memory_file)
    for silence_s in (1.1, 2.0, 4.0):
        async with connected(memory.plant_port) as client:
            await asyncio.sleep(silence_s)
            try:
                words = await client.read(address, count)
            except TimeoutError:
                continue
        assert isinstance(words, tuple)
        return words
    raise TimeoutError(f"the plant does not answer for {address}")


async def test_the_inverter_ends_a_discharge_that_nobody_renews(
    own_scene: Scene,
) -> None:
    response = await act(own_scene, "discharge", power=2000, duration={"minutes": 30})
    assert response["verdict"] == "approved", response
    await asyncio.sleep(2)
    await kill(own_scene)
    killed_at = time.monotonic()
    assert await ask_plant(own_scene, COMMAND, 1) == DISCHARGE
    while await ask_plant(own_scene, COMMAND, 1) != STOPPED:
        assert time.monotonic() - killed_at < LEASE_S + MINUTE_ROUNDING_S
        await asyncio.sleep(1)
    took_s = time.monotonic() - killed_at
    sys.stdout.write(f"\nback in self-consumption {took_s:.0f} s after the kill\n")
    await revive(own_scene)


async def test_the_next_start_puts_back_what_a_hold_has_changed(
    own_scene: Scene,
) -> None:
    response = await act(own_scene, "hold", duration={"minutes": 30})
    assert response["verdict"] == "approved", response
    await kill(own_scene)
    assert await ask_plant(own_scene, DISCHARGE_LIMIT, 2) == (0, 0)
    await revive(own_scene)
    await asyncio.sleep(3)
    await kill(own_scene)
    assert await ask_plant(own_scene, DISCHARGE_LIMIT, 2) == FACTORY_LIMIT
    await revive(own_scene)


async def test_stopping_home_assistant_releases_first(own_scene: Scene) -> None:
    response = await act(own_scene, "discharge", power=2000, duration={"minutes": 30})
    assert response["verdict"] == "approved", response
    await own_scene.home.program.stop(patience_s=8)
    assert await ask_plant(own_scene, COMMAND, 1) == STOPPED
