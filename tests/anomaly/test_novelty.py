"""Was the plant ever seen like this: rows, forests, and an opinion without a name."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
import json
from typing import Any

from hypothesis import given, settings, strategies as st
import numpy as np
import pytest

from custom_components.bessai.anomaly.forest import UnreadableForest, learn
from custom_components.bessai.anomaly.novelty import (
    HOLD_S,
    LEAST_ROWS,
    MOST_NEW_ROWS,
    ROW_S,
    Novelty,
)
from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.row_store import (
    HIGHEST,
    LOWEST,
    MOST_NAMES,
    MOST_ROWS,
    Columns,
    RowStore,
)
from custom_components.bessai.core.finding import FindingKind

NAMES = tuple(f"kind:{number}" for number in range(8))
RANDOM = np.random.default_rng(4)
DICE = RANDOM.bit_generator.state


@pytest.fixture(autouse=True)
def same_dice() -> None:
    """Throw the same in each test, whichever were run before it."""
    RANDOM.bit_generator.state = DICE


def usual_row() -> dict[str, float]:
    """Return deviations by floors that come about together."""
    load, sun = RANDOM.normal(0.0, 0.5, 2)
    noise = RANDOM.normal(0.0, 0.3, len(NAMES))
    return {
        name: float(np.exp(-2.0 + (load if i % 2 else sun) + noise[i]))
        for i, name in enumerate(NAMES)
    }


STRANGE = dict.fromkeys(NAMES, 0.9)
"""All residuals high, none beyond a tolerance."""


def fed(rows: int, feed: Callable[[], dict[str, float]] = usual_row) -> Novelty:
    """Return what has seen so many rows of a sound plant."""
    novelty = Novelty()
    for _ in range(rows):
        novelty.look(ROW_S, feed(), is_sound=True)
    return novelty


def taught(seed: int = 1) -> Novelty:
    """Return what has a forest."""
    novelty = fed(LEAST_ROWS)
    rows = novelty.training_rows()
    assert rows is not None
    novelty.adopt(*learn(rows, seed))
    return novelty


def looked(novelty: Novelty, rows: list[dict[str, float]]) -> list[Residual]:
    """Return what it says, looking each 10 s."""
    said = [novelty.look(10.0, row, is_sound=True) for row in rows]
    return [each for each in said if each is not None]


def test_without_a_forest_nothing_is_unusual() -> None:
    assert looked(fed(5), [STRANGE]) == []


def test_a_week_of_rows_is_needed() -> None:
    assert fed(LEAST_ROWS - 1).training_rows() is None
    rows = fed(LEAST_ROWS).training_rows()
    assert rows is not None
    columns, table = rows.table()
    assert (len(rows), len(table), len(table[0])) == (
        LEAST_ROWS,
        LEAST_ROWS,
        len(NAMES),
    )
    assert len(columns.names) == len(NAMES)


def test_rows_that_are_learned_from_do_not_change_meanwhile() -> None:
    novelty = fed(LEAST_ROWS)
    rows = novelty.training_rows()
    assert rows is not None
    before = rows.document()
    novelty.look(ROW_S, {"another:one": 1.0}, is_sound=True)
    assert rows.document() == before


def test_rows_are_apart_and_of_a_sound_plant() -> None:
    novelty = Novelty()
    for _ in range(200):
        novelty.look(10.0, usual_row(), is_sound=True)
    assert len(novelty._store) == 3
    for _ in range(200):
        novelty.look(10.0, usual_row(), is_sound=False)
        novelty.look(10.0, {}, is_sound=True)
    assert len(novelty._store) == 3
    # The first after that is another ten minutes away.
    novelty.look(ROW_S - 1.0, usual_row(), is_sound=True)
    assert len(novelty._store) == 3


def test_usual_rows_are_not_unusual() -> None:
    said = looked(taught(), [usual_row() for _ in range(400)])
    assert max(each.deviation / each.floor for each in said) < 1.0


def test_what_was_never_seen_becomes_unusual() -> None:
    novelty = taught()
    before = looked(novelty, [usual_row() for _ in range(20)])[-1]
    after = looked(novelty, [STRANGE] * 60)
    assert after[0].deviation / after[0].floor < 1.0
    last = after[-1]
    assert last.deviation / last.floor > 1.0 > before.deviation / before.floor
    assert (last.kind, last.subject) == (FindingKind.UNUSUAL, "plant")
    assert (last.hold_s, last.learns, last.unit) == (HOLD_S, False, None)
    assert isinstance(last.measured, float)
    assert isinstance(last.expected, float)
    assert last.measured - last.expected == pytest.approx(last.deviation, abs=0.002)


def test_beside_a_finding_it_says_nothing() -> None:
    novelty = taught()
    looked(novelty, [STRANGE] * 60)
    assert novelty.look(10.0, STRANGE, is_sound=False) is None
    # And begins anew with what it sees then.
    (said,) = looked(novelty, [usual_row()])
    assert said.deviation < said.floor


def test_what_is_missing_is_taken_for_usual() -> None:
    novelty = taught()
    (said,) = looked(novelty, [{"another:one": 1.0}])
    assert said.deviation < said.floor


def test_a_forest_is_grown_again_when_a_third_of_its_rows_is_new() -> None:
    novelty = taught()
    assert novelty.training_rows() is None
    for _ in range(600):
        novelty.look(ROW_S, usual_row(), is_sound=True)
    assert novelty.training_rows() is not None
    assert MOST_NEW_ROWS > 600


def test_without_columns_there_is_nothing_to_grow_on() -> None:
    """Each row has other residuals: none is there often enough."""
    numbers = iter(range(10_000))
    novelty = fed(LEAST_ROWS, lambda: {f"kind:{next(numbers)}": 1.0})
    rows = novelty.training_rows()
    assert rows is not None
    with pytest.raises(ValueError, match="rows of shape"):
        learn(rows, 1)


def test_a_residual_that_is_rarely_judged_is_left_out() -> None:
    store = RowStore()
    for number in range(100):
        rare = {"rare": 1.0} if number % 10 == 0 else {}
        half = {"half": 0.1 * number + 0.1} if number % 2 else {}
        store.add({"always": 1.0, **rare, **half})
    columns, rows = store.table()
    assert columns.names == ("always", "half")
    assert rows[0][1] == rows[2][1] == columns.usual[1]
    assert columns.row({}) == list(columns.usual)


def test_no_rows_are_no_columns() -> None:
    assert RowStore().table() == (Columns(names=(), usual=()), [])


def test_rows_are_logarithms_within_bounds() -> None:
    columns = Columns(names=("a", "b", "c", "d"), usual=(0.0,) * 4)
    row = columns.row({"a": 0.0, "b": float("inf"), "c": 1.0, "d": 0.5})
    assert row == pytest.approx([LOWEST, HIGHEST, 0.0, np.log(0.5)], abs=0.025)


def test_the_store_stays_small() -> None:
    store = RowStore()
    for number in range(MOST_ROWS + 100):
        store.add({f"kind:{number % 100}": 1.0, "always": number / 1000.0})
    assert len(store) == MOST_ROWS
    document = store.document()
    assert len(document["names"]) == MOST_NAMES
    assert len(json.dumps(document)) < 300_000


def test_a_restart_loses_nothing() -> None:
    novelty = taught()
    document = json.loads(json.dumps(novelty.document()))
    assert len(json.dumps(document)) < 1_000_000
    again = Novelty()
    again.restore(document)
    assert again.document() == document
    rows = [usual_row() for _ in range(5)] + [STRANGE] * 5
    assert looked(again, rows) == looked(novelty, rows)


def test_without_a_forest_a_restart_loses_nothing_either() -> None:
    novelty = fed(LEAST_ROWS - 1)
    again = Novelty()
    again.restore(novelty.document())
    again.look(ROW_S, usual_row(), is_sound=True)
    assert again.training_rows() is not None


def test_nothing_at_all_is_restored() -> None:
    novelty = Novelty()
    novelty.restore(json.loads(json.dumps(Novelty().document())))
    assert len(novelty._store) == 0


DOCUMENT = taught().document()


def rows(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Return what changes the rows of a document."""
    return lambda document: document["rows"].update(changes)


