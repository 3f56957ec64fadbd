"""Runs Home Assistant itself as a process."""

import asyncio
import os
from pathlib import Path
import sys

from .client import HomeAssistantClient
from .config_directory import ConfigDirectory
from .errors import SceneError
from .memory import Memory
from .program import LOOPBACK, Program, listens

START_S = 120
"""A first start took 9 s on two idle cores; a busy machine may take a minute."""

STOP_S = 8
"""It ends in 3 to 4 s, and Ctrl-C is to be done in 10."""

INTERPRETER = os.environ.get("HOME_ASSISTANT_PYTHON") or sys.executable
"""Another one has another version of Home Assistant, to be looked at from outside."""

RESTART_STATUS = 100
"""What Home Assistant exits with to be started again."""


class Home:
    """A Home Assistant that answers on the loopback, with its owner logged in."""

    def __init__(self, directory: ConfigDirectory, port: int) -> None:
        self.directory = directory
        self.url = f"http://{LOOPBACK}:{port}"
        self.client = HomeAssistantClient(self.url)
        self._port = port
        self._program: Program | None = None

    @property
    def log(self) -> Path:
        """Where Home Assistant logs."""
        return self.directory.path / "home-assistant.log"

    @property
    def program(self) -> Program:
        """The process.

        Raises:
            SceneError: If it was not started.
        """
        if self._program is None:
            raise SceneError("Home Assistant was not started")
        return self._program

    async def start(self, memory: Memory) -> None:
        """Start and wait until everything is set up and the owner is logged in.

        Raises:
            SceneError: If it ends instead, or takes too long.
        """
        self._program = await Program.start(
            "Home Assistant",
            *(INTERPRETER, "-m", "homeassistant"),
            *("--config", str(self.directory.path)),
            *("--skip-pip", "--log-no-color"),
            folder=self.directory.path,
            output=self.directory.path / "home-assistant.out",
        )
        await self.program.until(lambda: listens(self._port), timeout_s=START_S)
        if await self.client.needs_owner():
            await self.client.create_owner(memory.user, memory.password)
        else:
            await self.client.log_in(memory.user, memory.password)
        await self._until_running()

    async def _until_running(self) -> None:
        for _ in range(2 * START_S):
            if (await self.client.get("/api/config"))["state"] == "RUNNING":
                return
            await asyncio.sleep(0.5)
        raise SceneError(f"Home Assistant does not finish starting: see {self.log}")

    async def stop(self) -> None:
        """End the process, gently first."""
        await self.client.close()
        if self._program is not None:
            await self._program.stop(patience_s=STOP_S)
