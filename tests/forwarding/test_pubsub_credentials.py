"""Who publishes: what is signed, what happens to a revoked key, and who sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
import json
import logging
from pathlib import Path
import traceback
from typing import Any

from google.auth.exceptions import RefreshError, TransportError
from google.oauth2 import service_account
import grpc  # type: ignore[import-untyped]
import jwt
import pytest

from custom_components.bessai.forwarding import pubsub_publisher
from custom_components.bessai.forwarding.publisher import (
    FailureReason as Reason,
    LastingFailure,
    PassingFailure,
    Publisher,
    PublishError,
)
from custom_components.bessai.forwarding.pubsub import (
    AmbientCredentials,
    build_publisher,
)
from custom_components.bessai.forwarding.pubsub_publisher import (
    Bearer,
    PubSubPublisher,
    secure_channel,
)
from custom_components.bessai.forwarding.service_account import (
    ServiceAccount,
    parse_service_account,
)

from .fake_pubsub import TOPIC, FakePubSub, serving
from .keys import (
    EMAIL,
    KEY_ID,
    certificate,
    key_file,
    private_key,
    secrets,
    server_credentials,
)
from .parcels import parcels
from .tokens import Reply, token_service

SCOPE = "https://www.googleapis.com/auth/pubsub"


@pytest.fixture
def account() -> ServiceAccount:
    return parse_service_account(key_file())


@pytest.fixture
async def fake() -> AsyncIterator[FakePubSub]:
    """A service with TLS."""
    async with serving(FakePubSub(), server_credentials()) as running:
        yield running


@asynccontextmanager
async def publishing(
    fake: FakePubSub, bearer: Bearer, roots: bytes | None = None
) -> AsyncIterator[Publisher]:
    channel = partial(secure_channel, fake.address, bearer, roots or certificate())
    publisher = PubSubPublisher(TOPIC, channel, bearer)
    try:
        yield publisher
    finally:
        await publisher.close()


def bearer_of(account: ServiceAccount) -> Bearer:
    return Bearer(pubsub_publisher._credentials(account))


def asking(token_uri: str) -> Bearer:
    """Return one that asks for its tokens, as application default credentials do."""
    load: Any = service_account.Credentials.from_service_account_info
    return Bearer(load(key_file(token_uri=token_uri), scopes=[SCOPE]))


async def failure_of(publisher: Publisher) -> PublishError:
    with pytest.raises(PublishError) as caught:
        await publisher.publish(parcels(1))
    return caught.value


def shown(error: BaseException) -> str:
    """Return all that a log could hold of it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


class TestToken:
    async def test_the_key_signs_it_for_pubsub_alone(
        self, fake: FakePubSub, account: ServiceAccount
    ) -> None:
        async with publishing(fake, bearer_of(account)) as publisher:
            await publisher.publish(parcels(1))
        kind, token = fake.headers[0]["authorization"].split()
        assert kind == "Bearer"
        claims = jwt.decode(token, private_key().public_key(), algorithms=["RS256"])
        assert claims["iss"] == claims["sub"] == EMAIL
        assert claims["scope"] == SCOPE
        assert claims["exp"] - claims["iat"] == 3600
        assert jwt.get_unverified_header(token)["kid"] == KEY_ID

    async def test_it_is_used_until_it_is_old(
        self, fake: FakePubSub, account: ServiceAccount
    ) -> None:
        async with publishing(fake, bearer_of(account)) as publisher:
            await publisher.publish(parcels(1))
            await publisher.publish(parcels(1))
        first, second = (each["authorization"] for each in fake.headers)
        assert first == second

    async def test_it_is_not_shown_to_a_stranger(
        self, fake: FakePubSub, account: ServiceAccount
    ) -> None:
        """Whose certificate nobody has vouched for."""
        async with serving(FakePubSub(), server_credentials()) as stranger:
            bearer = bearer_of(account)
            channel = partial(secure_channel, stranger.address, bearer)
            publisher = PubSubPublisher(TOPIC, channel, bearer)
            failure = await failure_of(publisher)
            await publisher.close()
        assert failure.reason is Reason.UNAVAILABLE
        assert not stranger.headers

    async def test_a_token_that_is_asked_for_is_used(self, fake: FakePubSub) -> None:
        answer: dict[str, object] = {"access_token": "a-token", "expires_in": 3600}
        async with (
            token_service(Reply(200, answer)) as token_uri,
            publishing(fake, asking(token_uri)) as publisher,
        ):
            await publisher.publish(parcels(1))
        assert fake.headers[0]["authorization"] == "Bearer a-token"


