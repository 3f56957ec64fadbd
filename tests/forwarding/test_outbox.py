"""The outbox keeps messages in order, within bounds, and counts what it cannot keep."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
import sqlite3

import pytest

from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.outbox_values import (
    OutboxError,
    OutboxFault,
    OutboxLimits,
)

from .outbox_builders import MEGABYTE, NOW, numbers_in, opened, parcel, parcels


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "outbox.db"


def test_what_is_kept_is_there_after_a_restart(path: Path) -> None:
    kept = replace(parcel(1), ordering_key="home-ñ", data=b"\x00\xff")
    with closing(opened(path)) as outbox:
        outbox.append([kept, parcel(2)])
    with closing(opened(path)) as outbox:
        assert outbox.first(10, MEGABYTE) == [kept, parcel(2)]
        assert outbox.state().rows == 2


def test_a_new_outbox_is_empty(path: Path) -> None:
    with closing(opened(path)) as outbox:
        state = outbox.state()
        assert outbox.first(10, MEGABYTE) == []
    assert (state.rows, state.bytes, state.dropped, state.parked) == (0, 0, 0, 0)
    assert state.oldest_observed_at is None


def test_messages_come_in_the_order_of_their_numbers(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([3, 1]))
        outbox.append(parcels([2]))
        assert numbers_in(outbox) == [1, 2, 3]
        assert outbox.state().oldest_observed_at == parcel(1).observed_at


def test_a_batch_is_bounded_by_count_bytes_and_where_it_begins(path: Path) -> None:
    size = parcel(1).size
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 10)))
        assert [each.seq for each in outbox.first(3, MEGABYTE)] == [1, 2, 3]
        assert [each.seq for each in outbox.first(9, 2 * size)] == [1, 2]
        assert [each.seq for each in outbox.first(9, 2 * size - 1)] == [1]
        assert [each.seq for each in outbox.first(9, 1)] == [1]
        assert [each.seq for each in outbox.first(2, MEGABYTE, after_seq=7)] == [8, 9]


def test_keeping_a_message_twice_is_keeping_it_once(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1, 2]))
        before = outbox.state()
        outbox.append(parcels([1, 2]))
        assert outbox.state() == before


def test_only_what_was_accepted_is_removed(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 6)))
        outbox.remove([1, 3, 77])
        assert numbers_in(outbox) == [2, 4, 5]
        assert outbox.state().rows == 3
        outbox.remove([2, 4, 5])
        assert outbox.state().bytes == 0


def test_the_oldest_go_when_there_are_too_many(path: Path) -> None:
    with closing(opened(path, OutboxLimits(rows=3))) as outbox:
        outbox.append(parcels(range(1, 6)))
        assert numbers_in(outbox) == [3, 4, 5]
        outbox.append(parcels([6]))
        assert outbox.state().dropped == 3
    with closing(opened(path)) as outbox:
        assert numbers_in(outbox) == [4, 5, 6]
        assert outbox.state().dropped == 3


def test_the_oldest_go_when_they_take_too_much_room(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1, 2]))
        room = outbox.state().bytes
    with closing(opened(path, OutboxLimits(bytes=room))) as outbox:
        outbox.append(parcels([3]))
        assert numbers_in(outbox) == [2, 3]
        assert outbox.state().bytes == room
        outbox.append([parcel(4, size=2_000)])
        assert numbers_in(outbox) == []
        assert outbox.state().dropped == 4


def test_what_memory_had_to_drop_is_counted_with_the_rest(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([8]), dropped=7)
        outbox.append([], dropped=1)
        assert outbox.state().dropped == 8


def test_numbers_are_never_given_out_twice(path: Path) -> None:
    with closing(opened(path)) as outbox:
        assert outbox.reserve(100) == range(1, 101)
        assert outbox.reserve(1) == range(101, 102)
    with closing(opened(path)) as outbox:
        assert outbox.reserve(2) == range(102, 104)


def test_an_orderly_stop_leaves_no_gap_in_the_numbers(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.reserve(100)
        outbox.give_back(range(8, 101))
        assert outbox.reserve(10) == range(8, 18)


def test_numbers_in_use_are_not_taken_back(path: Path) -> None:
    with closing(opened(path)) as outbox:
        first = outbox.reserve(10)
        outbox.reserve(10)
        outbox.give_back(first)
        outbox.give_back(range(0))
        assert outbox.reserve(1) == range(21, 22)


def test_numbers_from_elsewhere_are_not_given_out_again(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([500]))
        assert outbox.reserve(1) == range(501, 502)


def test_a_refused_message_is_laid_aside_wherever_it_was(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1, 2]))
        outbox.park(parcel(1))
        outbox.park(parcel(3))
        assert numbers_in(outbox) == [2]
        assert outbox.state().parked == 2
    with closing(opened(path)) as outbox:
        assert outbox.state().parked == 2
        assert outbox.state().dropped == 0


def test_those_laid_aside_are_bounded_and_counted(path: Path) -> None:
    with closing(opened(path, OutboxLimits(parked=2))) as outbox:
        for seq in (1, 2, 3):
            outbox.park(parcel(seq))
        assert (outbox.state().parked, outbox.state().dropped) == (2, 1)
        outbox.park(parcel(4, size=11 * MEGABYTE))
        assert (outbox.state().parked, outbox.state().dropped) == (0, 4)


def test_those_laid_aside_can_be_tried_again(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1, 2, 3]))
        outbox.park(parcel(1))
        outbox.park(parcel(2))
        outbox.unpark()
        assert outbox.first(10, MEGABYTE) == parcels([1, 2, 3])
        assert outbox.state().parked == 0


def test_those_laid_aside_can_be_given_up_and_are_counted(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1, 2, 3]))
        outbox.park(parcel(1))
        outbox.park(parcel(2))
        outbox.discard_parked()
        assert numbers_in(outbox) == [3]
        assert (outbox.state().parked, outbox.state().dropped) == (0, 2)
    with closing(opened(path)) as outbox:
        assert (outbox.state().parked, outbox.state().dropped) == (0, 2)


def test_the_file_shrinks_once_everything_is_sent(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 3_000)))
    with closing(opened(path)) as outbox:
        outbox.remove(range(1, 2_999))
        grown = path.stat().st_size
        outbox.remove([2_999])
        assert path.stat().st_size < 50_000 < MEGABYTE < grown
        assert path.with_name("outbox.db-wal").stat().st_size == 0


def test_a_file_that_cannot_shrink_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError

    monkeypatch.setattr("custom_components.bessai.forwarding.outbox.settle", fail)
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 3_000)))
        outbox.remove(range(1, 3_000))
        assert outbox.state().rows == 0


def test_a_commit_survives_a_power_cut_as_far_as_sqlite_can_promise(path: Path) -> None:
    with closing(opened(path)) as outbox:
        (level,) = outbox._connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = outbox._connection.execute("PRAGMA journal_mode").fetchone()
    assert (level, mode) == (2, "wal")


def test_an_outbox_is_used_from_one_thread(path: Path) -> None:
    with closing(opened(path)) as outbox, ThreadPoolExecutor(1) as other:
        with pytest.raises(sqlite3.ProgrammingError):
            other.submit(outbox.append, parcels([1])).result()
        assert outbox.state().rows == 0


def test_nobody_else_may_have_the_file(path: Path) -> None:
    with closing(opened(path)), pytest.raises(OutboxError) as caught:
        Outbox.open(path, now=NOW)
    assert caught.value.kind is OutboxFault.UNAVAILABLE


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(OutboxError) as caught:
        Outbox.open(blocked / "outbox.db", now=NOW)
    assert caught.value.kind is OutboxFault.UNAVAILABLE
