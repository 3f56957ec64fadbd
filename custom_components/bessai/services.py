"""The actions: charge, discharge, hold and release."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from math import isfinite
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import (
    async_get_config_entry,
    async_register_admin_service,
)
import voluptuous as vol

from .answers import async_asker, describe_result, raise_unless_done
from .backtest_services import async_setup_backtest_service
from .const import DOMAIN
from .control_loop import ControlLoop
from .core.command import DispatchResult
from .core.setpoint import Direction, Hold, Setpoint, Wish, signed_power
from .plan_services import async_setup_plan_services
from .policy_services import async_setup_policy_service
from .price_services import async_setup_price_service
from .runtime import BessaiConfigEntry, BessaiRuntime

POWER: Final = "power"
DURATION: Final = "duration"
TARGET_SOC: Final = "target_soc"
ALLOW_CHARGING: Final = "allow_charging"

SERVICE_HOLD: Final = "hold"
SERVICE_RELEASE: Final = "release"

SHORTEST: Final = timedelta(minutes=1)
"""What a device counts its periods in."""

LONGEST: Final = timedelta(hours=24)
"""Whoever wants more has a plan, and renews it."""


def _time_period(value: Any) -> timedelta:
    """Take a duration in any form that Home Assistant knows."""
    try:
        period: timedelta = cv.time_period(value)
    except OverflowError as err:
        raise vol.Invalid(f"{value} is too long for a duration") from err
    return period


_PLANT: Final[dict[vol.Marker, Any]] = {vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string}
_LASTING: Final[dict[vol.Marker, Any]] = {
    **_PLANT,
    vol.Required(DURATION): _time_period,
}

RELEASE_SCHEMA: Final = vol.Schema(_PLANT)
HOLD_SCHEMA: Final = vol.Schema(
    {**_LASTING, vol.Optional(ALLOW_CHARGING, default=True): cv.boolean}
)
SETPOINT_SCHEMA: Final = vol.Schema(
    {
        **_LASTING,
        vol.Required(POWER): vol.Coerce(float),
        vol.Optional(TARGET_SOC): vol.Coerce(float),
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions.

    Those that may do harm are for administrators; whoever is at home may release.
    """
    optional = SupportsResponse.OPTIONAL
    for direction in Direction:
        handler = partial(_async_move, direction)
        async_register_admin_service(
            hass, DOMAIN, direction, handler, SETPOINT_SCHEMA, optional
        )
    async_register_admin_service(
        hass, DOMAIN, SERVICE_HOLD, _async_hold, HOLD_SCHEMA, optional
    )
    hass.services.async_register(
        DOMAIN, SERVICE_RELEASE, _async_release, RELEASE_SCHEMA, optional
    )
    async_setup_plan_services(hass)
    async_setup_policy_service(hass)
    async_setup_price_service(hass)
    async_setup_backtest_service(hass)


async def _async_move(direction: Direction, call: ServiceCall) -> ServiceResponse:
    """Charge or discharge."""
    power_w = signed_power(direction, _power_w(call.data))
    return await _async_command(call, Setpoint(power_w=power_w))


async def _async_hold(call: ServiceCall) -> ServiceResponse:
    return await _async_command(call, Hold(allow_charging=call.data[ALLOW_CHARGING]))


async def _async_command(call: ServiceCall, wish: Wish) -> ServiceResponse:
    duration, target_soc_pct = _duration(call.data), _target_soc_pct(call.data)
    runtime, control = _plant(call)
    result = await control.async_command(
        wish,
        duration,
        target_soc_pct=target_soc_pct,
        by=await async_asker(call.hass, call.context),
    )
    return _answer(call, runtime, result)


async def _async_release(call: ServiceCall) -> ServiceResponse:
    runtime, control = _plant(call)
    result = await control.async_release(await async_asker(call.hass, call.context))
    return _answer(call, runtime, result)


def _plant(call: ServiceCall) -> tuple[BessaiRuntime, ControlLoop]:
    """Return the plant that an action is for: the only one needs no name."""
    entry_id = call.data.get(ATTR_CONFIG_ENTRY_ID)
    entry: BessaiConfigEntry = async_get_config_entry(call.hass, DOMAIN, entry_id)
    if entry.runtime_data.control is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_control",
            translation_placeholders={"plant": entry.title},
        )
    return entry.runtime_data, entry.runtime_data.control


def _answer(
    call: ServiceCall, runtime: BessaiRuntime, result: DispatchResult
) -> ServiceResponse:
    """Return what came of it to those who asked; tell the others if nothing did."""
    if call.return_response:
        return describe_result(result, runtime.texts)
    raise_unless_done(result, runtime.texts)
    return None


def _power_w(data: Mapping[str, Any]) -> float:
    """Return the power; how much is too much is for the guard to say."""
    power_w: float = data[POWER]
    if not isfinite(power_w) or power_w <= 0:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="power_out_of_range",
            translation_placeholders={"value": _number(power_w)},
        )
    return power_w


def _duration(data: Mapping[str, Any]) -> timedelta:
    duration: timedelta = data[DURATION]
    if not SHORTEST <= duration <= LONGEST:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="duration_out_of_range",
            translation_placeholders={"value": _number(duration.total_seconds())},
        )
    return duration


def _target_soc_pct(data: Mapping[str, Any]) -> float | None:
    """Return the target; whether it makes sense now is for the guard to say."""
    target_soc_pct: float | None = data.get(TARGET_SOC)
    if target_soc_pct is not None and not 0 <= target_soc_pct <= 100:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="target_soc_out_of_range",
            translation_placeholders={"value": _number(target_soc_pct)},
        )
    return target_soc_pct


def _number(value: float) -> str:
    """Return a number as it was most likely typed."""
    return f"{value:.10g}"
