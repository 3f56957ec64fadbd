"""The adapter against a server of our own: real gRPC, any answer on demand."""

import ast
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
import gc
from importlib.metadata import version
from pathlib import Path
import sys
import time

import grpc  # type: ignore[import-untyped]
from homeassistant.components import google_pubsub
import pytest

from custom_components.bessai.forwarding import pubsub_publisher
from custom_components.bessai.forwarding.publisher import (
    FailureReason as Reason,
    LastingFailure,
    PassingFailure,
    Publisher,
    PublishError,
    RefusedContent,
)
from custom_components.bessai.forwarding.pubsub import (
    Emulator,
    PermissionUnknown,
    build_publisher,
)
from custom_components.bessai.forwarding.pubsub_publisher import (
    MOST_BYTES,
    MOST_MESSAGES,
)
from tests.source import imports, modules, read_json

from ..memory import living, uncollected
from .fake_pubsub import TOPIC, FakePubSub, serving
from .parcels import parcel, parcels
from .proxy import proxy_to
from .test_grpc_failures import EXPECTED

CODES = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]


@pytest.fixture
async def fake() -> AsyncIterator[FakePubSub]:
    async with serving(FakePubSub()) as running:
        yield running


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pubsub_publisher, "TIMEOUT_S", 0.3)


@asynccontextmanager
async def publishing(address: str, topic: str = TOPIC) -> AsyncIterator[Publisher]:
    publisher = build_publisher(topic, Emulator(address))
    try:
        yield publisher
    finally:
        await publisher.close()


async def failure_of(attempt: Awaitable[None]) -> PublishError:
    with pytest.raises(PublishError) as caught:
        await attempt
    return caught.value


async def eventually(publish: Callable[[], Awaitable[None]], within_s: float) -> float:
    """Try until it works; return how long that took, s."""
    began = time.monotonic()
    async with asyncio.timeout(within_s):
        while True:
            try:
                await publish()
            except PassingFailure:
                await asyncio.sleep(0.05)
            else:
                return time.monotonic() - began


