"""Makes a ``ModelCard`` of a JSON document, or says what is wrong with it."""

from .card_node import CardNode
from .errors import ModelRefused, Refusal
from .model_card import (
    CardInput,
    CardOutput,
    GoldenVector,
    Meaning,
    ModelCard,
    PowerOutput,
    PowerSign,
    PowerUnit,
    PriceOutput,
    PriceUnit,
    Purpose,
    StoredValueOutput,
    Training,
)

_MOST_INPUTS = 512
_MOST_GOLDEN, _LEAST_GOLDEN = 64, 3
_MOST_METRICS = 64
_LONGEST_HORIZON_H = 168
_LONGEST_STEP_MIN = 24 * 60
_SMALLEST_SCALE = 1e-12
QUANTILES = (0.1, 0.5, 0.9)
"""What a price model answers, in this order."""

_REST_SHARE = 0.05
"""Of the range's farther end: less power than this may be called rest."""

_ROUNDING = 1e-6
"""Of the width of a range: by so much a golden input may miss it, as makers print
numbers of 32 bits."""


def parse_card(document: object) -> ModelCard:
    """Return a card; fields that are not known are ignored.

    Raises:
        ModelRefused: As a bad card, with the path of the first field that is wrong,
            its value and what is expected.
    """
    top = CardNode("", document)
    top.field("bessai_model_card").integer(1, 1)
    graph_hash = top.optional("graph_sha256")
    training = top.field("training")
    card = ModelCard(
        name=top.field("name").text(),
        version=top.field("version").text(),
        purpose=top.field("purpose").choice(Purpose),
        sha256=top.field("sha256").hexadecimal(),
        graph_sha256=None if graph_hash is None else graph_hash.hexadecimal(),
        inputs=parse_inputs(top.field("inputs")),
        output=_output(top.field("output")),
        horizon_h=top.field("horizon_h").integer(0, _LONGEST_HORIZON_H),
        steps_min=tuple(
            step.integer(1, _LONGEST_STEP_MIN)
            for step in top.field("steps_min").items(1, 16)
        ),
        training=_training(training),
        metrics={
            name: metric.number()
            for name, metric in top.field("metrics").entries(_MOST_METRICS).items()
        },
        licence=top.field("licence").text(),
        golden=tuple(
            _golden(item)
            for item in top.field("golden").items(_LEAST_GOLDEN, _MOST_GOLDEN)
        ),
    )
    _check_purpose(card)
    for at, vector in enumerate(card.golden):
        _check_golden(card, vector, f"golden[{at}]")
    _check_directions(card)
    return card


def parse_inputs(node: CardNode) -> tuple[CardInput, ...]:
    """Return the columns of a model's input.

    Raises:
        ModelRefused: As ``parse_card``.
    """
    inputs = tuple(_input(item) for item in node.items(1, _MOST_INPUTS))
    seen: set[str] = set()
    for at, one in enumerate(inputs):
        if one.feature in seen:
            path = f"{node.path}[{at}].feature"
            raise CardNode(path, one.feature).refuse("is there twice")
        seen.add(one.feature)
    return inputs


def _input(node: CardNode) -> CardInput:
    low, high = node.field("range").span()
    scale = node.field("scale")
    if abs(scale.number()) < _SMALLEST_SCALE:
        raise scale.refuse("is too small to divide by")
    sign = node.optional("sign")
    return CardInput(
        feature=node.field("feature").text(),
        # Some features are plain numbers, and an empty text says so.
        unit=_plain(node.field("unit")),
        low=low,
        high=high,
        offset=node.field("offset").number(),
        scale=scale.number(),
        sign=None if sign is None else sign.choice(PowerSign),
    )


def _plain(node: CardNode) -> str:
    return "" if node.value == "" else node.text()


def _output(node: CardNode) -> CardOutput:
    kind = node.field("kind")
    match kind.value:
        case "power":
            return _power_output(node)
        case "stored_value":
            _expect(node.field("unit"), "import_spread")
            low, high = node.field("range").span()
            return StoredValueOutput(low=low, high=high)
        case "price_quantiles":
            return _price_output(node)
        case _:
            raise kind.refuse("is none of power, stored_value, price_quantiles")


def _power_output(node: CardNode) -> PowerOutput:
    unit = node.field("unit").choice(PowerUnit)
    ends = node.field("range")
    low, high = ends.span(-1, 1) if unit is PowerUnit.SHARE else ends.span()
    return PowerOutput(
        unit=unit, sign=node.field("sign").choice(PowerSign), low=low, high=high
    )


