"""Builds what plans for an entry, and keeps it going while the entry is loaded."""

from homeassistant.core import HomeAssistant, callback

from .comparison_keeper import ComparisonKeeper, comparison_store
from .control_loop import ControlLoop
from .forecasts import ForecastOptions, Forecasts, forecast_store
from .market_data import MarketData
from .model_library import async_model_library
from .model_options import ModelOptions
from .planner import Planner
from .policy_pilot import PolicyPilot, PolicyShelf
from .price_history import PriceHistory
from .price_options import PlanningOptions, PriceOptions
from .price_outlooks import PriceOutlooks
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
    models = ModelOptions.from_mapping(entry.options)
    library = async_model_library(hass)
    outlooks = PriceOutlooks(hass, entry, library, runtime.models, models.price_model)
    market = MarketData(hass, entry, PriceOptions.from_mapping(entry.options), outlooks)
    runtime.planner = Planner(hass, entry, control, market, forecasts, options)
    runtime.policy = PolicyPilot(
        hass,
        entry,
        control,
        runtime.planner,
        PolicyShelf(library=library, status=runtime.models, chosen=models.policy_model),
    )
    runtime.settlement = SettlementKeeper(hass, entry, control, runtime.planner)
    await runtime.settlement.async_load()
    runtime.comparison = ComparisonKeeper(
        hass, entry, control, runtime.planner, lambda: runtime.policy
    )
    await runtime.comparison.async_load()


@callback
def async_start_planner(entry: BessaiConfigEntry) -> None:
    """Begin to plan, in the background; it ends with ``async_stop_planner``."""
    runtime = entry.runtime_data
    planner, settlement, policy = runtime.planner, runtime.settlement, runtime.policy
    if planner is None or settlement is None or policy is None:
        return

    @callback
    def observe() -> None:
        if runtime.readings.last_update_success:
            planner.async_observe(runtime.readings.data)
            policy.async_observe()

    # Before the control loop looks: it asks what the plan wants of what was just read.
    entry.async_on_unload(runtime.readings.async_add_listener(observe))
    settlement.async_start(runtime.readings)
    if runtime.comparison is not None:
        runtime.comparison.async_start(runtime.readings)
    planner.async_start()
    policy.async_start()


async def async_stop_planner(runtime: BessaiRuntime) -> None:
    """Plan no more, and keep what was learned."""
    if runtime.policy is not None:
        runtime.policy.async_stop()
    if runtime.planner is not None:
        await runtime.planner.async_stop()
    for keeper in (runtime.settlement, runtime.comparison):
        if keeper is not None:
            await keeper.async_stop()


async def async_remove_planning(hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
    """Forget what was learned and earned."""
    for store in (forecast_store, savings_store, comparison_store):
        await store(hass, entry.entry_id).async_remove()
    await PriceHistory(hass, entry.entry_id).async_remove()
