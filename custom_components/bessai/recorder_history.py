"""Mean powers out of the recorder's statistics."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance

from .const import LOGGER
from .core.interval import Interval
from .core.units import hours, watts
from .forecast_notes import ForecastTrouble
from .planning.quarters import PowerSample, as_quarters

if TYPE_CHECKING:
    from homeassistant.components.recorder.statistics import StatisticsRow

RECORDER: Final = "recorder"
FINE_DAYS: Final = 10
"""So long Home Assistant keeps five-minute statistics, unless told otherwise; those of
hours it keeps for ever."""

MOST_W: Final = 10_000_000.0
"""No house of ours uses more: a counter was replaced, not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the recorder knows of an entity."""

    quarters: dict[datetime, float]
    """Mean powers, W, by quarter hour."""

    trouble: ForecastTrouble | None = None


@callback
def has_recorder(hass: HomeAssistant) -> bool:
    """Return whether Home Assistant keeps a history at all."""
    return RECORDER in hass.config.components


async def async_recorded(
    hass: HomeAssistant, entity_id: str, start: datetime, end: datetime
) -> Recorded:
    """Return the mean powers of an entity's statistics.

    A power is taken as it is, an energy total by its change. Hourly statistics fill
    what the five-minute ones do not reach.
    """
    if not has_recorder(hass):
        return Recorded(quarters={}, trouble=ForecastTrouble.NO_RECORDER)
    # SQLAlchemy comes with it, which a Home Assistant without a recorder may lack.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        return await get_instance(hass).async_add_executor_job(
            _read, hass, entity_id, start, end
        )
    except SQLAlchemyError as err:
        LOGGER.warning("The history of %s cannot be read: %s", entity_id, err)
        return Recorded(quarters={}, trouble=ForecastTrouble.NO_STATISTICS)


def _read(
    hass: HomeAssistant, entity_id: str, start: datetime, end: datetime
) -> Recorded:
    """Read both statistics; in the recorder's executor."""
    from homeassistant.components.recorder import statistics  # noqa: PLC0415

    found = statistics.get_metadata(hass, statistic_ids={entity_id})
    if entity_id not in found:
        return Recorded(quarters={}, trouble=ForecastTrouble.NO_STATISTICS)
    kind = found[entity_id][1]["unit_class"]
    if kind not in {"power", "energy"}:
        return Recorded(quarters={}, trouble=ForecastTrouble.WRONG_UNIT)

    def rows(period: Any, since: datetime) -> Iterable[StatisticsRow]:
        units: dict[str, str] = {
            "power": UnitOfPower.WATT,
            "energy": UnitOfEnergy.KILO_WATT_HOUR,
        }
        return statistics.statistics_during_period(
            hass, since, end, {entity_id}, period, units, {"mean", "change"}
        ).get(entity_id, ())

    fine_start = max(start, end - timedelta(days=FINE_DAYS))
    quarters = as_quarters(_samples(rows("hour", start), kind))
    quarters |= as_quarters(_samples(rows("5minute", fine_start), kind))
    return Recorded(quarters=quarters)


def _samples(rows: Iterable[StatisticsRow], kind: str) -> Iterable[PowerSample]:
    for row in rows:
        interval = Interval(start=_moment(row["start"]), end=_moment(row["end"]))
        power_w = row.get("mean")
        if kind == "energy" and (change_kwh := row.get("change")) is not None:
            power_w = watts(change_kwh) / hours(interval.duration)
        if power_w is not None and 0.0 <= power_w <= MOST_W:
            yield PowerSample(interval=interval, power_w=power_w)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
