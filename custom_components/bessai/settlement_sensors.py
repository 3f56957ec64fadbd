"""What the battery has earned against the self-consumption it would have done."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.event import async_track_time_change
from homeassistant.util import dt as dt_util

from .devices import MANAGER, identifier
from .plan_listing import money
from .readings_keeper import ReadingsKeeper
from .runtime import BessaiRuntime
from .settlement_keeper import SettlementKeeper

LEAST: Final = 0.005
"""Less is shown as nothing."""


def settlement_sensors(
    runtime: BessaiRuntime, keeper: SettlementKeeper
) -> Iterator[SettlementSensor]:
    """Yield the savings of today, of this month and of all time."""
    yield SavingTodaySensor(runtime, keeper, "saving_today")
    yield SavingThisMonthSensor(runtime, keeper, "saving_this_month")
    yield SavingTotalSensor(runtime, keeper, "saving_total")


class KeptSensor[Keeper: ReadingsKeeper](SensorEntity):
    """An amount that somebody keeps; it stays while the plant is silent."""

    _attr_device_class = SensorDeviceClass.MONETARY
    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_suggested_display_precision = 2

    def __init__(self, runtime: BessaiRuntime, keeper: Keeper, key: str) -> None:
        """Follow the keeper."""
        self.keeper = keeper
        driver = runtime.driver
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever is settled from now on, and begin the day anew at midnight."""
        await super().async_added_to_hass()
        self.async_on_remove(self.keeper.async_add_listener(self._async_update))
        self.async_on_remove(
            async_track_time_change(
                self.hass, self._async_midnight, hour=0, minute=0, second=0
            )
        )

    @callback
    def _async_update(self) -> None:
        self.async_write_ha_state()

    @callback
    def _async_midnight(self, now: datetime) -> None:
        self.async_write_ha_state()

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the currency."""
        return self.keeper.currency

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""


class SettlementSensor(KeptSensor[SettlementKeeper]):
    """An amount that was saved."""

    _attr_state_class = SensorStateClass.TOTAL


class SavingTodaySensor(SettlementSensor):
    """What was saved since midnight."""

    _attr_translation_key = "saving_today"

    @property
    @override
    def native_value(self) -> float:
        """Return the amount."""
        return _shown(self.keeper.today(dt_util.utcnow()))

    @property
    @override
    def last_reset(self) -> datetime:
        """Return the last midnight of the home."""
        return dt_util.start_of_local_day()

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what it is a difference of, and how much of the day is known."""
        account = self.keeper.account(dt_util.utcnow())
        if account is None:
            return {}
        return {
            "actual_cost": money(account.actual_cost),
            "self_consumption_cost": money(account.shadow_cost),
            "stored_ahead": round(-account.ahead_kwh, 2) + 0.0,
            "stored_value": money(account.stored_value),
            "settled_minutes": round(account.settled_s / 60),
            "lost_minutes": round(account.lost_s / 60),
        }


class SavingThisMonthSensor(SettlementSensor):
    """What was saved since the first of the month."""

    _attr_translation_key = "saving_this_month"

    @property
    @override
    def native_value(self) -> float:
        """Return the amount."""
        return _shown(self.keeper.month(dt_util.utcnow()))

    @property
    @override
    def last_reset(self) -> datetime:
        """Return when the month began at home."""
        return dt_util.start_of_local_day(dt_util.now().date().replace(day=1))


class SavingTotalSensor(SettlementSensor):
    """What was saved since BESSAI began to count."""

    _attr_translation_key = "saving_total"

    @property
    @override
    def native_value(self) -> float:
        """Return the amount."""
        return _shown(self.keeper.total)


def _shown(amount: float) -> float:
    """Return an amount as it is shown: a loss of less than a cent is no "-0.00"."""
    return 0.0 if abs(amount) < LEAST else money(amount)
