"""Who forecasts PV in this Home Assistant: entities, and solar-forecast platforms."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.loader import IntegrationNotFound, async_get_integration

from .const import DOMAIN, LOGGER
from .forecast_payloads import BANDED, TELLTALE, Candidate, Payload

PLATFORM: Final = "energy"
PATIENCE_S: Final = 10.0
"""A platform that does not answer by then has nothing to say this time."""


async def async_pv_candidates(
    hass: HomeAssistant, chosen: str | None
) -> list[Candidate]:
    """Return who forecasts PV, the best first.

    Those with a band come first (Solcast's entities) unless the Energy dashboard shows
    another service, then what it shows, or else whoever has a platform, then other
    entities. Plants of several planes are added up; two services that forecast the same
    plant are not.

    Args:
        hass: Home Assistant.
        chosen: An entity, or a config entry with a solar-forecast platform; nothing
            else is looked at then. ``None``: whatever is found.
    """
    if chosen and hass.config_entries.async_get_entry(chosen) is None:
        return _chosen_entity(hass, chosen)
    if chosen:
        return await _async_platforms(hass, {chosen})
    dashboard = await _async_dashboard_choice(hass)
    platforms = await _async_platforms(hass, dashboard)
    platforms = platforms or await _async_platforms(hass, None)
    entities = _found_entities(hass)
    banded = [entities[name] for name in BANDED if name in entities]
    plain = [entities[name] for name in TELLTALE if name in entities.keys() - BANDED]
    if dashboard and not dashboard & _config_entry_ids(hass, BANDED):
        return [*platforms, *banded, *plain]
    return [*banded, *platforms, *plain]


@callback
def _chosen_entity(hass: HomeAssistant, entity_id: str) -> list[Candidate]:
    """Return an entity together with those that continue it on the next days."""
    state = hass.states.get(entity_id)
    if state is None:
        return []
    telltale = _telltale(state.attributes)
    entry_id = _config_entry_id(hass, entity_id)
    pieces = [state]
    if telltale is not None and entry_id is not None:
        pieces += [
            other
            for other in _forecasting(hass)
            if other.entity_id != entity_id
            and _telltale(other.attributes) == telltale
            and _config_entry_id(hass, other.entity_id) == entry_id
        ]
    return [Candidate(name=state.name, planes=(_payloads(pieces),))]


@callback
def _found_entities(hass: HomeAssistant) -> dict[str, Candidate]:
    """Return the forecasts in entities by the attribute that gives them away."""
    found: dict[str, dict[str | None, list[State]]] = {}
    for state in _forecasting(hass):
        telltale = _telltale(state.attributes) or ""
        planes = found.setdefault(telltale, {})
        planes.setdefault(_config_entry_id(hass, state.entity_id), []).append(state)
    return {
        telltale: Candidate(
            name=next(iter(planes.values()))[0].name,
            planes=tuple(_payloads(states) for states in planes.values()),
        )
        for telltale, planes in found.items()
    }


@callback
def _forecasting(hass: HomeAssistant) -> list[State]:
    """Return the sensors of others that carry a forecast we know."""
    registry = er.async_get(hass)
    return [
        state
        for state in hass.states.async_all("sensor")
        if _telltale(state.attributes) is not None
        and (
            (entity := registry.async_get(state.entity_id)) is None
            or entity.platform != DOMAIN
        )
    ]


@callback
def _config_entry_ids(
    hass: HomeAssistant, telltales: frozenset[str]
) -> set[str | None]:
    """Return whose entities carry forecasts of these attributes."""
    return {
        _config_entry_id(hass, state.entity_id)
        for state in _forecasting(hass)
        if _telltale(state.attributes) in telltales
    }


def _telltale(attributes: Mapping[str, Any]) -> str | None:
    return next((name for name in TELLTALE if name in attributes), None)


def _payloads(states: Iterable[State]) -> tuple[Payload, ...]:
    return tuple(
        Payload(
            attributes=state.attributes,
            unit=state.attributes.get("unit_of_measurement"),
        )
        for state in states
    )


@callback
def _config_entry_id(hass: HomeAssistant, entity_id: str) -> str | None:
    entity = er.async_get(hass).async_get(entity_id)
    return entity.config_entry_id if entity is not None else None


async def _async_platforms(
    hass: HomeAssistant, entry_ids: set[str] | None
) -> list[Candidate]:
    """Return what solar-forecast platforms say, one candidate for each integration.

    Args:
        hass: Home Assistant.
        entry_ids: Whom to ask; ``None``: all.
    """
    candidates = []
    for domain in sorted(set(hass.config_entries.async_domains()) - {DOMAIN}):
        entries = [
            entry
            for entry in hass.config_entries.async_entries(domain)
            if entry.state is ConfigEntryState.LOADED
            and (entry_ids is None or entry.entry_id in entry_ids)
        ]
        platform = await _async_platform(hass, domain) if entries else None
        if platform is None:
            continue
        said = [await _async_ask(hass, platform, entry) for entry in entries]
        planes = tuple((payload,) for payload in said if payload is not None)
        if planes:
            candidates.append(Candidate(name=entries[0].title, planes=planes))
    return candidates


async def _async_platform(hass: HomeAssistant, domain: str) -> Any:
    """Return the solar-forecast platform of an integration, if it has one."""
    try:
        integration = await async_get_integration(hass, domain)
        if not integration.platforms_exists((PLATFORM,)):
            return None
        platform = await integration.async_get_platform(PLATFORM)
    except IntegrationNotFound, ImportError:
        return None
    return platform if hasattr(platform, "async_get_solar_forecast") else None


async def _async_ask(
    hass: HomeAssistant, platform: Any, entry: ConfigEntry
) -> Payload | None:
    """Return what a platform says about one of its entries."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            said = await platform.async_get_solar_forecast(hass, entry.entry_id)
    except Exception as err:  # noqa: BLE001 - code of others, which may raise anything
        LOGGER.debug("The PV forecast of %s cannot be had: %r", entry.title, err)
        return None
    return Payload(attributes=said) if isinstance(said, Mapping) and said else None


async def _async_dashboard_choice(hass: HomeAssistant) -> set[str]:
    """Return the config entries whose forecast the Energy dashboard shows."""
    if PLATFORM not in hass.config.components:
        return set()
    # It brings the recorder with it, which a Home Assistant need not have.
    from homeassistant.components.energy.data import (  # noqa: PLC0415
        async_get_manager,
    )

    preferences = (await async_get_manager(hass)).data
    if preferences is None:
        return set()
    return {
        entry_id
        for source in preferences["energy_sources"]
        if source["type"] == "solar"
        for entry_id in source.get("config_entry_solar_forecast") or ()
    }
