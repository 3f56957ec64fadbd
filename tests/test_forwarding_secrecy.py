"""The key of a service account is in one private file and nowhere else.

Everything goes wrong here that can, while everybody logs everything.
"""

from collections.abc import AsyncIterator
import json
import logging
from pathlib import Path
import re
import traceback
from typing import Final

import grpc  # type: ignore[import-untyped]
from homeassistant.components.system_log import DOMAIN as SYSTEM_LOG
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
import pytest

from custom_components.bessai.diagnostics import async_get_config_entry_diagnostics
from custom_components.bessai.forwarding import pubsub_publisher
from custom_components.bessai.forwarding_sources import telemetry_draft
from custom_components.bessai.lasting_store import LastingStore

from .cloudy import forwarder, upload
from .forwarded import until
from .forwarding.fake_pubsub import FakePubSub, serving
from .forwarding.keys import (
    EMAIL,
    KEY_ID,
    certificate,
    key_file,
    pem,
    private_key,
    server_credentials,
)
from .home import Home, settle
from .test_options_flow import Dialog
from .watched import press

PIECE: Final = 20
BODY: Final = "".join(pem(private_key()).splitlines()[1:-1])
PIECES: Final = {BODY[n : n + PIECE] for n in range(len(BODY) - PIECE + 1)}
RUN: Final = re.compile(rf"[A-Za-z0-9+/=]{{{PIECE},}}")
CODES: Final = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]
REAL_STORE: Final = {
    name: getattr(Store, name)
    for name in ("_async_load", "_async_write_data", "async_remove")
}
"""As they are before the test environment keeps everything in memory."""

CHOSEN: Final = {"enabled": True, "project": "a-project", "topic": "plant"}
USELESS: Final = (
    {"private_key": pem(private_key())[:-200]},
    {"token_uri": "https://example.com/token"},
    {"type": "authorized_user"},
    {"client_email": None},
    {"private_key_id": f"{KEY_ID} "},
)
"""Changes that make a key one that is refused, with the secret in it."""


def leaks(text: str) -> set[str]:
    """Return what of the key is in a text, pieces of 20 characters included."""
    found = {name for name in (KEY_ID, EMAIL, "PRIVATE KEY") if name in text}
    for run in RUN.findall(text):
        starts = range(len(run) - PIECE + 1)
        found |= PIECES & {run[n : n + PIECE] for n in starts}
    return found


def cut_the_key(file: Path) -> None:
    """Make what is kept no key any more."""
    document = json.loads(file.read_text(encoding="utf-8"))
    document["data"]["private_key"] = document["data"]["private_key"][:-200]
    file.write_text(json.dumps(document), encoding="utf-8")


def contents(folder: Path, *, but: Path) -> str:
    """Return what is in all files of a folder, but one."""
    files = (one for one in folder.rglob("*") if one.is_file() and one != but)
    return "".join(one.read_text(encoding="latin-1") for one in files)


