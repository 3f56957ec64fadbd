"""Serves the simulated home as a process of its own: a device, not a part of ours.

usage: python -m scripts.headless.plant MEMORY PORT    (the file that ``memory`` wrote)
"""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
import signal
import sys

from custom_components.bessai.simulator.server import ServerBehaviour, SimulatorServer

from .memory import Memory
from .program import LOOPBACK, ROOT, Program
from .site import Site

LATENCY_S = 0.06
"""What an SDongle of today takes."""

START_S = 30
STOP_S = 2


READY = "The plant can be asked."
"""Printed, because trying the port would take the link from Home Assistant."""


async def start_plant(memory_file: Path, port: int) -> Program:
    """Start the plant that a memory describes; it cannot be asked at once."""
    return await Program.start(
        "the simulated plant",
        *(sys.executable, "-m", "scripts.headless.plant"),
        *(str(memory_file), str(port)),
        folder=ROOT,
        output=memory_file.with_name("simulated-plant.out"),
    )


async def wait_for_plant(program: Program) -> None:
    """Wait until the plant can be asked.

    Raises:
        SceneError: If that does not come to pass.
    """
    await program.until(lambda: READY in program.printed(), timeout_s=START_S)


async def serve(site: Site, port: int) -> None:
    """Answer until interrupted, by the clock of this machine."""
    plant = site.build_plant()
    plant.advance(datetime.now(UTC))
    server = SimulatorServer(
        plant,
        lambda: datetime.now(UTC),
        ServerBehaviour(latency_s=LATENCY_S),
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await server.start(LOOPBACK, port)
    print(READY, flush=True)
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(Memory.read(Path(sys.argv[1])).site, int(sys.argv[2])))
