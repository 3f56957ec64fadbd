"""Residuals of the last weeks as rows, kept small: what a forest is grown on.

A row holds the logarithm of deviation by floor of each residual. The floors stand
still while tolerances are learned, so that rows of different weeks can be compared.
"""

from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math
from typing import Any, Self

LOWEST, HIGHEST = -4.0, 2.0
"""Natural logarithms: from 2 % of a floor, below which all is rounding, to seven times
the floor, which is beyond every tolerance."""

STEP = 0.05
"""Rows are rounded to this, 5 % of a deviation, and so is what is compared to them."""

MOST_ROWS = 4000
"""Four weeks of one in ten minutes."""

MOST_NAMES = 48
LONGEST_NAME = 120
LEAST_SHARE = 0.2
"""A residual that fewer rows have is left out: its absence would be all there is."""

_MISSING = 255
_LEVELS = round((HIGHEST - LOWEST) / STEP)
_VALUES = tuple(LOWEST + STEP * level for level in range(_LEVELS + 1))
_SMALLEST = math.exp(LOWEST)
_GREATEST = math.exp(HIGHEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which residuals a forest looks at, and what stands for one that is missing."""

    names: tuple[str, ...]
    usual: tuple[float, ...]

    def row(self, excesses: Mapping[str, float]) -> list[float]:
        """Return deviations by floors as a row of logarithms."""
        return [
            _VALUES[_level(excesses[name])] if name in excesses else usual
            for name, usual in zip(self.names, self.usual, strict=True)
        ]


class RowStore:
    """The last rows, oldest first."""

    def __init__(self, names: Iterable[str] = (), rows: Iterable[bytes] = ()) -> None:
        self._names = list(names)
        self._rows = deque(rows, maxlen=MOST_ROWS)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._rows)

    def copy(self) -> Self:
        """Return the rows as they are now, for whoever looks at them elsewhere."""
        return type(self)(self._names, self._rows)

    def add(self, excesses: Mapping[str, float]) -> None:
        """Keep a row of deviations by floors, by the names of their residuals."""
        for name in excesses:
            if name not in self._names and len(self._names) < MOST_NAMES:
                self._names.append(name)
        self._rows.append(
            bytes(
                _level(excesses[name]) if name in excesses else _MISSING
                for name in self._names
            )
        )

    def table(self) -> tuple[Columns, list[list[float]]]:
        """Return the columns that are worth it, and all rows with nothing missing."""
        width = len(self._names)
        padded = [row.ljust(width, bytes([_MISSING])) for row in self._rows]
        names, usual, columns = [], [], []
        for name, levels in zip(self._names, zip(*padded, strict=True), strict=False):
            present = sorted(level for level in levels if level != _MISSING)
            if len(present) >= max(1.0, LEAST_SHARE * len(padded)):
                middle = present[len(present) // 2]
                names.append(name)
                usual.append(_VALUES[middle])
                filled = (middle if level == _MISSING else level for level in levels)
                columns.append([_VALUES[level] for level in filled])
        rows = [list(row) for row in zip(*columns, strict=True)]
        return Columns(names=tuple(names), usual=tuple(usual)), rows

    def document(self) -> dict[str, Any]:
        """Return names and rows; a row is a byte for each name."""
        width = len(self._names)
        joined = b"".join(row.ljust(width, bytes([_MISSING])) for row in self._rows)
        return {"names": list(self._names), "rows": b64encode(joined).decode()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was kept.

        Raises:
            AttributeError, LookupError, TypeError, ValueError: If it is not one of
                :meth:`document`.
        """
        names = read_names(document["names"])
        joined = b64decode(document["rows"], validate=True)
        width = len(names)
        if len(joined) > MOST_ROWS * width or (joined and len(joined) % width):
            raise ValueError(f"{len(joined)} values of {width} residuals")
        if any(value > _LEVELS for value in joined if value != _MISSING):
            raise ValueError("a value beyond the highest")
        self._names = names
        self._rows = deque(
            (joined[start : start + width] for start in range(0, len(joined), width))
            if width
            else (),
            maxlen=MOST_ROWS,
        )


def read_names(value: Any) -> list[str]:
    """Return the names of residuals from a document.

    Raises:
        TypeError: If it is no list of names.
        ValueError: If there are too many, they are too long, or one is there twice.
    """
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise TypeError(f"not a list of names: {type(value).__name__}")
    if len(value) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in value):
        raise ValueError("too many names, or too long ones")
    if len(set(value)) < len(value):
        raise ValueError("a name is there twice")
    return list(value)


def _level(excess: float) -> int:
    if excess <= _SMALLEST:
        return 0
    if excess >= _GREATEST:
        return _LEVELS
    return round((math.log(excess) - LOWEST) / STEP)
