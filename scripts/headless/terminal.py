"""Starts Home Assistant with BESSAI and a simulated plant, for a person or a check."""

import argparse
import asyncio
from pathlib import Path
import shutil
import signal
import sys
import tempfile
import time

import aiohttp

from .check import problems, report
from .config_directory import ConfigDirectory
from .errors import SceneError
from .home import RESTART_STATUS
from .program import ROOT, free_port
from .scene import Scene, play

HOME_ASSISTANT_PORT = 8123
CHECK_PORT = 18123
"""Away from that of a Home Assistant somebody works with."""

INTERRUPTED_STATUS = 130
"""What a shell expects of a program that Ctrl-C kept from finishing."""

RUNNING = "Ctrl-C ends everything."
"""The last thing said when all is up."""


def say(text: str) -> None:
    """Tell the person at the terminal what is done."""
    print(f"develop: {text}", flush=True)


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="start in a folder of its own, print and judge all entities, and end",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="forget what the last start has left"
    )
    parser.add_argument(
        "--port", type=int, default=HOME_ASSISTANT_PORT, help="or the next free one"
    )
    parser.add_argument(
        "--config", type=Path, default=ROOT / "config", help="default: %(default)s"
    )
    return parser.parse_args(arguments)


async def develop(options: argparse.Namespace) -> int:
    """Run until interrupted.

    Raises:
        SceneError: If Home Assistant ends by itself.
    """
    directory = ConfigDirectory(options.config)
    with directory.held():
        if options.fresh:
            directory.wipe()
        return await _develop(directory, options.port)


async def _develop(directory: ConfigDirectory, port: int) -> int:
    async with play(directory, free_port(port), say) as scene:
        introduce(scene)
        while await _until_one_ends(scene) == RESTART_STATUS:
            say("Home Assistant wants to be started again")
            await scene.home.start(scene.memory)
        raise SceneError(
            f"Home Assistant has ended; its last words:\n"
            f"{scene.home.program.last_words()}"
        )


async def _until_one_ends(scene: Scene) -> int:
    """Return the status of Home Assistant when it has ended."""
    home = asyncio.create_task(scene.home.program.wait())
    plant = asyncio.create_task(scene.plant.wait())
    try:
        await asyncio.wait((home, plant), return_when=asyncio.FIRST_COMPLETED)
        if not home.done():
            raise SceneError(
                f"the simulated plant has ended:\n{scene.plant.last_words()}"
            )
        return home.result()
    finally:
        home.cancel()
        plant.cancel()


def introduce(scene: Scene) -> None:
    """Say where everything is."""
    memory = scene.memory
    noon_h = memory.site.solar_noon_h
    noon = f"{int(noon_h):02}:{int(noon_h % 1 * 60):02}"
    print(
        f"\n    {scene.home.url}    user {memory.user}, password {memory.password}\n\n"
        f"    The sun of the simulated plant is highest at {noon} "
        f"({memory.site.time_zone}); --fresh sets it to an hour from now.\n"
        f"    Log: {scene.home.log}\n"
        f"    {RUNNING}\n",
        flush=True,
    )


async def check() -> int:
    """Start, judge, end; return the exit status."""
    began = time.monotonic()
    path = Path(tempfile.mkdtemp(prefix="headless-"))
    try:
        async with play(ConfigDirectory(path), free_port(CHECK_PORT), say) as scene:
            entities = await scene.wait_until_live()
            wrong = await problems(scene, entities)
    finally:
        shutil.rmtree(path, ignore_errors=True)
    print(report(entities))
    for line in wrong:
        print(f"  WRONG: {line}")
    verdict = f"{len(wrong)} things are wrong" if wrong else "all is well"
    say(f"{verdict}, after {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


async def run(options: argparse.Namespace) -> int:
    """Do what was asked, until it is done or somebody interrupts."""
    task = asyncio.create_task(check() if options.check else develop(options))

    def stop() -> None:
        # Once: a second Ctrl-C must not interrupt the tidying up.
        if not task.cancelling():
            say("ending everything")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return INTERRUPTED_STATUS if options.check else 0


def main() -> int:
    """Return the exit status; whatever goes wrong is told in words."""
    try:
        return asyncio.run(run(parse(sys.argv[1:])))
    except SceneError as trouble:
        say(f"failed: {trouble}")
    except (aiohttp.ClientError, TimeoutError) as err:
        say(f"failed: Home Assistant stopped answering ({err or type(err).__name__})")
    return 1
