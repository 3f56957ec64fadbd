"""Tries the models that an owner chooses in the options, and shows their cards."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
import voluptuous as vol

from .inference.errors import ModelRefused
from .inference.model_card import ModelCard, Purpose
from .model_form import model_fields
from .model_library import async_model_library
from .model_options import FIELDS, NO_MODEL, SECTION_MODELS, ModelOptions
from .model_page import show_card
from .model_texts import model_name, refusal_text, remedy_text
from .texts import async_load_texts

type ModelProblem = tuple[str, str, dict[str, str]]
"""Section, key of the text, and what the text is filled with."""


class ModelChoice:
    """What an owner has newly chosen in one dialog."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin with nothing chosen."""
        self._hass = hass
        self._library = async_model_library(hass)
        self._new: dict[str, tuple[ModelCard, str]] = {}
        """Card and backend by what was chosen; the models themselves are let go."""

    @property
    def has_new(self) -> bool:
        """Whether there are cards to look at before the choice is stored."""
        return bool(self._new)

    async def async_fields(
        self, shown: Mapping[str, Mapping[str, Any]]
    ) -> dict[vol.Marker, Any]:
        """Return the fields of the section; ``shown`` is what they are filled with."""
        offers = {one: await self._library.async_names(one) for one in Purpose}
        return model_fields(offers, shown, await async_load_texts(self._hass))

    async def async_find_problem(
        self, stored: Mapping[str, Any], typed: Mapping[str, Any]
    ) -> ModelProblem | None:
        """Load what is chosen anew, and return why that fails if it does.

        What was stored before is left alone: its trouble is that of repairs, and must
        not keep an owner from changing something else.
        """
        before = ModelOptions.from_mapping(stored)
        after = ModelOptions.from_mapping(typed)
        self._new = {}
        for purpose in FIELDS:
            name = after.chosen(purpose)
            if name in {NO_MODEL, before.chosen(purpose)}:
                continue
            try:
                model = await self._library.async_load(name, purpose)
            except ModelRefused as err:
                return await self._async_problem(name, err)
            self._new[name] = model.card, model.backend
        return None

    async def async_page(self) -> dict[str, str]:
        """Return what the page of the new models is filled with."""
        texts = await async_load_texts(self._hass)
        cards = [
            show_card(card, model_name(texts, name), backend, texts)
            for name, (card, backend) in self._new.items()
        ]
        return {"cards": "\n\n".join(cards)}

    async def _async_problem(self, name: str, err: ModelRefused) -> ModelProblem:
        texts = await async_load_texts(self._hass)
        placeholders = {
            "name": model_name(texts, name),
            "reason": refusal_text(texts, err.refusal, err.detail),
            "remedy": remedy_text(texts, err.refusal),
        }
        return SECTION_MODELS, "model_refused", placeholders
