"""Messages go to the cloud in order, and what is not taken is there after a restart."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
import threading
import time
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.forwarding.courier import Courier
from custom_components.bessai.forwarding.courier_steps import Commit, CourierLimits
from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.outbox_file import settle
from custom_components.bessai.forwarding.outbox_values import (
    OutboxError,
    OutboxFault,
    OutboxState,
)
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
)
from custom_components.bessai.forwarding_desk import Desk
from custom_components.bessai.forwarding_figures import Trouble

from .forwarded import NOW, WITHIN_S, StubCloud, draft, hurry, make, until
from .forwarding.test_outbox_damage import PAGE, spoil
from .memory import living, uncollected


async def test_what_is_put_is_sent_in_order(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    for number in range(3):
        forwarder.async_put(draft(number))
    await until(lambda: len(cloud.taken) == 3)
    await forwarder.async_stop()
    assert cloud.said == [0, 1, 2]
    assert [parcel.seq for parcel in cloud.taken] == [1, 2, 3]
    assert forwarder.figures.is_connected
    assert forwarder.figures.backlog == 0
    assert cloud.is_closed


async def test_what_is_not_taken_is_there_after_a_restart(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    first = make(hass, cloud, tmp_path / "outbox")
    first.async_start()
    first.async_put(draft(0))
    await until(lambda: first.figures.is_connected is False)
    first.async_put(draft(1))
    await first.async_stop()
    assert cloud.taken == []
    cloud.failure = None
    second = make(hass, cloud, tmp_path / "outbox")
    second.async_start()
    second.async_put(draft(2))
    await until(lambda: len(cloud.taken) == 3)
    await until(lambda: second.figures.backlog == 0)
    await second.async_stop()
    assert cloud.said == [0, 1, 2]
    assert [parcel.seq for parcel in cloud.taken] == [1, 2, 3], "no gap was left"


async def test_a_request_that_hangs_does_not_keep_it_from_stopping(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    cloud.is_silent = True
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.backlog and not forwarder.figures.drafts)
    await forwarder.async_stop()
    outbox, _ = Outbox.open(tmp_path / "outbox", now=NOW)
    assert outbox.state().rows == 1
    outbox.close()


async def test_what_comes_while_a_request_hangs_goes_behind_the_backlog(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    before = make(hass, StubCloud(), tmp_path / "outbox")
    before.async_put(draft(0))
    await before.async_stop()
    cloud = StubCloud()
    cloud.is_silent = True
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    await until(lambda: cloud.asked)
    for number in (1, 2):
        forwarder.async_put(draft(number))
        await until(lambda: not forwarder.figures.drafts)
    await until(lambda: forwarder.figures.outbox and forwarder.figures.outbox.rows == 3)
    await forwarder.async_stop()
    assert cloud.asked == 1
    assert cloud.taken == []


async def test_what_is_put_before_the_start_is_kept_as_well(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    forwarder = make(hass, StubCloud(), tmp_path / "outbox")
    forwarder.async_put(draft())
    await forwarder.async_stop()
    outbox, _ = Outbox.open(tmp_path / "outbox", now=NOW)
    assert outbox.state().rows == 1
    outbox.close()


async def test_a_lasting_failure_stops_it_until_somebody_acts(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    cloud.failure = LastingFailure(FailureReason.PERMISSION, "no")
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft(0))
    await until(lambda: forwarder.figures.trouble)
    assert forwarder.figures.trouble is not None
    assert forwarder.figures.trouble.reason is FailureReason.PERMISSION
    cloud.failure = None
    forwarder.async_put(draft(1))
    await asyncio.sleep(0.1)
    assert cloud.taken == []
    await forwarder.async_send(draft(2), WITHIN_S)
    assert cloud.said == [0, 1, 2]
    assert forwarder.figures.trouble is None
    await forwarder.async_stop()


class Forgotten(PassingFailure):
    """Of one test, so that no other one's is found."""


class RefusingCloud(StubCloud):
    """Has another refusal for each request."""

    async def async_publish(self, parcels: Sequence[Parcel]) -> None:
        self.asked += 1
        raise Forgotten(FailureReason.UNAVAILABLE)


