"""The folder of models: what an owner may find, and all that is not read."""

from collections.abc import Callable
import os
from pathlib import Path
import socket
from tempfile import TemporaryDirectory

import pytest

from custom_components.bessai.inference import model_shelf
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_shelf import (
    LARGEST_MODEL,
    ModelFile,
    ModelShelf,
    ShelfEntry,
)

TEN_GB = 10 * 1000**3


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the owner's folder, empty."""
    folder = tmp_path / "config" / "bessai" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def shelf(own: Path, tmp_path: Path) -> ModelShelf:
    """Return a shelf of the owner's folder and of ours, with one model."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "policy.onnx").write_bytes(b"ours")
    return ModelShelf(own, shipped)


def refusal_of(shelf: ModelShelf, name: str) -> ModelRefused:
    with pytest.raises(ModelRefused) as refused:
        shelf.read(name)
    return refused.value


def test_model_and_card_are_read_as_they_are(shelf: ModelShelf, own: Path) -> None:
    (own / "mine.onnx").write_bytes(b"model")
    (own / "mine.json").write_text('{"name": "Mine"}', encoding="utf-8")
    assert shelf.read("mine.onnx") == ModelFile(
        name="mine.onnx", data=b"model", card_document={"name": "Mine"}
    )


def test_card_may_be_elsewhere(shelf: ModelShelf, own: Path) -> None:
    (own / "mine.onnx").write_bytes(b"model")
    assert shelf.read("mine.onnx").card_document is None


def test_shipped_model_is_not_hidden_by_one_of_that_name(
    shelf: ModelShelf, own: Path
) -> None:
    (own / "policy.onnx").write_bytes(b"mine")
    assert shelf.read("policy.onnx").data == b"mine"
    assert shelf.read("policy.onnx", shipped=True).data == b"ours"


def test_names_are_those_of_both_folders(shelf: ModelShelf, own: Path) -> None:
    for name in ("b.onnx", "a.onnx", "a.json", ".c.onnx", "d.onnx.data", "e\n.onnx"):
        (own / name).touch()
    os.mkfifo(own / "pipe.onnx")
    assert shelf.names() == (
        ShelfEntry(name="a.onnx", is_shipped=False),
        ShelfEntry(name="b.onnx", is_shipped=False),
        ShelfEntry(name="pipe.onnx", is_shipped=False),
        ShelfEntry(name="policy.onnx", is_shipped=True),
    )


def test_names_that_nobody_could_choose_from_are_cut(
    shelf: ModelShelf, own: Path
) -> None:
    for number in range(210):
        (own / f"{number:03}.onnx").touch()
    own_names = [one.name for one in shelf.names() if not one.is_shipped]
    assert len(own_names) == 200
    assert own_names[-1] == "199.onnx"


def test_folders_need_not_exist(tmp_path: Path) -> None:
    shelf = ModelShelf(tmp_path / "none", tmp_path / "neither")
    assert shelf.names() == ()
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.NOT_FOUND


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("gone.onnx", Refusal.NOT_FOUND),
        ("gone.txt", Refusal.NOT_FOUND),
        ("", Refusal.NOT_FOUND),
        ("a\0.onnx", Refusal.NOT_FOUND),
        ("\udcff.onnx", Refusal.NOT_FOUND),
        ("x" * 10**8 + ".onnx", Refusal.NOT_FOUND),
        # Short enough for us and too long for the file system.
        ("\N{GRINNING FACE}" * 90 + ".onnx", Refusal.UNREADABLE),
        ("../secret.onnx", Refusal.OUTSIDE_FOLDER),
        ("sub/../../secret.onnx", Refusal.OUTSIDE_FOLDER),
        ("..\\secret.onnx", Refusal.OUTSIDE_FOLDER),
        ("/etc/passwd", Refusal.OUTSIDE_FOLDER),
        ("..", Refusal.OUTSIDE_FOLDER),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_name_that_leads_nowhere_or_elsewhere(
    shelf: ModelShelf, own: Path, name: str, refusal: Refusal
) -> None:
    (own.parent / "secret.onnx").write_bytes(b"secret")
    err = refusal_of(shelf, name)
    assert err.refusal is refusal
    assert len(err.detail) <= 200


def test_link_out_of_the_folder_is_not_followed(shelf: ModelShelf, own: Path) -> None:
    (own.parent / "secret.onnx").write_bytes(b"secret")
    (own / "mine.onnx").symlink_to("../secret.onnx")
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.OUTSIDE_FOLDER


def test_link_by_way_of_a_linked_folder_is_not_followed(
    shelf: ModelShelf, own: Path
) -> None:
    (own.parent / "secret.onnx").write_bytes(b"secret")
    (own / "folder").symlink_to(own.parent, target_is_directory=True)
    (own / "mine.onnx").symlink_to("folder/secret.onnx")
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.OUTSIDE_FOLDER


def test_card_that_is_a_link_out_of_the_folder_is_not_read(
    shelf: ModelShelf, own: Path
) -> None:
    (own.parent / "secrets.json").write_text("{}", encoding="utf-8")
    (own / "mine.onnx").write_bytes(b"model")
    (own / "mine.json").symlink_to("../secrets.json")
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.OUTSIDE_FOLDER


def test_link_within_the_folder_is_fine(shelf: ModelShelf, own: Path) -> None:
    (own / "v2.onnx").write_bytes(b"model")
    (own / "mine.onnx").symlink_to("v2.onnx")
    assert shelf.read("mine.onnx").data == b"model"


def test_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / "mine.onnx").write_bytes(b"model")
    (tmp_path / "models").symlink_to(real)
    assert ModelShelf(tmp_path / "models", real).read("mine.onnx").data == b"model"


def test_link_to_itself_is_refused(shelf: ModelShelf, own: Path) -> None:
    (own / "mine.onnx").symlink_to("mine.onnx")
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.UNREADABLE


def test_link_to_nothing_is_not_found(shelf: ModelShelf, own: Path) -> None:
    (own / "mine.onnx").symlink_to("gone.onnx")
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.NOT_FOUND


def make_socket(path: Path) -> None:
    with TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as made:
        made.bind(f"{short}/s")  # a path of a socket must not be long
        Path(short, "s").rename(path)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, make_socket])
def test_what_is_no_file_is_not_waited_for(
    shelf: ModelShelf, own: Path, make: Callable[[Path], None]
) -> None:
    make(own / "mine.onnx")
    err = refusal_of(shelf, "mine.onnx")
    assert (err.refusal, err.detail) == (
        Refusal.UNREADABLE,
        "mine.onnx is no regular file",
    )


def test_pipe_in_place_of_a_card_is_not_waited_for(
    shelf: ModelShelf, own: Path
) -> None:
    (own / "mine.onnx").write_bytes(b"model")
    os.mkfifo(own / "mine.json")
    assert refusal_of(shelf, "mine.onnx").detail == "mine.json is no regular file"


def test_pipe_that_takes_the_place_meanwhile_is_not_waited_for(
    shelf: ModelShelf, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own / "mine.onnx"
    path.write_bytes(b"model")
    looked = Path.lstat

    def look_and_replace(self: Path) -> os.stat_result:
        found = looked(self)
        if self.name == "mine.onnx" and self.parent == own.resolve():
            path.unlink(missing_ok=True)
            os.mkfifo(path)
        return found

    monkeypatch.setattr(Path, "lstat", look_and_replace)
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.UNREADABLE


def test_file_that_vanishes_meanwhile_is_refused(
    shelf: ModelShelf, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own / "mine.onnx"
    path.write_bytes(b"model")

    def vanish(*_: object) -> None:
        path.unlink()

    monkeypatch.setattr(model_shelf, "_check_regular", vanish)
    assert refusal_of(shelf, "mine.onnx").refusal is Refusal.UNREADABLE


def test_sparse_file_of_ten_gigabytes_is_not_read(shelf: ModelShelf, own: Path) -> None:
    path = own / "mine.onnx"
    path.touch()
    os.truncate(path, TEN_GB)
    err = refusal_of(shelf, "mine.onnx")
    assert (err.refusal, err.detail) == (
        Refusal.TOO_LARGE,
        f"mine.onnx: {TEN_GB} bytes",
    )


def test_file_that_grows_meanwhile_is_not_read_to_its_end(
    shelf: ModelShelf, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = own / "mine.onnx"
    path.touch()
    os.truncate(path, TEN_GB)
    monkeypatch.setattr(model_shelf, "_check_regular", lambda *_: None)
    err = refusal_of(shelf, "mine.onnx")
    assert err.refusal is Refusal.TOO_LARGE
    assert err.detail == f"mine.onnx: {LARGEST_MODEL + 1} bytes"


def test_largest_model_is_read(shelf: ModelShelf, own: Path) -> None:
    (own / "mine.onnx").write_bytes(bytes(LARGEST_MODEL))
    assert len(shelf.read("mine.onnx").data) == LARGEST_MODEL


def test_file_of_others_is_refused(
    shelf: ModelShelf, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Simulated, because these tests may run as root, who may read all."""
    (own / "mine.onnx").write_bytes(b"model")

    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    err = refusal_of(shelf, "mine.onnx")
    assert (err.refusal, err.detail) == (
        Refusal.UNREADABLE,
        "mine.onnx: Permission denied",
    )


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", Refusal.BAD_CARD),
        (b"null", Refusal.BAD_CARD),
        (b"[" * 100_000, Refusal.BAD_CARD),
        (b" " * (1024 * 1024 + 1), Refusal.TOO_LARGE),
    ],
    ids=["empty", "null", "deep", "large"],
)
def test_damaged_card_is_not_taken_for_none(
    shelf: ModelShelf, own: Path, content: bytes, refusal: Refusal
) -> None:
    (own / "mine.onnx").write_bytes(b"model")
    (own / "mine.json").write_bytes(content)
    assert refusal_of(shelf, "mine.onnx").refusal is refusal


def test_stamp_changes_with_the_model_and_with_its_card(
    shelf: ModelShelf, own: Path
) -> None:
    (own / "mine.onnx").write_bytes(b"model")
    alone = shelf.stamp("mine.onnx")
    (own / "mine.json").write_text("{}", encoding="utf-8")
    with_card = shelf.stamp("mine.onnx")
    (own / "mine.onnx").write_bytes(b"another")
    assert len({alone, with_card, shelf.stamp("mine.onnx")}) == 3
    assert shelf.stamp("policy.onnx", shipped=True)[0] is not None
    assert shelf.stamp("gone.onnx") == (None, None)


def test_stamp_is_not_taken_of_what_is_elsewhere(shelf: ModelShelf) -> None:
    with pytest.raises(ModelRefused):
        shelf.stamp("../secret.onnx")
