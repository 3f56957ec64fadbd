"""What the forecasts meet in Home Assistant: statistics, platforms and entities."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from homeassistant.components.recorder.db_schema import Statistics, StatisticsShortTerm
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.models.statistics import (
    StatisticData,
    StatisticMetaData,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.telemetry import Telemetry, Value

SERIAL_NUMBER = "BS2301000001"
HOUR = timedelta(hours=1)


def telemetry(at: datetime, **values: Value) -> Telemetry:
    """Return what a poll read."""
    return Telemetry(read_at=at, values=values, read_times={})


def add_own_sensor(hass: HomeAssistant, key: str, entity_id: str) -> str:
    """Register our sensor of a quantity under a name that its owner gave it."""
    entity = er.async_get(hass).async_get_or_create(
        "sensor",
        DOMAIN,
        f"{SERIAL_NUMBER}_{key}",
        suggested_object_id=entity_id.removeprefix("sensor."),
    )
    return entity.entity_id


async def record(
    hass: HomeAssistant,
    entity_id: str,
    unit: tuple[str, str],
    start: datetime,
    values: Sequence[float],
    *,
    is_fine: bool = False,
) -> None:
    """Put statistics into the recorder: means of a power, sums of an energy.

    Args:
        hass: Home Assistant.
        entity_id: Whose.
        unit: Class and unit: ``("power", "kW")``.
        start: Of the first.
        values: One an hour, or each five minutes.
        is_fine: Whether these are five-minute statistics.
    """
    is_power = unit[0] == "power"
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.ARITHMETIC if is_power else StatisticMeanType.NONE,
        has_sum=not is_power,
        name=None,
        source="recorder",
        statistic_id=entity_id,
        unit_class=unit[0],
        unit_of_measurement=unit[1],
    )
    step = timedelta(minutes=5) if is_fine else HOUR
    rows = [
        StatisticData(start=start + index * step, mean=value)
        if is_power
        else StatisticData(start=start + index * step, sum=value, state=value)
        for index, value in enumerate(values)
    ]
    table = StatisticsShortTerm if is_fine else Statistics
    get_instance(hass).async_import_statistics(metadata, rows, table)
    await async_wait_recording_done(hass)


class SolarService:
    """An integration with a solar-forecast platform, as Forecast.Solar has one."""

    def __init__(self, hass: HomeAssistant, domain: str) -> None:
        self.hass = hass
        self.domain = domain
        self.said: dict[str, Any] = {}
        """By config entry; an exception is raised."""
        mock_integration(hass, MockModule(domain))
        platform: Any = SimpleNamespace(async_get_solar_forecast=self._said)
        mock_platform(hass, f"{domain}.energy", platform)

    def add(self, title: str, wh_hours: Any) -> str:
        """Add a plane of a roof; return its config entry."""
        entry = MockConfigEntry(
            domain=self.domain, title=title, state=ConfigEntryState.LOADED
        )
        entry.add_to_hass(self.hass)
        self.said[entry.entry_id] = wh_hours
        return entry.entry_id

    async def _said(self, hass: HomeAssistant, entry_id: str) -> Any:
        said = self.said[entry_id]
        if isinstance(said, Exception):
            raise said
        return {"wh_hours": said} if isinstance(said, Mapping) else said


def wh_hours(start: datetime, *energies_wh: float) -> dict[str, float]:
    """Return energies of consecutive hours as a solar-forecast platform gives them."""
    return {
        (start + index * HOUR).isoformat(): energy_wh
        for index, energy_wh in enumerate(energies_wh)
    }


def solcast_day(start: datetime, *powers_kw: float) -> dict[str, Any]:
    """Return the attributes of Solcast's sensor of a day: kW of half hours."""
    return {
        "detailedForecast": [
            {
                "period_start": start + index * HOUR / 2,
                "pv_estimate": power_kw,
                "pv_estimate10": 0.5 * power_kw,
                "pv_estimate90": 1.2 * power_kw,
            }
            for index, power_kw in enumerate(powers_kw)
        ],
        "unit_of_measurement": "kWh",
    }


def add_entity(
    hass: HomeAssistant,
    name: str,
    attributes: Mapping[str, Any],
    entry: MockConfigEntry | None = None,
) -> str:
    """Add a sensor with these attributes; return its id."""
    entity_id = f"sensor.{name}"
    if entry is not None:
        entity_id = (
            er.async_get(hass)
            .async_get_or_create(
                "sensor",
                entry.domain,
                name,
                suggested_object_id=name,
                config_entry=entry,
            )
            .entity_id
        )
    hass.states.async_set(entity_id, "1", attributes)
    return entity_id
