"""Everything between a plant and its cloud: what is built and started to forward."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.loader import async_get_loaded_integration

from . import forwarding_button, forwarding_sensors
from .const import DOMAIN
from .forwarder import Forwarder
from .forwarding.publisher import FailureReason
from .forwarding_cloud import Cloud
from .forwarding_desk import Desk, Sender
from .forwarding_key import CloudKey
from .forwarding_options import Authentication, ForwardingOptions
from .forwarding_recovery import async_watch_for_recovery
from .forwarding_setup import (
    CLOUD_KEY_STEP,
    REAUTH_CLOUD,
    figures_store,
)
from .forwarding_sources import ForwardingSources
from .runtime import BessaiConfigEntry, BessaiRuntime

PARTS: Final = (forwarding_button, forwarding_sensors)
"""Loaded here for the platforms, which must not read files themselves."""


@callback
def async_build_line(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    runtime: BessaiRuntime,
    path: Path,
) -> Forwarder | None:
    """Return what forwards to the cloud, not started yet; ``None`` if nothing does.

    Its outbox is at ``path``.
    """
    options = ForwardingOptions.from_mapping(entry.options)
    if not options.is_on:
        return None
    site_id = options.site_id or runtime.driver.identity.serial_number
    sender = Sender(
        site_id=site_id,
        gateway_version=str(async_get_loaded_integration(hass, DOMAIN).version),
        ordering_key=site_id if options.ordering else "",
    )
    return Forwarder(
        hass,
        entry,
        Cloud(hass, options, CloudKey(hass, entry.entry_id)),
        Desk(path, sender),
        figures_store(hass, entry.entry_id),
    )


@callback
def async_start_line(
    hass: HomeAssistant, entry: BessaiConfigEntry, forwarder: Forwarder
) -> None:
    """Begin to listen and to send."""
    options = ForwardingOptions.from_mapping(entry.options)
    sources = ForwardingSources(entry, options, forwarder.async_put)
    stops = sources.async_start()

    async def stop(_event: Event) -> None:
        # After the shutdown jobs: that of control releases the plant, and is told.
        await forwarder.async_stop()

    stops.append(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))
    stops.append(async_watch_for_recovery(hass, entry, forwarder))
    if options.authentication is Authentication.KEY:
        stops.append(_async_ask_for_keys(hass, entry, forwarder))
    for end in stops:
        entry.async_on_unload(end)
    forwarder.async_start()


def _async_ask_for_keys(
    hass: HomeAssistant, entry: BessaiConfigEntry, forwarder: Forwarder
) -> Callable[[], None]:
    """Ask for another key while the present one is not accepted.

    Home Assistant asks once at a time, also where it asks for something else meanwhile.
    """
    was_well = False

    @callback
    def look() -> None:
        nonlocal was_well
        figures = forwarder.figures
        trouble, is_well = figures.trouble, figures.is_connected is True
        if trouble is not None and trouble.reason is FailureReason.CREDENTIALS:
            entry.async_start_reauth(hass, data={REAUTH_CLOUD: True})
        if is_well and not was_well:
            async_withdraw_request(hass, entry)
        was_well = is_well

    return forwarder.async_add_listener(look)


@callback
def async_withdraw_request(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Ask no more for a key: the present one is accepted after all."""
    for flow in list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})):
        if flow.get("step_id") == CLOUD_KEY_STEP:
            hass.config_entries.flow.async_abort(flow["flow_id"])
