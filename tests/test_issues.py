"""What only a person can put right is raised with its reason and cleared by itself."""

import asyncio
from datetime import timedelta
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.issue_registry import IssueEntry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import (
    CONF_MANAGER,
    DOCUMENTATION,
    DOMAIN,
)
from custom_components.bessai.control_issues import (
    FOREIGN_COMMAND,
    SETTINGS_LEFT_BEHIND,
)
from custom_components.bessai.device.driver import WrongPlant
from custom_components.bessai.device.link import NotPermitted
from custom_components.bessai.issues import (
    BROKEN_PROFILE,
    CLOCK_WRONG,
    MANAGER_PRESENT,
    METER_OFFLINE,
    PERMISSION_MISSING,
    REFUSAL_REMEMBERED,
    SECOND_CLIENT,
    WRONG_PLANT,
    async_report_left_behind,
    async_report_wrong_plant,
)
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.server import SimulatorServer

from .controlled import (
    CHARGE,
    CHARGE_POWER,
    COMMAND,
    DISCHARGE_LIMIT,
    PERIOD,
    STOP,
    allow,
    ask,
    control,
    holds,
)
from .device.link_fakes import write_alone
from .home import Home, settle
from .plants import add_simulated_plant, poll_until
from .source import INTEGRATION, ROOT, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["issues"]


def issues(hass: HomeAssistant) -> dict[str, IssueEntry]:
    """Return our issues by the key of their text."""
    return {
        str(issue.translation_key): issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
    }


def text_of(issue: IssueEntry) -> str:
    """Return title and description as the owner reads them."""
    texts = TEXTS[issue.translation_key]
    placeholders = issue.translation_placeholders or {}
    return "\n".join(
        texts[part].format(**placeholders) for part in ("title", "description")
    )


def raised(home: Home, key: str) -> str:
    """Return the text of the only issue there is."""
    (issue,) = issues(home.hass).values()
    assert issue.translation_key == key
    assert not issue.is_fixable
    assert issue.severity is ir.IssueSeverity.WARNING
    assert issue.learn_more_url is not None
    assert issue.learn_more_url.startswith(DOCUMENTATION)
    return text_of(issue)


async def test_a_sound_plant_raises_nothing(added_home: Home) -> None:
    await added_home.poll()
    assert not issues(added_home.hass)


