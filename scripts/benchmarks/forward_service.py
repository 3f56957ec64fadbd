"""What the forwarder is measured against: Google's emulator, or a server of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from google.pubsub_v1 import PublisherAsyncClient
from google.pubsub_v1.services.publisher.transports import (
    PublisherGrpcAsyncIOTransport,
)

from custom_components.bessai.forwarding.pubsub_publisher import insecure_channel
from tests.forwarding.emulator import running_emulator, why_not
from tests.forwarding.fake_pubsub import TOPIC, FakePubSub, serving


@asynccontextmanager
async def running_service() -> AsyncIterator[str]:
    """Run one that has the topic, and print which one; yields its address."""
    reason = why_not()
    if reason is not None:
        print(f"Against a gRPC server in the same process: {reason}.\n")
        async with serving(FakePubSub()) as fake:
            yield fake.address
        return
    print("Against Google's own emulator, in a process of its own:")
    with running_emulator() as address:
        print()
        async with insecure_channel(address) as channel:
            transport = PublisherGrpcAsyncIOTransport(channel=channel)
            await PublisherAsyncClient(transport=transport).create_topic(name=TOPIC)
        yield address
