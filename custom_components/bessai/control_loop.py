"""Gives command and safety of one plant their time: polls, beats, ends of leases.

What is to be done is the conductor's to say. Time is the control clock's. Whatever
touches the plant takes its turn, see ``_async_turn``.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .audit import AuditTrail
from .bulletin import Bulletin
from .const import LOGGER
from .control.command_in_force import Command, Phase
from .control.conductor import Conductor
from .control.dispatcher import Dispatcher
from .control.look import Look
from .control.mode import DispatchMode
from .control.plant_controls import PlantControls
from .control_clock import ControlClock
from .core.bounds import Bounds
from .core.command import (
    CommandError,
    CommandOverruled,
    DispatchResult,
    Standing,
)
from .core.finding import Finding
from .core.plant_state import PlantState
from .core.proposal import AUTOMATIC, Proposal, Source
from .core.setpoint import Release, Setpoint, Wish
from .core.verdict import Ground, Outcome, Verdict, refused
from .options import (
    CONF_ALLOW,
    CONF_MODE,
    SECTION_CONTROL,
    Options,
    parse_options,
    with_choice,
    with_limit,
)
from .plant_view import PlantView
from .safety.guard import Guard
from .safety.lease import LeaseTerms, lease_terms
from .safety.watchdog import Watchdog, WatchdogChange, heartbeat_period_s

CONFIRMATION_POLLS = 8
CONFIRMATION_PAUSE_S = 1.0
"""After a command, the plant is read more often until it is seen to follow."""

PLAN_LASTS = timedelta(minutes=5)
"""What plan or policy wanted at the last poll counts for so long without another one.
"""

RELEASE_PAUSES_PLAN = timedelta(minutes=15)
"""Whoever releases the battery while a plan is carried out wants it left alone."""

SEQUENCE_REQUESTS = 15
"""No command takes more requests; one that takes longer than these has hung."""

CLOSE_S = 10.0
"""Nobody waits longer for a plant that cannot be released: its own timer ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlParts:
    """What a control loop works with."""

    view: PlantView
    driver: PlantControls
    clock: ControlClock
    audit: AuditTrail
    bounds: Mapping[str, Bounds]
    latency_p95_s: Callable[[], float | None]
    """Of any request, in seconds of the control clock."""

    write_p95_s: Callable[[], float | None]


class Pilot(Protocol):
    """Says what plan or policy want at present."""

    @property
    def source(self) -> Source:
        """Whose wish it returned last."""
        ...

    def steer(self) -> Wish | None:
        """Return what is wanted now, ``None``: the inverter's self-consumption."""


