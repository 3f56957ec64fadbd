"""Starts programs so that ending them leaves nothing behind."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
import os
from pathlib import Path
import signal
import socket
import time

from .errors import SceneError

ROOT = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535


class Program:
    """A process of ours, its helpers and what it prints."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, output: Path
    ) -> None:
        self.name = name
        self.output = output
        self._process = process

    @classmethod
    async def start(
        cls, name: str, *command: str, folder: Path, output: Path
    ) -> Program:
        """Start a command of which everything printed goes to a file.

        Its session is its own, so that Ctrl-C reaches only us: who is ended, and in
        which order, is decided in one place.
        """
        with output.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                cwd=folder,
                start_new_session=True,
            )
        return cls(name, process, output)

    @property
    def pid(self) -> int:
        """The process id, which is that of the process group too."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Return the exit status, once there is one."""
        return await self._process.wait()

    async def stop(self, *, patience_s: float) -> None:
        """Interrupt the process, then kill what is left of its group."""
        if self.is_running:
            self._process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), patience_s)
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.wait()

    def printed(self) -> str:
        """Return everything that was printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def last_words(self, lines: int = 15) -> str:
        """Return the end of what was printed, indented."""
        return "\n".join(f"    {line}" for line in self.printed().splitlines()[-lines:])

    async def until(self, is_ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait for a condition while the process lives.

        Raises:
            SceneError: If the process ends before, or time runs out.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running:
                raise SceneError(f"{self.name} has ended:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise SceneError(
                    f"{self.name} is not ready after {timeout_s:.0f} s:\n"
                    f"{self.last_words()}"
                )
            await asyncio.sleep(0.1)


def listens(port: int) -> bool:
    """Return whether something accepts connections on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def is_free(port: int) -> bool:
    """Return whether a server could have a port of this machine."""
    with socket.socket() as probe:
        # As asyncio's servers do: a connection of before that lingers is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port(wanted: int) -> int:
    """Return a port, or the next one that nobody uses.

    Raises:
        SceneError: If there is none.
    """
    for port in range(wanted, HIGHEST_PORT + 1):
        if is_free(port):
            return port
    raise SceneError(
        f"no port from {wanted} upwards is free: end a server and try again"
    )
