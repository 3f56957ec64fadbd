"""Every refusal is said in words, with what it is about and what can be done."""

import pytest

from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_status import Fallback, ModelState
from custom_components.bessai.model_texts import (
    as_plain_text,
    fallback_text,
    model_name,
    purpose_name,
    refusal_text,
    refused_words,
    remedy_text,
)
from custom_components.bessai.texts import Texts

from .source import INTEGRATION, read_json


def texts_of(language: str) -> Texts:
    """Return the common texts of a language."""
    common = read_json(INTEGRATION / "translations" / f"{language}.json")["common"]
    return Texts(
        {f"component.bessai.common.{key}": text for key, text in common.items()}
    )


TEXTS = texts_of("en")


def is_sentence(text: str) -> bool:
    return text[0].isupper() and text.endswith(".") and "_" not in text


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("refusal", Refusal)
def test_every_refusal_is_a_sentence_with_a_remedy(
    refusal: Refusal, language: str
) -> None:
    texts = texts_of(language)
    told = refusal_text(texts, refusal, "mine.onnx: 17")
    assert is_sentence(told)
    assert told.endswith(": mine.onnx: 17.")
    assert is_sentence(remedy_text(texts, refusal))


@pytest.mark.parametrize("language", ["en", "es"])
def test_everything_else_has_a_name(language: str) -> None:
    texts = texts_of(language)
    assert all(is_sentence(fallback_text(texts, one)) for one in Fallback)
    assert all("_" not in purpose_name(texts, one) for one in Purpose)


def test_refusal_without_a_detail_does_not_end_in_the_air() -> None:
    assert refusal_text(TEXTS, Refusal.FAILED, "").endswith(": ?.")


def test_model_goes_by_its_file_or_as_ours() -> None:
    assert model_name(TEXTS, "mine.onnx") == "mine.onnx"
    assert model_name(TEXTS, "shipped") == "The model that comes with BESSAI"
    assert model_name(TEXTS, "m" * 10_000) == "m" * 100 + "…"


def test_issue_says_which_why_what_instead_and_what_to_do() -> None:
    error = ModelRefused(Refusal.BAD_CARD, "inputs[0].unit: is [missing](http://x)")
    policy = Purpose.DISPATCH_POLICY
    state = ModelState.without(policy, "mine.onnx", error, Fallback.PLAN)
    assert state.refused is not None
    words = refused_words(TEXTS, state, state.refused)
    assert words["model"] == "mine.onnx"
    assert words["purpose"] == "dispatch policy"
    assert r"inputs\[0\].unit: is \[missing\]\(http://x\)" in words["reason"]
    assert words["instead"].startswith("The plan runs instead")
    assert words["remedy"] == "Correct this in the card."


@pytest.mark.parametrize(
    ("words", "plain"),
    [
        ("2020 to 2023, 15 min", "2020 to 2023, 15 min"),
        ("![x](http://x/y.png)", r"\!\[x\]\(http://x/y.png\)"),
        ("a|b\n\n# c", r"a\|b \# c"),
        ("<img src=x>", r"\<img src=x\>"),
        ("**bold** `code` \\", r"\*\*bold\*\* \`code\` \\"),
    ],
)
def test_words_of_others_do_not_mark_up(words: str, plain: str) -> None:
    assert as_plain_text(words) == plain
