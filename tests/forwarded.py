"""A forwarder under test: its cloud does what the test says, its outbox is a file."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
import json
from pathlib import Path
from typing import Any, cast

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.forwarder import Forwarder
from custom_components.bessai.forwarding.message import MessageType
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    RefusedContent,
)
from custom_components.bessai.forwarding_cloud import Cloud
from custom_components.bessai.forwarding_desk import Desk, Sender
from custom_components.bessai.forwarding_draft import Draft
from custom_components.bessai.forwarding_setup import figures_store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WITHIN_S = 5.0
SENDER = Sender(site_id="home", gateway_version="0.1.0", ordering_key="")


class StubCloud:
    """Takes messages, or raises what it was told to."""

    def __init__(self) -> None:
        self.taken: list[Parcel] = []
        self.asked = 0
        self.failure: Exception | None = None
        self.refused: set[int] = set()
        """Numbers of messages that are not taken, and nor is any request with them."""
        self.is_silent = False
        self.is_closed = False
        self.package_problem: str | None = None

    async def async_publish(self, parcels: Sequence[Parcel]) -> None:
        """Take them all, or raise."""
        self.asked += 1
        if self.is_silent:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure
        if any(parcel.seq in self.refused for parcel in parcels):
            raise RefusedContent(FailureReason.CONTENT)
        self.taken.extend(parcels)

    async def async_close(self) -> None:
        """Note it."""
        self.is_closed = True

    @property
    def said(self) -> list[Any]:
        """What the messages tell, in the order in which they came."""
        return [json.loads(parcel.data)["payload"]["n"] for parcel in self.taken]


def draft(number: int = 1) -> Draft:
    """Return a message that can be told from others."""
    return Draft(
        message_type=MessageType.TELEMETRY,
        observed_at=NOW,
        payload=lambda: {"n": number},
    )


def make(hass: HomeAssistant, cloud: StubCloud, path: Path) -> Forwarder:
    """Return a forwarder that is not started."""
    entry = MockConfigEntry(domain=DOMAIN, title="Plant")
    store = figures_store(hass, entry.entry_id)
    return Forwarder(hass, entry, cast("Cloud", cloud), Desk(path, SENDER), store)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something has come of it."""
    async with asyncio.timeout(WITHIN_S):
        while not condition():  # noqa: ASYNC110 - of somebody who sets no event
            await asyncio.sleep(0.01)


def hurry(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let what has failed be tried again after so long, and not after a minute."""
    for name in ("forwarder.PATIENCE_S", "forwarding_intake.NUMBERS_S"):
        monkeypatch.setattr(f"custom_components.bessai.{name}", seconds)
