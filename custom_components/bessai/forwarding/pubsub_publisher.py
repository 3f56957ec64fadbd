"""Publishes to Google Pub/Sub over gRPC; the only file that imports google.

Nothing is retried in here: the courier does that, and it keeps what is not taken.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request
from google.iam.v1.iam_policy_pb2 import (  # type: ignore[import-untyped]
    TestIamPermissionsRequest,
)
from google.oauth2 import service_account
from google.pubsub_v1 import PublisherAsyncClient, PublishRequest, PubsubMessage
from google.pubsub_v1.services.publisher.transports import (
    PublisherGrpcAsyncIOTransport,
)
import grpc  # type: ignore[import-untyped]

from .grpc_failures import failure_of
from .parcel import Parcel
from .publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    PublishError,
    RefusedContent,
)
from .pubsub import Access, AmbientCredentials, Emulator, PermissionUnknown
from .service_account import ServiceAccount

TIMEOUT_S = 5.0
"""Of a request, beyond what its size takes."""

SLOWEST_BYTES_PER_S = 50_000
"""A line of 0.4 Mbit/s: else one could never send a large batch."""

MOST_BYTES = 10_000_000
MOST_MESSAGES = 1_000
"""Of one request. Source: "Quotas and limits" of Pub/Sub."""

_SERVICE = "pubsub.googleapis.com:443"
_SCOPES = ("https://www.googleapis.com/auth/pubsub",)
_PUBLISH = "pubsub.topics.publish"
_OPTIONS = (
    # gRPC's own are 1 s and 120 s: after an outage that is two minutes more of it.
    ("grpc.initial_reconnect_backoff_ms", 500),
    ("grpc.min_reconnect_backoff_ms", 500),
    ("grpc.max_reconnect_backoff_ms", 5_000),
    # As Google's own channel has it.
    ("grpc.keepalive_time_ms", 30_000),
    # Connections are shared by all channels of a process otherwise, so that a new
    # channel would be given the dead connection of the former.
    ("grpc.use_local_subchannel_pool", 1),
)


class Bearer:
    """Holds the token of a request, and gets a new one in good time.

    gRPC can do this by itself, but says only "unavailable" of a key that is revoked.
    """

    def __init__(self, credentials: Credentials) -> None:
        """Take credentials that nobody else uses."""
        self._credentials = credentials
        self._request = partial(Request(), timeout=TIMEOUT_S)
        self._headers: tuple[tuple[str, str], ...] = ()

    def __call__(self, context: object, callback: Callable[[Any, Any], None]) -> None:
        """Give gRPC the headers of a request; it asks in a thread of its own."""
        callback(self._headers, None)

    async def renew(self) -> None:
        """See to a token that is valid for some minutes.

        Raises:
            PassingFailure: If who gives tokens cannot be reached.
            LastingFailure: If the credentials are not accepted, e.g. are revoked.
        """
        if self._credentials.valid:
            return
        loop = asyncio.get_running_loop()
        failure = await loop.run_in_executor(None, self._refresh)
        if failure is not None:
            raise failure

    def forget(self) -> None:
        """Get another token for the next request."""
        self._credentials.token = None

    def _refresh(self) -> PublishError | None:
        """Return why there is no token; what Google says of it may be confidential."""
        try:
            self._credentials.refresh(self._request)  # type: ignore[no-untyped-call]
        except RefreshError as err:
            if err.retryable or isinstance(err.__cause__, TransportError):
                return PassingFailure(FailureReason.UNAVAILABLE)
            return LastingFailure(FailureReason.CREDENTIALS)
        except TransportError:
            return PassingFailure(FailureReason.UNAVAILABLE)
        except GoogleAuthError, ValueError:
            return LastingFailure(FailureReason.CREDENTIALS)
        headers: dict[str, str] = {}
        self._credentials.apply(headers)  # type: ignore[no-untyped-call]
        self._headers = tuple(headers.items())
        return None


class PubSubPublisher:
    """A topic, over one connection that is made when it is needed. One call at a time.

    Fulfils :class:`.publisher.Publisher`.
    """

    def __init__(
        self,
        topic: str,
        open_channel: Callable[[], grpc.aio.Channel],
        bearer: Bearer | None = None,
    ) -> None:
        """Connect to nothing yet: a channel belongs to the event loop it is made in.

        Args:
            topic: ``projects/<project>/topics/<topic>``.
            open_channel: Makes a channel; called within the event loop.
            bearer: Whose headers the channel sends, if any.
        """
        self._topic = topic
        self._open_channel = open_channel
        self._bearer = bearer
        self._channel: grpc.aio.Channel | None = None
        self._client: PublisherAsyncClient | None = None

    async def publish(self, parcels: Sequence[Parcel]) -> None:
        """Hand over messages in one request; all are acknowledged on return.

        Raises:
            PassingFailure: If it is worth trying again.
            LastingFailure: If somebody has to act first.
            RefusedContent: If one of them, or their number or size, is not taken.
        """
        if not parcels:
            return
        messages = [_message(parcel) for parcel in parcels]
        request = PublishRequest(topic=self._topic, messages=messages)
        size = PublishRequest.pb(request).ByteSize()
        if size > MOST_BYTES or len(parcels) > MOST_MESSAGES:
            raise RefusedContent(
                FailureReason.TOO_LARGE, f"{len(parcels)} messages, {size} bytes"
            )
        timeout_s = TIMEOUT_S + size / SLOWEST_BYTES_PER_S
        await self._call(
            lambda client: client.publish(request, retry=None, timeout=timeout_s)
        )

    async def check(self) -> None:
        """Find out whether the topic is there and we may publish; publishes nothing.

        Who may only publish may not look at the topic. Anybody may ask what he may do.
        Source: "Access control" of Pub/Sub, required permissions.

        Raises:
            PassingFailure: If that cannot be found out now.
            PermissionUnknown: If it cannot be found out by this account.
            LastingFailure: If somebody has to act first.
        """
        may_look = await self._may_look()
        try:
            may_publish = await self._may_publish()
        except PublishError as err:
            if may_look:
                return  # emulators know topics, but no permissions
            if isinstance(err, PassingFailure):
                raise
            raise PermissionUnknown(
                FailureReason.PERMISSION,
                "not known, because it may not look at the topic either",
            ) from err
        if not may_publish:
            detail = None if may_look else "or there is no such topic"
            raise LastingFailure(FailureReason.PERMISSION, detail)

    async def close(self) -> None:
        """Let go of the connection; it is made anew if there is another call."""
        channel, self._channel, self._client = self._channel, None, None
        if channel is not None:
            await channel.close()

    async def _may_look(self) -> bool:
        try:
            await self._call(
                lambda client: client.get_topic(
                    topic=self._topic, retry=None, timeout=TIMEOUT_S
                )
            )
        except RefusedContent as err:
            raise LastingFailure(FailureReason.TOPIC, "not a name of one") from err
        except LastingFailure as err:
            if err.reason is FailureReason.PERMISSION:
                return False
            raise
        return True

    async def _may_publish(self) -> bool:
        question = TestIamPermissionsRequest(
            resource=self._topic, permissions=[_PUBLISH]
        )
        answer = await self._call(
            lambda client: client.test_iam_permissions(
                question, retry=None, timeout=TIMEOUT_S
            )
        )
        return _PUBLISH in answer.permissions

    async def _call[Answer](
        self, call: Callable[[PublisherAsyncClient], Awaitable[Answer]]
    ) -> Answer:
        """Make one request, and translate what went wrong."""
        if self._bearer is not None:
            await self._bearer.renew()
        try:
            return await call(self._connected())
        except GoogleAPICallError as err:
            raise await self._learn(_translated(err)) from err
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
        # Nobody cancelled us: the connection was closed under the request.
        raise PassingFailure(FailureReason.UNAVAILABLE, "the connection was closed")

    def _connected(self) -> PublisherAsyncClient:
        if self._client is None:
            self._channel = self._open_channel()
            self._client = PublisherAsyncClient(
                transport=PublisherGrpcAsyncIOTransport(channel=self._channel)
            )
        return self._client

    async def _learn(self, failure: PublishError) -> PublishError:
        """Begin anew with what may be the cause; return the failure, to be raised.

        Whoever raises what a variable of his still names makes a ring of error, frame
        and messages, which stays until Python's collector comes by.
        """
        if failure.reason is FailureReason.TIMEOUT:
            # The other end may have forgotten the connection; that is not noticed.
            await self.close()
        if failure.reason is FailureReason.CREDENTIALS and self._bearer is not None:
            self._bearer.forget()
        return failure


def open_publisher(topic: str, access: Access) -> PubSubPublisher:
    """Return a publisher; reads files and may ask the machine's metadata server.

    Raises:
        LastingFailure: If there are no credentials.
    """
    if isinstance(access, Emulator):
        return PubSubPublisher(topic, partial(insecure_channel, access.address))
    bearer = Bearer(_credentials(access))
    return PubSubPublisher(topic, partial(secure_channel, _SERVICE, bearer), bearer)


def insecure_channel(address: str) -> grpc.aio.Channel:
    """Return a channel to an emulator."""
    return grpc.aio.insecure_channel(address, options=_OPTIONS)


def secure_channel(
    address: str, bearer: Bearer, roots: bytes | None = None
) -> grpc.aio.Channel:
    """Return a channel with TLS that sends the headers of a bearer.

    Args:
        address: ``host:port``.
        bearer: Gives the headers.
        roots: Certificates to trust in place of the usual ones, PEM.
    """
    credentials = grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(roots), grpc.metadata_call_credentials(bearer)
    )
    return grpc.aio.secure_channel(address, credentials, options=_OPTIONS)


def _credentials(access: ServiceAccount | AmbientCredentials) -> Credentials:
    """Return credentials; those of a key sign their tokens, and ask nobody for one.

    Source: AIP-4111, self-signed JWT with scope.
    """
    credentials: Credentials
    from_key: Any = service_account.Credentials.from_service_account_info
    try:
        if isinstance(access, AmbientCredentials):
            credentials, _ = google.auth.default(scopes=_SCOPES)
        else:
            credentials = from_key(
                access.as_info(), scopes=_SCOPES, always_use_jwt_access=True
            )
    except GoogleAuthError, OSError, ValueError:
        pass
    else:
        return credentials
    # Raised out here, so that it does not carry along what google-auth has said.
    raise LastingFailure(FailureReason.CREDENTIALS)


def _message(parcel: Parcel) -> PubsubMessage:
    return PubsubMessage(
        data=parcel.data,
        attributes=dict(parcel.attributes),
        ordering_key=parcel.ordering_key,
    )


def _translated(err: GoogleAPICallError) -> PublishError:
    status = err.grpc_status_code
    return failure_of("UNKNOWN" if status is None else status.name, str(err.message))
