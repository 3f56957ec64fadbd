"""The action that tells what BESSAI would have saved in the owner's last days."""

from datetime import timedelta
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
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
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from .const import DOMAIN
from .core.errors import BessaiError
from .core.interval import Interval
from .plan_listing import clock_time
from .plan_texts import show_money
from .planner import Planner
from .planner_status import CannotPlan
from .planning.quarters import quarter_of
from .replay.backtest import (
    BacktestError,
    BacktestQuestion,
    BacktestResult,
    backtest,
)
from .runtime import BessaiConfigEntry
from .texts import show_number

SERVICE_BACKTEST: Final = "backtest"
DAYS: Final = "days"
MOST_DAYS: Final = 28
LEARNED_BEFORE: Final = timedelta(weeks=8)
TOLD_EACH: Final = 0.02
"""Who waits wants to see that something happens, and the frontend has other work."""

LEAST_DAYS: Final = timedelta(days=1)
RUNNING: Final[HassKey[set[str]]] = HassKey(f"{DOMAIN}_backtests")
"""The entries whose days are lived through just now: each takes a core for minutes."""

BACKTEST_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(DAYS, default=7): vol.Coerce(int),
    }
)


@callback
def async_setup_backtest_service(hass: HomeAssistant) -> None:
    """Register the action; it commands nothing, so everybody may ask."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_BACKTEST,
        _async_backtest,
        BACKTEST_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_backtest(call: ServiceCall) -> ServiceResponse:
    days = call.data[DAYS]
    if not 1 <= days <= MOST_DAYS:
        raise _refused("days_out_of_range", value=str(days), most=str(MOST_DAYS))
    entry: BessaiConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    runtime = entry.runtime_data
    if runtime.planner is None:
        raise _refused("no_control", plant=entry.title)
    running = call.hass.data.setdefault(RUNNING, set())
    if entry.entry_id in running:
        raise _refused("backtest_running", plant=entry.title)
    running.add(entry.entry_id)
    try:
        result = await _async_run(call.hass, entry, runtime.planner, days)
    except CannotPlan as err:
        raise _refused(f"cannot_plan_{err.status}") from err
    except BacktestError as err:
        raise _refused(err.key, **err.numbers) from err
    except BessaiError as err:
        raise _refused("cannot_plan", error=str(err)) from err
    finally:
        running.discard(entry.entry_id)
    return describe_backtest(result) if call.return_response else None


async def _async_run(
    hass: HomeAssistant, entry: BessaiConfigEntry, planner: Planner, days: int
) -> BacktestResult:
    """Live through the last days, and show it; what fails leaves no notification."""
    notice = _Notice(hass, entry)
    question = await _async_question(planner, timedelta(days=days))
    notice.async_show(0.0)
    try:
        result = await hass.async_add_executor_job(backtest, question, notice.progress)
    except BaseException:
        notice.async_dismiss()
        raise
    notice.async_conclude(result)
    return result


class BacktestStopped(BessaiError):  # noqa: N818 - named after what happened
    """Nobody waits for the result any more."""


async def _async_question(planner: Planner, length: timedelta) -> BacktestQuestion:
    """Return the last days as they were measured.

    Raises:
        CannotPlan: If nobody knows the battery or the prices.
        BacktestError: If not even a day of them is known.
    """
    end = quarter_of(dt_util.utcnow())
    prices = await planner.market.async_past(Interval(start=end - length, end=end))
    if prices is None or prices.end - prices.start < LEAST_DAYS:
        raise BacktestError("no_past_prices")
    start = quarter_of(prices.start)
    past = await planner.forecasts.async_history(start - LEARNED_BEFORE, end)
    return BacktestQuestion(
        load=past.load,
        pv=past.pv,
        prices=prices,
        terms=planner.terms_for(prices),
        start=start,
        end=end,
        zone=dt_util.get_default_time_zone(),
        published_hour=13 if planner.market.publishes_daily else None,
    )


class _Notice:
    """Shows how far a backtest is, and then what it came to."""

    def __init__(self, hass: HomeAssistant, entry: BessaiConfigEntry) -> None:
        self._hass, self._entry, self._plant = hass, entry, entry.title
        self._runtime = entry.runtime_data
        self._texts = self._runtime.texts
        self._id = f"{DOMAIN}_backtest_{entry.entry_id}"
        self._told = 0.0
        self._is_over = False

    def progress(self, share: float) -> None:
        """Show how far it is; may be called from any thread.

        Raises:
            BacktestStopped: If the entry was unloaded meanwhile, or nobody waits.
        """
        if self._is_over or not self._is_loaded:
            raise BacktestStopped("BESSAI was reloaded meanwhile")
        if share - self._told >= TOLD_EACH:
            self._told = share
            self._hass.loop.call_soon_threadsafe(self.async_show, share)

    @property
    def _is_loaded(self) -> bool:
        """Whether the entry is as it was when the backtest began."""
        return (
            self._entry.state is ConfigEntryState.LOADED
            and getattr(self._entry, "runtime_data", None) is self._runtime
            and not self._hass.is_stopping
        )

    @callback
    def async_show(self, share: float) -> None:
        """Show how far it is, 0 to 1, unless it is over."""
        if self._is_over:
            return
        percent = show_number(round(100 * share))
        self._async_write(self._texts.say("backtest_progress", percent=percent))

    @callback
    def async_conclude(self, result: BacktestResult) -> None:
        """Show what it came to."""
        self._async_write(
            self._texts.say(
                "backtest_result",
                saving=show_money(result.saving),
                perfect=show_money(result.perfect_saving),
                own=show_money(result.self_consumption),
                bessai=show_money(result.bessai),
                currency=result.currency,
                days=show_number((result.end - result.start) / timedelta(days=1)),
            )
        )

    @callback
    def async_dismiss(self) -> None:
        """Show nothing any more."""
        self._is_over = True
        persistent_notification.async_dismiss(self._hass, self._id)

    @callback
    def _async_write(self, message: str) -> None:
        title = self._texts.say("backtest_title", plant=self._plant)
        persistent_notification.async_create(self._hass, message, title, self._id)


def describe_backtest(result: BacktestResult) -> dict[str, Any]:
    """Return a backtest as the response of an action; money in its currency."""
    return {
        "currency": result.currency,
        "start": clock_time(result.start),
        "end": clock_time(result.end),
        "cost_idle": round(result.idle, 4),
        "cost_self_consumption": round(result.self_consumption, 4),
        "cost_bessai": round(result.bessai, 4),
        "cost_perfect_forecast": round(result.perfect, 4),
        "saving": round(result.saving, 4),
        "saving_perfect_forecast": round(result.perfect_saving, 4),
        "cycles": round(result.cycles, 2),
        "cycles_self_consumption": round(result.self_consumption_cycles, 2),
        "stored_writes": result.stored_writes,
        "not_measured_percent": round(100 * result.missing_share, 1),
        "days": [
            {
                "day": day.day.isoformat(),
                "cost_idle": round(day.idle, 4),
                "cost_self_consumption": round(day.self_consumption, 4),
                "cost_bessai": round(day.bessai, 4),
                "cost_perfect_forecast": round(day.perfect, 4),
            }
            for day in result.days
        ],
    }


def _refused(key: str, **words: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders=words or None,
    )
