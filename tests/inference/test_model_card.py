"""Cards: what a right one says, and every way of being wrong, by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.inference.card_node import parse_json
from custom_components.bessai.inference.card_parser import parse_card
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import (
    CardInput,
    Meaning,
    PowerOutput,
    PowerSign,
    PowerUnit,
    PriceOutput,
    PriceUnit,
    Purpose,
    StoredValueOutput,
)

from .card_builders import card_document, column

type Document = dict[str, Any]

NUMBERS = {"inputs": [1.0, 2.0], "output": [0.5]}
STORED_VALUE: Document = {
    "inputs": [column("a", "", -5, 5), column("b", "", -5, 5)],
    "output": {"kind": "stored_value", "unit": "import_spread", "range": [-20, 20]},
    "golden": [NUMBERS] * 3,
}
PRICES: Document = STORED_VALUE | {
    "purpose": "price_forecast",
    "output": {
        "kind": "price_quantiles",
        "unit": "normalised",
        "quantiles": [0.1, 0.5, 0.9],
        "range": [-9, 9],
    },
    "golden": [{"inputs": [1, 2], "output": [-1, 0, 1]}] * 3,
}


def put(document: Document, path: str, value: object) -> Document:
    """Return it with a value set at a path like ``inputs.2.scale``."""
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    node: Any = document
    for part in way:
        node = node[part]
    node[last] = value
    return document


def refusal_of(document: object) -> ModelRefused:
    with pytest.raises(ModelRefused) as refused:
        parse_card(document)
    return refused.value


def test_card_of_the_older_gateway_says_everything() -> None:
    card = parse_card(card_document(b"model"))
    assert (card.name, card.version, card.licence) == ("Gateway", "1.0.0", "Apache-2.0")
    assert card.purpose is Purpose.DISPATCH_POLICY
    assert card.sha256.startswith("9372c470eeadd5ec")
    assert card.graph_sha256 is None
    assert card.inputs[1] == CardInput(
        feature="power_kw",
        unit="kW",
        low=-10,
        high=10,
        offset=0,
        scale=1,
        sign=PowerSign.CHARGING,
    )
    assert [one.feature for one in card.inputs] == [
        "soc_pct",
        "power_kw",
        "temp_c",
        "hour",
    ]
    assert card.output == PowerOutput(
        unit=PowerUnit.KW, sign=PowerSign.CHARGING, low=-10, high=10
    )
    assert card.columns == 1
    assert (card.horizon_h, card.steps_min) == (0, (15, 60))
    assert card.training.data == "made up"
    assert card.training.start == date(2020, 1, 1)
    assert card.training.end == date(2020, 12, 31)
    assert card.training.notes == ""
    assert card.metrics == {"saving_pct": 91.5}
    assert card.golden[1].inputs == (95, -1, 20, 18)
    assert card.golden[1].output == (-2.44,)
    assert [one.means for one in card.golden] == list(Meaning)


def test_value_of_stored_energy_needs_no_sign() -> None:
    card = parse_card(card_document(**STORED_VALUE))
    assert card.output == StoredValueOutput(low=-20, high=20)
    assert card.columns == 1
    assert card.golden[0].means is None


def test_price_model_answers_three_quantiles() -> None:
    card = parse_card(card_document(**PRICES))
    assert card.output == PriceOutput(
        unit=PriceUnit.NORMALISED, quantiles=(0.1, 0.5, 0.9), low=-9, high=9
    )
    assert card.columns == 3


def test_what_a_later_version_may_say_more_is_ignored() -> None:
    more = put(card_document(), "inputs.0.why", "it matters")
    assert parse_card(more | {"colour": "blue"}) == parse_card(card_document())


def test_digits_of_a_hash_may_be_capital() -> None:
    card = parse_card(card_document(sha256="AB" * 32, graph_sha256="CD" * 32))
    assert (card.sha256, card.graph_sha256) == ("ab" * 32, "cd" * 32)


def test_scaling_is_what_the_model_sees() -> None:
    one = parse_card(card_document()).inputs[0]
    assert replace(one, offset=50.0, scale=25.0).scaled(100.0) == 2.0


@pytest.mark.parametrize(
    "path",
    [
        *("bessai_model_card", "name", "version", "purpose", "sha256", "inputs"),
        *("output", "horizon_h", "steps_min", "training", "metrics", "licence"),
        *("golden", "inputs.0.feature", "inputs.0.unit", "inputs.0.range"),
        *("inputs.0.offset", "inputs.0.scale", "output.kind", "output.unit"),
        *("output.sign", "output.range", "training.data", "training.from"),
        *("training.to", "golden.0.inputs", "golden.0.output", "golden.0.means"),
    ],
)
def test_missing_field_is_named(path: str) -> None:
    document = card_document()
    *way, last = path.split(".")
    node: Any = document
    for part in way:
        node = node[int(part) if part.isdigit() else part]
    del node[last]
    err = refusal_of(document)
    shown = path.replace(".0", "[0]")
    assert (err.refusal, err.detail) == (Refusal.BAD_CARD, f"{shown} is missing")


@pytest.mark.parametrize(
    ("path", "value", "detail"),
    [
        ("bessai_model_card", 2, "bessai_model_card: 2 is not from 1 to 1"),
        ("bessai_model_card", True, "bessai_model_card: True is no number"),
        ("name", "", "name: '' is empty or not printable"),
        ("name", "a\nb", r"name: 'a\nb' is empty or not printable"),
        ("name", 7, "name: 7 is no text"),
        ("licence", "x" * 501, "is longer than 500 characters"),
        ("purpose", "chat", "'chat' is none of dispatch_policy, price_forecast"),
        ("purpose", [], "purpose: [] is none of"),
        ("purpose", "price_forecast", "output.kind: is not what a price_forecast"),
        ("sha256", "abc", "sha256: 'abc' is no SHA-256 of 64 hexadecimal digits"),
        ("sha256", "g" * 64, "is no SHA-256"),
        ("inputs", {}, "inputs: {} is no list"),
        ("inputs", [], "inputs: has 0 items, not 1 to 512"),
        ("inputs", [7], "inputs[0]: 7 is no object"),
        ("inputs.1.feature", "soc_pct", "inputs[1].feature: 'soc_pct' is there twice"),
        ("inputs.0.range", [0], "inputs[0].range: has 1 items, not 2"),
        ("inputs.0.range", [5, 5], "[5, 5] does not begin with its lower end"),
        ("inputs.0.range", [0, "TODO"], "inputs[0].range[1]: 'TODO' is no number"),
        ("inputs.0.offset", float("nan"), "inputs[0].offset: nan is not finite"),
        ("inputs.0.offset", 1e13, "is not from -1e+12 to 1e+12"),
        ("inputs.0.offset", 10**400, "is not from -1e+12 to 1e+12"),
        ("inputs.0.scale", 0, "inputs[0].scale: 0 is too small to divide by"),
        ("inputs.0.sign", "up", "'up' is none of charging, discharging"),
        ("output.kind", "magic", "'magic' is none of power, stored_value"),
        ("output.kind", "price_quantiles", "output.quantiles is missing"),
        ("output.unit", "MW", "output.unit: 'MW' is none of kW, W, share"),
        ("output.sign", "TODO", "output.sign: 'TODO' is none of charging, disch"),
        ("output.range", [1, -1], "does not begin with its lower end"),
        ("horizon_h", 1.5, "horizon_h: 1.5 is no whole number"),
        ("horizon_h", 169, "horizon_h: 169 is not from 0 to 168"),
        ("steps_min", [0], "steps_min[0]: 0 is not from 1 to 1440"),
        ("training.from", "yesterday", "'yesterday' is no date like 2024-12-31"),
        ("training.to", "2019-12-31", "'2019-12-31' is before 2020-01-01"),
        ("training.notes", [], "training.notes: [] is no text"),
        ("metrics", [], "metrics: [] is no object"),
        ("metrics", {"": 1}, "a name in metrics: '' is empty"),
        ("metrics", {str(at): at for at in range(65)}, "has more than 64 fields"),
        ("metrics", {"a": "b"}, "metrics.a: 'b' is no number"),
        ("metrics", {"a" * 99: "b"}, "'b' is no number"),
        ("golden", [], "golden: has 0 items, not 3 to 64"),
        ("golden.2.inputs", [1, 2], "golden[2].inputs: has 2 numbers, not 4"),
        ("golden.0.output", [1, 2], "golden[0].output: has 2 numbers, not 1"),
        ("golden.0.output", [11], "golden[0].output[0]: 11.0 is not from -10 to 10"),
        ("golden.0.inputs.0", 101, "101 is soc_pct 101, and its range is 0 to 100"),
        ("golden.0.means", "go", "'go' is none of charge, discharge, rest"),
        ("golden.0.means", "discharge", "2.64 with + = charging is not discharge"),
        ("golden.1.means", "charge", "-2.44 with + = charging is not charge"),
        ("golden.1.means", "rest", "golden[1].means: -2.44 with + = charging is"),
        ("golden.2.output", [0.51], "golden[2].means: 0.51 with + = charging is"),
    ],
)
def test_mistake_is_named_with_its_value(path: str, value: object, detail: str) -> None:
    assert detail in refusal_of(put(card_document(), path, value)).detail


@pytest.mark.parametrize(
    ("changes", "path", "value", "detail"),
    [
        (STORED_VALUE, "output.unit", "EUR", "output.unit: 'EUR' is not import_spread"),
        (PRICES, "output.quantiles", [0.1, 0.5], "quantiles: has 2 items, not 3"),
        (PRICES, "output.quantiles", [0.1, 0.4, 0.9], "is not [0.1, 0.5, 0.9]"),
        (PRICES, "purpose", "dispatch_policy", "is not what a dispatch_policy answers"),
    ],
)
def test_mistake_of_other_outputs_is_named(
    changes: Document, path: str, value: object, detail: str
) -> None:
    assert detail in refusal_of(put(card_document(**changes), path, value)).detail


@pytest.mark.parametrize("document", [None, 7, "card", []])
def test_card_is_an_object(document: object) -> None:
    assert refusal_of(document).detail == f"card: {document!r} is no object"


@pytest.mark.parametrize(
    ("sign", "refusal"), [("charging", None), ("discharging", Refusal.WRONG_SIGN)]
)
def test_words_and_sign_have_to_agree(sign: str, refusal: Refusal | None) -> None:
    document = put(card_document(), "output.sign", sign)
    if refusal is None:
        parse_card(document)
    else:
        assert refusal_of(document).refusal is refusal


@pytest.mark.parametrize(("at", "word"), [(0, "charge"), (1, "discharge")])
def test_both_directions_have_to_be_shown(at: int, word: str) -> None:
    document = card_document()
    del document["golden"][at]
    document["golden"] *= 2
    assert refusal_of(document).detail == f"golden: has no vector that means {word}"


def test_share_of_a_limit_is_not_more_than_all_of_it() -> None:
    share = {"kind": "power", "unit": "share", "sign": "charging", "range": [-2, 2]}
    detail = refusal_of(card_document(output=share)).detail
    assert detail == "output.range[0]: -2 is not from -1 to 1"


def test_golden_inputs_are_judged_before_scaling() -> None:
    """95 tenths of a hundred percent are no state of charge."""
    document = put(card_document(), "inputs.0.scale", 10)
    assert refusal_of(document).detail == (
        "golden[1].inputs[0]: 95 is soc_pct 950, and its range is 0 to 100"
    )


def test_rounding_of_a_golden_input_is_not_held_against_it() -> None:
    document = put(card_document(), "golden.0.inputs.0", 100.00001)
    assert parse_card(document).golden[0].inputs[0] == 100.00001


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"[]", "it is no JSON object"),
        (b"{", "it is not JSON: Expecting property name"),
        (b"\xff{}", "it is not UTF-8: invalid start byte"),
        (b'{"a":' + b"[" * 200_000, "it is nested too deeply"),
        (b'{"a": 1' + b"0" * 5_000 + b"}", "it is not JSON: Exceeds the limit"),
        (b'{"a": 1, "a": 2}', "it has the field 'a' twice in one object"),
        (b" " * (1024 * 1024 + 1), "it is larger than 1 MiB"),
    ],
)
def test_text_that_is_no_card_is_refused(content: bytes, detail: str) -> None:
    with pytest.raises(ModelRefused) as refused:
        parse_json(content)
    assert refused.value.refusal is Refusal.BAD_CARD
    assert detail in refused.value.detail


def test_mark_of_the_order_of_bytes_is_passed_over() -> None:
    assert parse_json(b"\xef\xbb\xbf" + b'{"name": "x"}') == {"name": "x"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = [
    *card_document(),
    *(f"inputs.{at}" for at in range(4)),
    *(f"inputs.1.{name}" for name in card_document()["inputs"][1]),
    *(f"output.{name}" for name in card_document()["output"]),
    *(f"training.{name}" for name in card_document()["training"]),
    *(f"golden.1.{name}" for name in card_document()["golden"][1]),
]


@given(path=st.sampled_from(PATHS), value=JSON)
def test_whatever_stands_in_a_card_it_is_read_or_refused(
    path: str, value: object
) -> None:
    """A hostile card never causes an error of another kind."""
    document = put(card_document(), path, value)
    outcome = _outcome(lambda: parse_card(document))
    assert outcome in {None, Refusal.BAD_CARD, Refusal.WRONG_SIGN}


@given(st.binary(max_size=200))
def test_whatever_bytes_are_given_they_are_read_or_refused(content: bytes) -> None:
    assert _outcome(lambda: parse_json(content)) in {None, Refusal.BAD_CARD}


def test_a_card_survives_being_written_and_read() -> None:
    text = json.dumps(card_document()).encode()
    assert parse_card(parse_json(text)) == parse_card(card_document())


def _outcome(parse: Callable[[], object]) -> Refusal | None:
    try:
        parse()
    except ModelRefused as err:
        return err.refusal
    return None
