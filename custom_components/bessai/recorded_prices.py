"""What a sensor with only the current price has shown before, from the recorder."""

from datetime import UTC, datetime
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from .const import LOGGER
from .planning.price_series import RawPrice
from .price_payloads import RawPrices

RECORDER: Final = "recorder"


async def async_recorded_prices(
    hass: HomeAssistant, entity_id: str, start: datetime, end: datetime
) -> RawPrices | None:
    """Return the hourly means of a sensor, in the unit in which they are kept.

    ``None`` if there is no recorder, or it keeps no statistics of the sensor.
    """
    if RECORDER not in hass.config.components:
        return None
    # SQLAlchemy comes with it, which a Home Assistant without a recorder may lack.
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        return await get_instance(hass).async_add_executor_job(
            _read, hass, entity_id, start, end
        )
    except SQLAlchemyError as err:
        LOGGER.warning("The history of %s cannot be read: %s", entity_id, err)
        return None


def _read(
    hass: HomeAssistant, entity_id: str, start: datetime, end: datetime
) -> RawPrices | None:
    """Read the statistics; in the recorder's executor."""
    from homeassistant.components.recorder import statistics  # noqa: PLC0415

    found = statistics.get_metadata(hass, statistic_ids={entity_id})
    if entity_id not in found:
        return None
    rows = statistics.statistics_during_period(
        hass, start, end, {entity_id}, "hour", None, {"mean"}
    ).get(entity_id, ())
    return RawPrices(
        items=tuple(
            RawPrice(
                start=datetime.fromtimestamp(row["start"], UTC),
                end=datetime.fromtimestamp(row["end"], UTC),
                value=row.get("mean"),
            )
            for row in rows
        ),
        unit=found[entity_id][1]["unit_of_measurement"],
    )