class TestPublish:
    async def test_messages_arrive_as_they_are(self, fake: FakePubSub) -> None:
        sent = parcels(3)
        async with publishing(fake.address) as publisher:
            await publisher.publish(sent)
        assert len(fake.requests) == 1
        assert fake.requests[0].topic == TOPIC
        for message, parcel_ in zip(fake.messages, sent, strict=True):
            assert message.data == parcel_.data
            assert dict(message.attributes) == parcel_.attributes
            assert message.ordering_key == ""

    async def test_the_service_is_told_which_topic_in_a_header(
        self, fake: FakePubSub
    ) -> None:
        """It finds the right one of its servers by that."""
        async with publishing(fake.address) as publisher:
            await publisher.publish(parcels(1))
        assert fake.headers[0]["x-goog-request-params"] == f"topic={TOPIC}"

    async def test_an_ordering_key_is_passed_on(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            await publisher.publish(parcels(2, ordering_key="casa"))
        assert [each.ordering_key for each in fake.messages] == ["casa", "casa"]

    async def test_nothing_is_no_request(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            await publisher.publish([])
        assert not fake.headers

    @pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
    async def test_a_status_is_one_failure_and_one_request(
        self, fake: FakePubSub, code: grpc.StatusCode
    ) -> None:
        fake.answers.append((code, "said so"))
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.publish(parcels(2)))
            assert (type(failure), failure.reason) == EXPECTED[code.name]
            assert str(failure).endswith(": said so")
            assert len(fake.headers) == 1
            await publisher.publish(parcels(2))
        assert len(fake.messages) == 2

    async def test_a_deleted_topic_lasts(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            await publisher.publish(parcels(1))
            fake.topics.clear()
            failure = await failure_of(publisher.publish(parcels(1)))
        assert isinstance(failure, LastingFailure)
        assert failure.reason is Reason.TOPIC

    async def test_too_large_a_request_is_not_sent(self, fake: FakePubSub) -> None:
        large = parcel(1, data=b"x" * MOST_BYTES)
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.publish([large]))
        assert isinstance(failure, RefusedContent)
        assert failure.reason is Reason.TOO_LARGE
        assert not fake.headers

    async def test_the_largest_request_is_sent(self, fake: FakePubSub) -> None:
        large = parcel(1, data=b"x" * (MOST_BYTES - 1_000))
        async with publishing(fake.address) as publisher:
            await publisher.publish([large])
        assert fake.messages[0].data == large.data

    async def test_too_many_messages_are_not_sent(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.publish(parcels(MOST_MESSAGES + 1)))
            assert failure.reason is Reason.TOO_LARGE
            await publisher.publish(parcels(MOST_MESSAGES))
        assert len(fake.messages) == MOST_MESSAGES


class TestNetwork:
    async def test_a_refused_port_fails_at_once(self) -> None:
        async with serving(FakePubSub()) as gone:
            pass
        async with publishing(gone.address) as publisher, asyncio.timeout(2):
            failure = await failure_of(publisher.publish(parcels(1)))
        assert isinstance(failure, PassingFailure)
        assert failure.reason is Reason.UNAVAILABLE

    async def test_what_has_failed_is_gone_without_the_collector(self) -> None:
        """Else each try of an outage leaves its messages behind for a while."""
        async with serving(FakePubSub()) as gone:
            pass
        async with publishing(gone.address) as publisher:
            gc.collect()
            with uncollected():
                with suppress(PassingFailure):
                    await publisher.publish(parcels(1))
                assert living(PassingFailure) == []

    async def test_it_comes_back_after_refusals(self, fake: FakePubSub) -> None:
        async with (
            proxy_to(fake.port) as proxy,
            publishing(proxy.address) as publisher,
        ):
            await publisher.publish(parcels(1))
            await proxy.refuse()
            for _ in range(3):  # at the second, gRPC itself begins to wait
                failure = await failure_of(publisher.publish(parcels(1)))
                assert failure.reason is Reason.UNAVAILABLE
            await proxy.restore()
            await eventually(lambda: publisher.publish(parcels(1, first=2)), 6)
        assert fake.messages[-1].data == parcel(2).data

    @pytest.mark.usefixtures("impatient")
    async def test_silence_fails_in_time(self, fake: FakePubSub) -> None:
        async with (
            proxy_to(fake.port) as proxy,
            publishing(proxy.address) as publisher,
        ):
            proxy.silence()
            began = time.monotonic()
            failure = await failure_of(publisher.publish(parcels(1)))
            assert 0.2 < time.monotonic() - began < 2
            assert isinstance(failure, PassingFailure)
            assert failure.reason is Reason.TIMEOUT
            await proxy.restore()
            await eventually(lambda: publisher.publish(parcels(1)), 6)

    @pytest.mark.usefixtures("impatient")
    async def test_a_connection_forgotten_by_a_router_is_given_up(
        self, fake: FakePubSub
    ) -> None:
        """Nothing is heard of it ever again; only a new one works."""
        async with (
            proxy_to(fake.port) as proxy,
            publishing(proxy.address) as publisher,
        ):
            await publisher.publish(parcels(1))
            proxy.forget()
            failure = await failure_of(publisher.publish(parcels(1)))
            assert failure.reason is Reason.TIMEOUT
            await publisher.publish(parcels(1))
            assert proxy.connections == 2

    @pytest.mark.usefixtures("impatient")
    async def test_a_silent_service_fails_in_time(self, fake: FakePubSub) -> None:
        fake.is_silent = True
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.publish(parcels(1)))
        assert failure.reason is Reason.TIMEOUT

    async def test_a_large_request_is_given_longer(
        self, fake: FakePubSub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pubsub_publisher, "TIMEOUT_S", 0.1)
        fake.delay_s = 0.5
        async with publishing(fake.address) as publisher:
            await publisher.publish([parcel(1, data=b"x" * 100_000)])
            failure = await failure_of(publisher.publish(parcels(1)))
        assert failure.reason is Reason.TIMEOUT

    async def test_a_cancelled_call_is_cancelled(self, fake: FakePubSub) -> None:
        fake.is_silent = True
        async with publishing(fake.address) as publisher:
            task = asyncio.create_task(_none(publisher.publish(parcels(1))))
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    async def test_closing_under_a_call_is_a_failure_and_no_cancellation(
        self, fake: FakePubSub
    ) -> None:
        fake.is_silent = True
        async with publishing(fake.address) as publisher:
            task = asyncio.create_task(_none(publisher.publish(parcels(1))))
            await asyncio.sleep(0.1)
            await publisher.close()
            failure = await failure_of(task)
        assert failure.reason is Reason.UNAVAILABLE

    async def test_closing_twice_is_fine(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            await publisher.close()
            await publisher.publish(parcels(1))
            await publisher.close()


class TestCheck:
    async def test_a_topic_one_may_publish_to_is_fine(self, fake: FakePubSub) -> None:
        async with publishing(fake.address) as publisher:
            await publisher.check()
        assert not fake.messages

    async def test_who_may_only_publish_need_not_look(self, fake: FakePubSub) -> None:
        """The role that we advise to give."""
        fake.may_look = False
        async with publishing(fake.address) as publisher:
            await publisher.check()

    async def test_who_may_only_look_is_told(self, fake: FakePubSub) -> None:
        fake.may_publish = False
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.check())
        assert isinstance(failure, LastingFailure)
        assert not isinstance(failure, PermissionUnknown)
        assert failure.reason is Reason.PERMISSION

    async def test_who_may_nothing_is_told_that_the_topic_may_be_missing(
        self, fake: FakePubSub
    ) -> None:
        fake.may_look = fake.may_publish = False
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.check())
        assert failure.reason is Reason.PERMISSION
        assert "no such topic" in str(failure)

    async def test_without_a_topic_it_says_so(self, fake: FakePubSub) -> None:
        fake.topics.clear()
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.check())
        assert isinstance(failure, LastingFailure)
        assert failure.reason is Reason.TOPIC

    async def test_a_name_that_is_none_is_no_topic(self, fake: FakePubSub) -> None:
        fake.answers.append((grpc.StatusCode.INVALID_ARGUMENT, "bad name"))
        async with publishing(fake.address, "no-name") as publisher:
            failure = await failure_of(publisher.check())
        assert isinstance(failure, LastingFailure)
        assert failure.reason is Reason.TOPIC

    async def test_where_permissions_are_unknown_the_topic_is_enough(
        self, fake: FakePubSub
    ) -> None:
        fake.knows_permissions = False
        async with publishing(fake.address) as publisher:
            await publisher.check()

    async def test_what_cannot_be_found_out_is_said_to_be_unknown(
        self, fake: FakePubSub
    ) -> None:
        denied = (grpc.StatusCode.PERMISSION_DENIED, "no")
        fake.answers.extend([denied, denied])
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.check())
        assert isinstance(failure, PermissionUnknown)
        assert "not known" in str(failure)

    async def test_an_outage_in_between_passes(self, fake: FakePubSub) -> None:
        fake.answers.append((grpc.StatusCode.PERMISSION_DENIED, "no"))
        fake.answers.append((grpc.StatusCode.UNAVAILABLE, "gone"))
        async with publishing(fake.address) as publisher:
            failure = await failure_of(publisher.check())
        assert isinstance(failure, PassingFailure)


