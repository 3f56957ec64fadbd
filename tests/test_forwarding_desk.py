"""Drafts get numbers and words; a damaged outbox is begun anew."""

from pathlib import Path

import pytest

from custom_components.bessai.forwarding.courier_steps import (
    Commit,
    Drain,
    Park,
    Remove,
)
from custom_components.bessai.forwarding_desk import (
    RESERVED,
    Desk,
    Sender,
    outbox_files,
    remove_outbox,
)

from .forwarded import SENDER, draft


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where an outbox may be."""
    return tmp_path / "outbox" / "plant.sqlite"


def test_numbers_go_on_after_a_restart_without_a_gap(path: Path) -> None:
    first = Desk(path, SENDER)
    assert [one.seq for one in first.pack([draft(), draft()])] == [1, 2]
    first.close()
    second = Desk(path, SENDER)
    assert second.open().rows == 0
    assert [one.seq for one in second.pack([draft()])] == [3]
    second.close()


def test_more_numbers_are_reserved_when_they_run_out(path: Path) -> None:
    desk = Desk(path, SENDER)
    parcels = desk.pack([draft() for _ in range(RESERVED + 1)])
    assert [one.seq for one in parcels] == list(range(1, RESERVED + 2))
    desk.close()


def test_a_message_says_who_sends_it(path: Path) -> None:
    sender = Sender(site_id="home", gateway_version="0.1.0", ordering_key="home")
    desk = Desk(path, sender)
    (parcel,) = desk.pack([draft()])
    desk.close()
    assert parcel.ordering_key == "home"
    assert parcel.attributes["site_id"] == "home"
    assert b'"gateway_version":"0.1.0"' in parcel.data


def test_it_does_what_is_due(path: Path) -> None:
    desk = Desk(path, SENDER)
    parcels = tuple(desk.pack([draft(), draft(), draft()]))
    state = desk.write(Commit(parcels, 2))
    assert (state.rows, state.dropped) == (3, 2)
    assert desk.read(Drain(2, 10_000, 0)) == list(parcels[:2])
    assert desk.write(Remove((1,))).rows == 2
    assert desk.write(Park(parcels[1])).parked == 1
    desk.close()


def test_what_was_laid_aside_is_put_back_or_given_up(path: Path) -> None:
    desk = Desk(path, SENDER)
    first, second = desk.pack([draft(), draft()])
    desk.write(Park(first))
    assert desk.unpark().rows == 1
    desk.write(Park(first))
    desk.write(Park(second))
    state = desk.discard_parked()
    assert (state.rows, state.parked, state.dropped) == (0, 0, 2)
    desk.close()


def test_trying_the_disk_changes_nothing(path: Path) -> None:
    desk = Desk(path, SENDER)
    parcels = tuple(desk.pack([draft()]))
    before = desk.write(Commit(parcels, 0))
    assert desk.try_disk() == before
    assert [one.seq for one in desk.pack([draft()])] == [2]
    desk.close()


def test_a_damaged_file_is_set_aside_and_said(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no outbox" * 1000)
    desk = Desk(path, SENDER)
    assert desk.open().rows == 0
    assert desk.recovery is not None
    assert "could not be read" in caplog.text
    desk.drop_damaged()
    desk.drop_damaged()
    assert len(desk.pack([draft()])) == 1, "it is opened again when it is used"
    desk.close()
    assert len(outbox_files(path)) == 2


def test_a_removed_plant_takes_all_of_its_files_along(path: Path) -> None:
    remove_outbox(path)
    desk = Desk(path, SENDER)
    desk.open()
    desk.close()
    desk.close()
    path.with_name("other.sqlite").touch()
    remove_outbox(path)
    assert [file.name for file in path.parent.iterdir()] == ["other.sqlite"]
