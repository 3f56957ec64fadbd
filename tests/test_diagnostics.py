"""A report for a stranger: everything about the plant, nothing about its owner."""

from http import HTTPStatus
import json
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
)
from custom_components.bessai.simulator.server import SimulatorServer

from .controlled import ask
from .home import HOST, Home, settle
from .plants import (
    SIMULATED_SERIAL_NUMBER,
    add_simulated_plant,
    poll_until,
)
from .watched import found, watch_until

FULL = PlantParameters(battery=BatteryParameters(units=2, packs_per_unit=3))


@pytest.fixture
async def full_home(hass: HomeAssistant, prompt_link: None) -> Home:
    """Return a plant with as many serial numbers as there can be."""
    home = await Home(hass, FULL).switch_on()
    return await home.add()


async def download(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, entry_id: str
) -> str:
    """Return the file that the owner gets, letter by letter."""
    assert await async_setup_component(hass, "diagnostics", {})
    await settle(hass)  # Home Assistant looks for our part of it in the background
    client = await hass_client()
    response = await client.get(f"/api/diagnostics/config_entry/{entry_id}")
    assert response.status == HTTPStatus.OK
    return await response.text()


def secrets_of(home: Home) -> set[str]:
    """Return what the plant says that nobody else should know."""
    driver = home.runtime.driver
    secrets = {
        driver.text(register.key)
        for register in driver.profile.registers.values()
        if register.secret
    }
    return {secret for secret in secrets if secret}


def letters_in(words: dict[str, int]) -> str:
    """Return what raw words say if they are text."""
    data = b"".join(words[address].to_bytes(2) for address in sorted(words, key=int))
    return data.decode("latin-1")


async def test_a_report_has_findings_but_not_who_answered(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    home = added_home
    home.server.scenario = Scenario.SWAPPED_INVERTER
    await watch_until(home, lambda: bool(found(home)), 60)
    report = await download(hass, hass_client, home.entry.entry_id)
    assert "BS2301009999" not in report
    anomaly = json.loads(report)["data"]["anomaly"]
    (finding,) = anomaly["findings"]
    assert (finding["kind"], finding["subject"]) == ("identity", "serial_number")
    assert finding["measured"] == finding["expected"] == "**REDACTED**"
    assert anomaly["last"] == [{**finding, "cleared": False}]
    assert anomaly["baseline"].keys() == {"tolerances", "novelty", "rules"}
    assert anomaly["relearned"] == []
    home.server.scenario = Scenario.NONE


async def test_a_report_tells_how_the_plant_and_its_link_are(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, added_home.entry)
    )
    assert report["entry"]["unit_id"] == 1
    assert report["profile"]["id"] == "huawei_sun2000"
    assert report["identity"] == {
        "model": "SUN2000-10KTL-M1",
        "firmware": "V100R001C00SPC173",
        "unit_id": 1,
    }
    assert report["parts"] == ["battery", "inverter", "meter"]
    assert report["link"]["connected"]
    assert report["link"]["requests"] == added_home.server.statistics.requests
    assert report["readings"]["period_s"] == 10
    assert report["readings"]["last_exception"] == "None"
    assert report["readings"]["telemetry"]["values"]["soc_pct"] == 50.0
    assert report["settings"]["period_s"] == 300
    assert report["settings"]["telemetry"]["values"]["forcible_command"] == "stop"
    assert report["memory"]["parts"] == ["battery", "inverter", "meter"]
    assert report["raw"]["37760"] == 500


async def test_a_report_tells_nothing_of_the_owner(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, full_home: Home
) -> None:
    await full_home.poll_settings()  # a busy machine may have let an answer time out
    secrets = secrets_of(full_home)
    assert len(secrets) == 11
    file = await download(hass, hass_client, full_home.entry.entry_id)
    for secret in (HOST, full_home.serial_number, *secrets):
        assert secret not in file
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, full_home.entry)
    )
    text = letters_in(report["raw"])
    assert "SUN2000-10KTL-M1" in text
    for secret in secrets:
        assert secret not in text
    await full_home.server.stop()


@pytest.mark.parametrize("loaded", [True, False])
async def test_a_report_tells_nothing_of_the_login(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    home: Home,
    loaded: bool,
) -> None:
    if not loaded:
        await home.server.stop()
    await home.add(username="a-user", password="a-password")
    file = await download(hass, hass_client, home.entry.entry_id)
    assert "a-user" not in file
    assert "a-password" not in file
    assert '"password": "**REDACTED**"' in file


