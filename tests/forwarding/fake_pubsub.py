"""A Pub/Sub of our own: real gRPC and real messages, and any answer on demand.

It stores messages and may be told to fail, to be slow or to be silent; it knows nothing
of subscriptions. What Google's emulator can do is tested with that.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from google.iam.v1.iam_policy_pb2 import (  # type: ignore[import-untyped]
    TestIamPermissionsRequest,
    TestIamPermissionsResponse,
)
from google.pubsub_v1 import (
    GetTopicRequest,
    PublishRequest,
    PublishResponse,
    PubsubMessage,
    Topic,
)
import grpc  # type: ignore[import-untyped]

TOPIC = "projects/a-project/topics/plant"

# The thread of gRPC that waits for sockets lives as long as the process once something
# holds it. Held from here on, no test is blamed for it.
grpc.aio.init_grpc_aio()


@dataclass(kw_only=True)
class FakePubSub:
    """What it has, what it has received, and how it is to behave."""

    topics: set[str] = field(default_factory=lambda: {TOPIC})
    answers: deque[tuple[grpc.StatusCode, str]] = field(default_factory=deque)
    """Taken from the front, one for each request, before it behaves as usual."""

    may_look: bool = True
    may_publish: bool = True
    knows_permissions: bool = True
    delay_s: float = 0.0
    is_silent: bool = False
    requests: list[PublishRequest] = field(default_factory=list)
    """Those to publish that were taken."""

    headers: list[dict[str, str]] = field(default_factory=list)
    """Of all requests."""

    port: int = 0
    _ids: Iterator[int] = field(default_factory=lambda: count(1), repr=False)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    @property
    def messages(self) -> list[PubsubMessage]:
        """All that were published, in order."""
        return [each for request in self.requests for each in request.messages]

    async def publish(
        self, request: PublishRequest, context: grpc.aio.ServicerContext
    ) -> PublishResponse:
        await self._begin(context)
        await self._want(context, has=self.may_publish, topic=request.topic)
        self.requests.append(request)
        ids = [str(next(self._ids)) for _ in request.messages]
        return PublishResponse(message_ids=ids)

    async def get_topic(
        self, request: GetTopicRequest, context: grpc.aio.ServicerContext
    ) -> Topic:
        await self._begin(context)
        await self._want(context, has=self.may_look, topic=request.topic)
        return Topic(name=request.topic)

    async def test_permissions(
        self, request: TestIamPermissionsRequest, context: grpc.aio.ServicerContext
    ) -> TestIamPermissionsResponse:
        await self._begin(context)
        if not self.knows_permissions:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "no such method")
        may = self.may_publish and request.resource in self.topics
        return TestIamPermissionsResponse(
            permissions=request.permissions if may else ()
        )

    async def _begin(self, context: grpc.aio.ServicerContext) -> None:
        self.headers.append(dict(context.invocation_metadata()))
        if self.is_silent:
            await asyncio.Event().wait()
        await asyncio.sleep(self.delay_s)
        if self.answers:
            await context.abort(*self.answers.popleft())

    async def _want(
        self, context: grpc.aio.ServicerContext, *, has: bool, topic: str
    ) -> None:
        if not has:
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not authorised")
        if topic not in self.topics:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no {topic}")

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Return what a server needs to call these."""
        method = grpc.unary_unary_rpc_method_handler
        services = {
            "google.pubsub.v1.Publisher": {
                "Publish": method(
                    self.publish, PublishRequest.deserialize, PublishResponse.serialize
                ),
                "GetTopic": method(
                    self.get_topic, GetTopicRequest.deserialize, Topic.serialize
                ),
            },
            "google.iam.v1.IAMPolicy": {
                "TestIamPermissions": method(
                    self.test_permissions,
                    TestIamPermissionsRequest.FromString,
                    TestIamPermissionsResponse.SerializeToString,
                ),
            },
        }
        return [
            grpc.method_handlers_generic_handler(name, methods)
            for name, methods in services.items()
        ]


GRACE_S = 0.1
"""For answers that are on their way; requests that hang are cut off then."""


@asynccontextmanager
async def serving(
    fake: FakePubSub,
    credentials: grpc.ServerCredentials | None = None,
    most_bytes: int = 20_000_000,
) -> AsyncIterator[FakePubSub]:
    """Let it answer on a free port of this machine.

    Args:
        fake: Who answers.
        credentials: Certificate and key for TLS; without, it is plain.
        most_bytes: Of a request; gRPC itself refuses larger ones.
    """
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", most_bytes)])
    server.add_generic_rpc_handlers(fake.handlers())
    address = f"127.0.0.1:{fake.port}"
    if credentials is None:
        fake.port = server.add_insecure_port(address)
    else:
        fake.port = server.add_secure_port(address, credentials)
    await server.start()
    try:
        yield fake
    finally:
        await server.stop(GRACE_S)