async def test_every_issue_is_explained_where_it_says() -> None:
    """The link of an issue ends in the heading that explains it."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for key in TEXTS:
        assert f'<a id="{key}">' in page or f"# {key}" in page, key


# --- the plant itself


async def test_a_lost_meter_is_reported_until_it_is_back(added_home: Home) -> None:
    added_home.server.scenario = Scenario.METER_OFFLINE
    await poll_until(added_home, lambda: bool(issues(added_home.hass)))
    assert "meter of SUN2000-10KTL-M1 is offline" in raised(added_home, METER_OFFLINE)
    added_home.server.scenario = Scenario.NONE
    await poll_until(added_home, lambda: not issues(added_home.hass))


async def test_an_issue_stays_as_it_is_while_nobody_can_tell(
    added_home: Home,
) -> None:
    """Deleted and raised again, it would come back to an owner who ignores it."""
    server = added_home.server
    server.scenario = Scenario.METER_OFFLINE
    await poll_until(added_home, lambda: bool(issues(added_home.hass)))
    server.scenario = Scenario.REFUSED_CONNECTION
    for _ in range(2):
        await added_home.poll()
    assert METER_OFFLINE in issues(added_home.hass)
    server.scenario = Scenario.NONE
    await poll_until(added_home, lambda: METER_OFFLINE not in issues(added_home.hass))

    server.scenario = Scenario.CLOCK_JUMP
    await added_home.poll_settings()
    server.scenario = Scenario.REFUSED_CONNECTION
    for _ in range(2):
        await added_home.poll_settings()
    assert CLOCK_WRONG in issues(added_home.hass)


async def test_a_meter_that_was_never_there_is_not_missed(home: Home) -> None:
    home.server.scenario = Scenario.METER_OFFLINE
    await home.add()
    await home.poll()
    assert not issues(home.hass)


async def test_a_wrong_clock_is_reported_until_it_is_set(added_home: Home) -> None:
    added_home.server.scenario = Scenario.CLOCK_JUMP
    await added_home.poll_settings()
    assert "is off by +1620 minutes" in raised(added_home, CLOCK_WRONG)
    added_home.server.scenario = Scenario.NONE
    await added_home.poll_settings()
    assert not issues(added_home.hass)


async def test_a_clock_that_is_slow_says_so(added_home: Home) -> None:
    added_home.clock.now -= timedelta(minutes=6)
    await added_home.poll_settings()
    assert "is off by -6 minutes" in raised(added_home, CLOCK_WRONG)
    added_home.clock.now += timedelta(minutes=2)
    await added_home.poll_settings()
    assert not issues(added_home.hass)


async def test_the_clock_is_compared_in_home_assistants_time_zone(
    hass: HomeAssistant, prompt_link: None
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    home = await Home(hass).switch_on()
    await home.add()
    assert not issues(hass)
    await home.server.stop()


async def test_an_inverter_that_tells_no_time_is_left_in_peace(
    added_home: Home,
) -> None:
    added_home.plant.poke(40000, (0, 0))
    await added_home.poll_settings()
    assert not issues(added_home.hass)


async def test_a_simulated_day_that_passes_faster_is_off_on_purpose(
    hass: HomeAssistant,
    simulators: list[SimulatorServer],
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = await add_simulated_plant(hass, time_factor=60)
    settings = entry.runtime_data.settings
    before = settings.data.number("inverter_clock_s")
    freezer.tick(timedelta(hours=1))
    await settings.async_refresh()
    assert settings.data.number("inverter_clock_s") - before == 60 * 3600
    assert not issues(hass)
    # While time stands still for the test: its clock must not jump for the plant.
    await hass.config_entries.async_unload(entry.entry_id)


async def test_an_emma_on_site_is_reported_until_it_is_gone(home: Home) -> None:
    """What is fitted is asked for at the start, and once a day after that."""
    home.plant.poke(48020, (1,))
    await home.add()
    text = raised(home, MANAGER_PRESENT)
    assert text.startswith("EMMA commands SUN2000-10KTL-M1")
    home.plant.unpoke(48020)
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await settle(home.hass)
    assert not issues(home.hass)


@pytest.mark.parametrize(
    ("manager", "name"), [("emma", "EMMA"), ("smartlogger", "SmartLogger")]
)
async def test_a_manager_that_the_survey_met_is_reported(
    home: Home, manager: str, name: str
) -> None:
    await home.add(**{CONF_MANAGER: manager})
    assert f"There is a manager ({name}) on site" in raised(home, MANAGER_PRESENT)


# --- the link


async def test_a_second_client_is_reported_until_it_leaves(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten minutes of peace are too long for a test."""
    monkeypatch.setattr("custom_components.bessai.device.reconnection.QUIET_S", 0.3)
    await home.add()
    home.server.scenario = Scenario.KICKED_CONNECTION
    await poll_until(home, lambda: SECOND_CLIENT in issues(home.hass))
    assert "Another program takes the connection" in raised(home, SECOND_CLIENT)
    home.server.scenario = Scenario.NONE
    await asyncio.sleep(0.3)
    await poll_until(home, lambda: not issues(home.hass))
    assert home.runtime.readings.last_update_success


