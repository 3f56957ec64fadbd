"""What the entities that follow the plan share."""

from datetime import datetime
from typing import override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from .devices import MANAGER, identifier
from .plan_listing import PlanListing
from .plan_moment import Moment, currency_of
from .planner import Planner
from .runtime import BessaiRuntime


class PlanEntity(Entity):
    """An entity of the energy manager that follows the plan.

    It changes with a new plan, and with the time: a step ends by itself.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, runtime: BessaiRuntime, planner: Planner, key: str) -> None:
        """Show ``key`` of the plan."""
        self.runtime = runtime
        self.planner = planner
        driver = runtime.driver
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})
        self._timer: CALLBACK_TYPE | None = None
        self._listing = PlanListing(runtime.texts, lambda: capacity_kwh(runtime))

    @property
    def moment(self) -> Moment:
        """The plan as it is now."""
        return Moment(self.planner, dt_util.utcnow())

    @property
    def currency(self) -> str:
        """The currency of the plan."""
        return currency_of(self.hass, self.planner)

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever changes from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.planner.async_add_listener(self._async_update))
        self.async_on_remove(self._async_forget_timer)
        self._async_wait()

    @callback
    def _async_update(self) -> None:
        self._async_wait()
        self.async_write_ha_state()

    @callback
    def _async_wait(self) -> None:
        """Look again when the present step, price or day is over."""
        self._async_forget_timer()
        self._timer = async_track_point_in_utc_time(
            self.hass, self._async_boundary, self.moment.boundary
        )

    @callback
    def _async_boundary(self, now: datetime) -> None:
        self._timer = None
        self._async_update()

    @callback
    def _async_forget_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""


def capacity_kwh(runtime: BessaiRuntime) -> float | None:
    """Return what the battery holds when it is full; ``None`` if nobody says."""
    state = runtime.control.state if runtime.control is not None else None
    return state.capacity_kwh if state is not None else None
