"""The owner chooses a cloud: it is tried before it is stored; the key is private."""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
)
from custom_components.bessai.forwarding.pubsub import PermissionUnknown
from custom_components.bessai.forwarding.service_account import (
    ServiceAccount,
    parse_service_account,
)
from custom_components.bessai.forwarding_key import CloudKey
from custom_components.bessai.lasting_store import LastingStore

from .cloudy import StubPublisher, choices, forwarder, keep_outboxes_in, told, upload
from .forwarded import until
from .forwarding.fake_pubsub import FakePubSub, serving
from .forwarding.keys import EMAIL, key_file, secrets
from .home import Home, settle
from .test_options_flow import Dialog


@pytest.fixture
async def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePubSub]:
    """Return a Pub/Sub that listens."""
    keep_outboxes_in(tmp_path, monkeypatch)
    async with serving(FakePubSub()) as served:
        yield served


@pytest.fixture
async def dialog(added_home: Home) -> Dialog:
    """Return the opened options."""
    return await Dialog(added_home).open()


@pytest.fixture
def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StubPublisher:
    """Return a publisher to a cloud that is not there."""
    keep_outboxes_in(tmp_path, monkeypatch)
    publisher = StubPublisher()
    monkeypatch.setattr(
        "custom_components.bessai.forwarding_install.build_publisher", publisher.build
    )
    return publisher


async def choose(dialog: Dialog, **changes: object) -> dict[str, Any]:
    """Choose a cloud with a key, and save."""
    section = {"enabled": True, "project": "a-project", "topic": "plant", **changes}
    return dict(await dialog.save(forwarding=section))


async def go_on(dialog: Dialog, step: str) -> None:
    """Choose in a menu."""
    dialog.result = await dialog.home.hass.config_entries.options.async_configure(
        dialog.result["flow_id"], {"next_step_id": step}
    )
    await settle(dialog.home.hass)


async def test_it_is_off_and_folded_away(dialog: Dialog) -> None:
    assert dialog.sections["forwarding"].options["collapsed"]
    assert dialog.shown["forwarding"]["enabled"] is False
    await dialog.save()
    assert dialog.home.entry.options == {}
    assert dialog.home.runtime.forwarder is None


async def test_a_cloud_that_answers_is_stored_and_used(
    dialog: Dialog, fake: FakePubSub
) -> None:
    await dialog.save(forwarding=choices(fake))
    assert dialog.home.entry.options == {"forwarding": choices(fake)}
    await until(lambda: told(fake, "telemetry"))
    await dialog.open()
    assert dialog.shown["forwarding"]["topic"] == "plant"
    await dialog.save(forwarding={"enabled": False})
    assert dialog.home.runtime.forwarder is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"project": None}, "enter the project"),
        ({"topic": None}, "enter the topic"),
        ({"emulator_address": None}, "enter its address"),
        ({"project": "A project"}, "“A project” is not the ID of a project"),
        ({"topic": "x"}, "“x” is not the name of a topic"),
        ({"emulator_address": "host"}, "“host” is not an address"),
        ({"site_id": "a b"}, "“a b” cannot be the name of the plant"),
        ({"period_s": 1}, "every 5 to 3600 seconds"),
    ],
    ids=str,
)
async def test_what_cannot_be_is_said(
    dialog: Dialog, fake: FakePubSub, changes: dict[str, Any], said: str
) -> None:
    await dialog.save(forwarding=choices(fake, **changes))
    assert said in dialog.problem
    assert not dialog.sections["forwarding"].options["collapsed"]
    assert fake.headers == [], "it was not even tried"
    assert dialog.home.entry.options == {}


async def test_a_topic_that_is_not_there_is_said(
    dialog: Dialog, fake: FakePubSub
) -> None:
    fake.topics = set()
    await dialog.save(forwarding=choices(fake))
    assert "The topic does not exist. Create the topic" in dialog.problem
    fake.topics = {"projects/a-project/topics/plant"}
    await dialog.save()
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_cloud_that_cannot_be_reached_may_be_stored_all_the_same(
    dialog: Dialog, fake: FakePubSub
) -> None:
    await dialog.save(forwarding=choices(fake, emulator_address="127.0.0.1:9"))
    assert dialog.result["step_id"] == "cloud_in_doubt"
    assert dialog.result["menu_options"] == ["save", "init"]
    words = dialog.result["description_placeholders"]
    assert words is not None
    assert words["reason"] == "The service cannot be reached."
    await go_on(dialog, "init")
    assert dialog.shown["forwarding"]["emulator_address"] == "127.0.0.1:9"
    await dialog.save()
    await go_on(dialog, "save")
    assert dialog.home.entry.options["forwarding"]["topic"] == "plant"
    assert forwarder(dialog.home)


async def test_a_key_is_tried_and_kept_apart(
    dialog: Dialog,
    tried: StubPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    hass_storage: dict[str, Any],
) -> None:
    home = dialog.home
    file_id = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)
    await choose(dialog, key_file=file_id)
    assert home.entry.options == {
        "forwarding": {"enabled": True, "project": "a-project", "topic": "plant"}
    }
    first = tried.accesses[0]
    assert isinstance(first, ServiceAccount)
    assert first.client_email == EMAIL
    kept = hass_storage[f"bessai.{home.entry.entry_id}.cloud_key"]
    assert kept["data"]["client_email"] == EMAIL
    said = f"{home.entry.options}{home.entry.data}"
    assert not any(secret in said for secret in secrets())
    # Another key alone is a change, too.
    running = forwarder(home)
    await dialog.open()
    assert "key_file" not in dialog.shown["forwarding"]
    await choose(dialog, key_file=file_id)
    assert forwarder(home) is not running
    # Switched off, nothing needs it.
    await dialog.open()
    await dialog.save(forwarding={"enabled": False})
    assert f"bessai.{home.entry.entry_id}.cloud_key" not in hass_storage


