"""A home that forwards: to a Pub/Sub of our own, by real gRPC."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.forwarder import Forwarder
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import Publisher
from custom_components.bessai.forwarding.pubsub import Access

from .forwarding.fake_pubsub import FakePubSub
from .home import Home

UPLOAD = "0b9df5b0-3d6e-4c63-9d3c-0f4a2f4b6c11"


class StubPublisher:
    """A cloud that is not there, and says what the test wants."""

    def __init__(self) -> None:
        self.accesses: list[Access] = []
        self.failure: Exception | None = None
        self.published = 0

    def build(self, topic: str, access: Access) -> Publisher:
        """Be opened, and take note of how."""
        assert topic == "projects/a-project/topics/plant"
        self.accesses.append(access)
        return self

    async def publish(self, parcels: Sequence[Parcel]) -> None:
        """Take all."""
        self.published += len(parcels)

    async def check(self) -> None:
        """Say what was wanted."""
        if self.failure is not None:
            raise self.failure

    async def close(self) -> None:
        """Do nothing."""


def choices(fake: FakePubSub, **changes: object) -> dict[str, Any]:
    """Return what an owner chooses who forwards to a server of this machine."""
    return {
        "enabled": True,
        "project": "a-project",
        "topic": "plant",
        "authentication": "emulator",
        "emulator_address": fake.address,
        **changes,
    }


def forwarder(home: Home) -> Forwarder:
    """Return what forwards for a plant."""
    found = home.runtime.forwarder
    assert found is not None
    return found


def told(fake: FakePubSub, kind: str | None = None) -> list[dict[str, Any]]:
    """Return the messages that arrived, of one kind or all."""
    messages = [json.loads(message.data) for message in fake.messages]
    return [one for one in messages if kind in {None, one["message_type"]}]


def issues(hass: HomeAssistant) -> set[str]:
    """Return what is to be put right about the cloud."""
    return {
        str(issue.translation_key)
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and str(issue.translation_key).startswith("cloud_")
    }


def keep_outboxes_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the outboxes of a test apart from those of others."""
    monkeypatch.setattr(
        "custom_components.bessai.forwarding_setup.outbox_path",
        lambda _hass, entry_id: folder / f"{entry_id}.sqlite",
    )


def upload(content: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let a file be uploaded, as often as it is asked for; return its id."""
    file = folder / "key.json"
    file.write_bytes(content)

    @contextmanager
    def process(_hass: HomeAssistant, file_id: str) -> Iterator[Path]:
        if file_id != UPLOAD:
            raise ValueError("File does not exist")
        yield file

    monkeypatch.setattr(
        "custom_components.bessai.forwarding_key.process_uploaded_file", process
    )
    return UPLOAD


def frozen_meter() -> Finding:
    """Return a finding, as of now."""
    return Finding(
        kind=FindingKind.FROZEN,
        subject="meter",
        measured=120.0,
        expected=None,
        tolerance=60.0,
        unit="s",
        since=dt_util.utcnow(),
        score=1.0,
    )