@pytest.fixture
def config(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return a config directory in which our stores are real files."""
    folder = tmp_path / "config"
    folder.mkdir()
    hass.config.config_dir = str(folder)
    for name, method in REAL_STORE.items():
        monkeypatch.setattr(LastingStore, name, method)
    return folder


@pytest.fixture
async def fake(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakePubSub]:
    """Return what a key takes for Google: a service with TLS."""
    real = pubsub_publisher.secure_channel
    async with serving(FakePubSub(), server_credentials()) as served:
        monkeypatch.setattr(
            pubsub_publisher,
            "secure_channel",
            lambda _address, bearer: real(served.address, bearer, certificate()),
        )
        yield served


class Ordeal:
    """A plant with a key to which everything happens; it notes what was shown."""

    def __init__(self, home: Home, fake: FakePubSub) -> None:
        self.home, self.fake = home, fake
        self.shown: list[str] = []

    def look(self) -> None:
        """Note all that an owner can see now."""
        hass = self.home.hass
        self.shown += [
            repr([state.as_dict() for state in hass.states.async_all()]),
            repr(ir.async_get(hass).issues),
            repr(self.home.entry.as_dict()),
            repr(hass.config_entries.flow.async_progress()),
            repr(hass.data[SYSTEM_LOG].records.to_list()),
        ]

    async def look_into_diagnostics(self) -> None:
        """Note what is attached to a bug report."""
        hass, entry = self.home.hass, self.home.entry
        self.shown.append(repr(await async_get_config_entry_diagnostics(hass, entry)))

    async def refuse(self, code: grpc.StatusCode) -> None:
        """Let the cloud refuse a message, by the button and by itself."""
        before = len(self.fake.headers)
        self.fake.answers.extend([(code, f"said {code.name}")] * 2)
        forwarder(self.home).async_put(telemetry_draft(self.home.runtime.readings.data))
        await until(lambda: len(self.fake.headers) > before)
        await self.press()
        self.look()
        self.fake.answers.clear()
        await self.press()

    async def press(self) -> None:
        """Send a test message, and note what is said of it."""
        try:
            await press(self.home, "send_test_message")
        except HomeAssistantError as err:
            logging.getLogger("bessai").exception("refused")
            self.shown.append("".join(traceback.format_exception(err)) + repr(err))

    async def upload_useless(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Upload files with the key in them that are refused."""
        for changes in USELESS:
            content = json.dumps(key_file(**changes)).encode()
            file_id = upload(content, folder, patch)
            dialog = await Dialog(self.home).open()
            result = await dialog.save(forwarding={**CHOSEN, "key_file": file_id})
            assert result["errors"]
            self.shown.append(repr(result))
            self.look()

    async def damage_the_key(self, file: Path) -> None:
        """Let what is kept be no key any more, and load the plant again."""
        entries, entry_id = self.home.hass.config_entries, self.home.entry.entry_id
        await entries.async_unload(entry_id)
        cut_the_key(file)
        await entries.async_setup(entry_id)
        await settle(self.home.hass)
        await until(entries.flow.async_progress)
        self.look()


def test_a_piece_of_the_key_is_found() -> None:
    """Else the next test would find nothing for another reason."""
    assert leaks(json.dumps(key_file()))
    for start in (0, 500, len(BODY) - PIECE):
        piece = BODY[start : start + PIECE]
        # Not equal: the n may be what stands before the piece in the key, too.
        assert piece in leaks(f"x\\n{piece}?")
    assert not leaks(BODY[100 : 100 + PIECE - 1])
    assert leaks(f"of {EMAIL}") == {EMAIL}


async def test_the_key_is_in_one_private_file_and_nowhere_else(
    config: Path,
    home: Home,
    fake: FakePubSub,
    heard: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await async_setup_component(home.hass, SYSTEM_LOG, {})
    await home.add()
    ordeal = Ordeal(home, fake)
    await ordeal.upload_useless(tmp_path, monkeypatch)
    file_id = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)
    await (await Dialog(home).open()).save(forwarding={**CHOSEN, "key_file": file_id})
    await until(lambda: fake.messages)
    for code in CODES:
        await ordeal.refuse(code)
    await ordeal.look_into_diagnostics()
    path = config / ".storage" / f"bessai.{home.entry.entry_id}.cloud_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert leaks(path.read_text(encoding="utf-8")) > {KEY_ID, EMAIL}
    await ordeal.damage_the_key(path)
    await ordeal.look_into_diagnostics()
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.hass.async_stop(force=True)

    for shown in ordeal.shown:
        assert not leaks(shown)
    assert not leaks(contents(config, but=path))
    logged = heard.text + repr([vars(record) for record in heard.records])
    assert not leaks(logged)
    tokens = {head["authorization"].split()[1] for head in fake.headers}
    assert not [token for token in tokens if token in logged + "".join(ordeal.shown)]
    # All of this was really looked at.
    assert [one for one in heard.records if one.name.startswith("google")]
    assert all(f"said {code.name}" in logged for code in CODES)
    assert any("may not publish to the topic" in shown for shown in ordeal.shown)
    assert (config / "bessai" / "outbox").is_dir()