def _price_output(node: CardNode) -> PriceOutput:
    quantiles = node.field("quantiles")
    wanted = len(QUANTILES)
    found = tuple(one.number(0, 1) for one in quantiles.items(wanted, wanted))
    if found != QUANTILES:
        raise quantiles.refuse(f"is not {list(QUANTILES)}")
    low, high = node.field("range").span()
    return PriceOutput(
        unit=node.field("unit").choice(PriceUnit),
        quantiles=found,
        low=low,
        high=high,
    )


def _expect(node: CardNode, wanted: str) -> None:
    if node.value != wanted:
        raise node.refuse(f"is not {wanted}")


def _training(node: CardNode) -> Training:
    start, end = node.field("from").day(), node.field("to")
    if end.day() < start:
        raise end.refuse(f"is before {start}")
    notes = node.optional("notes")
    return Training(
        data=node.field("data").text(),
        start=start,
        end=end.day(),
        notes="" if notes is None else _plain(notes),
    )


def _golden(node: CardNode) -> GoldenVector:
    means = node.optional("means")
    return GoldenVector(
        inputs=tuple(
            one.number() for one in node.field("inputs").items(1, _MOST_INPUTS)
        ),
        output=tuple(
            one.number() for one in node.field("output").items(1, len(QUANTILES))
        ),
        means=None if means is None else means.choice(Meaning),
    )


def _check_purpose(card: ModelCard) -> None:
    """Refuse an output that is of no use for what the model is said to be for."""
    answers_prices = isinstance(card.output, PriceOutput)
    if answers_prices is not (card.purpose is Purpose.PRICE_FORECAST):
        raise _contradiction("output.kind", f"is not what a {card.purpose} answers")


def _check_golden(card: ModelCard, vector: GoldenVector, path: str) -> None:
    """Refuse a golden vector that contradicts the rest of the card."""
    if len(vector.inputs) != len(card.inputs):
        found, wanted = len(vector.inputs), len(card.inputs)
        raise _contradiction(f"{path}.inputs", f"has {found} numbers, not {wanted}")
    if len(vector.output) != card.columns:
        found, wanted = len(vector.output), card.columns
        raise _contradiction(f"{path}.output", f"has {found} numbers, not {wanted}")
    for at, (column, scaled) in enumerate(zip(card.inputs, vector.inputs, strict=True)):
        value = scaled * column.scale + column.offset
        slack = _ROUNDING * (column.high - column.low + abs(column.offset))
        if not column.low - slack <= value <= column.high + slack:
            raise _contradiction(
                f"{path}.inputs[{at}]",
                f"{scaled:g} is {column.feature} {value:g}, and its range is "
                f"{column.low:g} to {column.high:g}",
            )
    for at, answer in enumerate(vector.output):
        CardNode(f"{path}.output[{at}]", answer).number(
            card.output.low, card.output.high
        )


def _check_directions(card: ModelCard) -> None:
    """Refuse powers whose sign and words do not say the same, or of one way only."""
    if not isinstance(card.output, PowerOutput):
        return
    for at, vector in enumerate(card.golden):
        _check_meaning(card.output, vector, f"golden[{at}].means")
    missing = {Meaning.CHARGE, Meaning.DISCHARGE} - {one.means for one in card.golden}
    if missing:
        words = " and ".join(sorted(missing))
        raise _contradiction("golden", f"has no vector that means {words}")


def _check_meaning(output: PowerOutput, vector: GoldenVector, path: str) -> None:
    if vector.means is None:
        raise ModelRefused(Refusal.BAD_CARD, f"{path} is missing")
    answer = vector.output[0]
    discharge = answer if output.sign is PowerSign.DISCHARGING else -answer
    rest = _REST_SHARE * max(abs(output.low), abs(output.high))
    agrees = {
        Meaning.CHARGE: discharge < 0,
        Meaning.DISCHARGE: discharge > 0,
        Meaning.REST: abs(discharge) <= rest,
    }
    if not agrees[vector.means]:
        # Two words against each other: nobody can tell which of them is wrong.
        raise ModelRefused(
            Refusal.WRONG_SIGN,
            f"{path}: {answer:g} with + = {output.sign} is not {vector.means}",
        )


def _contradiction(path: str, reason: str) -> ModelRefused:
    return ModelRefused(Refusal.BAD_CARD, f"{path}: {reason}")
