"""Files of what was learned: saved in time, and never in the way."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bessai.lasting_store import LastingStore

KEY = "bessai.test"
WITHIN_S = 300


@pytest.fixture
def store(hass: HomeAssistant) -> LastingStore:
    return LastingStore(hass, 1, KEY)


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    freezer.tick(timedelta(seconds=seconds))
    async_fire_time_changed(hass, dt_util.utcnow())
    await hass.async_block_till_done()


async def test_what_changes_all_the_time_is_saved_in_time(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    store: LastingStore,
) -> None:
    saved = []
    for count in range(22):
        store.async_save_within(lambda count=count: {"count": count}, WITHIN_S)  # type: ignore[misc]
        await pass_time(hass, freezer, 30)
        saved.append(hass_storage.get(KEY, {}).get("data"))
    assert saved[8] is None, "not with each call"
    assert saved[11] is not None
    assert saved[21] != saved[11], "and again"


async def test_saving_now_is_no_reason_not_to_save_later(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    store: LastingStore,
) -> None:
    store.async_save_within(lambda: {"count": 1}, WITHIN_S)
    await store.async_save({"count": 2})
    store.async_save_within(lambda: {"count": 3}, WITHIN_S)
    await pass_time(hass, freezer, WITHIN_S + 1)
    assert hass_storage[KEY]["data"] == {"count": 3}


@pytest.mark.parametrize("version", [0, 2])
async def test_a_file_of_another_version_is_begun_anew(
    hass_storage: dict[str, Any],
    store: LastingStore,
    caplog: pytest.LogCaptureFixture,
    version: int,
) -> None:
    hass_storage[KEY] = {"version": version, "key": KEY, "data": {"count": 1}}
    assert await store.async_load_or_begin() is None
    assert f"{KEY} cannot be read" in caplog.text


@pytest.mark.parametrize("error", [HomeAssistantError("x"), PermissionError("x")])
async def test_a_file_that_cannot_be_opened_is_begun_anew(
    store: LastingStore, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fail(_: object) -> None:
        raise error

    monkeypatch.setattr(Store, "async_load", fail)
    assert await store.async_load_or_begin() is None


async def test_what_was_saved_is_loaded(store: LastingStore) -> None:
    await store.async_save({"count": 1})
    assert await store.async_load_or_begin() == {"count": 1}
