"""What an entry works with: built once, of the right profile, and closed again."""

import json
from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.device.link import LinkDown
from custom_components.bessai.runtime import BUNDLED_PROFILES, async_load_shelf

from .home import Home
from .plants import until_nobody_is_connected
from .source import read_json


@pytest.fixture
def own_profiles(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder of the owner's profiles, in a configuration of its own."""
    hass.config.config_dir = str(tmp_path)
    folder = tmp_path / DOMAIN / "profiles"
    folder.mkdir(parents=True)
    return folder


async def test_the_bundled_profile_is_there_without_any_of_the_owners(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    hass.config.config_dir = str(tmp_path)
    shelf = await async_load_shelf(hass)
    assert [profile.id for profile in shelf.profiles] == ["huawei_sun2000"]
    assert not shelf.problems


async def test_the_owners_profile_goes_before_the_bundled_one_and_only_reads(
    home: Home, own_profiles: Path
) -> None:
    profile = read_json(BUNDLED_PROFILES / "huawei_sun2000.json")
    profile["id"], profile["name"] = "mine", "Mine"
    (own_profiles / "mine.json").write_text(json.dumps(profile), encoding="utf-8")
    await home.add()
    assert [one.id for one in home.runtime.shelf.profiles] == ["mine", "huawei_sun2000"]
    assert home.runtime.driver.profile.name == "Mine"
    assert home.state("soc").state == "50.0"


async def test_a_broken_profile_of_the_owners_does_not_stop_the_plant(
    home: Home, own_profiles: Path
) -> None:
    (own_profiles / "mine.json").write_text("not a profile", encoding="utf-8")
    await home.add()
    assert home.entry.state is ConfigEntryState.LOADED
    (problem,) = home.runtime.shelf.problems
    assert problem.file == "mine.json"


async def test_names_of_entities_are_known_by_their_keys(added_home: Home) -> None:
    translated = added_home.runtime.translated
    assert {"soc", "battery_power", "alarm", "simulated_fault"} <= translated
    assert "name" not in translated


async def test_a_closed_runtime_asks_the_plant_nothing_more(
    hass: HomeAssistant, added_home: Home
) -> None:
    runtime = added_home.runtime
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    await until_nobody_is_connected(added_home.server)
    asked = added_home.server.statistics.requests
    for coordinator in (runtime.readings, runtime.settings):
        await coordinator.async_refresh()
    with pytest.raises(LinkDown, match="closed on this side"):
        await runtime.endpoint.unit(1).read(32000, 1)
    assert added_home.server.statistics.requests == asked
