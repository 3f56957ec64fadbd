"""Shows an owner what a model says of itself, before it is stored."""

from collections.abc import Iterator, Sequence
from itertools import groupby
import re
from typing import Final

from .inference.model_card import (
    CardInput,
    CardOutput,
    ModelCard,
    PowerOutput,
    PowerSign,
    PriceOutput,
)
from .model_texts import as_plain_text, purpose_name
from .texts import Texts

_SHOWN_ROWS: Final = 40
"""Of inputs, and figures; a card may have hundreds."""

type _Rows = Sequence[CardInput]


def show_card(card: ModelCard, file: str, backend: str, texts: Texts) -> str:
    """Return a card as Markdown, with what of it is ours to say translated.

    Args:
        card: Of a model that was loaded.
        file: What the model was chosen as.
        backend: What runs it here.
        texts: In the language of Home Assistant.
    """
    title = f"**{as_plain_text(card.name)}** {as_plain_text(card.version)}"
    facts = "\n".join(("| | |", "| --- | --- |", *_facts(card, file, backend, texts)))
    inputs = "\n".join(
        (
            f"| {texts.say('model_input_heads')} |",
            "| --- | --- | --- |",
            *_input_rows(card.inputs, texts),
        )
    )
    return f"{title}\n\n{facts}\n\n{inputs}"


def _facts(card: ModelCard, file: str, backend: str, texts: Texts) -> Iterator[str]:
    """Yield the rows of what is to be known of a model."""
    training = card.training
    values = {
        "file": file,
        "purpose": purpose_name(texts, card.purpose),
        "answer": _answer(card.output, texts),
        "horizon": texts.say(
            "model_horizon",
            hours=f"{card.horizon_h:g}",
            steps=", ".join(f"{step:g}" for step in card.steps_min),
        ),
        "training": f"{training.data} ({training.start} … {training.end})",
        "notes": training.notes,
        "metrics": ", ".join(_metrics(card)),
        "licence": card.licence,
        "backend": backend,
        "sha256": card.sha256,
    }
    for key, value in values.items():
        if value:
            yield f"| {texts.say(f'model_card_{key}')} | {as_plain_text(value)} |"


def _metrics(card: ModelCard) -> Iterator[str]:
    names = list(card.metrics)
    yield from (f"{name} {card.metrics[name]:g}" for name in names[:_SHOWN_ROWS])
    if names[_SHOWN_ROWS:]:
        yield "…"


def _answer(output: CardOutput, texts: Texts) -> str:
    """Return what a model answers, with unit, range and sign."""
    span = _range(output.low, output.high, texts)
    if isinstance(output, PowerOutput):
        what = texts.say(f"model_answer_{output.unit.lower()}")
        return f"{what}: {span}; {_sign(output.sign, texts)}"
    if isinstance(output, PriceOutput):
        what = texts.say(f"model_answer_{output.unit}")
        names = ", ".join(f"p{100 * quantile:g}" for quantile in output.quantiles)
        return f"{what} ({names}): {span}"
    return f"{texts.say('model_answer_stored_value')}: {span}"


def _input_rows(inputs: _Rows, texts: Texts) -> Iterator[str]:
    """Yield a row for each input; those that only differ by a number share one."""
    groups = [list(group) for _, group in groupby(inputs, key=_likeness)]
    for group in groups[:_SHOWN_ROWS]:
        first = group[0]
        name = first.feature
        if len(group) > 1:
            name = f"{name} … {group[-1].feature}"
        span = _range(first.low, first.high, texts)
        if first.sign is not None:
            span = f"{span}; {_sign(first.sign, texts)}"
        words = (name, first.unit or "-", span)
        yield f"| {' | '.join(as_plain_text(word) for word in words)} |"
    if groups[_SHOWN_ROWS:]:
        yield f"| {texts.say('model_more_inputs', count=_count(groups))} | | |"


def _likeness(one: CardInput) -> tuple[object, ...]:
    stem = re.sub(r"\d+$", "", one.feature)
    return stem, one.unit, one.low, one.high, one.sign


def _count(groups: Sequence[_Rows]) -> str:
    return str(sum(len(group) for group in groups[_SHOWN_ROWS:]))


def _range(low: float, high: float, texts: Texts) -> str:
    return texts.say("model_range", low=f"{low:g}", high=f"{high:g}")


def _sign(sign: PowerSign, texts: Texts) -> str:
    return texts.say(f"model_sign_{sign}")