class ControlLoop(Bulletin):
    """Everything about command and safety of one plant, while its entry is loaded."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, parts: ControlParts
    ) -> None:
        """Prepare; nothing is read or written yet."""
        super().__init__(parts.audit)
        self.options: Options = parse_options(entry.options, parts.bounds)
        self.watchdog = Watchdog()
        self.pilots: dict[DispatchMode, Pilot] = {}
        """Who says what is wanted, in the modes in which somebody does."""
        self._hass, self._entry = hass, entry
        self._view, self._driver, self._clock = parts.view, parts.driver, parts.clock
        self._bounds = parts.bounds
        self._latency_p95_s, self._write_p95_s = parts.latency_p95_s, parts.write_p95_s
        self._guard = Guard(self.options.limits)
        self._dispatcher = Dispatcher(parts.driver, self._guard, parts.write_p95_s)
        self._conductor = Conductor(self._dispatcher, self._guard, self)
        self._conductor.is_allowed = self.options.allow_control
        self._lock = asyncio.Lock()
        self._turns = 0
        self._turn_began_s = 0.0
        self._releases = 0
        self._is_closing = False
        self._end: asyncio.TimerHandle | None = None

    @property
    def allowed(self) -> bool:
        """Whether the owner lets BESSAI write to the plant."""
        return self.options.allow_control

    @property
    def mode(self) -> DispatchMode:
        """What BESSAI does with the battery by itself."""
        return self.options.mode

    @property
    def blocks(self) -> tuple[Ground, ...]:
        """What keeps commands from the battery now."""
        return self._conductor.blocks

    @property
    def state(self) -> PlantState | None:
        """How the plant stood when last read; ``None`` if it never was."""
        return self._view.state()

    @property
    def command(self) -> Command | None:
        """What is being carried out."""
        return self._conductor.command

    @property
    def command_expires_at(self) -> datetime | None:
        """When the command in force ends, by the clock on the wall."""
        if self.command is None:
            return None
        return self._clock.on_wall(self.command.lease.until, dt_util.utcnow())

    @property
    def paused_until(self) -> datetime | None:
        """Until when plan or policy are not listened to, by the clock on the wall.

        ``None``: they are, or the mode lets them command nothing anyway.
        """
        pilot = self.pilots.get(self.mode) if self.allowed else None
        if pilot is None:
            return None
        arbiter = self._conductor.arbiter
        until = arbiter.paused_until(pilot.source, self._clock.now())
        return until and self._clock.on_wall(until, dt_util.utcnow())

    @property
    def foreign_command(self) -> bool:
        """Whether somebody else forces the battery."""
        return self._conductor.foreign is not Standing.NONE

    @property
    def permission_refused(self) -> bool:
        """Whether the plant wants the installer's consent before it is commanded."""
        return self._conductor.permission_refused

    @property
    def owed_settings(self) -> Mapping[str, float]:
        """Stored settings that the plant did not take back, with what they were."""
        if self.command is not None or self._conductor.release_error is None:
            return {}
        originals = self._driver.journal.originals
        return {key: original.value for key, original in originals.items()}

    @property
    def heartbeat_period_s(self) -> float:
        """How often the heartbeat beats, s of the control clock."""
        return heartbeat_period_s(self._latency_p95_s())

    @property
    def lease_terms(self) -> LeaseTerms:
        """How long a command outlasts us at most, and how often it is renewed."""
        if self.command is not None:
            return self.command.lease.terms
        return lease_terms(self._write_p95_s(), self._driver.writes_to_renew)

    @property
    def stored_writes_today(self) -> int:
        """How many stored settings of the plant were written today."""
        return self._driver.journal.stored_writes.get(self._today(), 0)

    async def async_command(
        self,
        wish: Wish,
        duration: timedelta,
        *,
        target_soc_pct: float | None = None,
        by: str | None = None,
    ) -> DispatchResult:
        """Carry out a wish of the owner's, if the guard lets it pass.

        A wish that is refused changes nothing: what is in force goes on.
        """
        releases = self._releases
        if self.allowed and not self._is_closing:
            await self._view.async_freshen()
        async with self._async_turn():
            now = self._clock.now()
            proposal = Proposal(
                source=Source.OWNER,
                wish=wish,
                made_at=now,
                expires_at=now + duration,
                target_soc_pct=target_soc_pct,
                by=by,
            )
            if releases != self._releases:
                return _overtaken()
            result = await self._conductor.take(proposal, self._look())
        self._async_confirm_soon()
        return self._for_people(result)

    def vet(self, wish: Wish | None, duration: timedelta) -> DispatchResult:
        """Return what the guard would say to a wish of the owner's; nothing is written.

        ``None``, which is the inverter's self-consumption, is always approved.
        """
        if wish is None:
            return DispatchResult(
                verdict=Verdict(outcome=Outcome.APPROVED, wish=Release())
            )
        now = self._clock.now()
        proposal = Proposal(
            source=Source.OWNER, wish=wish, made_at=now, expires_at=now + duration
        )
        verdict = self._dispatcher.vet(proposal, self._view.state(), now)
        return DispatchResult(verdict=verdict)

    async def async_release(self, by: str | None = None) -> DispatchResult:
        """Leave the battery to the inverter, now, whatever was asked for before."""
        self._releases += 1
        self._dispatcher.overrule()
        async with self._async_turn():
            self._conductor.pause_automatic(self._clock.now() + RELEASE_PAUSES_PLAN)
            return await self._conductor.release(self._look(), by=by)

    async def async_allow(self, *, allowed: bool, by: str | None = None) -> None:
        """Let BESSAI write to the plant, or take that back; then it releases.

        Raises:
            CommandError: If it could not be released; that is tried again.
        """
        self.audit.record_allow(allowed=allowed, who=by)
        self._async_set_choice(CONF_ALLOW, allowed)
        if allowed:
            # What the polls told until now may be old, and of somebody else's command.
            await self.async_beat()
            self._conductor.pause_automatic(self._clock.now())
            await self.async_review()
            return
        result = await self.async_release(by)
        if result.error is not None:
            raise result.error

    async def async_set_mode(self, mode: DispatchMode, by: str | None = None) -> None:
        """Let BESSAI do something else by itself."""
        self.audit.record_mode(mode.value, by)
        self._async_set_choice(CONF_MODE, mode.value)
        self._conductor.pause_automatic(self._clock.now())
        await self.async_review()

    async def async_set_limit(self, name: str, value: float) -> None:
        """Move a limit of the owner's.

        Raises:
            LimitError: If it is out of bounds, or would disarm a rule.
        """
        chosen = with_limit(self._entry.options, self._bounds, name, value)
        self.audit.record_limit(name, value)
        self._async_choose(chosen)
        await self.async_review()

    async def async_recover(self) -> None:
        """End what a former life left behind; every beat tries again."""
        async with self._async_turn():
            await self._conductor.recover(self._look())

    async def async_review(self) -> None:
        """Look at everything anew: something other than the plant has changed."""
        if self._is_closing:
            return
        async with self._async_turn():
            self._async_steer()
            await self._conductor.review(self._look())

    @callback
    def async_note_findings(self, findings: Sequence[Finding]) -> None:
        """Let no command pass while these stand, and end the one in force soon."""
        self._conductor.note_findings(findings)
        self._async_in_background(self.async_review(), "findings")

    async def async_polled(self) -> None:
        """Look at what was read just now: does the plant follow, is it safe?"""
        if self._is_closing:
            return
        async with self._async_turn():
            self._async_steer()
            await self._conductor.watch(self._look())

    async def async_beat(self) -> float:
        """Prove life and renew the lease; return seconds until the next beat."""
        began_s = self._hass.loop.time()
        period_s = self._clock.lasts_s(self.heartbeat_period_s)
        if self._lock.locked():
            self._async_judge_turn(began_s)
            return period_s
        await self._async_beat(period_s)
        if self.watchdog.misses:
            return period_s  # others behind a silent link have their turn meanwhile
        return max(0.0, period_s - (self._hass.loop.time() - began_s))

    async def async_close(self) -> None:
        """Release the plant for good, within a bounded time."""
        self._is_closing = True
        self._conductor.is_allowed = False
        self._async_forget_end()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self.async_release("unload")
        except TimeoutError:
            self._conductor.give_up_release()
            LOGGER.warning(
                "%s does not answer and could not be released. A charge or discharge "
                "ends by itself within minutes; still to be put back at the next "
                "start: %s",
                self._entry.title,
                ", ".join(self.owed_settings) or "nothing",
            )
            self.async_changed()

    async def _async_beat(self, period_s: float) -> None:
        turns = self._turns
        standing = await self._async_sign_of_life(period_s)
        if turns != self._turns:
            return  # what was read may be from before a command
        self._async_note_life(alive=standing is not None)
        async with self._async_turn():
            if standing is None:
                await self._conductor.review(self._look())
                return
            await self._conductor.look_after(standing, self._look())
        if self.allowed:
            self._async_read_late()

    @callback
    def _async_read_late(self) -> None:
        """Read what should have come: polling may be switched off for the entry."""
        if self._view.is_late():
            self._async_in_background(self._view.async_read(), "late poll")
        if self._view.are_settings_late():
            self._async_in_background(self._view.async_read_settings(), "late poll")

    @callback
    def _async_judge_turn(self, now_s: float) -> None:
        """Take a sequence on its way as proof of life, unless it takes too long."""
        usual_s = self._clock.lasts_s(self._latency_p95_s() or 0.0)
        period_s = self._clock.lasts_s(self.heartbeat_period_s)
        if now_s - self._turn_began_s > period_s + SEQUENCE_REQUESTS * usual_s:
            self._async_note_life(alive=False)
            self.async_changed()

    async def _async_sign_of_life(self, period_s: float) -> Standing | None:
        """Read the command register; ``None`` if the plant does not answer in time.

        While nothing may be written, the polls are proof enough and spare the link.
        """
        if not self.allowed and not self._driver.journal.owes:
            return None if self._view.is_late() else self._conductor.foreign
        try:
            async with asyncio.timeout(period_s):
                return await self._driver.read_standing()
        except CommandError, TimeoutError:
            return None

    @callback
    def _async_note_life(self, *, alive: bool) -> None:
        change = self.watchdog.beat() if alive else self.watchdog.miss()
        if change is WatchdogChange.LOST:
            self._conductor.lose_heartbeat()
        elif change is WatchdogChange.RESTORED:
            self._conductor.restore_heartbeat()

    @asynccontextmanager
    async def _async_turn(self) -> AsyncGenerator[None]:
        """Let nobody else command or judge meanwhile; then tell what has changed."""
        async with self._lock:
            self._turns += 1
            self._turn_began_s = self._hass.loop.time()
            before, owed = self.command, self._driver.journal.originals
            yield
        self._async_set_end()
        is_changed = owed.keys() != self._driver.journal.originals.keys()
        if is_changed or (before is None) is not (self.command is None):
            self._async_in_background(self._view.async_read_settings(), "settings")
        self.async_changed()

    @callback
    def _async_steer(self) -> None:
        """Let plan or policy say what they want, in the modes for it."""
        pilot = self.pilots.get(self.mode)
        wish = None if pilot is None else pilot.steer()
        wanted = None if pilot is None or wish is None else pilot.source
        for source in AUTOMATIC - {wanted}:
            self._conductor.arbiter.withdraw(source)
        if wish is None or wanted is None:
            return
        now = self._clock.now()
        # Longer than the lease of a slow link: else it would be written at each look.
        lasts = max(PLAN_LASTS, 2 * timedelta(seconds=self.lease_terms.period_s))
        self._conductor.arbiter.propose(
            Proposal(source=wanted, wish=wish, made_at=now, expires_at=now + lasts)
        )

    def _look(self) -> Look:
        return Look(
            now=self._clock.now(),
            today=self._today(),
            state=self._view.state(),
            is_complete=self._view.is_complete,
        )

    def _today(self) -> date:
        return dt_util.as_local(self._clock.now()).date()

    @callback
    @override
    def dispatched(self, proposal: Proposal, result: DispatchResult) -> None:
        """Record what became of a proposal, in the time of people."""
        super().dispatched(proposal, self._for_people(result))

    def _for_people(self, result: DispatchResult) -> DispatchResult:
        """Return a result with its time as the clock on the wall will show it."""
        if result.expires_at is None:
            return result
        wall = self._clock.on_wall(result.expires_at, dt_util.utcnow())
        return replace(result, expires_at=wall)

    @callback
    def _async_set_choice(self, name: str, value: Any) -> None:
        self._async_choose(
            with_choice(self._entry.options, SECTION_CONTROL, name, value)
        )

    @callback
    def _async_choose(self, options: Mapping[str, Any]) -> None:
        """Keep a choice of the owner's and go by it from now on."""
        self._hass.config_entries.async_update_entry(self._entry, options=options)
        self.options = parse_options(options, self._bounds)
        self._guard.limits = self.options.limits
        self._conductor.is_allowed = self.options.allow_control and not self._is_closing

    @callback
    def _async_set_end(self) -> None:
        """Be there when the lease of the command in force is over."""
        self._async_forget_end()
        if self.command is None or self._is_closing:
            return
        left_s = (self.command.lease.until - self._clock.now()).total_seconds()
        self._end = self._hass.loop.call_later(
            max(0.0, self._clock.lasts_s(left_s)),
            lambda: self._async_in_background(self.async_review(), "end of a lease"),
        )

    @callback
    def _async_forget_end(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    @callback
    def _async_confirm_soon(self) -> None:
        """Read the plant until it is seen to follow: its owner looks at it now."""
        command = self.command
        if command is not None and isinstance(command.wish, Setpoint):
            self._async_in_background(self._async_confirm(command), "confirmation")

    async def _async_confirm(self, command: Command) -> None:
        for _ in range(CONFIRMATION_POLLS):
            await asyncio.sleep(self._clock.lasts_s(CONFIRMATION_PAUSE_S))
            now = self.command
            if now is None or now.written_at != command.written_at:
                return
            if now.phase is Phase.FOLLOWING:
                return
            await self._view.async_read()

    @callback
    def _async_in_background(self, work: Coroutine[Any, Any, None], what: str) -> None:
        if self._is_closing:
            work.close()
            return
        self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} {what}"
        )


def _overtaken() -> DispatchResult:
    """Return what becomes of a command when a release came in between."""
    error = CommandOverruled("the plant was released meanwhile")
    return DispatchResult(verdict=refused(), error=error)
