"""Finds and reads models: the one folder of the owner and the one that we ship.

Everything here touches files and so is called in an executor. A folder of the owner may
hold anything: links, pipes, sparse files of any size. None of it may hold us up, and
nothing outside the folder is read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
import os
from pathlib import Path
from stat import S_ISREG

from .card_node import LARGEST_CARD, parse_json
from .errors import ModelRefused, Refusal

LARGEST_MODEL = 8 * 1024 * 1024
"""Bytes; a hundred times what a policy of ours needs."""

_SUFFIX = ".onnx"
_LONGEST_NAME = 100
_MOST_NAMES = 200
"""Of a folder; more do not fit a list to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A model as it was found, nothing of it believed yet."""

    name: str
    data: bytes
    card_document: Mapping[str, object] | None = None
    """The card beside it; ``None``: there is none, and it may be inside the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfEntry:
    """A file that is named like a model."""

    name: str
    is_shipped: bool


type FileStamp = tuple[tuple[int, int] | None, ...]
"""Time of change, ns, and size of the model and of the card beside it."""


class ModelShelf:
    """The models in two folders, either of which need not exist."""

    def __init__(self, own: Path, shipped: Path) -> None:
        self._own, self._shipped = own, shipped

    def names(self) -> tuple[ShelfEntry, ...]:
        """Return what could be read, each folder by name, the owner's first; blocking.

        Whether a file is a model shows only when it is loaded.
        """
        return tuple(
            ShelfEntry(name=name, is_shipped=folder is self._shipped)
            for folder in (self._own, self._shipped)
            for name in islice(sorted(_names_in(folder)), _MOST_NAMES)
        )

    def read(self, name: str, *, shipped: bool = False) -> ModelFile:
        """Read a model and the card beside it; blocking.

        Args:
            name: Of the file, like ``mine.onnx``, without a folder.
            shipped: Whether it is ours instead of the owner's.

        Raises:
            ModelRefused: If it is not there, leads out of the folder, is too large or
                cannot be read, or if the card is no JSON object.
        """
        _check_name(name)
        folder = self._shipped if shipped else self._own
        data = _read(folder, name, LARGEST_MODEL)
        return ModelFile(
            name=name, data=data, card_document=_read_card(folder, _card_of(name))
        )

    def stamp(self, name: str, *, shipped: bool = False) -> FileStamp:
        """Return what changes when a model or its card does; blocking.

        Raises:
            ModelRefused: If the name cannot be one of a model.
        """
        _check_name(name)
        folder = self._shipped if shipped else self._own
        return tuple(_stamp(folder / file) for file in (name, _card_of(name)))


def _names_in(folder: Path) -> Iterator[str]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        try:
            _check_name(entry.name)
        except ModelRefused:
            continue
        yield entry.name


def _check_name(name: str) -> None:
    """Refuse what is not plainly the name of a file in the folder."""
    shown = name[:_LONGEST_NAME]
    if "/" in name or "\\" in name or name.startswith("."):
        raise ModelRefused(Refusal.OUTSIDE_FOLDER, shown)
    if len(name) > _LONGEST_NAME:
        raise ModelRefused(Refusal.NOT_FOUND, f"{shown}…")
    if not name.endswith(_SUFFIX) or not name.isprintable():
        raise ModelRefused(Refusal.NOT_FOUND, f"{shown!r} is no name of a model")


def _card_of(name: str) -> str:
    return name.removesuffix(_SUFFIX) + ".json"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read_card(folder: Path, name: str) -> Mapping[str, object] | None:
    try:
        content = _read(folder, name, LARGEST_CARD)
    except ModelRefused as err:
        if err.refusal is Refusal.NOT_FOUND:
            return None
        raise
    return parse_json(content)


def _read(folder: Path, name: str, most: int) -> bytes:
    """Return the content of a file that lies in the folder."""
    path = _resolve(folder, name)
    try:
        return _read_regular(path, name, most)
    except OSError as err:
        raise ModelRefused(Refusal.UNREADABLE, f"{name}: {err.strerror}") from err


def _resolve(folder: Path, name: str) -> Path:
    """Return where a file really is; links within the folder are followed."""
    try:
        home = folder.resolve(strict=True)
        path = (home / name).resolve(strict=True)
    except FileNotFoundError, NotADirectoryError:
        raise ModelRefused(Refusal.NOT_FOUND, name) from None
    except OSError as err:
        raise ModelRefused(Refusal.UNREADABLE, f"{name}: {err.strerror}") from err
    if not path.is_relative_to(home):
        raise ModelRefused(Refusal.OUTSIDE_FOLDER, name)
    return path


def _read_regular(path: Path, name: str, most: int) -> bytes:
    # Opening a pipe would wait for a writer, and opening a device may do anything: so
    # look before, do not wait, and look again at what was opened.
    _check_regular(path.lstat(), name, most)
    number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as stream:
        _check_regular(os.fstat(number), name, most)
        content = stream.read(most + 1)
    if len(content) > most:
        raise _too_large(name, len(content))
    return content


def _check_regular(found: os.stat_result, name: str, most: int) -> None:
    if not S_ISREG(found.st_mode):
        raise ModelRefused(Refusal.UNREADABLE, f"{name} is no regular file")
    if found.st_size > most:
        raise _too_large(name, found.st_size)


def _too_large(name: str, size: int) -> ModelRefused:
    return ModelRefused(Refusal.TOO_LARGE, f"{name}: {size} bytes")
