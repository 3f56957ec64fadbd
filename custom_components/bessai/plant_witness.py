"""Collects what the plausibility monitor sees of a plant, poll by poll."""

from datetime import datetime

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .control_clock import ControlClock
from .control_loop import ControlLoop
from .coordinator import PlantCoordinator
from .core.command import ControlJournal, Write
from .core.observation import Observation
from .core.plant_state import PlantState
from .core.setpoint import Wish
from .core.telemetry import Telemetry
from .device.driver import PlantDriver
from .device.observation import build_observation
from .device.register import Group
from .plant_view import PlantView


class PlantWitness:
    """Knows the polls, what we wrote between them, and what we have commanded."""

    def __init__(
        self,
        entry: ConfigEntry,
        driver: PlantDriver,
        polls: tuple[PlantCoordinator, PlantCoordinator],
        clock: ControlClock,
        control: ControlLoop | None,
    ) -> None:
        """Look through the coordinators of readings and of settings.

        Args:
            entry: Of the plant.
            driver: Polls it.
            polls: Readings, and settings.
            clock: Passes at the plant's pace; nobody sets it.
            control: Commands it, if anything does.
        """
        self._driver, self._clock, self._control = driver, clock, control
        self._settings = polls[1]
        self._view = PlantView(entry, driver, polls, clock, ControlJournal)
        self._began = clock.now()
        self._writes: list[Write] = []
        self._last: Telemetry | None = None
        self._generation = driver.generation
        self._wish: Wish | None = None
        self._wished_s = 0.0

    @callback
    def add_write(self, write: Write) -> None:
        """Note what we wrote: it explains what changes."""
        self._writes.append(write)

    def observe(self, readings: Telemetry) -> Observation | None:
        """Return what a poll saw; ``None``: nothing new, or not enough to judge."""
        state = self._state()
        if state is None or readings is self._last:
            return None
        uptime_s = self._uptime_s()
        wish, wish_age_s = self._wish_since(uptime_s)
        generation = self._driver.generation
        seen = build_observation(
            self._driver,
            readings,
            self._settings.data,
            state,
            at=readings.read_at,
            uptime_s=uptime_s,
            utc_offset_s=_utc_offset_s(readings.read_at),
            wish=wish,
            wish_age_s=wish_age_s,
            writes=tuple(self._writes),
            response_s=self._driver.response_s,
            reconnected=generation != self._generation,
        )
        self._last, self._generation = readings, generation
        self._writes.clear()
        return seen

    def stranger(self, serial_number: str) -> Observation:
        """Return that another device has answered just now."""
        now = dt_util.utcnow()
        return Observation(
            at=now,
            uptime_s=self._passed_s(self._clock.now()),
            utc_offset_s=_utc_offset_s(now),
            powers={},
            stranger=serial_number,
        )

    def _state(self) -> PlantState | None:
        """Return how the plant stands; what we changed counts as it was before."""
        return self._view.state() if self._control is None else self._control.state

    def _wish_since(self, uptime_s: float) -> tuple[Wish | None, float]:
        """Return what is commanded, and since when it was seen to be."""
        command = None if self._control is None else self._control.command
        wish = None if command is None else command.wish
        if wish != self._wish:
            self._wish, self._wished_s = wish, uptime_s
        return wish, uptime_s - self._wished_s

    def _uptime_s(self) -> float:
        """Return when the last poll began."""
        return self._passed_s(self._clock.at(self._driver.taken_s[Group.READINGS]))

    def _passed_s(self, when: datetime) -> float:
        return (when - self._began).total_seconds()


def _utc_offset_s(at: datetime) -> float:
    """Return how far the wall clock of the home is ahead of UTC."""
    offset = dt_util.as_local(at).utcoffset()
    return offset.total_seconds() if offset else 0.0
