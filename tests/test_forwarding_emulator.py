"""A home tells Google's emulator all that there is, and a subscriber gets it.

Where there is no emulator or no Java, it is a server of our own that stores what comes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
import json
from pathlib import Path

from google.pubsub_v1 import PubsubMessage
import pytest

from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.forwarding.message import MessageType

from .cloudy import (
    forwarder,
    frozen_meter,
    keep_outboxes_in,
)
from .controlled import allow, ask, control
from .forwarded import until
from .forwarding.emulator import GOOGLES, OURS, running_emulator, why_not
from .forwarding.fake_pubsub import FakePubSub, serving
from .forwarding.subscriber import PROJECT, new_topic
from .forwarding.test_json_schema import validator
from .home import Home
from .planned import KnownPlanner
from .watched import monitor, press

pytestmark = pytest.mark.slow


@dataclass(kw_only=True)
class Receiver:
    """Where messages go, and how they come out there."""

    address: str
    topic: str
    received: Callable[[int], Awaitable[list[PubsubMessage]]]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str | None]:
    """Return the address of Google's emulator, if this machine has it."""
    if why_not() is not None:
        yield None
        return
    with running_emulator() as address:
        yield address


@pytest.fixture
async def receiver(
    emulator: str | None, record_property: Callable[[str, object], None]
) -> AsyncIterator[Receiver]:
    """Return a topic of the best there is; the summary says which that was."""
    if emulator is not None:
        record_property(*GOOGLES)
        async with new_topic(emulator) as cloud:
            yield Receiver(address=emulator, topic=cloud.name, received=cloud.received)
        return
    record_property(*OURS)
    async with serving(FakePubSub()) as fake:

        async def received(wanted: int) -> list[PubsubMessage]:
            await until(lambda: len(fake.messages) >= wanted)
            return fake.messages

        yield Receiver(address=fake.address, topic="plant", received=received)


async def live_through(home: Home) -> None:
    """Let there be something to tell of each type; the first poll is told already."""
    await allow(home)
    await ask(home, "charge", power=2000, duration=3600)
    await press(home, "release")
    control(home).tell(SafetyEventKind.LEASE_EXPIRED, urgent=False)
    finding = frozen_meter()
    monitor(home)._tell([finding], cleared=False)
    planner = home.runtime.planner
    assert planner is not None
    planner.async_adopt(KnownPlanner(home.hass).make())
    await press(home, "send_test_message")


async def test_a_subscriber_gets_what_the_schemas_say_in_order(
    home: Home, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_outboxes_in(tmp_path, monkeypatch)
    home.options = {
        "forwarding": {
            "enabled": True,
            "project": PROJECT,
            "topic": receiver.topic,
            "authentication": "emulator",
            "emulator_address": receiver.address,
            "ordering": True,
            "site_id": "lake-house",
        }
    }
    await home.add()
    await live_through(home)
    await until(lambda: forwarder(home).figures.backlog == 0)
    # Two polls, a command, its release, a safety event, a finding and a plan.
    messages = await receiver.received(7)
    told = [json.loads(message.data) for message in messages]
    schema = validator(strict=True)
    for message, document in zip(messages, told, strict=True):
        schema.validate(document)
        assert message.ordering_key == document["site_id"] == "lake-house"
        for name in ("event_id", "message_type", "site_id"):
            assert message.attributes[name] == document[name]
    assert {document["message_type"] for document in told} == set(MessageType)
    assert [document["seq"] for document in told] == list(range(1, len(told) + 1))
    assert len({document["event_id"] for document in told}) == len(told)
    assert home.state("cloud_connected", "binary_sensor").state == "on"
