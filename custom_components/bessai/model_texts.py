"""What there is to say about models, in words."""

import re
from typing import Final

from .inference.errors import Refusal
from .inference.model_card import Purpose
from .model_options import SHIPPED
from .model_status import Fallback, ModelState, Refused
from .texts import UNKNOWN, Texts

_LONGEST_NAME: Final = 100
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#|~!])")


def refusal_text(texts: Texts, refusal: Refusal, detail: str) -> str:
    """Return why a model is not used, as a sentence with what it is about."""
    return texts.say(f"model_refusal_{refusal}", detail=detail or UNKNOWN)


def remedy_text(texts: Texts, refusal: Refusal) -> str:
    """Return what a person can do about a refusal."""
    return texts.say(f"model_remedy_{refusal}")


def fallback_text(texts: Texts, fallback: Fallback) -> str:
    """Return what runs instead of a model, as a sentence."""
    return texts.say(f"model_instead_{fallback}")


def purpose_name(texts: Texts, purpose: Purpose) -> str:
    """Return what a model is for, in a word or two."""
    return texts.say(f"model_purpose_{purpose}")


def model_name(texts: Texts, chosen: str) -> str:
    """Return what a chosen model is called: ours, or the name of the file."""
    if chosen == SHIPPED:
        return texts.say("model_shipped")
    return chosen if len(chosen) <= _LONGEST_NAME else f"{chosen[:_LONGEST_NAME]}…"


def refused_words(texts: Texts, state: ModelState, refused: Refused) -> dict[str, str]:
    """Return what the repairs issue of a model that is refused is filled with.

    The words of others are made plain: the page of repairs reads Markdown.
    """
    return {
        "model": model_name(texts, state.chosen),
        "purpose": purpose_name(texts, state.purpose),
        "reason": refusal_text(texts, refused.refusal, as_plain_text(refused.detail)),
        "instead": fallback_text(texts, refused.fallback),
        "remedy": remedy_text(texts, refused.refusal),
    }


def as_plain_text(words: str) -> str:
    """Return words of others for a page in Markdown, where they may not mark up.

    A card could else draw a picture from the network, or break a table.
    """
    return _MARKUP.sub(r"\\\1", " ".join(words.split()))
