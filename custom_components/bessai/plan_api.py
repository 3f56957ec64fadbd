"""The plan for cards: WebSocket commands that get the whole picture, or follow it.

``bessai/plan/get`` answers with the picture. ``bessai/plan/subscribe`` sends it at once
and then, at each change, the parts of it that have changed: a card merges them.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import ERR_NOT_FOUND
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .plan_picture import PlanPicture
from .planner import Planner

TYPE: Final = "type"
ID: Final = "id"


@callback
def async_setup_plan_api(hass: HomeAssistant) -> None:
    """Register the commands; everybody at home may look at the plan."""
    async_register_command(hass, handle_get)
    async_register_command(hass, handle_subscribe)


@websocket_command(
    {
        vol.Required(TYPE): "bessai/plan/get",
        vol.Optional(ATTR_CONFIG_ENTRY_ID): str,
    }
)
@callback
def handle_get(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Answer with the plan as it is now."""
    entry = _entry(hass, connection, msg)
    if entry is not None:
        connection.send_result(msg[ID], PlanPicture(hass, entry).draw(dt_util.utcnow()))


@websocket_command(
    {
        vol.Required(TYPE): "bessai/plan/subscribe",
        vol.Optional(ATTR_CONFIG_ENTRY_ID): str,
    }
)
@callback
def handle_subscribe(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the plan now, and whatever of it changes."""
    entry = _entry(hass, connection, msg)
    if entry is None:
        return

    @callback
    def send(parts: Mapping[str, Any]) -> None:
        connection.send_event(msg[ID], parts)

    subscription = Subscription(hass, entry, send)
    connection.subscriptions[msg[ID]] = subscription.async_stop
    connection.send_result(msg[ID])
    subscription.async_start()


def _entry(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> ConfigEntry | None:
    """Return the plant that is meant; the only one needs no name."""
    try:
        return async_get_config_entry(hass, DOMAIN, msg.get(ATTR_CONFIG_ENTRY_ID))
    except ServiceValidationError as err:
        connection.send_error(msg[ID], ERR_NOT_FOUND, str(err))
        return None


class Subscription:
    """Follows the plan of one entry, also when the entry is loaded anew."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        send: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """Prepare; nothing is sent yet."""
        self._hass, self._entry = hass, entry
        self._send = send
        self._picture = PlanPicture(hass, entry)
        self._sent: dict[str, Any] = {}
        self._planner: Planner | None = None
        self._leave: Callable[[], None] | None = None
        self._stop: Callable[[], None] | None = None
        self._soon: asyncio.Handle | None = None

    @callback
    def async_start(self) -> None:
        """Send the whole picture and follow it."""
        self._stop = async_dispatcher_connect(
            self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._async_entry_changed
        )
        self._async_follow()

    @callback
    def async_stop(self) -> None:
        """Send nothing more."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        self._async_leave()

    @callback
    def _async_entry_changed(
        self, change: ConfigEntryChange, entry: ConfigEntry
    ) -> None:
        if entry.entry_id == self._entry.entry_id:
            self._async_follow()

    @callback
    def _async_follow(self) -> None:
        """Follow the planner that there is now, if it is another one."""
        planner = None
        if self._entry.state is ConfigEntryState.LOADED:
            planner = self._entry.runtime_data.planner
        if planner is not self._planner:
            self._async_leave()
            self._planner = planner
            if planner is not None:
                self._leave = planner.async_add_listener(self._async_send_soon)
        self._async_send_soon()

    @callback
    def _async_leave(self) -> None:
        if self._leave is not None:
            self._leave()
        self._leave = self._planner = None
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None

    @callback
    def _async_send_soon(self) -> None:
        """Send once for all that changes now, and when the event loop has a moment."""
        if self._soon is None:
            self._soon = self._hass.loop.call_soon(self._async_send)

    @callback
    def _async_send(self) -> None:
        """Send what is not as it was sent last."""
        self._soon = None
        picture = self._picture.draw(dt_util.utcnow())
        missing = object()
        parts = {
            key: value
            for key, value in picture.items()
            if self._sent.get(key, missing) != value
        }
        self._sent = picture
        if parts:
            self._send(parts)
