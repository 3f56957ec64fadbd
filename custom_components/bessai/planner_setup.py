"""Builds what plans for an entry, and keeps it going while the entry is loaded."""

from homeassistant.core import HomeAssistant, callback

from .control_loop import ControlLoop
from .forecasts import ForecastOptions, Forecasts, forecast_store
from .market_data import MarketData
from .planner import Planner
from .price_history import PriceHistory
from .price_options import PlanningOptions, PriceOptions
from .runtime import BessaiConfigEntry, BessaiRuntime
from .settlement_keeper import SettlementKeeper, savings_store


async def async_build_planner(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    runtime: BessaiRuntime,
    control: ControlLoop,
) -> None:
    """Give a plant that can be commanded what plans for it and what it earned."""
    options = PlanningOptions.from_mapping(entry.options)
    forecasts = Forecasts(
        hass,
        entry,
        runtime.driver.identity.serial_number,
        ForecastOptions(
            pv_forecast=options.pv_forecast, load_history=options.load_history
        ),
    )
    market = MarketData(hass, entry, PriceOptions.from_mapping(entry.options))
    runtime.planner = Planner(hass, entry, control, market, forecasts, options)
    runtime.settlement = SettlementKeeper(hass, entry, control, runtime.planner)
    await runtime.settlement.async_load()


@callback
def async_start_planner(entry: BessaiConfigEntry) -> None:
    """Begin to plan, in the background; it ends with ``async_stop_planner``."""
    runtime = entry.runtime_data
    planner, settlement = runtime.planner, runtime.settlement
    if planner is None or settlement is None:
        return

    @callback
    def observe() -> None:
        if runtime.readings.last_update_success:
            planner.async_observe(runtime.readings.data)

    # Before the control loop looks: it asks what the plan wants of what was just read.
    entry.async_on_unload(runtime.readings.async_add_listener(observe))
    settlement.async_start(runtime.readings)
    planner.async_start()


async def async_stop_planner(runtime: BessaiRuntime) -> None:
    """Plan no more, and keep what was learned."""
    if runtime.planner is not None:
        await runtime.planner.async_stop()
    if runtime.settlement is not None:
        await runtime.settlement.async_stop()


async def async_remove_planning(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Forget what was learned and earned."""
    for store in (forecast_store, savings_store):
        await store(hass, entry.entry_id).async_remove()
    await PriceHistory(hass, entry.entry_id).async_remove()