class TestRefused:
    async def test_a_revoked_key_lasts_and_the_next_token_is_a_new_one(
        self,
        fake: FakePubSub,
        account: ServiceAccount,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What is signed by the key itself is refused by the service."""
        fake.answers.append((grpc.StatusCode.UNAUTHENTICATED, "invalid credentials"))
        bearer = bearer_of(account)
        async with publishing(fake, bearer) as publisher:
            failure = await failure_of(publisher)
            assert isinstance(failure, LastingFailure)
            assert failure.reason is Reason.CREDENTIALS
            assert not bearer._credentials.valid
            await publisher.publish(parcels(1))
        assert bearer._credentials.valid
        assert len(fake.messages) == 1

    @pytest.mark.parametrize("said", ["Invalid JWT Signature.", "Account not found"])
    async def test_a_revoked_key_gets_no_token(
        self, fake: FakePubSub, said: str
    ) -> None:
        answer: dict[str, object] = {
            "error": "invalid_grant",
            "error_description": said,
        }
        async with (
            token_service(Reply(400, answer)) as token_uri,
            publishing(fake, asking(token_uri)) as publisher,
        ):
            failure = await failure_of(publisher)
        assert isinstance(failure, LastingFailure)
        assert failure.reason is Reason.CREDENTIALS
        assert not fake.headers

    async def test_who_gives_tokens_may_be_out_of_order(self, fake: FakePubSub) -> None:
        async with (
            token_service(Reply(503, {"error": "unavailable"})) as token_uri,
            publishing(fake, asking(token_uri)) as publisher,
        ):
            failure = await failure_of(publisher)
        assert isinstance(failure, PassingFailure)
        assert failure.reason is Reason.UNAVAILABLE

    async def test_who_gives_tokens_may_be_out_of_reach(self, fake: FakePubSub) -> None:
        async with token_service(Reply(200, {})) as token_uri:
            pass
        async with publishing(fake, asking(token_uri)) as publisher:
            failure = await failure_of(publisher)
        assert isinstance(failure, PassingFailure)
        assert failure.reason is Reason.UNAVAILABLE

    async def test_a_key_that_cannot_sign_is_refused_when_building(
        self, account: ServiceAccount
    ) -> None:
        broken = ServiceAccount(
            project_id=account.project_id,
            client_email=account.client_email,
            private_key_id=KEY_ID,
            private_key=account.private_key[:-200],
            token_uri=account.token_uri,
        )
        with pytest.raises(LastingFailure) as caught:
            build_publisher(TOPIC, broken)
        assert caught.value.reason is Reason.CREDENTIALS
        assert caught.value.__context__ is None

    async def test_a_metadata_server_out_of_reach_is_no_revoked_key(
        self, fake: FakePubSub, account: ServiceAccount
    ) -> None:
        """As google-auth tells of one, on a machine in the cloud."""
        bearer = bearer_of(account)

        def unreachable(request: object) -> None:
            errors: tuple[Any, Any] = (RefreshError, TransportError)
            raise errors[0]("no answer") from errors[1]("no route")

        bearer._credentials.refresh = unreachable  # type: ignore[method-assign]
        async with publishing(fake, bearer) as publisher:
            assert isinstance(await failure_of(publisher), PassingFailure)

    async def test_what_google_auth_did_not_foresee_is_the_key(
        self, fake: FakePubSub, account: ServiceAccount
    ) -> None:
        bearer = bearer_of(account)

        def refuse(request: object) -> None:
            raise ValueError(account.private_key)

        bearer._credentials.refresh = refuse  # type: ignore[method-assign]
        async with publishing(fake, bearer) as publisher:
            failure = await failure_of(publisher)
        assert failure.reason is Reason.CREDENTIALS
        assert failure.__context__ is None


class TestAmbient:
    async def test_the_machine_names_a_key(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "key.json"
        path.write_text(json.dumps(key_file()), encoding="utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
        publisher = build_publisher(TOPIC, AmbientCredentials())
        assert isinstance(publisher, PubSubPublisher)
        assert publisher._bearer
        assert getattr(publisher._bearer._credentials, "signer_email", None) == EMAIL

    async def test_without_any_it_says_so(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        missing = str(tmp_path / "missing.json")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", missing)
        with pytest.raises(LastingFailure) as caught:
            build_publisher(TOPIC, AmbientCredentials())
        assert caught.value.reason is Reason.CREDENTIALS

    async def test_what_cannot_be_read_counts_as_none(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        # As Docker has it where the file to be mounted is missing.
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
        with pytest.raises(LastingFailure) as caught:
            build_publisher(TOPIC, AmbientCredentials())
        assert caught.value.reason is Reason.CREDENTIALS


class TestSecrecy:
    async def test_the_service_of_google_is_meant_and_nothing_is_shown(
        self, account: ServiceAccount
    ) -> None:
        publisher = build_publisher(TOPIC, account)
        assert isinstance(publisher, PubSubPublisher)
        channel: Any = publisher._open_channel
        assert channel.args[0] == "pubsub.googleapis.com:443"
        text = repr(publisher) + repr(channel) + repr(publisher._bearer) + repr(account)
        assert not [secret for secret in secrets() if secret in text]

    async def test_neither_key_nor_token_is_logged(
        self,
        fake: FakePubSub,
        account: ServiceAccount,
        heard: pytest.LogCaptureFixture,
    ) -> None:
        """Even where somebody has all of Home Assistant log everything."""
        async with publishing(fake, bearer_of(account)) as publisher:
            for code in grpc.StatusCode:
                if code is not grpc.StatusCode.OK:
                    fake.answers.append((code, "said so"))
                    error = await failure_of(publisher)
                    logging.getLogger("bessai").error("failed", exc_info=error)
            await publisher.publish(parcels(1))
        token = fake.headers[-1]["authorization"].split()[1]
        everything = heard.text + repr([vars(each) for each in heard.records])
        assert "said so" in everything
        assert [each for each in heard.records if each.name.startswith("google")]
        found = [each for each in (*secrets(), token) if each in everything]
        assert not found

    @pytest.mark.parametrize(
        ("status", "answer"),
        [(400, {"error": "invalid_grant"}), (503, {}), (200, {"no": "token"})],
    )
    async def test_no_failure_to_get_a_token_shows_the_key(
        self,
        fake: FakePubSub,
        heard: pytest.LogCaptureFixture,
        status: int,
        answer: dict[str, object],
    ) -> None:
        async with (
            token_service(Reply(status, answer)) as token_uri,
            publishing(fake, asking(token_uri)) as publisher,
        ):
            error = await failure_of(publisher)
        assert error.__cause__ is None
        assert error.__context__ is None
        everything = heard.text + repr([vars(r) for r in heard.records]) + shown(error)
        assert not [secret for secret in secrets() if secret in everything]
