"""What an owner puts right in a dialog: refused messages, and news to be read."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.forwarding.outbox_values import (
    OutboxError,
    OutboxFault,
    Recovery,
    RecoveryCause,
)
from custom_components.bessai.forwarding_desk import Desk

from .cloudy import forwarder, issues, keep_outboxes_in, told
from .fixing import begin_fix, fix, go_on, issue_of
from .forwarded import draft, until
from .forwarding.fake_pubsub import FakePubSub, serving
from .home import Home, settle
from .source import INTEGRATION, read_json
from .test_forwarding_home import forward

REFUSED = grpc.StatusCode.INVALID_ARGUMENT, "field 7"
TEXTS = read_json(INTEGRATION / "translations" / "en.json")["issues"]


@pytest.fixture
async def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePubSub]:
    """Return a Pub/Sub that listens, and refuses one message."""
    keep_outboxes_in(tmp_path, monkeypatch)
    async with serving(FakePubSub()) as served:
        served.answers.append(REFUSED)
        yield served


@pytest.fixture
async def parked(home: Home, fake: FakePubSub) -> Home:
    """Return a plant one of whose messages was laid aside."""
    await forward(home, fake)
    await until(lambda: issues(home.hass) == {"cloud_parked"})
    return home


def read(hass: HomeAssistant, key: str, step: str, part: str = "description") -> str:
    """Return a text of a dialog as it is shown."""
    words = issue_of(hass, key).translation_placeholders or {}
    text: str = TEXTS[key]["fix_flow"]["step"][step][part]
    return text.format(**words)


async def test_the_owner_chooses_what_becomes_of_refused_messages(
    parked: Home,
) -> None:
    issue = issue_of(parked.hass, "cloud_parked")
    assert issue.is_fixable
    page = await begin_fix(parked.hass, "cloud_parked")
    assert page["type"] == "menu"
    choices = TEXTS["cloud_parked"]["fix_flow"]["step"]["init"]["menu_options"]
    assert page["menu_options"] == list(choices)
    assert page["description_placeholders"] == issue.translation_placeholders
    assert "content of 1 messages" in read(parked.hass, "cloud_parked", "init")


async def test_they_are_tried_again(parked: Home, fake: FakePubSub) -> None:
    result = await fix(parked.hass, "cloud_parked", "try_again")
    assert result["type"] == "create_entry"
    await until(lambda: [one["seq"] for one in told(fake)] == [1])
    await until(lambda: parked.state("cloud_parked").state == "0")
    await parked.poll()
    assert not issues(parked.hass)


async def test_refused_again_they_are_laid_aside_again(
    parked: Home, fake: FakePubSub
) -> None:
    fake.answers.append(REFUSED)
    await fix(parked.hass, "cloud_parked", "try_again")
    await until(lambda: not fake.answers and forwarder(parked).figures.parked)
    await parked.poll()
    assert issues(parked.hass) == {"cloud_parked"}
    assert told(fake) == []


async def test_they_are_given_up_once_that_is_confirmed(
    parked: Home, fake: FakePubSub
) -> None:
    page = await fix(parked.hass, "cloud_parked", "give_up")
    assert page["step_id"] == "give_up"
    assert "The 1 messages" in read(parked.hass, "cloud_parked", "give_up")
    assert forwarder(parked).figures.parked == 1, "it is not confirmed yet"
    result = await go_on(parked.hass, page)
    assert result["type"] == "create_entry"
    await until(lambda: parked.state("cloud_dropped").state == "1")
    await parked.poll()
    assert parked.state("cloud_parked").state == "0"
    assert not issues(parked.hass)
    forwarder(parked).async_put(draft(7))
    await until(lambda: [one["payload"] for one in told(fake)] == [{"n": 7}])


@pytest.mark.parametrize("choice", ["try_again", "give_up"])
async def test_a_disk_that_fails_leaves_them_where_they_are(
    parked: Home, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    def fail(_: Desk) -> None:
        raise OutboxError(OutboxFault.DISK_FULL, "no room")

    for job in ("unpark", "discard_parked"):
        monkeypatch.setattr(Desk, job, fail)
    result = await fix(parked.hass, "cloud_parked", choice)
    if choice == "give_up":
        result = await go_on(parked.hass, result)
    assert (result["type"], result["reason"]) == ("abort", "cloud_disk_fails")
    assert result["description_placeholders"]["reason"] == "disk_full: no room"
    assert "cloud_parked" in issues(parked.hass)


@pytest.mark.parametrize("choice", ["try_again", "give_up"])
async def test_a_plant_that_is_not_loaded_cannot_be_helped(
    parked: Home, choice: str
) -> None:
    page = await begin_fix(parked.hass, "cloud_parked")
    assert await parked.hass.config_entries.async_unload(parked.entry.entry_id)
    page = await go_on(parked.hass, page, next_step_id=choice)
    if choice == "give_up":
        page = await go_on(parked.hass, page)
    assert (page["type"], page["reason"]) == ("abort", "cloud_not_loaded")


# --- a file that was replaced


def recovered(at: str, lost: int | None = 3) -> Recovery:
    """Return what became of a file."""
    return Recovery(
        cause=RecoveryCause.CORRUPTED,
        detail="database disk image is malformed",
        set_aside=f"/config/bessai/outbox/plant.sqlite.corrupted-{at}",
        rescued=40,
        lost=lost,
    )


def find(home: Home, recovery: Recovery) -> None:
    """Let the outbox find a file that it cannot use."""
    forwarder(home)._storeroom.desk.recovery = recovery
    forwarder(home).async_put(draft())


async def test_a_file_that_was_replaced_is_told_until_somebody_has_read_it(
    home: Home, fake: FakePubSub
) -> None:
    fake.answers.clear()
    await forward(home, fake)
    find(home, recovered("1"))
    await until(lambda: issues(home.hass) == {"cloud_recovered"})
    said = read(home.hass, "cloud_recovered", "confirm")
    assert "was damaged" in said
    assert "will be sent: 40" in said
    assert "at most: 3" in said
    assert "plant.sqlite.corrupted-1" in said
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await settle(home.hass)
    assert issues(home.hass) == {"cloud_recovered"}, "it is there after a start"
    await go_on(home.hass, await begin_fix(home.hass, "cloud_recovered"))
    await home.poll()
    assert not issues(home.hass)


async def test_whoever_ignores_one_hears_of_the_next_one(
    home: Home, fake: FakePubSub
) -> None:
    fake.answers.clear()
    await forward(home, fake)
    find(home, recovered("1"))
    await until(lambda: issues(home.hass) == {"cloud_recovered"})
    issue_id = issue_of(home.hass, "cloud_recovered").issue_id
    ir.async_ignore_issue(home.hass, DOMAIN, issue_id, ignore=True)
    await home.poll()
    assert issue_of(home.hass, "cloud_recovered").dismissed_version
    find(home, replace(recovered("2"), lost=None))
    await until(
        lambda: issue_of(home.hass, "cloud_recovered").dismissed_version is None
    )
    assert "at most: unknown" in read(home.hass, "cloud_recovered", "confirm")


async def test_it_goes_with_its_plant(home: Home, fake: FakePubSub) -> None:
    fake.answers.clear()
    await forward(home, fake)
    find(home, recovered("1"))
    await until(lambda: issues(home.hass) == {"cloud_recovered"})
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await settle(home.hass)
    assert not issues(home.hass)
