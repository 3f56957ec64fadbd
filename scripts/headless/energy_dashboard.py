"""Fills in the Energy dashboard, and gives it a week to show.

Home Assistant counts energy from the moment a sensor appears, so that the dashboard
of a new home is empty for an hour. The past of the simulated one is no invention:
its plant lives through it before it is served.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import time
from typing import Any

from custom_components.bessai.simulator.truth import PlantTruth

from .client import HomeAssistantClient
from .errors import SceneError
from .site import Site

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RECORDER_S = 30

COUNTERS = {
    "grid_import_energy": "import_kwh",
    "grid_export_energy": "export_kwh",
    "pv_energy": "pv_kwh",
    "battery_discharge_energy": "discharge_kwh",
    "battery_charge_energy": "charge_kwh",
}
"""Quantity of an entity: what the simulated plant calls it."""

MEASUREMENTS = {
    "grid_power": ("grid_w", "W", "power"),
    "pv_power": ("pv_w", "W", "power"),
    "load_power": ("load_w", "W", "power"),
    "battery_power": ("battery_w", "W", "power"),
    "soc": ("soc_pct", "%", None),
}


@dataclass(slots=True)
class Hour:
    """What the statistics of one hour are made of."""

    start: datetime
    truths: list[PlantTruth] = field(default_factory=list)


def live_through(site: Site, now: datetime) -> tuple[list[Hour], PlantTruth]:
    """Return the full hours of a home's past, and how it stands now."""
    plant = site.build_plant()
    hours: list[Hour] = []
    start = plant.at
    while start + HOUR <= now:
        hour = Hour(start)
        for minute in range(1, 61):
            plant.advance(start + minute * MINUTE)
            hour.truths.append(plant.truth)
        hours.append(hour)
        start += HOUR
    plant.advance(now)
    return hours, plant.truth


async def import_past(
    client: HomeAssistantClient, site: Site, entity_ids: Mapping[str, str]
) -> None:
    """Give the recorder what it would have recorded."""
    hours, present = live_through(site, datetime.now(UTC))
    for key, name in COUNTERS.items():
        stats = [_counted(hour, name, present) for hour in hours]
        metadata = {"has_sum": True, "mean_type": 0, "unit_class": "energy"}
        await _import(client, entity_ids[key], metadata | {"unit": "kWh"}, stats)
    for key, (name, unit, unit_class) in MEASUREMENTS.items():
        stats = [_measured(hour, name) for hour in hours]
        metadata = {"has_sum": False, "mean_type": 1, "unit_class": unit_class}
        await _import(client, entity_ids[key], metadata | {"unit": unit}, stats)
    past = [entity_ids[key] for key in (*COUNTERS, *MEASUREMENTS)]
    await _until_recorded(client, past, hours[0].start)


async def _until_recorded(
    client: HomeAssistantClient, entity_ids: list[str], start: datetime
) -> None:
    """Wait for the recorder, which works through what it was given in its own time."""
    deadline = time.monotonic() + RECORDER_S
    known: Mapping[str, object] = {}
    while len(known) < len(entity_ids):
        if time.monotonic() > deadline:
            raise SceneError(f"the recorder takes more than {RECORDER_S} s")
        await asyncio.sleep(0.1)
        known = await client.command(
            "recorder/statistics_during_period",
            start_time=start.isoformat(),
            statistic_ids=entity_ids,
            period="day",
        )


def _counted(hour: Hour, name: str, present: PlantTruth) -> dict[str, Any]:
    """Return the row of a counter.

    Home Assistant begins its own sum with 0 at the first reading. The past ends
    there, so its sums are negative, and the dashboard sees no step.
    """
    state = getattr(hour.truths[-1], name)
    total = state - getattr(present, name)
    return {"start": hour.start.isoformat(), "state": state, "sum": total}


def _measured(hour: Hour, name: str) -> dict[str, Any]:
    """Return the row of a value that goes up and down."""
    values = [getattr(truth, name) for truth in hour.truths]
    return {
        "start": hour.start.isoformat(),
        "mean": sum(values) / len(values),
        "min": min(values),
        "max": max(values),
    }


async def _import(
    client: HomeAssistantClient,
    entity_id: str,
    metadata: dict[str, Any],
    stats: list[dict[str, Any]],
) -> None:
    unit = metadata.pop("unit")
    await client.command(
        "recorder/import_statistics",
        metadata={
            **metadata,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_of_measurement": unit,
        },
        stats=stats,
    )


async def fill_in(
    client: HomeAssistantClient, entity_ids: Mapping[str, str], capacity_kwh: float
) -> None:
    """Save what an owner would choose in the dashboard's settings."""
    grid = {
        "type": "grid",
        "stat_energy_from": entity_ids["grid_import_energy"],
        "stat_energy_to": entity_ids["grid_export_energy"],
        "stat_rate": entity_ids["grid_power"],
        "cost_adjustment_day": 0,
    }
    solar = {
        "type": "solar",
        "stat_energy_from": entity_ids["pv_energy"],
        "stat_rate": entity_ids["pv_power"],
        "config_entry_solar_forecast": None,
    }
    battery = {
        "type": "battery",
        "stat_energy_from": entity_ids["battery_discharge_energy"],
        "stat_energy_to": entity_ids["battery_charge_energy"],
        "stat_rate": entity_ids["battery_power"],
        "stat_soc": entity_ids["soc"],
        "capacity": capacity_kwh,
    }
    await client.command("energy/save_prefs", energy_sources=[grid, solar, battery])


async def is_filled_in(client: HomeAssistantClient) -> bool:
    """Return whether somebody has set up the dashboard."""
    try:
        preferences = await client.command("energy/get_prefs")
    except SceneError:
        return False
    return bool(preferences["energy_sources"])


async def issues(client: HomeAssistantClient) -> list[str]:
    """Return what the dashboard's settings complain about."""
    found = await client.command("energy/validate")
    return [
        f"{issue['type']}: {issue['affected_entities']}"
        for source in found["energy_sources"]
        for issue in source
    ]
