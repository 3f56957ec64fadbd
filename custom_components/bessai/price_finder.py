"""Finds what is there that delivers lists of prices."""

from dataclasses import dataclass
from typing import Final

from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import HomeAssistant, State, callback

from .planning.price_unit import PriceUnitError, parse_price_unit
from .price_actions import ACTIONS
from .price_payloads import LISTS
from .price_sources import NEXT_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSource:
    """A source that is there."""

    value: str
    """For the option."""

    label: str


@callback
def async_find_sources(hass: HomeAssistant) -> tuple[FoundSource, ...]:
    """Return the integrations and entities here that deliver lists of prices."""
    found = []
    for key, spec in ACTIONS.items():
        if not hass.services.has_service(spec.domain, spec.action):
            continue
        for entry in hass.config_entries.async_entries(
            spec.domain, include_ignore=False, include_disabled=False
        ):
            areas = entry.data.get("areas") if key == "nordpool" else None
            found += [
                FoundSource(
                    value=":".join((key, entry.entry_id, *area)),
                    label=" ".join((f"{spec.name}: {entry.title}", *area)),
                )
                for area in [[one] for one in areas or ()] or [[]]
            ]
    states = hass.states.async_all((Platform.SENSOR, Platform.EVENT))
    found += [
        FoundSource(value=state.entity_id, label=f"{state.name} ({state.entity_id})")
        for state in sorted(states, key=lambda state: state.name)
        if _has_prices(state, hass.config.currency)
    ]
    return tuple(found)


_KNOWN: Final = frozenset(name for names in LISTS for name in names) | {"price_00h"}


def _has_prices(state: State, currency: str) -> bool:
    """Return whether an entity looks like a list of prices, at a glance."""
    lists = state.attributes.keys() & _KNOWN
    if not lists or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN, ""}:
        return bool(lists and "rates" in lists and state.domain == Platform.EVENT)
    if state.domain == Platform.EVENT:
        # Octopus keeps tomorrow's rates beside today's: one of the two is enough.
        return "rates" in lists and NEXT_DAY not in state.entity_id
    try:
        unit = str(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT, ""))
        parse_price_unit(unit, currency)
    except PriceUnitError:
        return False
    return "/" in unit
