"""Options as they are stored: what cannot be read counts as not chosen, and is said."""

from collections.abc import Mapping
import reprlib
from typing import Any

from .const import LOGGER


def stored_section(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a section of the options, an empty one if there is none."""
    section = options.get(name, {})
    if isinstance(section, Mapping):
        return section
    complain(name, section)
    return {}


def complain(name: str, value: Any) -> None:
    """Say that an option is not gone by."""
    LOGGER.warning("The option %s = %s counts as not chosen", name, reprlib.repr(value))
