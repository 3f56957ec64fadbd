"""Home Assistant's health page has a line about all plants together."""

from importlib.metadata import PackageNotFoundError, version

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.bessai import system_health
from custom_components.bessai.const import CONF_UNIT_ID, DOMAIN
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import Identity, PlantParameters
from custom_components.bessai.simulator.plant import SimulatedPlant

from .home import Home, settle
from .plants import cascade
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["system_health"]["info"]


async def health(hass: HomeAssistant) -> dict[str, object]:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    return await get_system_health_info(hass, DOMAIN)


async def test_a_plant_that_answers_is_counted(
    hass: HomeAssistant, added_home: Home
) -> None:
    info = await health(hass)
    assert info.keys() == TEXTS.keys()
    assert info["plants"] == info["answering"] == 1
    assert info["requests"] == added_home.server.statistics.requests
    # On a busy machine an answer is late now and then.
    assert info["errors"] == added_home.runtime.endpoint.statistics.failed_requests
    slowest = info["slowest_p95_ms"]
    assert isinstance(slowest, int)
    assert 0 <= slowest < 1000


async def test_a_plant_that_does_not_answer_is_counted_as_such(
    hass: HomeAssistant, added_home: Home
) -> None:
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await added_home.poll()
    info = await health(hass)
    assert (info["plants"], info["answering"]) == (1, 0)
    assert info["errors"] == added_home.runtime.endpoint.statistics.timeouts > 0


async def test_without_a_plant_there_is_nothing_to_count(
    hass: HomeAssistant, added_home: Home
) -> None:
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    info = await health(hass)
    assert info.pop("inference")
    assert set(info.values()) == {0}


async def test_what_models_run_on_is_said(
    hass: HomeAssistant, added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = await health(hass)
    assert info["inference"] == f"onnxruntime {version('onnxruntime')}"

    def absent(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(system_health, "version", absent)
    assert (await get_system_health_info(hass, DOMAIN))["inference"] == "numpy"


async def test_a_link_that_two_plants_share_is_counted_once(
    hass: HomeAssistant, added_home: Home
) -> None:
    parameters = PlantParameters(identity=Identity(serial_number="BS2301000002"))
    cascade(added_home.plant, SimulatedPlant(parameters, added_home.clock.now))
    other = MockConfigEntry(
        domain=DOMAIN,
        unique_id="BS2301000002",
        data={**added_home.entry.data, CONF_UNIT_ID: 2},
    )
    other.add_to_hass(hass)
    await hass.config_entries.async_setup(other.entry_id)
    await settle(hass)
    info = await health(hass)
    assert info["plants"] == info["answering"] == 2
    assert info["requests"] == added_home.server.statistics.requests