async def test_without_a_key_it_is_not_tried(
    dialog: Dialog, tried: StubPublisher
) -> None:
    await choose(dialog)
    assert "key or the credentials are missing" in dialog.problem
    assert tried.accesses == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", "not in the format JSON"),
        (b"x" * 30_000, "too large"),
        (b'{"type": "authorized_user"}', "not the key of a service account"),
        (json.dumps(key_file(client_email=None)).encode(), "“client_email” is missing"),
        (json.dumps(key_file(private_key="?")).encode(), "private key in the file is"),
        (
            json.dumps(key_file(token_uri="https://example.com/t")).encode(),
            "(“token_uri”)",
        ),
    ],
    ids=["no JSON", "large", "another type", "a gap", "no key", "a stranger"],
)
async def test_a_file_that_is_no_key_is_refused(
    dialog: Dialog,
    tried: StubPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    said: str,
) -> None:
    await choose(dialog, key_file=upload(content, tmp_path, monkeypatch))
    assert said in dialog.problem
    assert tried.accesses == []


async def test_a_key_is_held_while_the_rest_is_put_right(
    dialog: Dialog,
    tried: StubPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried.failure = LastingFailure(FailureReason.PERMISSION)
    file_id = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)
    await choose(dialog, key_file=file_id)
    assert "may not publish to the topic" in dialog.problem
    assert "key_file" not in dialog.shown["forwarding"]
    tried.failure = None
    await dialog.save()
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert await CloudKey(dialog.home.hass, dialog.home.entry.entry_id).async_load()


async def test_a_key_is_held_while_something_else_is_put_right(
    dialog: Dialog,
    tried: StubPublisher,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file_id = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)
    section = {"enabled": True, "project": "a-project", "topic": "plant"}
    await dialog.save(
        forwarding={**section, "key_file": file_id},
        notifications={"targets": ["nobody"]},
    )
    assert "nobody" in dialog.problem
    await dialog.save(notifications={"targets": []})
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert await CloudKey(dialog.home.hass, dialog.home.entry.entry_id).async_load()


async def test_who_may_only_publish_is_told_that_nobody_knows(
    dialog: Dialog, tried: StubPublisher
) -> None:
    tried.failure = PermissionUnknown(FailureReason.PERMISSION)
    await choose(dialog, authentication="ambient")
    assert dialog.result["step_id"] == "cloud_in_doubt"
    await go_on(dialog, "save")
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_library_that_is_missing_is_said(
    dialog: Dialog, tried: StubPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no grpc")

    monkeypatch.setattr(
        "custom_components.bessai.forwarding_install.build_publisher", fail
    )
    await choose(dialog, authentication="ambient")
    assert "client library cannot be installed" in dialog.problem


async def test_a_cloud_that_never_answers_leaves_a_doubt(
    dialog: Dialog, tried: StubPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("custom_components.bessai.forwarding_choice.CHECK_S", 0.02)
    monkeypatch.setattr(tried, "check", hang)
    await choose(dialog, authentication="ambient")
    assert dialog.result["step_id"] == "cloud_in_doubt"
    words = dialog.result["description_placeholders"]
    assert words is not None
    assert words["reason"] == "The service did not answer in time."


async def test_what_is_as_before_is_not_tried_again(
    dialog: Dialog, tried: StubPublisher
) -> None:
    """Its trouble is for repairs, and must keep nobody from changing something else."""
    await choose(dialog, authentication="ambient")
    assert len(tried.accesses) >= 1
    tried.failure = LastingFailure(FailureReason.PERMISSION)
    await dialog.open()
    await choose(dialog, authentication="ambient", period_s=60)
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options["forwarding"]["period_s"] == 60


async def test_the_file_of_the_key_is_private(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cloud_key"
    monkeypatch.setattr(LastingStore, "path", str(path))

    async def write(store: LastingStore, data: dict[str, Any]) -> None:
        await hass.async_add_executor_job(store._write_data, data)

    key = CloudKey(hass, "entry")
    account = parse_service_account(key_file())
    # The test environment keeps stores in memory otherwise.
    monkeypatch.setattr(LastingStore, "_async_write_data", write)
    await key.async_keep(account)
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["data"]["client_email"] == EMAIL


async def test_a_key_is_there_until_it_is_removed(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    key = CloudKey(hass, "entry")
    assert await key.async_load() is None
    account = parse_service_account(key_file())
    await key.async_keep(account)
    assert await CloudKey(hass, "entry").async_load() == account
    await key.async_remove()
    assert await CloudKey(hass, "entry").async_load() is None


@pytest.mark.parametrize("kept", [{}, {"type": "service_account"}, [], "key"])
async def test_a_kept_key_that_is_damaged_counts_as_none(
    hass: HomeAssistant, hass_storage: dict[str, Any], kept: Any
) -> None:
    hass_storage["bessai.entry.cloud_key"] = {
        "version": 1,
        "minor_version": 1,
        "key": "bessai.entry.cloud_key",
        "data": kept,
    }
    assert await CloudKey(hass, "entry").async_load() is None