def beside(**changes: Any) -> Callable[[dict[str, Any]], None]:
    """Return what changes a document."""
    return lambda document: document.update(changes)


DAMAGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no rows": lambda document: document.pop("rows"),
    "no row of the width": rows(rows=b64encode(bytes(9)).decode()),
    "rows without names": rows(names=[]),
    "values too high": rows(rows=b64encode(bytes([200] * 8)).decode()),
    "too many rows": rows(names=["a"], rows=b64encode(bytes(MOST_ROWS + 1)).decode()),
    "no base64": rows(rows="?"),
    "numbers for names": rows(names=[1]),
    "a word for names": rows(names="names"),
    "too many names": rows(names=[str(n) for n in range(MOST_NAMES + 1)], rows=""),
    "long names": rows(names=["x" * 121], rows=""),
    "a name twice": rows(names=["x", "x"], rows=""),
    "no count": beside(new_rows=None),
    "a negative count": beside(new_rows=-1),
    "no forest": beside(forest=None),
    "other columns": beside(columns=["a"]),
    "no columns": lambda document: document.pop("columns"),
    "too few usual values": beside(usual=[0.0]),
    "usual values beyond all": beside(usual=[99.0] * 8),
    "NaN": beside(usual=[float("nan")] * 8),
    "words": beside(usual=["0"] * 8),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_document_is_refused_whole(
    damage: Callable[[dict[str, Any]], Any],
) -> None:
    document = deepcopy(DOCUMENT)
    damage(document)
    novelty = Novelty()
    before = novelty.document()
    with pytest.raises(
        (AttributeError, LookupError, TypeError, ValueError, UnreadableForest)
    ):
        novelty.restore(document)
    assert novelty.document() == before


TAUGHT = taught()


@settings(max_examples=100)
@given(
    st.dictionaries(st.sampled_from(NAMES), st.floats(min_value=0.0)),
    st.floats(0.0, 1e9),
)
def test_whatever_it_sees_it_says_a_number(
    excesses: Mapping[str, float], elapsed_s: float
) -> None:
    said = TAUGHT.look(elapsed_s, excesses, is_sound=True)
    assert (said is None) == (not excesses)
    assert said is None or 0.0 <= said.deviation <= 1.0
