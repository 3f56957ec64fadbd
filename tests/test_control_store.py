"""What is owed to a plant survives, and nothing is begun that could not be noted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
import pytest

from custom_components.bessai.control_store import ControlStore
from custom_components.bessai.core.command import (
    CommandError,
    CommandMark,
    ControlJournal,
    Original,
    Standing,
)

JOURNAL = ControlJournal(
    originals={"discharge_power_limit_w": Original(value=5000, written=0)},
    command=CommandMark(
        standing=Standing.CHARGE,
        power_w=1500,
        until=datetime(2026, 11, 21, 12, tzinfo=UTC),
    ),
)


async def test_a_journal_is_found_again(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    await ControlStore(hass, "one").async_keep(JOURNAL)
    store = ControlStore(hass, "one")
    await store.async_load()
    assert store.journal == JOURNAL


async def test_a_journal_that_cannot_be_read_is_empty_and_said_to_be_lost(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await ControlStore(hass, "one").async_keep(JOURNAL)
    hass_storage["bessai.one.control"]["data"] = {"originals": 17}
    store = ControlStore(hass, "one")
    await store.async_load()
    assert store.journal == ControlJournal()
    assert "What was owed to the plant is lost" in caplog.text


async def test_what_nobody_can_put_back_is_given_up(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    store = ControlStore(hass, "one")
    gone = Original(value=4000, written=0)
    store.journal = replace(JOURNAL, originals={**JOURNAL.originals, "gone_w": gone})
    store.forget_unknown({"discharge_power_limit_w"})
    assert store.journal == JOURNAL
    assert "gone_w was 4000 and cannot be put back" in caplog.text


async def test_a_journal_that_is_not_on_disk_forbids_the_command(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant only logs that a file could not be written, and goes on."""

    async def save(store: Store[Any], document: object) -> None:
        """Fail as on a disk that is full."""

    monkeypatch.setattr(Store, "async_save", save)
    with pytest.raises(CommandError, match="could not be saved to disk"):
        await ControlStore(hass, "one").async_keep(JOURNAL)
