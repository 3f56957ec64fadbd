"""Everything that commands a plant, the real thing, in the plant's own time."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from custom_components.bessai.control.conductor import Conductor
from custom_components.bessai.control.dispatcher import Dispatcher
from custom_components.bessai.control.look import Look
from custom_components.bessai.core.command import (
    CommandError,
    ControlJournal,
    DispatchResult,
    Write,
)
from custom_components.bessai.core.plant_state import PlantState
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.setpoint import Wish
from custom_components.bessai.core.verdict import Ground
from custom_components.bessai.device.command_driver import CommandDriver
from custom_components.bessai.device.driver import PlantDriver
from custom_components.bessai.device.endpoint import Endpoint
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.plant_state import build_plant_state
from custom_components.bessai.device.probe import identify
from custom_components.bessai.device.profile import LinkTiming
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.safety.guard import Guard
from custom_components.bessai.safety.limits import build_limits
from custom_components.bessai.simulator.plant import SimulatedPlant

from .virtual_link import VirtualLink

BERLIN = ZoneInfo("Europe/Berlin")
PROFILES = Path(__file__).parents[2] / "registry_profiles"
LOOK = timedelta(minutes=1)
READ_EVERY = 5
"""Looks: in between the plant tells its state without the detour over registers, which
takes ten times as long. The command register is read at each look that matters."""

LASTS = timedelta(minutes=5)
"""A wish that is not repeated is over after so long."""

WRITE_P95_S = 0.2
TIMING = LinkTiming(
    connect_pause_s=0,
    request_pause_s=0,
    timeout_s=1,
    retry_pauses_s=(0.0,),
    max_read_words=125,
    max_write_words=123,
    poll_period_s=LOOK.total_seconds(),
    settings_period_s=300,
)


class Notes:
    """A reporter that counts what it is told."""

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    def tell(
        self,
        kind: SafetyEventKind,
        *grounds: Ground,
        urgent: bool = True,
        error: CommandError | None = None,
    ) -> None:
        why = ",".join(ground.reason for ground in grounds)
        self.events[f"{kind} {why}"] += 1

    def dispatched(self, proposal: Proposal, result: DispatchResult) -> None:
        self.outcomes[result.outcome] += 1

    def released(
        self, result: DispatchResult, why: tuple[Ground, ...], by: str | None
    ) -> None:
        reasons = ",".join(ground.reason for ground in why)
        self.outcomes[f"released {reasons}"] += 1


class Chain:
    """Driver, guard, dispatcher and conductor of one plant."""

    def __init__(self, plant: SimulatedPlant, clock: Callable[[], datetime]) -> None:
        self.plant, self._clock = plant, clock
        self.link = VirtualLink(plant)
        self.notes = Notes()
        self.stored_writes: Counter[date] = Counter()
        self.forcible_writes: Counter[date] = Counter()
        self._endpoint = Endpoint(
            self.link,
            TIMING,
            monotonic=lambda: clock().timestamp(),
            sleep=lambda _: asyncio.sleep(0),
        )
        self._looks = 0
        self._journal = ControlJournal()

    async def start(self) -> None:
        """Find out who answers, and recover."""
        unit = self._endpoint.unit(1)
        profile = load_profiles(PROFILES, None).profiles[0]
        safety = profile.safety
        assert safety is not None
        identity = await identify(unit, 1, [profile])
        self.driver = PlantDriver(
            unit, identity, PlantMemory(), lambda: self._clock().timestamp()
        )
        self.limits = build_limits(safety.limits, {})
        self.guard = Guard(self.limits)
        self.commands = CommandDriver(
            unit, identity, self._journal, self._keep, self._count
        )
        self.dispatcher = Dispatcher(self.commands, self.guard, lambda: WRITE_P95_S)
        self.conductor = Conductor(self.dispatcher, self.guard, self.notes)
        self.conductor.is_allowed = True
        look = await self.look()
        await self.conductor.recover(look)

    async def live(self, wish: Wish | None) -> None:
        """Propose a wish, look at the plant, and do what is to be done."""
        now = self._clock()
        if wish is None:
            self.conductor.arbiter.withdraw(Source.PLAN)
        else:
            self.conductor.arbiter.propose(
                Proposal(
                    source=Source.PLAN, wish=wish, made_at=now, expires_at=now + LASTS
                )
            )
        look = await self.look()
        await self.conductor.watch(look)
        if wish is None and self.conductor.command is None and self._looks % READ_EVERY:
            return
        standing = await self.commands.read_standing()
        await self.conductor.look_after(standing, look)

    async def stop(self) -> None:
        """Release the plant."""
        await self.conductor.release(await self.look())
        await self._endpoint.close()

    async def look(self) -> Look:
        """Read the plant, or ask it, and return how it stands."""
        if self._looks % READ_EVERY == 0:
            self._state = await self._read()
        self._looks += 1
        return Look(
            now=self._clock(),
            today=self._today(),
            state=_as_it_is(self._state, self.plant),
        )

    async def _read(self) -> PlantState:
        now = self._clock()
        readings = await self.driver.read_readings(now, BERLIN, guard=True)
        settings = await self.driver.read_settings(now, BERLIN)
        return build_plant_state(
            self.driver,
            readings,
            settings,
            read_at=now,
            poll_period_s=LOOK.total_seconds(),
            manager=None,
            originals=self.commands.journal.originals,
        )

    def _today(self) -> date:
        return self._clock().astimezone(BERLIN).date()

    async def _keep(self, journal: ControlJournal) -> None:
        self._journal = journal

    def _count(self, write: Write) -> None:
        counter = self.stored_writes if write.stored else self.forcible_writes
        counter[self._today()] += 1


def _as_it_is(state: PlantState, plant: SimulatedPlant) -> PlantState:
    """Return the state with what changes from minute to minute."""
    truth = plant.truth
    return replace(
        state,
        read_at=truth.at,
        soc_pct=round(truth.soc_pct, 1),
        battery_power_w=round(truth.battery_w),
        pv_power_w=round(truth.pv_w),
        charge_limit_w=round(truth.charge_limit_w),
        discharge_limit_w=round(truth.discharge_limit_w),
        limited=truth.limited,
        commanded=truth.forcible_command != 0,
    )
