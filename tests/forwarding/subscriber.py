"""Who receives: a topic of its own with a subscription, at Google's emulator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from google.pubsub_v1 import (
    PublisherAsyncClient,
    PubsubMessage,
    SubscriberAsyncClient,
    Subscription,
)
from google.pubsub_v1.services.publisher.transports import (
    PublisherGrpcAsyncIOTransport,
)
from google.pubsub_v1.services.subscriber.transports import (
    SubscriberGrpcAsyncIOTransport,
)

from custom_components.bessai.forwarding.pubsub_publisher import insecure_channel

PROJECT = "a-project"
_WITHIN_S = 20
_NUMBERS = count(1)


@dataclass(kw_only=True)
class Cloud:
    """A topic with a subscription that keeps order."""

    address: str
    name: str
    """Of the topic and of the subscription, short."""

    topics: PublisherAsyncClient
    subscriptions: SubscriberAsyncClient

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def topic(self) -> str:
        return f"projects/{PROJECT}/topics/{self.name}"

    @property
    def subscription(self) -> str:
        return f"projects/{PROJECT}/subscriptions/{self.name}"

    async def received(self, wanted: int) -> list[PubsubMessage]:
        """Return at least this many messages, in the order of their delivery."""
        messages: list[PubsubMessage] = []
        async with asyncio.timeout(_WITHIN_S):
            while len(messages) < wanted:
                answer = await self.subscriptions.pull(
                    subscription=self.subscription, max_messages=1_000
                )
                messages.extend(each.message for each in answer.received_messages)
                await self.subscriptions.acknowledge(
                    subscription=self.subscription,
                    ack_ids=[each.ack_id for each in answer.received_messages],
                )
        return messages


@asynccontextmanager
async def new_topic(address: str) -> AsyncIterator[Cloud]:
    """Make a topic that nobody else has, at the emulator of this address."""
    async with insecure_channel(address) as channel:
        cloud = Cloud(
            address=address,
            name=f"plant-{next(_NUMBERS)}",
            topics=PublisherAsyncClient(
                transport=PublisherGrpcAsyncIOTransport(channel=channel)
            ),
            subscriptions=SubscriberAsyncClient(
                transport=SubscriberGrpcAsyncIOTransport(channel=channel)
            ),
        )
        await cloud.topics.create_topic(name=cloud.topic)
        await cloud.subscriptions.create_subscription(
            Subscription(
                name=cloud.subscription,
                topic=cloud.topic,
                enable_message_ordering=True,
            )
        )
        yield cloud
