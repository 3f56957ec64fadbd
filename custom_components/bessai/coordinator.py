"""Polls the plant on two clocks: readings all the time, settings now and then."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, tzinfo
from typing import override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .const import CONF_TIME_FACTOR, DOMAIN, LOGGER
from .core.telemetry import Telemetry
from .device.driver import PlantDriver, PlantSilent, WrongPlant
from .options import allows_control, detects_anomalies

DUTY_CYCLE = 3
"""A poll may take a third of the time at most: the rest is for commands, and for
what else the dongle has to do."""

SHORTEST_PERIOD = timedelta(seconds=1)
LONGEST_PERIOD = timedelta(minutes=2)
REMEMBERED_POLLS = 5

PATIENCE = (1, 1, 2, 3, 6, 12, 30)
"""After so many failures in a row, wait so many periods: a silent night is expected
and needs no answer every ten seconds."""

LONGEST_WAIT = timedelta(minutes=5)
"""In the morning, nobody should have to wait longer than this for the plant."""


class PlantCoordinator(DataUpdateCoordinator[Telemetry]):
    """Runs one kind of poll at a pace that the link can stand."""

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        name: str,
        poll: Callable[[datetime, tzinfo], Awaitable[Telemetry]],
        period: timedelta,
    ) -> None:
        """Poll with ``poll`` every ``period``, or less often on a slow link."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=f"{entry.title} {name}",
            update_interval=period,
            always_update=True,
        )
        self.last_read_at: datetime | None = None
        self.sibling: PlantCoordinator | None = None
        """The other one of the same plant: what it has logged is not logged again."""
        self._poll = poll
        self._period = self._pace = period
        self._durations_s: deque[float] = deque(maxlen=REMEMBERED_POLLS)
        self._failures = 0
        self._failed_blocks: frozenset[str] = frozenset()

    @override
    async def _async_update_data(self) -> Telemetry:
        began = self.hass.loop.time()
        try:
            zone = dt_util.get_default_time_zone()
            telemetry = await self._poll(dt_util.utcnow(), zone)
        except PlantSilent as err:
            if self._shutdown_requested:
                # The link was closed under a poll on its way: nothing has failed.
                return self.data
            raise self._failed("plant_silent", {"reason": str(err)}) from err
        except WrongPlant as err:
            raise self._failed("wrong_plant", {}) from err
        if self._shutdown_requested:
            return telemetry  # what is missing is due to the link that we closed
        self._durations_s.append(self.hass.loop.time() - began)
        self._failures = 0
        self.last_read_at = telemetry.read_at
        self.update_interval = self._pace = self._adapted_period()
        self._log_changes(telemetry.failed)
        return telemetry

    @callback
    @override
    def _async_refresh_finished(self) -> None:
        """Tell the listeners of a failure that follows another one.

        Home Assistant tells them of the first only, but the link and what is wrong
        with it go on changing.
        """
        if self._failures > 1:
            self.async_update_listeners()

    def _failed(self, key: str, placeholders: dict[str, str]) -> UpdateFailed:
        periods = PATIENCE[min(self._failures, len(PATIENCE) - 1)]
        self._failures += 1
        if self.sibling is not None and not self.sibling.last_update_success:
            # Home Assistant logs a failure that follows a success: this one does not.
            self.last_update_success = False
        wait = max(min(self._period * periods, LONGEST_WAIT), self._pace)
        return UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders=placeholders,
            retry_after=wait.total_seconds(),
        )

    @property
    def longest_poll(self) -> timedelta:
        """How long the slowest of the last polls took."""
        return timedelta(seconds=max(self._durations_s, default=0.0))

    def _adapted_period(self) -> timedelta:
        """Return the period that leaves a slow link time to breathe."""
        usual = sorted(self._durations_s)[len(self._durations_s) // 2]
        needed = timedelta(seconds=round(DUTY_CYCLE * usual))
        return max(self._period, min(needed, LONGEST_PERIOD))

    def _log_changes(self, failed: frozenset[str]) -> None:
        """Say once when a block goes silent and once when it is back."""
        for block in sorted(failed - self._failed_blocks):
            LOGGER.warning("%s: %s is not answered", self.name, block)
        for block in sorted(self._failed_blocks - failed):
            LOGGER.info("%s: %s is answered again", self.name, block)
        self._failed_blocks = failed


def readings_coordinator(
    hass: HomeAssistant, entry: ConfigEntry, driver: PlantDriver
) -> PlantCoordinator:
    """Return the coordinator of what changes all the time.

    While commands are allowed, each poll has everything the guard judges them by, and
    while anomalies are looked for, what that needs is read beside some of them.
    """

    async def poll(now: datetime, zone: tzinfo) -> Telemetry:
        guard = allows_control(entry.options)
        audit = detects_anomalies(entry.options)
        return await driver.read_readings(now, zone, guard=guard, audit=audit)

    period = _period(entry, driver.profile.link.poll_period_s)
    return PlantCoordinator(hass, entry, "readings", poll, period)


def settings_coordinator(
    hass: HomeAssistant, entry: ConfigEntry, driver: PlantDriver
) -> PlantCoordinator:
    """Return the coordinator of what changes rarely."""
    period = _period(entry, driver.profile.link.settings_period_s)
    return PlantCoordinator(hass, entry, "settings", driver.read_settings, period)


def _period(entry: ConfigEntry, plant_s: float) -> timedelta:
    """Return how often to poll a plant; one that lives faster, more often."""
    factor = float(entry.data.get(CONF_TIME_FACTOR, 1))
    return max(timedelta(seconds=plant_s / factor), SHORTEST_PERIOD)
