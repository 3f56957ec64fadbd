"""The action that tells what prices will probably be."""

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
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .plan_listing import clock_time
from .planner_status import PlannerStatus
from .price_listing import describe_outlook, method_of
from .price_outlooks import HOURS as MOST_HOURS
from .runtime import BessaiConfigEntry

SERVICE_FORECAST: Final = "forecast_prices"
HOURS: Final = "hours"
USUAL_HOURS: Final = 48

FORECAST_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(HOURS, default=USUAL_HOURS): vol.Coerce(int),
    }
)


@callback
def async_setup_price_service(hass: HomeAssistant) -> None:
    """Register the action; whoever is at home may ask."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_FORECAST,
        _async_forecast,
        FORECAST_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


async def _async_forecast(call: ServiceCall) -> ServiceResponse:
    entry: BessaiConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    planner, hours = entry.runtime_data.planner, _hours(call)
    if planner is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_control",
            translation_placeholders={"plant": entry.title},
        )
    market = planner.market
    curve = await market.async_ahead(hours, dt_util.utcnow())
    if curve is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=f"cannot_plan_{PlannerStatus.NO_PRICES}",
        )
    outlook = market.outlook
    return {
        "currency": curve.currency,
        "source": market.source_name,
        "method": method_of(curve, outlook),
        "made_at": None if outlook is None else clock_time(outlook.made_at),
        "published_until": clock_time(curve.known_until),
        "prices": list[Any](describe_outlook(curve, outlook)),
    }


def _hours(call: ServiceCall) -> int:
    hours: int = call.data[HOURS]
    if not 1 <= hours <= MOST_HOURS:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="hours_out_of_range",
            translation_placeholders={"value": str(hours), "high": str(MOST_HOURS)},
        )
    return hours
