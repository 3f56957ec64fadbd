"""What an owner types as the address of a plant: an address, or what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
import ipaddress
import re
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PORT

from .const import CONF_UNIT_ID

MAX_PORT: Final = 65535
MAX_UNIT_ID: Final = 247

_HOST_NAME: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantAddress:
    """Where the owner says the plant is."""

    host: str
    port: int
    unit_id: int | None
    """``None``: to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a form is shown again."""

    field: str
    error: str
    placeholders: Mapping[str, str]


def parse_address(user_input: Mapping[str, Any]) -> PlantAddress | Trouble:
    """Return what was typed as an address, or what is wrong with it."""
    host = str(user_input[CONF_HOST]).strip().removeprefix("[").removesuffix("]")
    if not _is_host(host):
        return Trouble(
            field=CONF_HOST, error="invalid_host", placeholders={"value": host}
        )
    numbers = (
        (CONF_PORT, "invalid_port", 1, MAX_PORT),
        (CONF_UNIT_ID, "invalid_unit_id", 0, MAX_UNIT_ID),
    )
    for field, error, lowest, highest in numbers:
        value = user_input.get(field)
        if value is not None and not (
            float(value).is_integer() and lowest <= value <= highest
        ):
            return Trouble(
                field=field, error=error, placeholders={"value": f"{value:g}"}
            )
    unit_id = user_input.get(CONF_UNIT_ID)
    return PlantAddress(
        host=host.lower(),
        port=int(user_input[CONF_PORT]),
        unit_id=None if unit_id is None else int(unit_id),
    )


def _is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # Digits and dots alone are an address that is wrong, not a name.
        return bool(_HOST_NAME.fullmatch(text)) and not re.fullmatch(r"[\d.]+", text)
    return True
