"""Was the plant ever seen like this? A second opinion, which never blocks anything.

A forest looks at all residuals together. It is asked only while no rule finds anything:
what it says has no name, and beside a finding it would say nothing new.
"""

from collections.abc import Mapping
from math import exp
from typing import TYPE_CHECKING, Any

from ..core.finding import FindingKind
from .residual import Residual
from .row_store import HIGHEST, LOWEST, Columns, RowStore, read_names

if TYPE_CHECKING:  # it needs numpy, which is loaded with the first forest
    from .forest import Forest

ROW_S = 600.0
"""How far apart rows are taken: neighbours would say the same."""

LEAST_ROWS = 1008
"""A week: a forest of three days knows no Sunday and no rain."""

MOST_NEW_ROWS = 1008
"""A forest is grown again after a week, or when a third of its rows are new."""

SMOOTH_S = 120.0
"""The score follows so slowly that one poll cannot lift it, or let it drop."""

HOLD_S = 600.0
SUBJECT = "plant"


class Novelty:
    """Keeps rows, and asks the forest that was grown on them."""

    def __init__(self) -> None:
        self._store = RowStore()
        self._row_age_s = 0.0
        self._new_rows = 0
        self._columns: Columns | None = None
        self._forest: Forest | None = None
        self._score: float | None = None

    def look(
        self, elapsed_s: float, excesses: Mapping[str, float], *, is_sound: bool
    ) -> Residual | None:
        """Take deviations by floors, by name; ``None``: nothing can be told.

        Args:
            elapsed_s: Time since the last look.
            excesses: Of all that was judged now.
            is_sound: Whether no rule finds anything. Only then a row is kept; also if
                all of it is unusual, since a new way of living is to become usual.
        """
        if not is_sound or not excesses:
            self._row_age_s, self._score = 0.0, None
            return None
        self._row_age_s += elapsed_s
        if self._row_age_s >= ROW_S:
            self._row_age_s = 0.0
            self._new_rows += 1
            self._store.add(excesses)
        return self._judged(elapsed_s, excesses)

    def training_rows(self) -> RowStore | None:
        """Return a copy of what to grow a forest on; ``None``: not now.

        There are too few rows, or too few since the last forest.
        """
        count = len(self._store)
        due = min(MOST_NEW_ROWS, count // 3) if self._forest else LEAST_ROWS
        return (
            None if count < LEAST_ROWS or self._new_rows < due else self._store.copy()
        )

    def adopt(self, columns: Columns, forest: Forest) -> None:
        """Ask this forest from now on, see :func:`.forest.learn`."""
        self._columns, self._forest = columns, forest
        self._new_rows, self._score = 0, None

    def document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        document: dict[str, Any] = {
            "rows": self._store.document(),
            "new_rows": self._new_rows,
        }
        if self._forest is not None and self._columns is not None:
            document["forest"] = self._forest.document()
            document["columns"] = list(self._columns.names)
            document["usual"] = list(self._columns.usual)
        return document

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was kept; loads numpy if there is a forest.

        Raises:
            AttributeError, LookupError, TypeError, ValueError, UnreadableForest: If it
                is not one of :meth:`document`.
        """
        store = RowStore()
        store.restore(document["rows"])
        new_rows = document["new_rows"]
        if type(new_rows) is not int or new_rows < 0:
            raise ValueError(f"not a number of rows: {new_rows!r:.40}")
        columns = forest = None
        if "forest" in document:
            columns, forest = _planted(document)
        self._store, self._new_rows = store, new_rows
        self._columns, self._forest = columns, forest
        self._score = None

    def _judged(
        self, elapsed_s: float, excesses: Mapping[str, float]
    ) -> Residual | None:
        """Return how far the score is from the usual one; at threshold: the floor."""
        forest, columns = self._forest, self._columns
        if forest is None or columns is None:
            return None
        score = forest.score(columns.row(excesses))
        last = score if self._score is None else self._score
        self._score = score + (last - score) * exp(-elapsed_s / SMOOTH_S)
        return Residual(
            kind=FindingKind.UNUSUAL,
            subject=SUBJECT,
            measured=round(self._score, 3),
            expected=round(forest.centre, 3),
            deviation=max(0.0, self._score - forest.centre),
            floor=forest.threshold - forest.centre,
            learns=False,
            hold_s=HOLD_S,
        )


def _planted(document: Mapping[str, Any]) -> tuple[Columns, Forest]:
    """Return the forest of a document, and what it looks at."""
    from .forest import Forest  # noqa: PLC0415 - needs numpy

    forest = Forest.restore(document["forest"])
    names, usual = read_names(document["columns"]), document["usual"]
    if len(names) != forest.width or len(usual) != forest.width:
        raise ValueError(f"{len(names)} columns for {forest.width}")
    if not all(LOWEST <= value <= HIGHEST for value in usual):
        raise ValueError("a usual value that cannot be")
    return Columns(names=tuple(names), usual=tuple(map(float, usual))), forest
