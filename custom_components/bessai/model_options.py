"""Which models the owner chose, as it is stored and as it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from .inference.model_card import Purpose
from .stored_options import complain, stored_section

SECTION_MODELS: Final = "models"
CONF_POLICY_MODEL: Final = "policy_model"
CONF_PRICE_MODEL: Final = "price_model"

SHIPPED: Final = "shipped"
"""The model that comes with BESSAI."""

NO_MODEL: Final = "none"
"""No policy; prices by our own method, which needs no file."""

FIELDS: Final[Mapping[Purpose, str]] = {
    Purpose.DISPATCH_POLICY: CONF_POLICY_MODEL,
    Purpose.PRICE_FORECAST: CONF_PRICE_MODEL,
}
DEFAULTS: Final[Mapping[str, str]] = {
    CONF_POLICY_MODEL: SHIPPED,
    CONF_PRICE_MODEL: NO_MODEL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOptions:
    """A model for each purpose: ``shipped``, ``none``, or a file of the owner.

    A file is only a name here: whether it may be read, the shelf decides.
    """

    policy_model: str = DEFAULTS[CONF_POLICY_MODEL]
    price_model: str = DEFAULTS[CONF_PRICE_MODEL]

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Return the choices of an entry; what is damaged counts as not chosen."""
        section = stored_section(options, SECTION_MODELS)
        return cls(**{name: _chosen(section, name) for name in DEFAULTS})

    def chosen(self, purpose: Purpose) -> str:
        """Return what was chosen for a purpose."""
        if purpose is Purpose.DISPATCH_POLICY:
            return self.policy_model
        return self.price_model

    def as_form(self) -> dict[str, str]:
        """Return the choices as the form takes them."""
        return {field: self.chosen(purpose) for purpose, field in FIELDS.items()}


def is_file_chosen(options: Mapping[str, Any], purpose: Purpose) -> bool:
    """Return whether a file of the owner is chosen, without a word about damage."""
    section = options.get(SECTION_MODELS)
    value = section.get(FIELDS[purpose]) if isinstance(section, Mapping) else None
    return isinstance(value, str) and value.strip() not in {"", SHIPPED, NO_MODEL}


def undefaulted_models(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed in the section of models, without empties and defaults."""
    return {
        name: value
        for name, value in typed.items()
        if value and value != DEFAULTS.get(name)
    }


def _chosen(section: Mapping[str, Any], name: str) -> str:
    value = section.get(name, "")
    if not isinstance(value, str):
        complain(name, value)
        return DEFAULTS[name]
    return value.strip() or DEFAULTS[name]
