"""Who forecasts PV in a Home Assistant."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    mock_integration,
    mock_platform,
)

from custom_components.bessai import forecast_sources
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.forecast_payloads import read_candidate
from custom_components.bessai.forecast_sources import async_pv_candidates

from .forecasting import HOUR, SolarService, add_entity, solcast_day, wh_hours

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


def loaded(hass: HomeAssistant, domain: str) -> MockConfigEntry:
    """Add a config entry of another integration."""
    mock_integration(hass, MockModule(domain))
    entry = MockConfigEntry(domain=domain, title=domain, state=ConfigEntryState.LOADED)
    entry.add_to_hass(hass)
    return entry


async def found(hass: HomeAssistant, chosen: str | None = None) -> dict[str, float]:
    """Return the first power of each candidate, in their order."""
    candidates = await async_pv_candidates(hass, chosen)
    return {
        candidate.name: read_candidate(candidate, NOW).steps[0].p50_w
        for candidate in candidates
    }


async def test_nobody_forecasts(hass: HomeAssistant) -> None:
    loaded(hass, "hue")
    add_entity(hass, "kitchen", {"unit_of_measurement": "W"})
    assert await found(hass) == {}


async def test_platform_is_found_and_its_planes_are_added(hass: HomeAssistant) -> None:
    service = SolarService(hass, "sunny")
    service.add("East", wh_hours(NOW, 700))
    service.add("West", wh_hours(NOW, 300))
    assert await found(hass) == {"East": 1000}


async def test_two_services_are_not_added(hass: HomeAssistant) -> None:
    SolarService(hass, "sunny").add("Sunny", wh_hours(NOW, 700))
    SolarService(hass, "cloudy").add("Cloudy", wh_hours(NOW, 300))
    assert await found(hass) == {"Cloudy": 300, "Sunny": 700}


async def test_chosen_platform_entry_is_the_only_one(hass: HomeAssistant) -> None:
    service = SolarService(hass, "sunny")
    service.add("East", wh_hours(NOW, 700))
    west = service.add("West", wh_hours(NOW, 300))
    assert await found(hass, west) == {"West": 300}


async def test_choice_of_the_energy_dashboard_comes_first(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    assert await async_setup_component(hass, "energy", {})
    SolarService(hass, "cloudy").add("Cloudy", wh_hours(NOW, 300))
    sunny = SolarService(hass, "sunny").add("Sunny", wh_hours(NOW, 700))
    solcast = loaded(hass, "solcast_solar")
    add_entity(hass, "solcast_today", solcast_day(NOW, 2.0), solcast)
    names = [*await found(hass)]
    assert names == ["solcast today", "Cloudy", "Sunny"]
    await choose_in_dashboard(hass, sunny)
    assert [*await found(hass)] == ["Sunny", "solcast today"]
    await choose_in_dashboard(hass, solcast.entry_id)
    assert [*await found(hass)] == ["solcast today", "Cloudy", "Sunny"]


async def choose_in_dashboard(hass: HomeAssistant, entry_id: str) -> None:
    source: Any = {
        "type": "solar",
        "stat_energy_from": "sensor.pv",
        "config_entry_solar_forecast": [entry_id],
    }
    other: Any = {"type": "battery", "stat_energy_from": "a", "stat_energy_to": "b"}
    manager = await async_get_manager(hass)
    await manager.async_update({"energy_sources": [other, source]})  # type: ignore[typeddict-item]


async def test_solcast_is_found_with_all_its_days(hass: HomeAssistant) -> None:
    entry = loaded(hass, "solcast_solar")
    add_entity(hass, "solcast_today", solcast_day(NOW, 2.0, 2.0), entry)
    add_entity(hass, "solcast_tomorrow", solcast_day(NOW + 24 * HOUR, 3.0), entry)
    (candidate,) = await async_pv_candidates(hass, None)
    steps = read_candidate(candidate, NOW).steps
    assert [step.p50_w for step in steps] == [2000, 2000, 3000]


async def test_open_meteo_planes_are_added(hass: HomeAssistant) -> None:
    for plane in ("east", "west"):
        entry = loaded(hass, "open_meteo_solar_forecast")
        add_entity(hass, plane, {"wh_period": wh_hours(NOW, 400)}, entry)
    assert await found(hass) == {"east": 800}


async def test_chosen_entity_brings_its_other_days(hass: HomeAssistant) -> None:
    entry, other = loaded(hass, "solcast_solar"), loaded(hass, "another")
    today = add_entity(hass, "today", solcast_day(NOW, 2.0), entry)
    add_entity(hass, "tomorrow", solcast_day(NOW + 24 * HOUR, 3.0), entry)
    add_entity(hass, "meteo", {"wh_period": wh_hours(NOW, 1)}, entry)
    add_entity(hass, "stranger", solcast_day(NOW + 48 * HOUR, 9.0), other)
    (candidate,) = await async_pv_candidates(hass, today)
    steps = read_candidate(candidate, NOW).steps
    assert [step.p50_w for step in steps] == [2000, 3000]


async def test_chosen_entity_may_be_anything_with_a_list(hass: HomeAssistant) -> None:
    items = [{"start": NOW, "power": 1.5}]
    attributes = {"forecast": items, "unit_of_measurement": "kW"}
    mine = add_entity(hass, "my_forecast", attributes)
    assert await found(hass, mine) == {"my forecast": 1500}
    assert await found(hass) == {}


async def test_chosen_entity_that_is_not_there_is_nothing(hass: HomeAssistant) -> None:
    SolarService(hass, "sunny").add("Sunny", wh_hours(NOW, 700))
    assert await found(hass, "sensor.gone") == {}


async def test_our_own_sensors_are_not_taken_for_a_forecast(
    hass: HomeAssistant,
) -> None:
    entry = loaded(hass, DOMAIN)
    add_entity(hass, "plan", {"wh_period": wh_hours(NOW, 400)}, entry)
    assert await found(hass) == {}


@pytest.mark.parametrize("said", [RuntimeError("no API key"), None, {}, "sun"])
async def test_service_with_nothing_to_say_is_passed_over(
    hass: HomeAssistant, said: Any
) -> None:
    service = SolarService(hass, "sunny")
    service.add("Broken", said)
    service.said[next(iter(service.said))] = said or None
    SolarService(hass, "windy").add("Windy", wh_hours(NOW, 300))
    assert await found(hass) == {"Windy": 300}


async def test_service_that_does_not_answer_is_not_waited_for(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast_sources, "PATIENCE_S", 0.01)

    async def never(hass: HomeAssistant, entry_id: str) -> None:
        await asyncio.sleep(60)

    loaded(hass, "slow")
    platform: Any = SimpleNamespace(async_get_solar_forecast=never)
    mock_platform(hass, "slow.energy", platform)
    assert await found(hass) == {}


async def test_integration_that_is_gone_or_forecasts_nothing_is_passed_over(
    hass: HomeAssistant,
) -> None:
    loaded(hass, "sockets")
    other: Any = SimpleNamespace()
    mock_platform(hass, "sockets.energy", other)
    MockConfigEntry(domain="vanished", state=ConfigEntryState.LOADED).add_to_hass(hass)
    service = SolarService(hass, "sunny")
    service.add("Sunny", wh_hours(NOW, 700))
    (entry,) = hass.config_entries.async_entries("sunny")
    assert isinstance(entry, MockConfigEntry)
    entry.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    assert await found(hass) == {}


async def test_energy_dashboard_without_choices_is_no_choice(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    assert await async_setup_component(hass, "energy", {})
    SolarService(hass, "sunny").add("Sunny", wh_hours(NOW, 700))
    assert await found(hass) == {"Sunny": 700}
