"""The action that plans: for what is known, or for what somebody assumes."""

from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .control.mode import DispatchMode
from .control_loop import ControlLoop
from .core.errors import BessaiError
from .plan_entity import capacity_kwh
from .plan_listing import PlanListing, describe_costs
from .plan_moment import currency_of
from .plan_request import (
    HORIZON,
    LOAD_FORECAST,
    PRICES,
    PV_FORECAST,
    SOC,
    parse_request,
)
from .planner import Planner, WhatIf
from .planner_status import CannotPlan
from .planning.plan import Plan
from .runtime import BessaiConfigEntry, BessaiRuntime

SERVICE_PLAN: Final = "plan_arbitrage"
EXECUTE: Final = "execute"
SOLVER: Final = "exact dynamic programming"


def _time_period(value: Any) -> Any:
    """Take a duration in any form that Home Assistant knows."""
    try:
        return cv.time_period(value)
    except OverflowError as err:
        raise vol.Invalid(f"{value} is too long for a duration") from err


PLAN_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(PRICES): list,
        vol.Optional(PV_FORECAST): list,
        vol.Optional(LOAD_FORECAST): list,
        vol.Optional(SOC): vol.Coerce(float),
        vol.Optional(HORIZON): _time_period,
        vol.Optional(EXECUTE, default=False): cv.boolean,
    }
)


@callback
def async_setup_plan_services(hass: HomeAssistant) -> None:
    """Register the action; whoever is at home may ask what would be worth doing."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_PLAN,
        _async_plan,
        PLAN_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_plan(call: ServiceCall) -> ServiceResponse:
    entry: BessaiConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    runtime = entry.runtime_data
    if runtime.planner is None or runtime.control is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_control",
            translation_placeholders={"plant": entry.title},
        )
    assumed = parse_request(
        call.data,
        dt_util.utcnow(),
        currency=currency_of(call.hass, runtime.planner),
        known=runtime.planner.prices_now,
    )
    if call.data[EXECUTE]:
        await _async_check_execution(call, runtime.control, assumed)
    plan = await _async_make(runtime.planner, assumed)
    if call.data[EXECUTE]:
        runtime.planner.async_adopt(plan)
    return {
        "executed": call.data[EXECUTE],
        **describe_plan(plan, runtime, assumed),
    }


async def _async_check_execution(
    call: ServiceCall, control: ControlLoop, assumed: WhatIf
) -> None:
    """Let nothing be put in force that nobody would carry out, or that is not so.

    Raises:
        Unauthorized: If who asks may not command the battery.
        ServiceValidationError: If it makes no sense.
    """
    user_id = call.context.user_id
    user = await call.hass.auth.async_get_user(user_id) if user_id else None
    if user_id and (user is None or not user.is_admin):
        raise Unauthorized(context=call.context)
    if assumed.soc_pct is not None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="execute_with_soc"
        )
    if control.mode is not DispatchMode.ARBITRAGE or not control.allowed:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="execute_not_carried_out"
        )


async def _async_make(planner: Planner, assumed: WhatIf) -> Plan:
    try:
        return await planner.async_what_if(assumed)
    except CannotPlan as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key=f"cannot_plan_{err.status}"
        ) from err
    except BessaiError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="cannot_plan",
            translation_placeholders={"error": str(err)},
        ) from err


def describe_plan(
    plan: Plan, runtime: BessaiRuntime, assumed: WhatIf
) -> dict[str, Any]:
    """Return a plan as the response of an action."""
    listing = PlanListing(runtime.texts, lambda: capacity_kwh(runtime))
    return {
        **describe_costs(plan),
        "solver": SOLVER,
        "soc": listing.soc_pct(plan.problem.stored_kwh),
        "assumed": [
            name
            for name, value in {
                PRICES: assumed.curve,
                PV_FORECAST: assumed.pv,
                LOAD_FORECAST: assumed.load,
                SOC: assumed.soc_pct,
                HORIZON: assumed.horizon,
            }.items()
            if value is not None
        ],
        "steps": listing.steps(plan),
    }
