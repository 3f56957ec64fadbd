"""Counts and times of forwarding, and what of them outlives a restart."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.bessai.forwarding.courier_steps import Send
from custom_components.bessai.forwarding.outbox_values import OutboxState
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    RefusedContent,
)
from custom_components.bessai.forwarding_figures import (
    MOST_PENDING,
    Figures,
    Trouble,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def parcel(seq: int = 1) -> Parcel:
    """Return a message of 100 bytes, one second after the one before."""
    return Parcel(
        seq=seq,
        event_id=str(seq),
        data=b"x" * 100,
        attributes={},
        observed_at=NOW + timedelta(seconds=seq),
    )


def send(*seqs: int) -> Send:
    """Return a request."""
    return Send(tuple(parcel(seq) for seq in seqs), from_disk=False)


def stored(**changes: Any) -> OutboxState:
    """Return what an outbox has."""
    state: dict[str, Any] = {
        "rows": 0,
        "bytes": 0,
        "oldest_observed_at": None,
        "dropped": 0,
        "parked": 0,
    }
    return OutboxState(**(state | changes))


def test_nothing_is_known_at_first() -> None:
    figures = Figures()
    assert figures.is_connected is None
    assert figures.oldest_unsent is None
    assert (figures.backlog, figures.dropped, figures.parked) == (0, 0, 0)
    assert figures.bytes_today == 0


def test_what_waits_is_on_disk_in_memory_or_without_a_number() -> None:
    figures = Figures(drafts=2)
    figures.accepted([parcel(5), parcel(6)])
    assert figures.backlog == 4
    assert figures.oldest_unsent == NOW + timedelta(seconds=5)
    figures.outbox = stored(rows=7, oldest_observed_at=NOW)
    assert figures.backlog == 11
    assert figures.oldest_unsent == NOW
    figures.left_memory([parcel(5), parcel(99)])
    assert figures.backlog == 10


def test_memory_is_bounded() -> None:
    figures = Figures()
    figures.accepted(parcel(seq) for seq in range(MOST_PENDING + 1))
    assert figures.backlog == MOST_PENDING


def test_what_was_given_up_is_counted_wherever_it_was() -> None:
    figures = Figures(lost=2, outbox=stored(dropped=3, parked=4))
    assert figures.dropped == 5
    assert figures.parked == 4


def test_an_answer_ends_the_trouble_and_counts(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(NOW)
    figures = Figures()
    figures.accepted([parcel(1), parcel(2)])
    figures.failed(LastingFailure(FailureReason.TOPIC, "x"))
    assert figures.is_connected is False
    assert figures.trouble == Trouble(
        reason=FailureReason.TOPIC, detail="the topic does not exist: x"
    )
    figures.acknowledged(send(1), NOW)
    assert figures.is_connected
    assert figures.trouble is None
    assert figures.last_error is None
    assert figures.backlog == 1
    figures.acknowledged(send(2), NOW)
    assert figures.bytes_today == 200
    freezer.tick(timedelta(days=1))
    assert figures.bytes_today == 0


def test_what_passes_is_no_trouble_and_a_refusal_is_an_answer() -> None:
    figures = Figures(is_connected=True)
    figures.failed(RefusedContent(FailureReason.CONTENT))
    assert figures.is_connected
    figures.failed(PassingFailure(FailureReason.TIMEOUT))
    assert not figures.is_connected
    assert figures.trouble is None


def test_where_all_is_refused_the_last_words_are_kept() -> None:
    figures = Figures(is_connected=True)
    figures.failed(RefusedContent(FailureReason.CONTENT, "field 7"))
    figures.stopped(FailureReason.CONTENT)
    assert not figures.is_connected
    assert figures.trouble is not None
    assert "field 7" in figures.trouble.detail
    silent = Figures()
    silent.stopped(FailureReason.CONTENT)
    assert silent.trouble is not None
    assert silent.trouble.detail == FailureReason.CONTENT.text


def test_what_was_sent_today_outlives_a_restart(
    freezer: FrozenDateTimeFactory,
) -> None:
    freezer.move_to(NOW)
    before, after = Figures(), Figures()
    before.acknowledged(send(1), NOW)
    after.restore(before.document())
    assert after.bytes_today == 100
    assert after.acknowledged_at == NOW
    assert after.is_connected is None


@pytest.mark.parametrize(
    "document",
    [
        {},
        Figures().document(),
        {"acknowledged_at": "?", "day": "?", "bytes": 1},
        {"acknowledged_at": "2026-11-21T12:00:00", "day": "2026-11-21", "bytes": -1},
        {"acknowledged_at": 7, "day": 7, "bytes": True},
    ],
    ids=str,
)
def test_what_is_damaged_is_left_out(document: dict[str, Any]) -> None:
    figures = Figures()
    figures.restore(document)
    assert figures == Figures()


def test_diagnostics_have_all_of_it() -> None:
    figures = Figures(outbox=stored(rows=3))
    figures.failed(LastingFailure(FailureReason.PERMISSION))
    summary = figures.summary()
    assert summary["outbox"]["rows"] == summary["backlog"] == 3
    assert summary["trouble"]["reason"] is FailureReason.PERMISSION
    assert Figures().summary()["outbox"] is None


def test_another_reason_to_send_nothing_takes_the_place_of_the_former() -> None:
    figures = Figures()
    figures.failed(LastingFailure(FailureReason.PERMISSION))
    figures.stopped(FailureReason.PERMISSION)
    figures.failed(RefusedContent(FailureReason.CONTENT, "not of the schema"))
    figures.stopped(FailureReason.CONTENT)
    assert figures.trouble is not None
    assert figures.trouble.reason is FailureReason.CONTENT
    assert "schema" in figures.trouble.detail
