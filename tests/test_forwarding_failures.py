"""Whatever cloud or disk say: it is shown, nothing is lost, and control goes on.

The table of this file is that of "When something goes wrong" in the documentation.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
import json
from pathlib import Path
from typing import Final, override

from grpc import StatusCode as Code  # type: ignore[import-untyped]
from homeassistant.const import STATE_OFF, STATE_ON
import pytest

from custom_components.bessai.forwarding import pubsub_publisher
from custom_components.bessai.forwarding.courier import Courier
from custom_components.bessai.forwarding.courier_steps import CourierLimits
from custom_components.bessai.forwarding.message import MAX_BYTES
from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding_desk import outbox_files
from custom_components.bessai.forwarding_draft import Draft
from custom_components.bessai.forwarding_sources import telemetry_draft

from .cloudy import choices, forwarder, issues, keep_outboxes_in, told, upload
from .controlled import CHARGE, CHARGE_POWER, COMMAND, allow, ask, holds
from .fixing import begin_fix, fix, go_on, issue_of
from .forwarded import draft, hurry, until
from .forwarding.fake_pubsub import FakePubSub, serving
from .forwarding.keys import certificate, key_file, server_credentials
from .forwarding.test_outbox_damage import PAGE, spoil
from .forwarding.test_outbox_disk import limit_pages
from .forwarding.tokens import Reply, token_service
from .home import Home, settle
from .watched import press

LARGE: Final = "x" * 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What an owner sees while something is wrong."""

    connected: str = STATE_OFF
    reason: str | None = None
    """An attribute of the former, for automations."""

    issues: frozenset[str] = frozenset()


def stops(reason: str) -> Shown:
    """Return what is shown where nothing is sent until somebody acts."""
    return Shown(reason=reason, issues=frozenset({"cloud_refuses"}))


def passes(reason: str) -> Shown:
    """Return what is shown of something that may go well by itself later."""
    return Shown(reason=reason)


WELL: Final = Shown(connected=STATE_ON)
PASSES: Final = frozenset({"unavailable", "timeout", "internal", "quota"})
RECOVERED: Final = frozenset({"cloud_recovered"})
A_PAGE: Final = range(1, 5)
"""So many messages of a poll may be in one page of the file."""

LAID_ASIDE: Final = Shown(connected=STATE_ON, issues=frozenset({"cloud_parked"}))
CODES: Final[Mapping[Code, Shown]] = {
    Code.CANCELLED: passes("unavailable"),
    Code.UNKNOWN: passes("internal"),
    Code.INVALID_ARGUMENT: LAID_ASIDE,
    Code.DEADLINE_EXCEEDED: passes("timeout"),
    Code.NOT_FOUND: stops("topic"),
    Code.ALREADY_EXISTS: passes("internal"),
    Code.PERMISSION_DENIED: stops("permission"),
    Code.RESOURCE_EXHAUSTED: passes("quota"),
    Code.FAILED_PRECONDITION: stops("precondition"),
    Code.ABORTED: passes("unavailable"),
    Code.OUT_OF_RANGE: LAID_ASIDE,
    Code.UNIMPLEMENTED: passes("unavailable"),
    Code.INTERNAL: passes("internal"),
    Code.UNAVAILABLE: passes("unavailable"),
    Code.DATA_LOSS: passes("internal"),
    Code.UNAUTHENTICATED: stops("credentials"),
}


class Lasting(deque[tuple[Code, str]]):
    """An answer that is given until it is cleared."""

    @override
    def popleft(self) -> tuple[Code, str]:
        return self[0]


