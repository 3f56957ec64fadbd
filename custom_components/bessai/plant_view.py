"""The plant as the guard sees it: the latest polls, their ages safe from clocks."""

from collections.abc import Callable, Mapping
from math import inf

from homeassistant.config_entries import ConfigEntry

from .const import CONF_MANAGER
from .control_clock import ControlClock
from .coordinator import PlantCoordinator
from .core.command import ControlJournal, Original
from .core.plant_state import PlantState
from .device.driver import PlantDriver
from .device.plant_state import build_plant_state
from .device.register import Group
from .options import allows_control

FAST = (Group.READINGS, Group.GUARD)
LATE = 2
"""What is older than so many periods is read: polling may be off for the entry."""

OLD = 3
"""Settings that are older than so many periods are not known any more."""


class PlantView:
    """Makes a plant state of what the coordinators have read."""

    def __init__(
        self,
        entry: ConfigEntry,
        driver: PlantDriver,
        polls: tuple[PlantCoordinator, PlantCoordinator],
        clock: ControlClock,
        journal: Callable[[], ControlJournal],
    ) -> None:
        """Look through the coordinators of readings and of settings."""
        self._entry = entry
        self._driver = driver
        self._readings, self._settings = polls
        self._clock = clock
        self._journal = journal
        self._owed: Mapping[str, Original] = {}
        self._returned: dict[str, tuple[Original, float | None]] = {}
        """What was put back, and when the settings had been read last by then."""

    @property
    def poll_period_s(self) -> float:
        """How far apart two polls are, in the control clock's seconds."""
        period = self._readings.update_interval
        return self._clock.passed_s(period.total_seconds() if period else 0.0)

    @property
    def is_complete(self) -> bool:
        """Whether the settings, which are read last, were asked for."""
        return self._settings.data is not None or (
            not self._settings.last_update_success
        )

    def state(self) -> PlantState | None:
        """Return how the plant stood when last read; ``None`` if it never was."""
        taken_s = [self._driver.taken_s.get(group) for group in FAST]
        known_s = [taken for taken in taken_s if taken is not None]
        if len(known_s) < len(FAST):
            return None
        return build_plant_state(
            self._driver,
            self._readings.data,
            self._settings.data if self._settings_age_in_periods() < OLD else None,
            read_at=self._clock.at(min(known_s)),
            poll_period_s=self.poll_period_s,
            manager=self._entry.data.get(CONF_MANAGER),
            originals=self._originals(),
        )

    def _originals(self) -> Mapping[str, Original]:
        """Return what stored settings are without us.

        One that was put back since the settings were read is still read as we had
        changed it, and would seem to be a limit of the owner's.
        """
        owed = self._journal().originals
        taken_s = self._driver.taken_s.get(Group.SETTINGS)
        for key in self._owed.keys() - owed.keys():
            self._returned[key] = self._owed[key], taken_s
        self._owed = dict(owed)
        self._returned = {
            key: (original, noticed_s)
            for key, (original, noticed_s) in self._returned.items()
            if noticed_s == taken_s
        }
        returned = {key: original for key, (original, _) in self._returned.items()}
        return returned | self._owed

    async def async_freshen(self) -> None:
        """Read what is too old to command by, if anything is."""
        if self.are_settings_late():
            await self._settings.async_refresh()
        if self.is_late():
            await self._readings.async_refresh()

    async def async_read(self) -> None:
        """Read the plant now."""
        await self._readings.async_refresh()

    async def async_read_settings(self) -> None:
        """Read the settings now: some were changed."""
        await self._settings.async_refresh()

    def is_late(self) -> bool:
        """Return whether the next poll should have come by now.

        While nothing may be commanded, what the guard needs is read more rarely.
        """
        groups = FAST if allows_control(self._entry.options) else (Group.READINGS,)
        taken_s = [self._driver.taken_s.get(group, -inf) for group in groups]
        return self._age_in_periods(self._readings, min(taken_s)) > LATE

    def are_settings_late(self) -> bool:
        """Return whether the settings should have been read again by now."""
        return self._settings_age_in_periods() > LATE

    def _settings_age_in_periods(self) -> float:
        taken_s = self._driver.taken_s.get(Group.SETTINGS, -inf)
        return self._age_in_periods(self._settings, taken_s)

    def _age_in_periods(self, polls: PlantCoordinator, taken_s: float) -> float:
        """Return how old something is, in periods of the polls that read it."""
        period = polls.update_interval
        if taken_s == -inf or period is None:
            return inf
        age_s = (self._clock.now() - self._clock.at(taken_s)).total_seconds()
        return age_s / self._clock.passed_s(period.total_seconds())
