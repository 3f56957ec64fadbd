"""Profiles from files: ours, the owner's, and files that are neither."""

import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.bessai.device.profile_library import (
    ProfileShelf,
    load_profiles,
)

from .profile_builders import document


@pytest.fixture
def bundled(tmp_path: Path) -> Path:
    """Return a folder with one profile of ours."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    write(folder / "maker.json")
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the owner's folder, empty."""
    folder = tmp_path / "own"
    folder.mkdir()
    return folder


def write(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps(document(**changes)), encoding="utf-8")


def ids(shelf: ProfileShelf) -> list[tuple[str, bool]]:
    return [(profile.id, profile.writable) for profile in shelf.profiles]


@pytest.mark.parametrize("exists", [True, False])
def test_owner_needs_no_folder(bundled: Path, *, exists: bool) -> None:
    own = bundled / "none" if exists else None
    shelf = load_profiles(bundled, own)
    assert ids(shelf) == [("maker_family", True)]
    assert shelf.problems == ()


def test_profile_of_the_owner_comes_first_and_is_read_only(
    bundled: Path, own: Path
) -> None:
    write(own / "b.json", id="b")
    write(own / "a.json", id="a")
    shelf = load_profiles(bundled, own)
    assert ids(shelf) == [("a", False), ("b", False), ("maker_family", True)]


def test_profile_of_the_owner_replaces_ours_of_the_same_id(
    bundled: Path, own: Path
) -> None:
    write(own / "mine.json", name="Mine")
    shelf = load_profiles(bundled, own)
    assert ids(shelf) == [("maker_family", False)]
    assert shelf.profiles[0].name == "Mine"
    assert shelf.problems == ()


def test_second_file_of_the_same_id_is_a_problem(bundled: Path, own: Path) -> None:
    write(own / "a.json", name="First")
    write(own / "b.json", name="Second")
    shelf = load_profiles(bundled, own)
    assert shelf.profiles[0].name == "First"
    (problem,) = shelf.problems
    assert problem.file == "b.json"
    assert problem.reason == "id: maker_family is the id of another file already"


DUPLICATE = b'{"id": "a", "link": {"x": 1, "x": 2}}'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "profile: is not JSON: Expecting property name"),
        (b"", "profile: is not JSON: Expecting value"),
        (b"[" * 200_000, "profile: is not JSON: "),
        (b"9" * 5_000, "profile: is not JSON: Exceeds the limit"),
        (b'{"a": "\xff"}', "profile: is not UTF-8: invalid start byte"),
        (b"\xff\xfe{\x00}\x00", "profile: is not UTF-8"),
        (b" " * (1024 * 1024 + 1), "profile: is larger than 1 MiB"),
        (DUPLICATE, "profile: has the field 'x' twice in one object"),
        (b"NaN", "profile: must be an object, not a decimal number"),
        (b"{}", "profile: lacks the field id"),
    ],
)
def test_broken_file_is_reported_and_spoils_nothing(
    bundled: Path, own: Path, content: bytes, reason: str
) -> None:
    (own / "bad.json").write_bytes(content)
    write(own / "good.json", id="good")
    shelf = load_profiles(bundled, own)
    assert ids(shelf) == [("good", False), ("maker_family", True)]
    (problem,) = shelf.problems
    assert problem.file == "bad.json"
    assert problem.reason.startswith(reason)


def test_broken_file_of_ours_is_reported_too(bundled: Path) -> None:
    (bundled / "bad.json").write_bytes(b"{}")
    shelf = load_profiles(bundled, None)
    assert [problem.file for problem in shelf.problems] == ["bad.json"]
    assert len(shelf.profiles) == 1


def test_mistake_is_reported_with_its_place(bundled: Path, own: Path) -> None:
    write(own / "bad.json", version="1")
    (problem,) = load_profiles(bundled, own).problems
    assert problem.reason == "version: must be a whole number, not a text"


def test_file_that_cannot_be_read_is_reported(
    bundled: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Permissions stop nobody who runs as root, as Home Assistant often does."""
    write(own / "locked.json", id="locked")
    real_open = Path.open

    def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "locked.json":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    (problem,) = load_profiles(bundled, own).problems
    assert problem.reason == "profile: cannot be read: Permission denied"


def test_what_is_no_profile_is_passed_over(bundled: Path, own: Path) -> None:
    """The owner's link must not make us read just any file of the system."""
    (own / "folder.json").mkdir()
    (own / "notes.txt").write_text("hello", encoding="utf-8")
    (own / ".hidden.json").write_text("{", encoding="utf-8")
    (own / "profile.schema.json").write_text("{", encoding="utf-8")
    (own / "link.json").symlink_to(bundled / "maker.json")
    (own / "loop.json").symlink_to(own / "loop.json")
    shelf = load_profiles(bundled, own)
    assert ids(shelf) == [("maker_family", True)]
    assert shelf.problems == ()


def test_the_manners_of_a_shelf_suit_every_profile(bundled: Path, own: Path) -> None:
    link = document()["link"]
    slow = {"connect_pause_s": 2.0, "request_pause_s": 0.0, "timeout_s": 12}
    write(own / "slow.json", id="slow", link=link | slow, unit_ids=[7, 1])
    shelf = load_profiles(bundled, own)
    assert shelf.timing.connect_pause_s == 2.0
    assert shelf.timing.request_pause_s == 0.05
    assert shelf.timing.timeout_s == 12
    assert shelf.unit_ids == (7, 1)
