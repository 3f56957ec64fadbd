"""``scripts/develop`` as a developer uses it: started, interrupted, started again."""

import asyncio
import json
import os
from pathlib import Path
import signal
import sys
import time

import pytest
from scripts.headless.program import ROOT, Program, free_port
from scripts.headless.terminal import RUNNING

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(240),
]

PORT = 38123
START_S = 120
STOP_S = 10


async def develop(folder: Path) -> Program:
    """Start it in a folder and return it when it says that everything runs."""
    program = await Program.start(
        "scripts/develop",
        *(sys.executable, "-m", "scripts.headless"),
        *("--config", str(folder / "config"), "--port", str(free_port(PORT))),
        folder=ROOT,
        output=folder / "output",
    )
    await program.until(lambda: RUNNING in program.printed(), timeout_s=START_S)
    return program


async def left_running(folder: Path) -> list[str]:
    """Return the processes that have to do with a folder."""
    listing = await asyncio.create_subprocess_exec(
        "ps", "-eo", "args", stdout=asyncio.subprocess.PIPE
    )
    output, _ = await listing.communicate()
    return [line for line in output.decode().splitlines() if str(folder) in line]


async def test_ctrl_c_ends_everything_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    first = await develop(tmp_path)
    began = time.monotonic()
    os.kill(first.pid, signal.SIGINT)
    assert await first.wait() == 0
    assert time.monotonic() - began < STOP_S
    assert await left_running(tmp_path) == []

    second = await develop(tmp_path)
    assert "adding the plant" not in second.printed()
    lock = json.loads((tmp_path / "config" / ".ha_run.lock").read_text())
    os.kill(lock["pid"], signal.SIGKILL)
    assert await second.wait() == 1
    assert "Home Assistant has ended" in second.printed()
    assert await left_running(tmp_path) == []