class Owner:
    """Who looks at a plant that forwards while something is wrong, and commands it."""

    def __init__(self, home: Home, fake: FakePubSub) -> None:
        self.home, self.fake = home, fake
        self._powers = count(1_000, 10)
        self._put: list[str] = []

    def refuse(self, code: Code, said: str = "said so") -> None:
        """Let the cloud answer so from now on."""
        self.fake.answers = Lasting([(code, said)])

    def accept(self) -> None:
        """Let the cloud take everything again."""
        self.fake.answers.clear()

    def tell(self, message: Draft | None = None) -> None:
        """Let something happen that is told: without more, a poll."""
        message = message or telemetry_draft(self.home.runtime.readings.data)
        self._put.append(message.event_id)
        forwarder(self.home).async_put(message)

    def shown(self) -> Shown:
        """Return what is to be seen."""
        connected = self.home.state("cloud_connected", "binary_sensor")
        return Shown(
            connected=connected.state,
            reason=connected.attributes["reason"],
            issues=frozenset(issues(self.home.hass)),
        )

    def number(self, name: str) -> int:
        """Return what a sensor of the cloud shows."""
        return int(self.home.state(f"cloud_{name}").state)

    async def sees(self, expected: Shown) -> None:
        """Wait until that is to be seen."""
        try:
            await until(lambda: self.shown() == expected)
        except TimeoutError:
            assert self.shown() == expected
            raise

    async def commands(self) -> None:
        """Command the plant, and see that it follows."""
        power = next(self._powers)
        answer = await ask(self.home, "charge", power=power, duration=3600)
        assert answer["power"] == power
        assert holds(self.home, COMMAND) == CHARGE
        assert holds(self.home, CHARGE_POWER, 2) == (0, power)

    @property
    def missing(self) -> set[str]:
        """Which of the messages have not arrived."""
        return set(self._put) - {one["event_id"] for one in told(self.fake)}

    @property
    def stored(self) -> int:
        """How many messages are on the disk."""
        state = forwarder(self.home).figures.outbox
        return 0 if state is None else state.rows

    async def finds_everything(self, *, in_order: bool = True) -> None:
        """Wait until all is well, and see that each message has arrived once."""
        await until(lambda: not forwarder(self.home).figures.backlog)
        await until(lambda: self.number("backlog") == 0)
        numbers = [one["seq"] for one in told(self.fake)]
        expected = list(range(1, len(numbers) + 1))
        assert (numbers if in_order else sorted(numbers)) == expected
        assert not self.missing
        assert self.number("dropped") == 0
        await self.sees(WELL)


@pytest.fixture
async def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePubSub]:
    """Return a Pub/Sub that listens."""
    keep_outboxes_in(tmp_path, monkeypatch)
    async with serving(FakePubSub()) as served:
        yield served


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait a minute until what is not taken goes to the disk."""
    limits = CourierLimits(request_gap_s=0.01, commit_after_s=0.05, disk_retry_s=0.1)
    monkeypatch.setattr(
        "custom_components.bessai.forwarder.Courier", partial(Courier, limits=limits)
    )


@pytest.fixture
async def owner(home: Home, fake: FakePubSub) -> Owner:
    """Return who has a plant that forwards and is commanded, with all well."""
    return await begin(home, fake)


async def begin(home: Home, fake: FakePubSub, **changes: object) -> Owner:
    """Add a plant that forwards, and let it be commanded."""
    home.options = {"forwarding": choices(fake, **changes)}
    await allow(await home.add())
    owner = Owner(home, fake)
    if not changes:
        await owner.sees(WELL)
    return owner


def codes(kind: Callable[[Shown], bool]) -> list[tuple[Code, Shown]]:
    """Return the codes with which something of a kind is shown."""
    return [(code, shown) for code, shown in CODES.items() if kind(shown)]


async def on_its_thread[Result](home: Home, job: Callable[[Outbox], Result]) -> Result:
    """Do something to an outbox where it lives."""
    storeroom = forwarder(home)._storeroom
    outbox = storeroom.desk._outbox
    assert outbox is not None
    return await storeroom._thread.async_do(job, outbox)


def outbox_of(home: Home, folder: Path) -> Path:
    """Return the file of a plant's outbox."""
    return folder / f"{home.entry.entry_id}.sqlite"


