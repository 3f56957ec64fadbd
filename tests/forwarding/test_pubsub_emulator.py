"""The adapter against Google's own emulator: what subscribers are given.

Skipped, with the reason, where there is no emulator or no Java.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from custom_components.bessai.forwarding.message import (
    Message,
    MessageType,
    attributes,
    encode,
)
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import (
    FailureReason as Reason,
    LastingFailure,
    PassingFailure,
    Publisher,
)
from custom_components.bessai.forwarding.pubsub import Emulator, build_publisher
from custom_components.bessai.forwarding.pubsub_publisher import MOST_BYTES

from .emulator import GOOGLES, running_emulator, why_not
from .parcels import parcel, parcels
from .proxy import proxy_to
from .samples import every_message
from .subscriber import Cloud, new_topic

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(why_not() is not None, reason=why_not() or ""),
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    with running_emulator() as address:
        yield address


@pytest.fixture
async def cloud(
    emulator: str, record_property: Callable[[str, object], None]
) -> AsyncIterator[Cloud]:
    record_property(*GOOGLES)
    async with new_topic(emulator) as cloud:
        yield cloud


@asynccontextmanager
async def publishing(cloud: Cloud, address: str = "") -> AsyncIterator[Publisher]:
    publisher = build_publisher(cloud.topic, Emulator(address or cloud.address))
    try:
        yield publisher
    finally:
        await publisher.close()


def packed(message: Message) -> Parcel:
    return Parcel(
        seq=message.seq,
        event_id=message.event_id,
        data=encode(message),
        attributes=attributes(message),
        observed_at=message.observed_at,
    )


async def persist(publish: Callable[[], Awaitable[None]]) -> None:
    """Try until it works, as the courier does."""
    async with asyncio.timeout(15):
        while True:
            try:
                return await publish()
            except PassingFailure:
                await asyncio.sleep(0.05)


async def test_subscribers_get_what_was_sent(cloud: Cloud) -> None:
    sent = parcels(3)
    async with publishing(cloud) as publisher:
        await publisher.publish(sent)
    received = await cloud.received(3)
    by_id = {message.attributes["event_id"]: message for message in received}
    assert len(by_id) == 3
    for each in sent:
        assert by_id[each.event_id].data == each.data
        assert dict(by_id[each.event_id].attributes) == each.attributes


async def test_with_an_ordering_key_they_get_it_in_order(cloud: Cloud) -> None:
    sent = parcels(300, ordering_key="casa")
    async with publishing(cloud) as publisher:
        for first in range(0, 300, 50):
            await publisher.publish(sent[first : first + 50])
    received = await cloud.received(300)
    assert [each.data for each in received] == [each.data for each in sent]
    assert {each.ordering_key for each in received} == {"casa"}


async def test_every_type_of_message_arrives(cloud: Cloud) -> None:
    messages = list(every_message().values())
    async with publishing(cloud) as publisher:
        await publisher.publish([packed(message) for message in messages])
    received = await cloud.received(len(messages))
    assert {each.attributes["message_type"] for each in received} == set(MessageType)
    assert {each.data for each in received} == {encode(each) for each in messages}


async def test_the_topic_is_found(cloud: Cloud) -> None:
    async with publishing(cloud) as publisher:
        await publisher.check()


async def test_a_deleted_topic_is_noticed_and_a_new_one_too(cloud: Cloud) -> None:
    async with publishing(cloud) as publisher:
        await publisher.publish(parcels(1))
        await cloud.topics.delete_topic(topic=cloud.topic)
        for attempt in (publisher.publish(parcels(1)), publisher.check()):
            with pytest.raises(LastingFailure) as caught:
                await attempt
            assert caught.value.reason is Reason.TOPIC
        await cloud.topics.create_topic(name=cloud.topic)
        await publisher.publish(parcels(1))


async def test_the_largest_request_is_taken(cloud: Cloud) -> None:
    large = parcel(1, data=b"x" * (MOST_BYTES - 1_000))
    async with publishing(cloud) as publisher:
        await publisher.publish([large])


@pytest.mark.parametrize("way", ["refused", "silent"])
async def test_nothing_is_lost_in_an_outage_and_order_is_kept(
    cloud: Cloud, way: str
) -> None:
    sent = parcels(200, ordering_key="casa")
    async with (
        proxy_to(cloud.port) as proxy,
        publishing(cloud, proxy.address) as publisher,
    ):
        await publisher.publish(sent[:100])
        await proxy.refuse() if way == "refused" else proxy.silence()
        asyncio.get_running_loop().call_later(
            0.5, lambda: asyncio.ensure_future(proxy.restore())
        )
        await persist(lambda: publisher.publish(sent[100:]))
    received = await cloud.received(200)
    ids = list(dict.fromkeys(each.attributes["event_id"] for each in received))
    assert ids == [each.event_id for each in sent]
