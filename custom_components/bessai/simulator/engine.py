"""The plant in time: integrates the physics and keeps what it leads to."""

from dataclasses import replace
from datetime import datetime

from .condition import SOUND
from .controls import Command, Controls
from .environment import Environment
from .forcible import ForcibleCommand
from .inverter_clock import InverterClock
from .ledger import Ledger, usual_counters
from .obedience import build_controls
from .parameters import PlantParameters
from .past import Past
from .physics import Outcome, Physics, PhysicsState, Surroundings
from .setting_table import build_settings
from .settings import Settings

STEP_S = 60.0
"""Steps end on the minutes of UTC, so that one jump takes the same steps as many."""


class Engine:
    """Everything about a plant that changes with time or when it is told to."""

    def __init__(
        self, parameters: PlantParameters, start: datetime, past: Past | None = None
    ) -> None:
        if start.tzinfo is None:
            raise ValueError(f"start {start} has no time zone")
        self.parameters = parameters
        self.at_s = start.timestamp()
        self.started_s = self.at_s
        """When the inverter was last started."""

        self.stopped_s: float | None = None
        """When it was last shut down."""

        self.running = True
        self.condition = SOUND
        self.clock = InverterClock(parameters.time_zone)
        self.environment = Environment(parameters, self.clock, self.at_s)
        self.physics = Physics(parameters)
        self.state = self._first_state()
        self.ledger = self._open_ledger(past)
        quirks = parameters.quirks
        self.settings = Settings(
            build_settings(parameters), clamps=not quirks.refuses_excess_power
        )
        self.forcible = ForcibleCommand(
            rewrite_restarts=quirks.rewrite_restarts_countdown
        )
        self.settings.put(43006, self._standard_offset_min())
        self._deaf_s = 0.0
        self._turn()
        self.controls = self._obeyed()

    def advance(self, at_s: float) -> None:
        """Integrate up to a time, s since 1970; an earlier one only sets the clock."""
        if at_s < self.at_s:
            self.at_s = at_s
            self._turn()
        while self.at_s < at_s:
            self._step(min(at_s - self.at_s, self._step_s()))

    def instant(self) -> Outcome:
        """Return the flows at this instant."""
        return self.physics.step(
            self.state, self.controls, self.condition, self._around(self.at_s), 0.0
        )

    def reset_clock(self, offset_s: float) -> None:
        """Set how far the inverter's clock is fast; its day may change with that."""
        self.clock.offset_s = offset_s
        self._turn()

    def order(self) -> None:
        """Obey what 47100 has been told."""
        by_time = self.settings.value(47246) == 0
        period_s = self.settings.value(47083) * 60.0
        command = Command(self.settings.value(47100))
        self.forcible.order(command, period_s if by_time else None)
        self._end_command()

    def run(self, *, running: bool) -> None:
        """Start the inverter up or shut it down."""
        if running and not self.running:
            self.started_s = self.at_s
        if self.running and not running:
            self.stopped_s = self.at_s
        self.running = running

    def obey(self) -> None:
        """Let the battery act on changed settings, after its time to respond."""
        self._deaf_s = self.parameters.quirks.response_s
        if self._deaf_s <= 0.0:
            self.controls = self._obeyed()

    def set_soc(self, soc_pct: float) -> None:
        """Set the state of charge, percent."""
        stored_wh = self.physics.battery.capacity_wh * soc_pct / 100.0
        self.state = replace(self.state, stored_wh=stored_wh)

    def set_battery_temperature(self, temperature_c: float) -> None:
        """Set the temperature of the cells, °C."""
        self.state = replace(self.state, battery_c=temperature_c)

    def _step_s(self) -> float:
        """Return how long the next step may be: up to whatever happens next."""
        ends = [STEP_S - self.at_s % STEP_S, self._next_turn_s - self.at_s]
        if self.forcible.remaining_s is not None:
            ends.append(self.forcible.remaining_s)
        if self._deaf_s > 0.0:
            ends.append(self._deaf_s)
        return min(ends)

    def _step(self, duration_s: float) -> None:
        """Integrate one step."""
        around = self._around(self.at_s + duration_s / 2.0)
        flows = self.physics.step(
            self.state, self.controls, self.condition, around, duration_s
        ).flows
        self.state = self.physics.after(self.state, flows, around, duration_s)
        self.ledger.count(flows, duration_s)
        self.at_s += duration_s
        if self.at_s >= self._next_turn_s:
            self._turn()
        self._let_pass(duration_s)

    def _let_pass(self, duration_s: float) -> None:
        """Count down what is counting down."""
        if self._deaf_s > 0.0:
            self._deaf_s -= duration_s
            if self._deaf_s <= 0.0:
                self.controls = self._obeyed()
        if self.forcible.command is Command.STOP:
            return
        self.forcible.elapse(duration_s)
        bounds = self.physics.bounds(self.controls)
        self.forcible.judge(self.state.stored_wh, *bounds)
        self._end_command()

    def _end_command(self) -> None:
        """Let 47100 follow a command that has ended by itself."""
        if self.forcible.command is Command.STOP and self.settings.value(47100):
            self.settings.put(47100, Command.STOP)
            self.controls = self._obeyed()

    def _turn(self) -> None:
        """Begin a new hour on the inverter's clock, and a new day where it is one."""
        self.ledger.turn(self.clock.local(self.at_s))
        self._utc_offset_s = self.clock.utc_offset_s(self.at_s)
        self._next_turn_s = self.clock.next_hour_s(self.at_s)
        summer_time_s = self.clock.summer_time_s(self.at_s)
        self.settings.put(42900, int(summer_time_s != 0.0))

    def _around(self, at_s: float) -> Surroundings:
        """Return what surrounds the plant at a time within the present hour."""
        return self.environment.at(
            at_s, at_s + self._utc_offset_s + self.clock.offset_s
        )

    def _obeyed(self) -> Controls:
        """Return the settings as the physics is to obey them from now on."""
        return build_controls(
            self.parameters, self.settings, self.forcible, running=self.running
        )

    def _first_state(self) -> PhysicsState:
        """Return the state in which the plant is found."""
        battery = self.physics.battery
        air_c = self.environment.ambient_c(self.at_s)
        return PhysicsState(
            stored_wh=battery.capacity_wh * battery.parameters.soc_pct / 100.0,
            battery_c=battery.parameters.temperature_c,
            inverter_c=air_c + 8.0,
        )

    def _open_ledger(self, past: Past | None) -> Ledger:
        """Return the counters of a plant with a past, or of one a year old."""
        opened = self.clock.local(self.at_s)
        if past is None:
            return Ledger(opened, usual_counters(self.parameters))
        same_day = self.clock.local(past.at.timestamp()).date() == opened.date()
        day = past.day if same_day else None
        return Ledger(opened, replace(past.counters), day)

    def _standard_offset_min(self) -> int:
        """Return how far local time without summer time is ahead of UTC, min."""
        clock = self.clock
        offset_s = clock.utc_offset_s(self.at_s) - clock.summer_time_s(self.at_s)
        return round(offset_s / 60.0)
