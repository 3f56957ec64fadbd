"""A file that cannot be used is set aside, and what can be read of it is taken over."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
import sqlite3

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.outbox_file import connect, translated
from custom_components.bessai.forwarding.outbox_values import (
    OutboxError,
    OutboxFault,
    Recovery,
    RecoveryCause,
)

from .outbox_builders import (
    MEGABYTE,
    NOW,
    alter,
    leave_behind,
    numbers_in,
    opened,
    parcel,
    parcels,
)

PAGE = 4_096
NOW_MS = int(NOW.timestamp() * 1_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def filled(path: Path, count: int = 400) -> None:
    """Make an outbox of many pages, with something in its ledger."""
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, count + 1)), dropped=5)


def spoil(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def reopened(path: Path) -> tuple[Outbox, Recovery]:
    outbox, recovery = Outbox.open(path, now=NOW)
    assert recovery is not None
    return outbox, recovery


def page_of(path: Path, seq: int) -> int:
    """Return where the page of a message begins."""
    return path.read_bytes().index(parcel(seq).data) // PAGE * PAGE


def test_a_damaged_page_costs_only_its_own_messages(path: Path) -> None:
    filled(path)
    spoil(path, page_of(path, 200), b"\xff" * PAGE)
    outbox, recovery = reopened(path)
    with closing(outbox):
        left = numbers_in(outbox)
        assert outbox.state().dropped == 5
    assert recovery.cause is RecoveryCause.CORRUPTED
    assert recovery.rescued == len(left) > 380
    assert recovery.lost == 400 - len(left)
    assert left == sorted(left)
    assert {1, 400} <= set(left)
    assert 200 not in left


def test_a_file_of_which_nothing_is_left_is_kept_all_the_same(path: Path) -> None:
    filled(path)
    rubbish = b"\xa5" * path.stat().st_size
    path.write_bytes(rubbish)
    outbox, recovery = reopened(path)
    with closing(outbox):
        assert outbox.state().rows == 0
    assert (recovery.rescued, recovery.lost) == (0, None)
    assert Path(recovery.set_aside).read_bytes() == rubbish


def test_numbers_go_on_where_no_former_outbox_has_been(path: Path) -> None:
    filled(path)
    path.write_bytes(b"\xa5" * PAGE)
    outbox, _ = reopened(path)
    with closing(outbox):
        assert outbox.reserve(10) == range(NOW_MS, NOW_MS + 10)
        outbox.append(parcels([NOW_MS]))
    with closing(opened(path)) as outbox:
        assert outbox.reserve(1).start == NOW_MS + 10


def test_a_clock_that_is_behind_does_not_bring_numbers_back(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([NOW_MS * 2]))
    alter(path, "PRAGMA user_version = 2")
    outbox, _ = reopened(path)
    with closing(outbox):
        assert outbox.reserve(1).start == NOW_MS * 2 + 1


def test_a_newer_version_is_set_aside_and_its_messages_taken_over(path: Path) -> None:
    filled(path, 3)
    alter(path, "PRAGMA user_version = 2", "CREATE TABLE more (x)")
    outbox, recovery = reopened(path)
    with closing(outbox):
        assert outbox.first(10, MEGABYTE) == parcels([1, 2, 3])
    assert (recovery.cause, recovery.lost) == (RecoveryCause.FOREIGN, 0)
    assert recovery.detail == "the outbox has version 2"


def test_a_file_of_somebody_else_is_set_aside(path: Path) -> None:
    alter(path, "CREATE TABLE theirs (x)", "INSERT INTO theirs VALUES (1)")
    outbox, recovery = reopened(path)
    outbox.close()
    assert (recovery.cause, recovery.rescued) == (RecoveryCause.FOREIGN, 0)
    with closing(sqlite3.connect(recovery.set_aside)) as theirs:
        assert theirs.execute("SELECT x FROM theirs").fetchall() == [(1,)]


def test_a_lost_ledger_is_damage(path: Path) -> None:
    filled(path, 3)
    alter(path, "DELETE FROM ledger")
    outbox, recovery = reopened(path)
    with closing(outbox):
        assert numbers_in(outbox) == [1, 2, 3]
    assert recovery.cause is RecoveryCause.CORRUPTED


def test_a_lost_table_is_damage(path: Path) -> None:
    filled(path, 3)
    alter(path, "DROP TABLE ledger")
    outbox, recovery = reopened(path)
    outbox.close()
    assert (recovery.cause, recovery.rescued) == (RecoveryCause.CORRUPTED, 3)


def test_a_row_that_was_altered_is_not_rescued_but_counted(path: Path) -> None:
    filled(path, 3)
    alter(
        path,
        "UPDATE message SET data = x'00' WHERE seq = 2",
        "PRAGMA user_version = 9",
    )
    outbox, recovery = reopened(path)
    with closing(outbox):
        assert numbers_in(outbox) == [1, 3]
    assert (recovery.rescued, recovery.lost) == (2, 1)


def test_an_altered_row_is_never_sent_but_counted(path: Path) -> None:
    filled(path, 5)
    alter(path, "UPDATE message SET attributes = '{}' WHERE seq < 4")
    with closing(opened(path)) as outbox:
        assert [each.seq for each in outbox.first(2, MEGABYTE)] == [4]
        assert (outbox.state().rows, outbox.state().dropped) == (2, 5 + 3)


def test_any_number_of_altered_rows_is_passed_over(path: Path) -> None:
    filled(path, 1_100)
    alter(path, "UPDATE message SET attributes = '{}' WHERE seq < 1100")
    with closing(opened(path)) as outbox:
        assert (outbox.state().rows, outbox.state().dropped) == (1, 5 + 1_099)


def test_altered_text_that_is_no_text_is_an_altered_row(path: Path) -> None:
    filled(path, 2)
    alter(path, "UPDATE message SET event_id = CAST(x'ff' AS TEXT) WHERE seq = 1")
    with closing(opened(path)) as outbox:
        assert numbers_in(outbox) == [2]


def test_a_damaged_message_is_not_tried_again(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.park(parcel(1))
        outbox.park(parcel(2))
    alter(path, "UPDATE parked SET data = x'00' WHERE seq = 1")
    with closing(opened(path)) as outbox:
        outbox.unpark()
        assert numbers_in(outbox) == [2]
        assert outbox.state().parked == 0
        assert outbox.state().dropped == 1


def test_the_latest_files_set_aside_are_kept(path: Path) -> None:
    aside = []
    for hour in range(5):
        path.write_bytes(b"\xa5" * PAGE)
        path.with_name("outbox.db-wal").write_bytes(b"log %d" % hour)
        now = NOW + timedelta(hours=hour)
        outbox, recovery = Outbox.open(path, now=now)
        assert recovery
        outbox.close()
        aside.append(Path(recovery.set_aside))
    assert [each.exists() for each in aside] == [False, False, True, True, True]
    logs = sorted(each.name for each in path.parent.glob("*-wal"))
    assert logs == [f"{each.name}-wal" for each in aside[2:]]


def test_a_kill_while_the_files_are_exchanged_is_made_good(path: Path) -> None:
    filled(path, 3)
    path.rename(path.with_name("outbox.db.new"))
    with closing(opened(path)) as outbox:
        assert numbers_in(outbox) == [1, 2, 3]


def test_the_log_of_a_file_set_aside_is_not_taken_for_that_of_its_successor(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 401)))
        outbox._connection.execute("PRAGMA user_version = 9")
        left = leave_behind(path, path.parent / "left" / path.name)
    rename, renamed = Path.rename, 0

    def killed(self: Path, target: Path) -> Path:
        nonlocal renamed
        renamed += 1
        if renamed > 1:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as killing:
        killing.setattr(Path, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            Outbox.open(left, now=NOW)
    with closing(opened(left)) as outbox:
        assert outbox.reserve(1).start >= NOW_MS


def test_an_unfinished_successor_is_forgotten(path: Path) -> None:
    filled(path, 3)
    path.with_name("outbox.db.new").write_bytes(b"half")
    with closing(opened(path)) as outbox:
        assert numbers_in(outbox) == [1, 2, 3]
    assert [each.name for each in path.parent.iterdir()] == ["outbox.db"]


def test_damage_met_while_running_is_told_as_such(path: Path) -> None:
    filled(path)
    with closing(opened(path)) as outbox:
        spoil(path, PAGE, b"\xff" * (path.stat().st_size - PAGE))
        outbox._connection.execute("PRAGMA shrink_memory")
        with pytest.raises(OutboxError) as caught:
            outbox.first(100, MEGABYTE)
    assert caught.value.kind is OutboxFault.CORRUPTED


def test_a_name_of_a_column_that_is_no_text_is_damage(path: Path) -> None:
    """Python decodes names strictly, whatever it does with values."""
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path, autocommit=True)) as connection:
        connection.execute("CREATE TABLE messages (a)")
        connection.execute("PRAGMA writable_schema = ON")
        sql = b'CREATE TABLE messages ("\xff")'
        connection.execute("UPDATE sqlite_master SET sql = CAST(? AS TEXT)", (sql,))
    with (
        closing(connect(path)) as connection,
        pytest.raises(OutboxError) as caught,
        translated(),
    ):
        connection.execute("SELECT * FROM messages").fetchall()
    assert isinstance(caught.value.__cause__, UnicodeDecodeError)
    assert caught.value.kind is OutboxFault.CORRUPTED


@settings(max_examples=20)
@given(data=st.data())
def test_whatever_is_damaged_the_outbox_opens_and_tells_no_lies(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("hostile") / "outbox.db"
    filled(path, 150)
    size = path.stat().st_size
    for _ in range(data.draw(st.integers(1, 3))):
        offset = data.draw(st.integers(0, size - 1))
        length = data.draw(st.sampled_from([1, 8, 300, PAGE, 3 * PAGE]))
        spoil(path, offset, data.draw(st.binary(min_size=1, max_size=4)) * length)
    outbox, recovery = Outbox.open(path, now=NOW)
    with closing(outbox):
        left = outbox.first(1_000, 100 * MEGABYTE)
        assert left == parcels([each.seq for each in left])
        assert outbox.reserve(1).start > 150
        if recovery and recovery.lost is not None:
            assert recovery.rescued + recovery.lost >= len(left)


def test_a_kill_at_any_moment_leaves_a_sound_file(tmp_path: Path) -> None:
    with closing(opened(tmp_path / "outbox.db")) as outbox:
        outbox.append(parcels(range(1, 50)))
        outbox.remove(range(1, 10))
        left = leave_behind(tmp_path / "outbox.db", tmp_path / "left.db")
    with closing(opened(left)) as successor:
        assert numbers_in(successor) == list(range(10, 50))
