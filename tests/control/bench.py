"""A plant and everything that commands it on a bench, with a clock of its own."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from custom_components.bessai.control.command_in_force import Command
from custom_components.bessai.control.conductor import Conductor
from custom_components.bessai.control.dispatcher import Dispatcher
from custom_components.bessai.control.look import Look
from custom_components.bessai.core.command import CommandError, DispatchResult, Standing
from custom_components.bessai.core.plant_state import PlantState
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEvent, SafetyEventKind
from custom_components.bessai.core.setpoint import Wish
from custom_components.bessai.core.verdict import Ground, Reason

from ..safety import builders
from ..safety.builders import NOW
from .controls_fake import Failure, FakeControls

POLL_S = 5


def proposal(
    wish: Wish,
    source: Source = Source.OWNER,
    *,
    minutes: float = 60,
    now: datetime = NOW,
    target_soc_pct: float | None = None,
) -> Proposal:
    """Return what somebody wants for so long from now on."""
    return Proposal(
        source=source,
        wish=wish,
        made_at=now,
        expires_at=now + timedelta(minutes=minutes),
        target_soc_pct=target_soc_pct,
    )


class Record:
    """A reporter that keeps what it is told, in the order of the plant's own log."""

    def __init__(self, plant: FakeControls) -> None:
        self.events: list[SafetyEvent] = []
        self.releases: list[tuple[tuple[Ground, ...], str | None]] = []
        self._plant = plant

    @property
    def kinds(self) -> list[SafetyEventKind]:
        """The kinds of the events so far."""
        return [event.kind for event in self.events]

    @property
    def why(self) -> list[Reason]:
        """The reasons of the events so far."""
        return [ground.reason for event in self.events for ground in event.grounds]

    def tell(
        self,
        kind: SafetyEventKind,
        *grounds: Ground,
        urgent: bool = True,
        error: CommandError | None = None,
    ) -> None:
        event = SafetyEvent(
            kind=kind,
            at=self._plant.now,
            urgent=urgent,
            grounds=grounds,
            error=None if error is None else str(error),
        )
        self.events.append(event)
        self._log(kind, *(ground.reason for ground in grounds))

    def dispatched(self, proposal: Proposal, result: DispatchResult) -> None:
        self._log("dispatched", proposal.source, result.outcome)

    def released(
        self, result: DispatchResult, why: tuple[Ground, ...], by: str | None
    ) -> None:
        self.releases.append((why, by))
        self._log("released", *(ground.reason for ground in why))

    def _log(self, *words: str) -> None:
        self._plant.log.append(" ".join(words))


class Bench:
    """Everything that commands one plant, and the plant; half full and obedient.

    Attributes:
        readings: What the plant says instead of what it would say by itself.
    """

    def __init__(self, *, restarts: bool = True, write_p95_s: float = 0.1) -> None:
        self.plant = FakeControls(NOW, restarts=restarts)
        self.record = Record(self.plant)
        self.guard = builders.guard()
        self.dispatcher = Dispatcher(self.plant, self.guard, lambda: write_p95_s)
        self.conductor = Conductor(self.dispatcher, self.guard, self.record)
        self.conductor.is_allowed = True
        self.readings: dict[str, Any] = {}

    @property
    def now(self) -> datetime:
        return self.plant.now

    @property
    def command(self) -> Command | None:
        return self.conductor.command

    @property
    def log(self) -> list[str]:
        return self.plant.log

    @property
    def blocks(self) -> set[Reason]:
        """What keeps commands from the battery now."""
        return {ground.reason for ground in self.conductor.blocks}

    def in_force(self) -> Command:
        """Return the command that has to be in force."""
        assert self.command is not None
        return self.command

    def count(self, word: str) -> int:
        """Return how often the plant was called so, or something so was told."""
        return sum(entry.split()[0] == word for entry in self.log)

    def standing(self) -> Standing:
        """Return what the command register says now."""
        return self.plant.standing

    def state(self) -> PlantState:
        """Return what the plant says of itself now."""
        plant = self.plant
        sign = {Standing.CHARGE: -1, Standing.DISCHARGE: 1}.get(plant.standing, 0)
        says = {
            "read_at": self.now,
            "poll_period_s": float(POLL_S),
            "battery_power_w": sign * plant.power_w,
            "commanded": sign != 0,
        }
        return builders.state(**(says | self.readings))

    def look(self) -> Look:
        """Return a look at the plant now."""
        return Look(now=self.now, today=self.now.date(), state=self.state())

    def blind(self) -> Look:
        """Return a look by somebody who never read the plant."""
        return replace(self.look(), state=None)

    def fail(self, name: str, error: CommandError, *, taken: bool = False) -> None:
        """Let every call of a method of the plant fail from now on."""
        self.plant.failing[name] = Failure(error=error, taken=taken)

    def mend(self) -> None:
        """Let nothing fail any more."""
        self.plant.failing.clear()

    def wait(self, seconds: float) -> None:
        """Let time pass, with nobody looking."""
        self.plant.now += timedelta(seconds=seconds)

    def propose(self, wish: Wish, source: Source = Source.PLAN, **more: Any) -> None:
        """Let a source want something; the next look sees to it."""
        wanted = proposal(wish, source, now=self.now, **more)
        self.conductor.arbiter.propose(wanted)

    async def recovered(self) -> Bench:
        """Return the bench with nothing left behind by a former life."""
        await self.conductor.recover(self.look())
        self.log.clear()
        return self

    async def ask(self, wish: Wish, **more: Any) -> DispatchResult:
        """Let the owner want something now."""
        wanted = proposal(wish, now=self.now, **more)
        return await self.conductor.take(wanted, self.look())

    async def poll(self, seconds: float = 0) -> None:
        """Read the plant after a while."""
        self.wait(seconds)
        await self.conductor.watch(self.look())

    async def beat(self, seconds: float = 0) -> None:
        """Look at the command register after a while."""
        self.wait(seconds)
        standing = await self.plant.read_standing()
        await self.conductor.look_after(standing, self.look())

    async def live(self, seconds: float) -> None:
        """Poll and beat for a while, as a running Home Assistant does."""
        for _ in range(round(seconds / POLL_S)):
            await self.poll(POLL_S)
            await self.beat()

    async def lose_heartbeat(self) -> None:
        """Miss so many beats that the heartbeat is lost."""
        self.conductor.lose_heartbeat()
        await self.conductor.review(self.look())

    async def restore_heartbeat(self) -> None:
        """Beat for the first time after that."""
        self.conductor.restore_heartbeat()
        await self.beat()
