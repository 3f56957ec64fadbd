"""The fields of the options about models."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from .inference.model_card import Purpose
from .model_library import ModelOffers
from .model_options import DEFAULTS, FIELDS, NO_MODEL, SECTION_MODELS, SHIPPED
from .texts import Texts

type Offers = Mapping[Purpose, ModelOffers]


class JudgedChoice(SelectSelector):
    """A list that Home Assistant shows with its labels, and whose value we judge.

    A file may come or go while the form is open. Typed values would do as well, but
    then the value is shown, not what it is called.
    """

    @override
    def __call__(self, data: Any) -> str:
        """Accept any text: what is wrong with it is said by name."""
        return str(vol.Schema(str)(data))


def model_fields(
    offers: Offers, shown: Mapping[str, Mapping[str, Any]], texts: Texts
) -> dict[vol.Marker, SelectSelector]:
    """Return the fields of the section about models.

    Args:
        offers: What there is, for each purpose.
        shown: What the form will be filled with: it can always be kept.
        texts: What our own choices are called.
    """
    typed = shown.get(SECTION_MODELS, {})
    return {
        vol.Optional(field, default=DEFAULTS[field]): JudgedChoice(
            SelectSelectorConfig(
                options=_options(purpose, offers[purpose], typed.get(field), texts),
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
        for purpose, field in FIELDS.items()
    }


def _options(
    purpose: Purpose, offers: ModelOffers, kept: str | None, texts: Texts
) -> list[SelectOptionDict]:
    found = {}
    if offers.shipped is not None:
        found[SHIPPED] = f"{texts.say('model_shipped')}: {offers.shipped}"
    found[NO_MODEL] = texts.say(f"model_none_{purpose}")
    found |= {name: name for name in offers.files}
    if kept:
        found.setdefault(kept, texts.say("model_shipped") if kept == SHIPPED else kept)
    return [
        SelectOptionDict(value=value, label=label) for value, label in found.items()
    ]