async def test_a_report_tells_what_was_commanded_and_what_came_of_it(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, controlled_home: Home
) -> None:
    await ask(controlled_home, "charge", power=2000, duration=3600)
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, controlled_home.entry)
    )
    assert report["options"]["control"]["allow"] is True
    told = report["control"]
    assert told["limits"]["soc_min_pct"] == 5
    assert told["blocks"] == []
    assert told["command"]["wish"] == {"power_w": -2000.0}
    assert told["command"]["proposal"]["by"] == "**REDACTED**"
    assert told["lease_terms"]["period_s"] == 120
    assert told["heartbeat"]["is_lost"] is False
    assert told["owed_settings"] == {}
    kinds = [entry["kind"] for entry in told["audit"]]
    assert kinds[0] == "allow"
    assert kinds[-1] == "command"
    assert "write" in kinds
    assert {entry["who"] for entry in told["audit"]} == {"**REDACTED**"}


async def test_a_report_names_nobody_who_is_notified_or_commands(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    controlled_home: Home,
    hass_admin_user: MockUser,
) -> None:
    entry = controlled_home.entry
    hass.config_entries.async_update_entry(
        entry,
        options={"notifications": {"targets": ["notify.mobile_app_anas_phone"]}},
    )
    context = Context(user_id=hass_admin_user.id)
    await ask(controlled_home, "hold", context=context, duration=3600)
    file = await download(hass, hass_client, entry.entry_id)
    assert "anas_phone" not in file
    assert str(hass_admin_user.name) not in file


async def test_a_report_of_a_plant_without_a_battery_has_no_commands(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None)).switch_on()
    await home.add()
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, home.entry)
    )
    assert report["control"] is None
    await home.server.stop()


async def test_a_report_of_a_failing_link_names_no_host(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    added_home.server.scenario = Scenario.REFUSED_CONNECTION
    await poll_until(
        added_home, lambda: bool(added_home.runtime.endpoint.statistics.errors)
    )
    assert HOST in str(added_home.runtime.endpoint.statistics.last_error)
    file = await download(hass, hass_client, added_home.entry.entry_id)
    assert HOST not in file
    assert f"**REDACTED**:{added_home.port}" in file
    assert "UpdateFailed('plant_silent')" in file


async def test_a_report_of_the_wrong_plant_names_neither_plant(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    added_home.server.scenario = Scenario.REFUSED_CONNECTION
    await added_home.poll()
    added_home.server.scenario = Scenario.SWAPPED_INVERTER
    await poll_until(
        added_home,
        lambda: "wrong_plant" in repr(added_home.runtime.readings.last_exception),
    )
    file = await download(hass, hass_client, added_home.entry.entry_id)
    assert "wrong_plant" in file
    for secret in ("BS2301009999", added_home.serial_number):
        assert secret not in file


async def test_a_report_of_a_plant_without_settings_yet_is_complete(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    entry_id = added_home.entry.entry_id
    added_home.server.scenario = Scenario.SLOW_ANSWERS
    await hass.config_entries.async_unload(entry_id)
    await hass.config_entries.async_setup(entry_id)
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, added_home.entry)
    )
    assert report["settings"]["telemetry"] is None
    added_home.server.scenario = Scenario.NONE


async def test_a_report_of_a_plant_that_is_polled_by_hand_is_complete(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, added_home: Home
) -> None:
    added_home.runtime.readings.update_interval = None
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, added_home.entry)
    )
    assert report["readings"]["period_s"] is None


async def test_a_simulated_plant_has_nothing_to_hide_but_its_number(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    simulators: list[SimulatorServer],
) -> None:
    entry = await add_simulated_plant(hass)
    file = await download(hass, hass_client, entry.entry_id)
    assert SIMULATED_SERIAL_NUMBER not in file
    assert '"battery_kwh": 10.0' in file


async def test_a_report_can_be_had_of_a_plant_that_is_not_set_up(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, home: Home
) -> None:
    await home.server.stop()
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    report: dict[str, Any] = dict(
        await get_diagnostics_for_config_entry(hass, hass_client, home.entry)
    )
    assert report["state"] == "setup_retry"
    assert report["error"] == "plant_silent"
    assert report["entry"]["host"] == "**REDACTED**"
    file = await download(hass, hass_client, home.entry.entry_id)
    assert HOST not in file
    assert home.serial_number not in file
