"""Watches a simulated plant and counts what should never happen.

It looks at what is physically so and at nothing that BESSAI says of itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer
from custom_components.bessai.simulator.truth import PlantTruth

LOOK_S = 0.01
NOTICEABLE_W = 100.0
ROUNDING_PCT = 0.1
"""The step in which the plant tells its state of charge."""

CHARGE, DISCHARGE = 1, 2


@dataclass
class Referee:
    """Counts minutes of the plant in which it was commanded against the rules.

    A rule that the plant itself has broken into, such as an alarm, is given the time
    ``grace`` to be noticed: as long as a command may outlast us.
    """

    plant: SimulatedPlant
    server: SimulatorServer
    clock: Callable[[], datetime]
    soc_min_pct: float
    soc_max_pct: float
    grace: Callable[[], timedelta]
    promised_until: datetime | None = None
    """When the last command that was taken has to be over."""

    unsafe_s: Counter[str] = field(default_factory=Counter)
    forced_s: float = 0.0
    slowest_reaction_s: float = 0.0
    commands: int = 0
    _since: dict[str, datetime] = field(default_factory=dict)
    _looked_at: datetime | None = None
    _was_forced: bool = False

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Judge the plant as it is now, for the time since the last look."""
        now = self.clock()
        self.plant.advance(now)
        truth = self.plant.truth
        passed_s = (now - (self._looked_at or now)).total_seconds()
        self._looked_at = now
        is_forced = truth.forcible_command != 0 and abs(truth.battery_w) > NOTICEABLE_W
        self.commands += truth.forcible_command != 0 and not self._was_forced
        self._was_forced = truth.forcible_command != 0
        if is_forced:
            self.forced_s += passed_s
        broken = {name for name, is_so in self._rules(truth, now).items() if is_so}
        for name in list(self._since):
            if name not in broken:
                del self._since[name]
        for name in broken:
            began = self._since.setdefault(name, now)
            if is_forced:
                self._count(name, now - began, passed_s)

    def _count(self, name: str, lasted: timedelta, passed_s: float) -> None:
        if name in ("discharge below", "charge above", "without an end"):
            self.unsafe_s[name] += passed_s  # type: ignore[assignment]
            return
        self.slowest_reaction_s = max(self.slowest_reaction_s, lasted.total_seconds())
        if lasted > self.grace():
            self.unsafe_s[name] += passed_s  # type: ignore[assignment]

    def _rules(self, truth: PlantTruth, now: datetime) -> dict[str, bool]:
        command, temperature_c = truth.forcible_command, truth.battery_temperature_c
        return {
            "discharge below": command == DISCHARGE
            and truth.soc_pct < self.soc_min_pct - ROUNDING_PCT,
            "charge above": command == CHARGE
            and truth.soc_pct > self.soc_max_pct + ROUNDING_PCT,
            "without an end": command != 0 and truth.forcible_remaining_s is None,
            "past its lease": command != 0
            and (self.promised_until is None or now > self.promised_until),
            "too hot": command != 0 and temperature_c > 45.5,
            "too cold": (command == CHARGE and temperature_c < -0.5)
            or (command == DISCHARGE and temperature_c < -10.5),
            "alarm": command != 0 and self.server.scenario is Scenario.ALARM,
        }

    def report(self) -> str:
        """Return what was seen, for people."""
        minutes = {name: round(s / 60, 2) for name, s in self.unsafe_s.items()}
        return (
            f"commands the plant carried out: {self.commands}, "
            f"{self.forced_s / 3600:.1f} h under command\n"
            f"slowest reaction to a condition of the plant: "
            f"{self.slowest_reaction_s:.0f} s\n"
            f"unsafe minutes: {sum(minutes.values()):.2f} {minutes or ''}"
        )
