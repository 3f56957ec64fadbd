"""What the house used and the panels gave: our own readings, else the recorder's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .const import DOMAIN
from .core.errors import BessaiError
from .core.telemetry import Telemetry
from .forecast_notes import ForecastNote, ForecastTrouble
from .planning.forecast_error import as_rows, from_rows
from .planning.quarters import PER_DAY, QuarterMeter, within
from .recorder_history import Recorded, async_recorded

OWN_KEPT: Final = timedelta(days=28)
RECORDED: Final = timedelta(weeks=8)
AGAIN: Final = timedelta(hours=6)
"""The recorder is asked for what may have come meanwhile as often as this; for an
entity that is not ours, whenever there is a new quarter hour."""

ENOUGH: Final = 7 * PER_DAY
"""Quarter hours of our own readings with which nobody misses a recorder."""

OVERLAP: Final = timedelta(hours=2)
"""Statistics are late: so much is read again."""


class UnreadableHistory(BessaiError):  # noqa: N818 - named after what happened
    """A document that was not written by :meth:`PlantHistory.as_document`."""


@dataclass(slots=True, kw_only=True)
class _Series:
    """Mean powers of one kind, W, by quarter hour."""

    key: str
    """Of the reading; that of the sensor is without the unit."""

    entity_id: str | None = None
    """What the owner chose to be read instead of ours."""

    own: dict[datetime, float] = field(default_factory=dict)
    recorded: dict[datetime, float] = field(default_factory=dict)
    trouble: ForecastTrouble | None = None
    read_at: datetime | None = None
    meter: QuarterMeter = field(default_factory=QuarterMeter)

    def merged(self) -> dict[datetime, float]:
        """Return what is known; our own readings prevail, unless others were chosen."""
        if self.entity_id is not None:
            return dict(self.recorded)
        return self.recorded | self.own

    def forget(self, now: datetime) -> None:
        """Drop what is too old to teach anything."""
        for quarters, kept in ((self.own, OWN_KEPT), (self.recorded, RECORDED)):
            for old in [quarter for quarter in quarters if quarter < now - kept]:
                del quarters[old]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPowers:
    """Measured means of quarter hours, W; what was not measured is missing."""

    load: Mapping[datetime, float]
    pv: Mapping[datetime, float]


class PlantHistory:
    """Measured load and PV power of one plant, by quarter hour."""

    def __init__(
        self, hass: HomeAssistant, serial_number: str, load_history: str | None
    ) -> None:
        """Begin with nothing known.

        Args:
            hass: Home Assistant.
            serial_number: Of the inverter: our entities are found by it.
            load_history: Entity to read the load from instead of ours; a power or an
                energy total with statistics.
        """
        self._hass = hass
        self._serial_number = serial_number
        self._load = _Series(key="load_power_w", entity_id=load_history or None)
        self._pv = _Series(key="pv_power_w")

    @property
    def measured(self) -> MeasuredPowers:
        """What is known now; a copy."""
        return MeasuredPowers(load=self._load.merged(), pv=self._pv.merged())

    @property
    def notes(self) -> tuple[ForecastNote, ...]:
        """What stood in the way of reading the recorder."""
        trouble, entity_id = self._load.trouble, self._load.entity_id
        if trouble is ForecastTrouble.NO_RECORDER:
            is_missed = entity_id is not None or len(self._load.own) < ENOUGH
            return (ForecastNote(kind=trouble),) if is_missed else ()
        if trouble is None or entity_id is None:
            return ()  # our own sensors may be new: our readings will do
        return (ForecastNote(kind=trouble, about=entity_id),)

    @callback
    def async_observe(self, telemetry: Telemetry) -> None:
        """Take the powers of a poll."""
        for series in (self._load, self._pv):
            power_w = telemetry.number(series.key)
            series.own |= series.meter.add(telemetry.read_at, power_w)

    @callback
    def async_pass_time(self, now: datetime) -> None:
        """Complete the quarter hour that has just ended; forget what is old."""
        for series in (self._load, self._pv):
            series.own |= series.meter.pass_time(now)
            series.forget(now)

    async def async_read_recorder(self, now: datetime) -> None:
        """Fill in from the recorder what we have not read ourselves."""
        for series in (self._load, self._pv):
            is_ours = series.entity_id is None
            if series.read_at is None or now < series.read_at:  # the clock was ahead
                start = now - RECORDED
            elif is_ours and now - series.read_at < AGAIN:
                continue
            else:
                start = series.read_at - OVERLAP
            recorded = await self._async_recorded(series, start, now)
            series.recorded |= recorded.quarters
            series.trouble = recorded.trouble
            if recorded.trouble is None:
                series.read_at = now

    async def async_history(self, start: datetime, end: datetime) -> MeasuredPowers:
        """Return load and PV power of any time past, from the recorder and our own."""
        load, pv = [
            within(
                (await self._async_recorded(series, start, end)).quarters
                | series.merged(),
                start,
                end,
            )
            for series in (self._load, self._pv)
        ]
        return MeasuredPowers(load=load, pv=pv)

    async def _async_recorded(
        self, series: _Series, start: datetime, end: datetime
    ) -> Recorded:
        entity_id = series.entity_id or self._own_entity_id(series)
        if entity_id is None:
            return Recorded(quarters={}, trouble=ForecastTrouble.NO_STATISTICS)
        return await async_recorded(self._hass, entity_id, start, end)

    @callback
    def _own_entity_id(self, series: _Series) -> str | None:
        """Return our sensor of a series, whatever its owner has called it."""
        unique_id = f"{self._serial_number}_{series.key.removesuffix('_w')}"
        return er.async_get(self._hass).async_get_entity_id(
            Platform.SENSOR, DOMAIN, unique_id
        )

    def as_document(self) -> dict[str, Any]:
        """Return our own readings as plain JSON values."""
        return {"load": as_rows(self._load.own), "pv": as_rows(self._pv.own)}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was stored.

        Raises:
            UnreadableHistory: If the document is not one of :meth:`as_document`.
        """
        try:
            load, pv = from_rows(document["load"]), from_rows(document["pv"])
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as err:
            raise UnreadableHistory(
                f"stored readings are not readable: {err!r}"
            ) from err
        self._load.own, self._pv.own = load | self._load.own, pv | self._pv.own
