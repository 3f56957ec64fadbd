"""A gateway seen from outside: what it says, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
import json
import sys
import textwrap
from typing import Any

from ..forwarding.outbox_builders import BARE
from ..source import ROOT
from .orders import Orders

_PROGRAM = (
    textwrap.dedent(BARE)
    + """
# No key is uploaded here, and Home Assistant's web server takes seconds to load.
upload = types.ModuleType("homeassistant.components.file_upload")
upload.process_uploaded_file = None
sys.modules[upload.__name__] = upload
from tests.soak.gateway import main
main()
"""
)
# A day's outage at a pace of one would not be waited for.
WITHIN_S = 3_600


@dataclass(frozen=True, slots=True)
class Hold:
    """A time in which an event loop did nothing of what was due."""

    ms: float
    queued_ms: float
    """Of it, how long its thread waited for a processor that others had."""

    collecting_ms: float
    """Of it, how long Python's garbage collector took."""

    @property
    def own_ms(self) -> float:
        """What is left of it on a machine that has nothing else to do."""
        return max(0.0, self.ms - self.queued_ms)


class GatewayProcess:
    """A process that forwards, and what is known of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take what was just started."""
        self._process, self._first = process, 1
        self._news = asyncio.Event()
        self.said: dict[str, Any] = {}
        """The last thing said of each kind."""

        self.holds: list[Hold] = []
        """When its event loop was held for a noticeable time."""

        self.loading_holds: list[Hold] = []
        """The same, until the first request to the cloud."""

        self._listening = asyncio.create_task(self._listen())

    @property
    def next_number(self) -> int:
        """The number of the first message that it was not given."""
        return int(self.said.get("put", self._first - 1)) + 1

    async def begin(self, first: int = 1) -> None:
        """Let it open its outbox; it has loaded what it needs before that.

        Args:
            first: The number of the first message that it will be given.
        """
        await self._hear("ready")
        self._first = first
        self._order(f"begin {first}")

    async def put(self, count: int, until: Callable[[], object] | None = None) -> None:
        """Give it messages, and wait until it has them all, or until something else."""
        self._forget("done")
        self._order(f"put {count}")
        await self._hear("done", until)

    async def drain(self) -> None:
        """Wait until nothing waits for the cloud any more."""
        self._forget("drained")
        self._order("drain")
        await self._hear("drained")

    async def bytes_written(self) -> int:
        """Return what it has written to the disk since it was started."""
        self._forget("written")
        self._order("report")
        await self._hear("written")
        return int(self.said["written"])

    def set_pace(self, pace: float) -> None:
        """Let its time go so fast."""
        self._order(f"pace {pace}")

    async def stop(self) -> None:
        """Stop it as Home Assistant stops it."""
        self._order("stop")
        await self._hear("stopped")
        await self._process.wait()
        await self._listening

    async def kill(self) -> None:
        """End it without a word, and take in what it had said."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._listening

    def _order(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    def _forget(self, word: str) -> None:
        self.said.pop(word, None)

    async def _hear(self, word: str, until: Callable[[], object] | None = None) -> None:
        async with asyncio.timeout(WITHIN_S):
            while word not in self.said and not (until and until()):
                assert not self._listening.done(), f"it ended without {word}"
                self._news.clear()
                await self._news.wait()

    async def _listen(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            heard: dict[str, Any] = json.loads(line)
            if "held_ms" in heard:
                is_loaded = self.said.get("loaded")
                holds = self.holds if is_loaded else self.loading_holds
                holds.append(Hold(*heard["held_ms"]))
            self.said |= heard
            self._news.set()
        self._news.set()


@asynccontextmanager
async def running_gateway(orders: Orders) -> AsyncIterator[GatewayProcess]:
    """Start a gateway, which takes seconds to load; it does not outlive its use."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PROGRAM, json.dumps(asdict(orders))),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    gateway = GatewayProcess(process)
    try:
        yield gateway
    finally:
        await gateway.kill()