def spoil_page_of(path: Path, seq: int) -> None:
    """Make rubbish of the page that a message begins in."""
    at = path.read_bytes().index(b'"seq":%d,' % seq)
    spoil(path, at // PAGE * PAGE, b"\xff" * PAGE)


async def reload(home: Home, between: Callable[[], object] = lambda: None) -> None:
    """Unload the plant, let something happen, and load it again."""
    entries, entry_id = home.hass.config_entries, home.entry.entry_id
    assert await entries.async_unload(entry_id)
    await settle(home.hass)
    between()
    assert await entries.async_setup(entry_id)
    await settle(home.hass)


# --- what the service answers


def test_every_status_of_grpc_has_its_row() -> None:
    assert CODES.keys() == set(Code) - {Code.OK}


async def test_what_passes_is_waited_for(
    owner: Owner, subtests: pytest.Subtests
) -> None:
    for code, shown in codes(lambda shown: shown.reason in PASSES):
        with subtests.test(code=code.name):
            owner.refuse(code)
            owner.tell()
            await owner.sees(shown)
            await owner.commands()
            await until(lambda: owner.number("backlog") >= 2)
            owner.accept()
            await owner.finds_everything()


async def test_what_lasts_is_told_and_sent_when_somebody_has_acted(
    owner: Owner, subtests: pytest.Subtests
) -> None:
    for code, shown in codes(lambda shown: "cloud_refuses" in shown.issues):
        with subtests.test(code=code.name):
            owner.refuse(code)
            owner.tell()
            await owner.sees(shown)
            await owner.commands()
            await until(lambda: owner.number("backlog") >= 2)
            words = issue_of(owner.home.hass, "cloud_refuses").translation_placeholders
            assert words is not None
            assert words["detail"].endswith(": said so")
            owner.accept()
            await press(owner.home, "send_test_message")
            await owner.finds_everything()


async def test_what_is_refused_is_laid_aside_until_it_is_tried_again(
    owner: Owner, subtests: pytest.Subtests
) -> None:
    hass = owner.home.hass
    for code, shown in codes(lambda shown: shown == LAID_ASIDE):
        with subtests.test(code=code.name):
            owner.refuse(code)
            owner.tell()
            await owner.sees(shown)
            await owner.commands()
            await until(lambda: owner.number("parked") == 2)
            owner.accept()
            assert (await fix(hass, "cloud_parked", "try_again"))["type"] == (
                "create_entry"
            )
            await until(lambda: owner.number("parked") == 0)
            await owner.finds_everything()


async def test_where_everything_is_refused_it_is_not_the_messages(
    owner: Owner,
) -> None:
    owner.refuse(Code.INVALID_ARGUMENT, "the schema of the topic has changed")
    for _ in range(12):
        owner.tell()
    both = frozenset({"cloud_refuses", "cloud_parked"})
    await owner.sees(Shown(reason="content", issues=both))
    await owner.commands()
    assert owner.number("parked") == 10
    owner.accept()
    await press(owner.home, "send_test_message")
    await owner.sees(LAID_ASIDE)
    await fix(owner.home.hass, "cloud_parked", "try_again")
    await owner.finds_everything(in_order=False)


async def test_a_deleted_topic_is_made_again(owner: Owner) -> None:
    topics, owner.fake.topics = owner.fake.topics, set()
    owner.tell()
    await owner.sees(stops("topic"))
    await owner.commands()
    owner.fake.topics = topics
    await press(owner.home, "send_test_message")
    await owner.finds_everything()


# --- who we are


async def test_a_revoked_key_is_asked_for_and_nothing_is_lost(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_outboxes_in(tmp_path, monkeypatch)
    flows, real = home.hass.config_entries.flow, pubsub_publisher.secure_channel
    file_id = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)

    async def answer() -> None:
        await until(flows.async_progress)
        (flow,) = flows.async_progress()
        assert flow["step_id"] == "cloud_key"
        await flows.async_configure(flow["flow_id"], {"key_file": file_id})
        await settle(home.hass)

    async with serving(FakePubSub(), server_credentials()) as fake:
        monkeypatch.setattr(
            pubsub_publisher,
            "secure_channel",
            lambda _address, bearer: real(fake.address, bearer, certificate()),
        )
        owner = await begin(home, fake, authentication="key")
        await answer()
        await owner.sees(WELL)
        owner.refuse(Code.UNAUTHENTICATED)
        owner.tell()
        await owner.sees(Shown(reason="credentials"))
        await until(flows.async_progress)
        await owner.commands()
        owner.accept()
        await answer()
        assert not flows.async_progress()
        await owner.finds_everything()


async def test_credentials_of_the_machine_that_are_revoked(
    home: Home, fake: FakePubSub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = Reply(400, {"error": "invalid_grant"})
    monkeypatch.setattr(
        pubsub_publisher,
        "secure_channel",
        lambda _address, _bearer: pubsub_publisher.insecure_channel(fake.address),
    )
    async with token_service(reply) as token_uri:
        file = tmp_path / "machine.json"
        file.write_text(json.dumps(key_file(token_uri=token_uri)), encoding="utf-8")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        owner = await begin(home, fake, authentication="ambient")
        await owner.sees(stops("credentials"))
        await owner.commands()
        assert not fake.headers
        reply.status = 200
        reply.content = {"access_token": "a-token", "expires_in": 3600}
        await press(home, "send_test_message")
        await owner.finds_everything()


# --- messages that are too large


async def test_a_message_that_nobody_would_take_is_counted_as_given_up(
    owner: Owner,
) -> None:
    huge = Draft(
        message_type=draft().message_type,
        observed_at=draft().observed_at,
        payload=lambda: {"n": "x" * MAX_BYTES},
    )
    owner.tell()
    forwarder(owner.home).async_put(huge)
    owner.tell()
    await until(lambda: owner.number("dropped") == 1)
    await owner.commands()
    await until(lambda: len(told(owner.fake)) == 4)
    assert [one["seq"] for one in told(owner.fake)] == [1, 2, 3, 4]
    await owner.sees(WELL)


async def test_a_message_that_is_too_large_for_the_service_is_laid_aside(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of gRPC refuses it, before anybody sees whose it is."""
    keep_outboxes_in(tmp_path, monkeypatch)
    async with serving(FakePubSub(), most_bytes=100_000) as fake:
        owner = await begin(home, fake)
        large = Draft(
            message_type=draft().message_type,
            observed_at=draft().observed_at,
            payload=lambda: {"n": LARGE},
        )
        for message in (None, large, None):
            owner.tell(message)
        await owner.sees(LAID_ASIDE)
        await owner.commands()
        await until(lambda: len(told(fake)) == 4)
        assert [one["seq"] for one in told(fake)] == [1, 2, 4, 5]


# --- the disk


async def test_a_full_disk_is_told_and_nothing_is_lost(owner: Owner) -> None:
    home = owner.home
    owner.refuse(Code.UNAVAILABLE)
    await on_its_thread(home, lambda outbox: limit_pages(outbox, 10))
    for _ in range(30):
        owner.tell()
    full = Shown(reason="unavailable", issues=frozenset({"cloud_storage"}))
    await owner.sees(full)
    await owner.commands()
    await on_its_thread(home, lambda outbox: limit_pages(outbox, 1_000_000))
    await owner.sees(passes("unavailable"))
    assert owner.stored >= 30
    owner.accept()
    await owner.finds_everything()


async def test_with_a_full_disk_messages_go_straight_to_the_cloud(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, 0.05)
    await on_its_thread(owner.home, lambda outbox: limit_pages(outbox, 10))
    owner.refuse(Code.UNAVAILABLE)
    for _ in range(30):
        owner.tell()
    full = Shown(reason="unavailable", issues=frozenset({"cloud_storage"}))
    await owner.sees(full)
    owner.accept()
    await until(lambda: len(told(owner.fake)) == 31)
    await on_its_thread(owner.home, lambda outbox: limit_pages(outbox, 1_000_000))
    await owner.finds_everything()


async def test_a_file_that_is_damaged_while_nobody_looks_is_replaced_and_told(
    owner: Owner, tmp_path: Path
) -> None:
    home = owner.home
    path = outbox_of(home, tmp_path)
    owner.refuse(Code.UNAVAILABLE)
    for _ in range(60):
        owner.tell()
    await owner.commands()
    before = len(told(owner.fake))

    def damage() -> None:
        spoil_page_of(path, 30)
        owner.accept()

    await reload(home, damage)
    await owner.sees(Shown(connected=STATE_ON, issues=RECOVERED))
    await owner.commands()
    await until(lambda: not forwarder(home).figures.backlog)
    issue = issue_of(home.hass, "cloud_recovered")
    words = issue.translation_placeholders
    assert words is not None
    assert (issue.is_fixable, issue.is_persistent) == (True, True)
    assert Path(words["file"]) in outbox_files(path)
    # The first poll after the start and the command came on top.
    arrived = [one["seq"] for one in told(owner.fake)]
    assert len(arrived) == before + int(words["rescued"]) + 2
    assert arrived == sorted(set(arrived))
    assert len(owner.missing) == int(words["lost"]) in A_PAGE
    page = await begin_fix(home.hass, "cloud_recovered")
    assert page["step_id"] == "confirm"
    assert page["description_placeholders"] == words
    await go_on(home.hass, page)
    assert not issues(home.hass)


async def test_a_file_that_is_damaged_in_use_is_replaced_and_told(
    owner: Owner, tmp_path: Path
) -> None:
    home = owner.home
    path = outbox_of(home, tmp_path)
    owner.refuse(Code.UNAVAILABLE)
    for _ in range(60):
        owner.tell()
    await until(lambda: owner.stored == 60)

    def damage(outbox: Outbox) -> None:
        """Do what a failing disk does; SQLite is made to read it anew."""
        outbox._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        spoil_page_of(path, 50)
        outbox._connection.execute("PRAGMA shrink_memory").fetchall()

    await on_its_thread(home, damage)
    await owner.commands()
    owner.accept()
    await owner.sees(Shown(connected=STATE_ON, issues=RECOVERED))
    await owner.commands()
    await until(lambda: not forwarder(home).figures.backlog)
    words = issue_of(home.hass, "cloud_recovered").translation_placeholders
    assert words is not None
    arrived = [one["seq"] for one in told(owner.fake)]
    assert arrived == sorted(set(arrived))
    assert len(owner.missing) == int(words["lost"]) in A_PAGE
