"""Settles what the battery did, poll by poll, and keeps the results of the days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import CONF_TIME_FACTOR, DOMAIN, LOGGER
from .control_loop import ControlLoop
from .coordinator import PlantCoordinator
from .core.battery_spec import BatterySpec
from .core.interval import Interval
from .core.plant_state import PlantState
from .core.price_curve import CERTAIN
from .core.telemetry import Telemetry
from .core.units import kw
from .lasting_store import LastingStore
from .plan_inputs import net_load_w, stored_kwh
from .plan_moment import Moment, currency_of, next_midnight
from .planner import Planner
from .planning.savings_ledger import DayResult, result_of
from .planning.settlement import DayAccount, MeterReading, open_settlement
from .planning.settlement_document import (
    Books,
    SettlementError,
    books_document,
    parse_books,
)

VERSION: Final = 1
SAVE_DELAY_S: Final = 300
"""What is lost with a power cut is five minutes of money."""

PAUSE: Final = timedelta(minutes=1)

_PERCENT: Final = 100.0


def savings_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file of an entry's savings."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.savings")


class SettlementKeeper:
    """What BESSAI earned with one plant, while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ControlLoop,
        planner: Planner,
    ) -> None:
        """Prepare; nothing is loaded yet."""
        self._hass, self._entry = hass, entry
        self._control, self._planner = control, planner
        self._pace = float(entry.data.get(CONF_TIME_FACTOR, 1))
        self._store = savings_store(hass, entry.entry_id)
        self._books = Books()
        self._battery: BatterySpec | None = None
        self._listeners: set[Callable[[], None]] = set()
        self._stop: Callable[[], None] | None = None
        self._told_at: datetime | None = None

    async def async_load(self) -> None:
        """Load the books; those that cannot be read are begun anew."""
        document = await self._store.async_load_or_begin()
        if document is None:
            return
        try:
            self._books = parse_books(document)
        except SettlementError as err:
            LOGGER.warning("Savings are counted from zero again: %s", err)

    @callback
    def async_start(self, readings: PlantCoordinator) -> None:
        """Follow the readings; it ends with ``async_stop``."""

        @callback
        def settle() -> None:
            if readings.last_update_success:
                self.async_take(readings.data)

        self._stop = readings.async_add_listener(settle)

    async def async_stop(self) -> None:
        """Settle no more, and save."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        await self._store.async_save(books_document(self._books))

    @callback
    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` whenever something was settled."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @property
    def currency(self) -> str:
        """The currency of what is shown."""
        return self._books.currency or currency_of(self._hass, self._planner)

    @property
    def days(self) -> tuple[DayResult, ...]:
        """The results of the days that are over, in order."""
        return self._books.ledger.days

    def account(self, now: datetime) -> DayAccount | None:
        """Return the account of today, if there was a reading today already."""
        settlement = self._books.settlement
        if settlement is None or not settlement.account.day.has(now):
            return None
        return settlement.account

    def today(self, now: datetime) -> float:
        """Return what was saved on the day of an aware moment until then."""
        label = dt_util.as_local(now).date()
        account = self.account(now)
        closed = self._books.ledger.of_day(label, self.currency)
        return closed + (account.saving if account else 0.0)

    def month(self, now: datetime) -> float:
        """Return what was saved in the month of an aware moment until then."""
        label = dt_util.as_local(now).date()
        month = self._books.ledger.of_month(label, self.currency)
        open_account = self._books.settlement and self._books.settlement.account
        if open_account and open_account.label.replace(day=1) == label.replace(day=1):
            month += open_account.saving
        return month

    @property
    def total(self) -> float:
        """What was saved since BESSAI began to count."""
        settlement = self._books.settlement
        today = settlement.account.saving if settlement else 0.0
        return self._books.ledger.total(self.currency) + today

    @callback
    def async_take(self, telemetry: Telemetry) -> None:
        """Settle the time since the last poll.

        Nothing is raised: others wait for the same poll, the guard among them. What
        cannot be settled is given up, and the day goes on from the next poll.
        """
        try:
            is_settled = self._async_take(telemetry)
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("%s: savings cannot be settled", self._entry.title)
            self._books = replace(self._books, settlement=None)
            return
        if is_settled:
            self._async_tell(telemetry.read_at)

    @callback
    def _async_take(self, telemetry: Telemetry) -> bool:
        """Settle a poll; return whether it said enough."""
        state, plan = self._control.state, self._planner.plan
        if plan is not None:
            self._battery = plan.problem.battery
        if state is None or self._battery is None:
            return False
        reading = self._reading(telemetry, state)
        if reading is None:
            return False
        self._async_use(currency_of(self._hass, self._planner))
        self._async_settle(reading, shadow_battery(self._battery, state))
        self._store.async_save_within(lambda: books_document(self._books), SAVE_DELAY_S)
        return True

    @callback
    def _async_tell(self, now: datetime) -> None:
        """Tell the listeners, once in a minute: a poll is worth no more than that.

        What goes wrong in one of them is neither the day's fault nor the others'.
        """
        if self._told_at is not None and timedelta() <= now - self._told_at < PAUSE:
            return
        self._told_at = now
        for update in list(self._listeners):
            try:
                update()
            except Exception:  # noqa: BLE001 - see above
                LOGGER.exception("%s: savings cannot be shown", self._entry.title)

    @callback
    def _async_settle(self, reading: MeterReading, battery: BatterySpec) -> None:
        today = _account_of(reading.at)
        if self._books.settlement is None:
            opened = open_settlement(reading, today)
            self._books = replace(self._books, settlement=opened)
            return
        settlement, closed = self._books.settlement.take(
            reading, today, battery, pace=self._pace
        )
        if closed is not None:
            self._close(closed)
        self._books = replace(self._books, settlement=settlement)

    def _close(self, account: DayAccount) -> None:
        result = result_of(account, self.currency)
        ledger = self._books.ledger.with_result(result)
        self._books = replace(self._books, ledger=ledger)

    @callback
    def _async_use(self, currency: str) -> None:
        """Go on in a currency; what was counted in another one is closed."""
        books = self._books
        if books.currency not in {None, currency} and books.settlement is not None:
            self._close(books.settlement.account)
            self._books = replace(self._books, settlement=None)
        self._books = replace(self._books, currency=currency)

    def _reading(self, telemetry: Telemetry, state: PlantState) -> MeterReading | None:
        """Return what a poll says; ``None`` if it does not say enough."""
        net_w, stored = net_load_w(telemetry), stored_kwh(state)
        battery_w = telemetry.number("battery_power_w")
        if net_w is None or battery_w is None or stored is None:
            return None
        moment = Moment(self._planner, telemetry.read_at)
        prices, step = moment.price, moment.step
        is_known = prices is not None and prices.confidence >= CERTAIN
        return MeterReading(
            at=telemetry.read_at,
            grid_kw=kw(net_w - battery_w),
            battery_kw=kw(battery_w),
            stored_kwh=stored,
            released=self._control.command is None
            and not self._control.foreign_command,
            import_price=prices.import_price if prices and is_known else None,
            export_price=prices.export_price if prices and is_known else None,
            value_per_kwh=step.value if step else None,
        )


def shadow_battery(planned: BatterySpec, state: PlantState) -> BatterySpec:
    """Return the battery as the inverter uses it by itself: within its own limits.

    The owner's limits and caps are for what BESSAI does.
    """
    full_kwh = state.capacity_kwh or planned.max_kwh
    own = replace(
        planned,
        charge_kw=_kw_or(state.stored_charge_limit_w, planned.charge_kw),
        discharge_kw=_kw_or(state.stored_discharge_limit_w, planned.discharge_kw),
    )
    low_pct, high_pct = state.discharge_cutoff_pct, state.charge_cutoff_pct
    if low_pct is None or high_pct is None or not 0 <= low_pct < high_pct:
        return own
    return replace(
        own,
        min_kwh=full_kwh * low_pct / _PERCENT,
        max_kwh=full_kwh * high_pct / _PERCENT,
    )


def _kw_or(limit_w: float | None, instead_kw: float) -> float:
    return instead_kw if limit_w is None else kw(limit_w)


def _account_of(when: datetime) -> DayAccount:
    """Return an empty account of the day that an aware moment lies in."""
    local = dt_util.as_local(when)
    start = dt_util.as_utc(dt_util.start_of_local_day(local.date()))
    return DayAccount(
        label=local.date(), day=Interval(start=start, end=next_midnight(when))
    )