class TestImport:
    def test_it_is_tested_with_what_home_assistant_has(self) -> None:
        folder = Path(google_pubsub.__path__[0])
        wanted = f"google-cloud-pubsub=={version('google-cloud-pubsub')}"
        assert read_json(folder / "manifest.json")["requirements"] == [wanted]

    async def test_it_is_built_in_an_executor(self, fake: FakePubSub) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            publisher = await loop.run_in_executor(
                pool, build_publisher, TOPIC, Emulator(fake.address)
            )
        await publisher.publish(parcels(1))
        await publisher.close()
        assert fake.messages

    def test_a_missing_package_is_an_import_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name = "custom_components.bessai.forwarding.pubsub_publisher"
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "google.pubsub_v1", None)
        with pytest.raises(ImportError):
            build_publisher(TOPIC, Emulator("127.0.0.1:1"))

    def test_nothing_of_google_comes_with_the_integration(self) -> None:
        """Only the adapter imports it, and nobody imports the adapter at the start."""
        adapter = "forwarding/pubsub_publisher.py"
        googles = {
            path
            for path, tree in modules().items()
            if any(
                name.split(".")[0] in {"google", "grpc"}
                for level, name in imports(tree)
                if not level
            )
        }
        assert googles == {adapter}
        at_start = {
            path
            for path, tree in modules().items()
            for statement in tree.body
            if "pubsub_publisher" in ast.unparse(statement)
            and isinstance(statement, ast.Import | ast.ImportFrom)
        }
        assert at_start == set()


async def _none(attempt: Awaitable[None]) -> None:
    await attempt