async def test_a_missing_permission_is_reported_until_it_is_an_hour_ago(
    added_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    added_home.server.scenario = Scenario.NO_PERMISSION
    with pytest.raises(NotPermitted):
        await write_alone(added_home.runtime.endpoint.unit(1), 47100, [0])
    await added_home.poll()
    text = raised(added_home, PERMISSION_MISSING)
    assert "SUN2000-10KTL-M1 does not permit" in text
    freezer.tick(REFUSAL_REMEMBERED / 2)
    await added_home.poll()
    assert PERMISSION_MISSING in issues(added_home.hass)
    freezer.tick(REFUSAL_REMEMBERED)
    await added_home.poll()
    assert PERMISSION_MISSING not in issues(added_home.hass)


async def test_another_inverter_is_reported_until_the_right_one_is_back(
    added_home: Home,
) -> None:
    """While one is exchanged for another, nothing answers."""
    server = added_home.server
    server.scenario = Scenario.REFUSED_CONNECTION
    await added_home.poll()
    assert not issues(added_home.hass)
    server.scenario = Scenario.SWAPPED_INVERTER
    await poll_until(added_home, lambda: bool(issues(added_home.hass)))
    text = raised(added_home, WRONG_PLANT)
    assert "BS2301000001 was expected, but BS2301009999 answers" in text
    server.scenario = Scenario.NONE
    await added_home.poll()
    assert not issues(added_home.hass)


# --- commands


async def force(home: Home) -> None:
    """Charge the battery with another program, and let BESSAI see it."""
    home.plant.write(1, CHARGE_POWER, (0, 1500))
    home.plant.write(1, PERIOD, (60,))
    home.plant.write(1, COMMAND, CHARGE)
    await control(home).async_beat()


async def test_somebody_elses_command_is_reported_until_it_has_ended(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await force(home)
    assert "BESSAI does not touch it" in raised(home, FOREIGN_COMMAND)
    home.plant.write(1, COMMAND, STOP)
    await control(home).async_beat()
    assert not issues(home.hass)


async def test_somebody_elses_command_concerns_nobody_who_commands_nothing(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await force(home)
    await allow(home, allowed=False)
    assert not issues(home.hass)


async def test_nobody_can_tell_of_a_command_while_the_plant_is_silent(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await force(home)
    home.server.scenario = Scenario.REFUSED_CONNECTION
    while not control(home).watchdog.is_lost:
        await control(home).async_beat()
    assert FOREIGN_COMMAND in issues(home.hass)
    home.plant.write(1, COMMAND, STOP)
    home.server.scenario = Scenario.NONE
    while control(home).watchdog.is_lost or control(home).foreign_command:
        await control(home).async_beat()
    assert FOREIGN_COMMAND not in issues(home.hass)


async def test_a_refused_command_is_a_missing_permission_in_whatever_words(
    controlled_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    """It is not forgotten after an hour, and cleared by the first that is taken."""
    home = controlled_home
    home.server.scenario = Scenario.NO_PERMISSION
    assert (await ask(home, "charge", power=2000, duration=3600))["error"]
    assert "does not permit" in raised(home, PERMISSION_MISSING)
    home.server.scenario = Scenario.NONE
    freezer.tick(REFUSAL_REMEMBERED * 2)
    await home.poll()
    assert PERMISSION_MISSING in issues(home.hass)
    response = await ask(home, "charge", power=2000, duration=3600)
    assert response["error"] is None
    await home.poll()
    assert PERMISSION_MISSING not in issues(home.hass)


async def test_settings_that_the_plant_did_not_take_back_are_named(
    controlled_home: Home,
) -> None:
    home = controlled_home
    high, low = holds(home, DISCHARGE_LIMIT, 2)
    before = high << 16 | low
    assert (await ask(home, "hold", duration=3600))["verdict"] == "approved"
    home.server.scenario = Scenario.NO_PERMISSION
    assert (await ask(home, "release"))["error"]
    text = text_of(issues(home.hass)[SETTINGS_LEFT_BEHIND])
    assert f"- Discharge power limit (47077): {before} W" in text
    home.server.scenario = Scenario.NONE
    assert (await ask(home, "release"))["error"] is None
    assert SETTINGS_LEFT_BEHIND not in issues(home.hass)
    assert holds(home, DISCHARGE_LIMIT, 2) == (high, low)


async def test_settings_of_a_plant_that_is_gone_are_named_for_good(
    hass: HomeAssistant,
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, title="SUN2000-10KTL-M1")
    async_report_left_behind(hass, entry, {})
    assert not issues(hass)
    async_report_left_behind(hass, entry, {"discharge_power_limit_w": 5000.0})
    assert "- discharge_power_limit_w: 5000" in text_of(
        issues(hass)[SETTINGS_LEFT_BEHIND]
    )


# --- the owner's profiles


async def test_a_serial_number_draws_no_picture_from_the_network(home: Home) -> None:
    await home.add()
    cause = WrongPlant("BS1", "![](//a.bc/d.png)")
    async_report_wrong_plant(home.hass, home.entry, cause)
    assert r"but \!\[\]\(//a.bc/d.png\) answers" in raised(home, WRONG_PLANT)


async def test_another_inverter_at_the_start_is_reported_until_the_right_one_is_back(
    hass: HomeAssistant, home: Home
) -> None:
    home.server.scenario = Scenario.SWAPPED_INVERTER
    await home.add()
    assert home.serial_number in raised(home, "wrong_plant")
    home.server.scenario = Scenario.NONE
    assert await hass.config_entries.async_reload(home.entry.entry_id)
    await settle(hass)
    assert issues(hass) == {}


@pytest.fixture
def own_profiles(home: Home, tmp_path: Path) -> Path:
    """Return the folder of the owner's profiles, in a configuration of its own."""
    home.hass.config.config_dir = str(tmp_path)
    folder = tmp_path / DOMAIN / "profiles"
    folder.mkdir(parents=True)
    return folder


async def test_a_broken_profile_is_reported_until_it_is_mended(
    home: Home, own_profiles: Path
) -> None:
    (own_profiles / "mine.json").write_text("{", encoding="utf-8")
    (own_profiles / "yours.json").write_text("[]", encoding="utf-8")
    await home.add()
    assert home.entry.state is ConfigEntryState.LOADED
    texts = sorted(
        text_of(issue)
        for (domain, _), issue in ir.async_get(home.hass).issues.items()
        if domain == DOMAIN and issue.translation_key == BROKEN_PROFILE
    )
    assert [text.splitlines()[0] for text in texts] == [
        "The device profile mine.json cannot be used",
        "The device profile yours.json cannot be used",
    ]
    assert "profile: is not JSON" in texts[0]

    (own_profiles / "yours.json").unlink()
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    assert "mine.json" in raised(home, BROKEN_PROFILE)

    (own_profiles / "mine.json").unlink()
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    assert not issues(home.hass)


async def test_a_broken_profile_is_forgotten_with_the_last_plant(
    home: Home, own_profiles: Path
) -> None:
    (own_profiles / "mine.json").write_text("{", encoding="utf-8")
    await home.add()
    other = MockConfigEntry(domain=DOMAIN)
    other.add_to_hass(home.hass)
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    assert BROKEN_PROFILE in issues(home.hass)
    await home.hass.config_entries.async_remove(other.entry_id)
    assert not issues(home.hass)


# --- removing


async def test_the_issues_of_a_plant_go_with_it(home: Home) -> None:
    hass = home.hass
    ir.async_create_issue(
        hass,
        DOMAIN,
        "somebody_elses",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=METER_OFFLINE,
    )
    home.server.scenario = Scenario.CLOCK_JUMP
    home.plant.poke(48020, (1,))
    await home.add()
    assert {CLOCK_WRONG, MANAGER_PRESENT} <= issues(hass).keys()
    await hass.config_entries.async_remove(home.entry.entry_id)
    assert list(issues(hass)) == [METER_OFFLINE]
