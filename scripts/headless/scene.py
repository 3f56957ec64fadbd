"""The whole scene: a simulated plant, a Home Assistant, and the one in the other."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from . import config_flow, energy_dashboard
from .config_directory import ConfigDirectory
from .entities import Entity, numbers, read_entities
from .errors import SceneError
from .home import Home
from .log import complaints
from .memory import Memory
from .plant import STOP_S, start_plant, wait_for_plant
from .program import Program, free_port
from .site import new_site

type Say = Callable[[str], None]

PLANT_PORT = 15020
"""Where the search for a free port begins; Modbus itself has 502."""

LIVE_S = 60
SETTLED_S = 3
"""The settings are read after the readings: when nothing has come for so long, all
is there that will come."""


class Scene:
    """What runs, and how to reach it."""

    def __init__(self, home: Home, plant: Program, memory: Memory) -> None:
        self.home = home
        self.plant = plant
        self.memory = memory

    async def wait_until_live(self) -> tuple[Entity, ...]:
        """Return the entities when the last of them has a value, or none follows."""
        entities: tuple[Entity, ...] = ()
        live = since = -1.0
        loop = asyncio.get_running_loop()
        deadline = loop.time() + LIVE_S
        while loop.time() < deadline:
            entities = await read_entities(self.home.client)
            count = sum(entity.is_live for entity in entities)
            if count != live:
                live, since = count, loop.time()
            if count and (count == len(entities) or loop.time() - since > SETTLED_S):
                return entities
            await asyncio.sleep(0.5)
        raise SceneError(f"no entity has a value after {LIVE_S} s: see {self.home.log}")


@asynccontextmanager
async def play(
    directory: ConfigDirectory, port: int, say: Say, *, plant_port: int = PLANT_PORT
) -> AsyncGenerator[Scene]:
    """Start everything in a config directory, and end everything at last.

    ``plant_port`` is where the search for the plant's port begins, in a new directory.

    Raises:
        SceneError: If anything does not come up.
    """
    memory = _recall(directory, plant_port)
    directory.prepare(memory, port)
    plant_port = free_port(memory.plant_port)
    say(f"starting the simulated plant on port {plant_port}")
    plant = await start_plant(directory.memory_file, plant_port)
    scene = Scene(Home(directory, port), plant, memory)
    try:
        say(f"starting Home Assistant on port {port}")
        await scene.home.start(memory)
        await wait_for_plant(plant)
        await _furnish(scene, plant_port, say)
        yield scene
    except SceneError as err:
        raise SceneError("\n  ".join([str(err), *complaints(scene.home.log)])) from err
    finally:
        await asyncio.gather(scene.home.stop(), plant.stop(patience_s=STOP_S))


def _recall(directory: ConfigDirectory, plant_port: int) -> Memory:
    """Return the home of a config directory, a new one where there was none."""
    if directory.is_new:
        return Memory.begin(new_site(datetime.now(UTC)), plant_port)
    return Memory.read(directory.memory_file)


async def _furnish(scene: Scene, plant_port: int, say: Say) -> None:
    """Add the plant and fill in the dashboard, where that was not done before."""
    await _connect(scene, plant_port, say)
    say("waiting for the entities")
    entities = await scene.wait_until_live()
    if not await energy_dashboard.is_filled_in(scene.home.client):
        say("filling in the Energy dashboard")
        try:
            await _fill_in(scene, entities)
        except KeyError as err:
            raise SceneError(
                f"no entity shows {err}, which the dashboard needs"
            ) from err


async def _fill_in(scene: Scene, entities: Sequence[Entity]) -> None:
    client = scene.home.client
    ids = {entity.key: entity.entity_id for entity in entities}
    capacity_kwh = numbers(entities)["battery_rated_capacity"]
    await energy_dashboard.import_past(client, scene.memory.site, ids)
    await energy_dashboard.fill_in(client, ids, capacity_kwh)


async def _connect(scene: Scene, plant_port: int, say: Say) -> None:
    """See to it that the integration asks the plant where it is now."""
    client, memory = scene.home.client, scene.memory
    entry = await config_flow.find_entry(client)
    if entry is None:
        say("adding the plant through the config flow")
        await config_flow.add_plant(client, plant_port)
    elif plant_port != memory.plant_port:
        say(f"reconfiguring the plant: its port {memory.plant_port} was taken")
        await config_flow.move_plant(client, entry["entry_id"], plant_port)
    memory.at_port(plant_port).write(scene.home.directory.memory_file)
    entry = await config_flow.find_entry(client)
    if entry is None or entry["state"] in config_flow.FAILED:
        raise SceneError(f"the plant could not be set up: {entry and entry['reason']}")