async def test_what_has_failed_is_gone_without_the_collector(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    """Else each try of an outage leaves its messages behind for a while."""
    cloud = RefusingCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    with uncollected():
        forwarder.async_start()
        forwarder.async_put(draft())
        await until(lambda: forwarder.figures.is_connected is False)
        assert living(Forgotten) == []
    await forwarder.async_stop()


async def test_a_test_message_says_why_it_is_not_taken(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    cloud.failure = LastingFailure(FailureReason.TOPIC)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    with pytest.raises(LastingFailure, match="topic does not exist"):
        await forwarder.async_send(draft(), WITHIN_S)
    cloud.failure, cloud.is_silent = None, True
    with pytest.raises(TimeoutError):
        await forwarder.async_send(draft(), 0.05)
    await forwarder.async_stop()


async def test_one_refused_message_is_laid_aside_and_the_others_pass(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    cloud = StubCloud()
    cloud.refused = {2}
    forwarder = make(hass, cloud, tmp_path / "outbox")
    for number in range(3):
        forwarder.async_put(draft(number))
    forwarder.async_start()
    await until(lambda: len(cloud.taken) == 2)
    await until(lambda: forwarder.figures.parked == 1)
    assert cloud.said == [0, 2]
    assert forwarder.figures.backlog == 0
    await forwarder.async_stop()


async def test_a_mistake_in_sending_is_tried_again(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = StubCloud()
    cloud.failure = ZeroDivisionError()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.is_connected is False)
    cloud.failure = None
    await until(lambda: cloud.taken)
    await forwarder.async_stop()
    assert "messages cannot be sent" in caplog.text


async def test_a_message_that_cannot_be_worded_is_left_out(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> dict[str, object]:
        raise ZeroDivisionError

    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_put(replace(draft(), payload=fail))
    forwarder.async_put(draft(1))
    forwarder.async_start()
    await until(lambda: cloud.taken)
    await forwarder.async_stop()
    assert cloud.said == [1]
    assert "cannot be made" in caplog.text


async def test_without_a_disk_messages_wait_and_the_oldest_go(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = StubCloud()
    hurry(monkeypatch, 0.05)
    monkeypatch.setattr("custom_components.bessai.forwarding_intake.MOST_DRAFTS", 300)
    (tmp_path / "file").touch()
    forwarder = make(hass, cloud, tmp_path / "file" / "outbox")
    forwarder.async_start()
    await until(lambda: forwarder.figures.storage_error)
    for number in range(301):
        forwarder.async_put(draft(number))
    assert forwarder.figures.dropped == 1
    assert forwarder.figures.backlog == 300
    (tmp_path / "file").unlink()
    await until(lambda: len(cloud.taken) == 300)
    await forwarder.async_stop()
    assert cloud.said[0] == 1


async def test_after_the_end_nothing_is_taken(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    forwarder = make(hass, StubCloud(), tmp_path / "outbox")
    forwarder.async_start()
    await forwarder.async_stop()
    forwarder.async_put(draft())
    await forwarder.async_stop()
    assert forwarder.figures.backlog == 0


async def test_listeners_hear_of_it_and_are_no_affair_of_ours(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_add_listener(fail)
    stop = forwarder.async_add_listener(lambda: heard.append(1))
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: heard and cloud.taken)
    stop()
    await forwarder.async_stop()
    assert "cannot be shown how forwarding stands" in caplog.text


async def test_without_numbers_messages_wait(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OutboxError(OutboxFault.DISK_FULL, "no room")

    hurry(monkeypatch, 0.05)
    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "pack", fail)
        forwarder.async_start()
        forwarder.async_put(draft())
        await until(lambda: forwarder.figures.storage_error)
        assert forwarder.figures.backlog == 1
    await until(lambda: cloud.taken)
    await forwarder.async_stop()


async def test_a_file_that_is_damaged_meanwhile_is_begun_anew(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    write, failures = Desk.write, [OutboxError(OutboxFault.CORRUPTED, "damaged")]

    def fail_once(self: Desk, step: Commit) -> OutboxState:
        if failures:
            raise failures.pop()
        return write(self, step)

    monkeypatch.setattr(Desk, "write", fail_once)
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.is_connected is False)
    await forwarder.async_stop()
    assert not failures
    outbox, _ = Outbox.open(tmp_path / "outbox", now=NOW)
    assert outbox.state().rows == 1
    outbox.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [(TimeoutError(), "the disk does not answer"), (ZeroDivisionError(), "ZeroDiv")],
    ids=["silent", "broken"],
)
async def test_an_end_that_fails_is_an_end(
    hass: HomeAssistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    said: str,
) -> None:
    def fail(*_: object) -> None:
        raise error

    forwarder = make(hass, StubCloud(), tmp_path / "outbox")
    forwarder.async_start()
    await until(lambda: forwarder.figures.outbox)
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "close", fail)
        await forwarder.async_stop()
    assert said in caplog.text


async def test_a_mistake_of_ours_is_logged_once_and_passes(
    hass: HomeAssistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hurry(monkeypatch, 0.02)
    failures = 3

    def fail(*_: object) -> None:
        nonlocal failures
        failures -= 1
        raise ZeroDivisionError

    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_put(draft())
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "pack", fail)
        forwarder.async_start()
        await until(lambda: failures <= 0)
    await until(lambda: cloud.taken)
    await forwarder.async_stop()
    assert cloud.said == [1]
    assert caplog.text.count("forwarding has failed") == 1


async def test_what_cannot_be_numbered_at_the_end_is_said_to_be_lost(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    forwarder = make(hass, StubCloud(), tmp_path / "file" / "outbox")
    forwarder.async_put(draft())
    await forwarder.async_stop()
    assert "lost: they could not be numbered" in caplog.text


async def test_a_connection_that_cannot_be_closed_is_left_alone(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("custom_components.bessai.forwarder.GOODBYE_S", 0.02)
    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    monkeypatch.setattr(cloud, "async_close", hang)
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: cloud.taken)
    async with asyncio.timeout(WITHIN_S):
        await forwarder.async_stop()
    outbox, _ = Outbox.open(tmp_path / "outbox", now=NOW)
    assert outbox.state().rows == 0
    outbox.close()


async def test_where_each_new_file_is_damaged_too_it_is_not_begun_all_the_time(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    dropped = 0
    drop = Desk.drop_damaged

    def count(self: Desk) -> None:
        nonlocal dropped
        dropped += 1
        drop(self)

    def fail(*_: object) -> None:
        raise OutboxError(OutboxFault.CORRUPTED, "damaged")

    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.is_connected is False)
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "drop_damaged", count)
        broken.setattr(Desk, "write", fail)
        broken.setattr("custom_components.bessai.forwarder.CLOSE_S", 0.3)
        await forwarder.async_stop()
    assert dropped == 1


async def test_two_who_stop_it_at_once_do_not_get_in_each_others_way(
    hass: HomeAssistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    writing = threading.Event()
    write = Desk.write

    def slow(self: Desk, step: Commit) -> OutboxState:
        writing.set()
        time.sleep(0.1)
        return write(self, step)

    monkeypatch.setattr(Desk, "write", slow)
    cloud = StubCloud()
    cloud.refused = {1}
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(writing.is_set)
    await asyncio.gather(forwarder.async_stop(), forwarder.async_stop())
    assert "lost" not in caplog.text
    assert forwarder.figures.parked == 1


async def test_a_disk_that_works_again_is_tried_at_the_end(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutboxError(OutboxFault.DISK_FULL, "full")

    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    limits = CourierLimits(memory=0)
    monkeypatch.setattr(
        "custom_components.bessai.forwarder.Courier", partial(Courier, limits=limits)
    )
    forwarder.async_start()
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "write", full)
        forwarder.async_put(draft())
        await until(lambda: forwarder.figures.storage_error)
    await forwarder.async_stop()
    outbox, _ = Outbox.open(tmp_path / "outbox", now=NOW)
    assert outbox.state().rows == 1
    outbox.close()


async def test_a_disk_that_answers_after_the_end_is_left_to_the_next_one(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.forwarder.CLOSE_S", 0.05)
    monkeypatch.setattr("custom_components.bessai.forwarding_storeroom.END_S", 0.05)
    disk = threading.Event()
    write = Desk.write

    def slow(self: Desk, step: Commit) -> OutboxState:
        disk.wait(WITHIN_S)
        return write(self, step)

    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    first = make(hass, cloud, tmp_path / "outbox")
    first.async_start()
    first.async_put(draft())
    await until(lambda: first.figures.is_connected is False)
    with monkeypatch.context() as hanging:
        hanging.setattr(Desk, "write", slow)
        await first.async_stop()
        disk.set()
    await hass.async_block_till_done()
    second = make(hass, cloud, tmp_path / "outbox")
    second.async_start()
    await until(lambda: second.figures.outbox or second.figures.storage_error)
    await second.async_stop()
    assert second.figures.storage_error is None


@pytest.mark.parametrize(
    "kept", [["no figures"], {"acknowledged_at": "2026-13-45T10:00:00+00:00"}], ids=str
)
async def test_damaged_figures_keep_nothing_from_being_sent(
    hass: HomeAssistant,
    tmp_path: Path,
    hass_storage: dict[str, Any],
    kept: object,
) -> None:
    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    key = forwarder._store.key
    hass_storage[key] = {"version": 1, "key": key, "data": kept}
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: cloud.taken)
    await forwarder.async_stop()


async def test_what_memory_gives_up_does_not_wait_any_more(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutboxError(OutboxFault.DISK_FULL, "full")

    limits = CourierLimits(full_memory_bytes=1_000)
    monkeypatch.setattr(
        "custom_components.bessai.forwarder.Courier", partial(Courier, limits=limits)
    )
    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "write", full)
        for number in range(20):
            forwarder.async_put(draft(number))
        await until(lambda: forwarder.figures.is_connected is False)
        await until(lambda: not forwarder.figures.drafts)
        cloud.failure = None
        await until(lambda: forwarder.figures.backlog == 0)
    assert cloud.said[-1] == 19
    assert len(cloud.taken) < 20
    await forwarder.async_stop()


async def test_that_it_has_stopped_is_told_though_all_else_was(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.forwarding_news.SHOWN_EVERY_S", 0.0)
    limits = CourierLimits(poison_in_a_row=0)
    monkeypatch.setattr(
        "custom_components.bessai.forwarder.Courier", partial(Courier, limits=limits)
    )
    cloud = StubCloud()
    cloud.refused = {1}
    forwarder = make(hass, cloud, tmp_path / "outbox")
    told: list[Trouble | None] = []
    forwarder.async_add_listener(lambda: told.append(forwarder.figures.trouble))
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.trouble)
    await asyncio.sleep(0.05)
    await forwarder.async_stop()
    assert told[-1] is not None


async def test_damage_that_only_new_numbers_meet_is_met(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, 0.02)

    def damage(desk: Desk) -> None:
        desk._numbers = range(0)
        connection = desk._opened._connection
        settle(connection)
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'ledger'"
        (page,) = connection.execute(query).fetchone()
        spoil(tmp_path / "outbox", (page - 1) * PAGE, b"\xff" * PAGE)
        connection.execute("PRAGMA shrink_memory")

    cloud = StubCloud()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft(0))
    await until(lambda: cloud.taken)
    storeroom = forwarder._storeroom
    await storeroom._thread.async_do(damage, storeroom.desk)
    forwarder.async_put(draft(1))
    await until(lambda: len(cloud.taken) == 2)
    await forwarder.async_stop()
    assert forwarder.recovery is not None


async def test_what_the_disk_does_not_take_at_the_end_is_said_to_be_lost(
    hass: HomeAssistant,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object) -> None:
        raise OutboxError(OutboxFault.DISK_FULL, "no room")

    cloud = StubCloud()
    cloud.failure = PassingFailure(FailureReason.UNAVAILABLE)
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: forwarder.figures.is_connected is False)
    with monkeypatch.context() as broken:
        broken.setattr(Desk, "write", full)
        await forwarder.async_stop()
    assert "lost: disk_full: no room" in caplog.text


async def test_a_mistake_in_sending_is_logged_once(
    hass: HomeAssistant, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cloud = StubCloud()
    cloud.failure = ZeroDivisionError()
    forwarder = make(hass, cloud, tmp_path / "outbox")
    forwarder.async_start()
    forwarder.async_put(draft())
    await until(lambda: cloud.asked == 3)
    await forwarder.async_stop()
    assert caplog.text.count("messages cannot be sent") == 1
