"""Settles what the battery did, poll by poll, and keeps the results of the days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .control_loop import ControlLoop
from .core.battery_spec import BatterySpec
from .core.interval import Interval
from .core.telemetry import Telemetry
from .lasting_store import LastingStore
from .meter_reading import read_meter, shadow_battery
from .plan_moment import currency_of, next_midnight
from .planner import Planner
from .planning.savings_ledger import DayResult, result_of
from .planning.settlement import DayAccount, MeterReading, open_settlement
from .planning.settlement_document import Books, books_document, parse_books
from .readings_keeper import ReadingsKeeper

VERSION: Final = 1


def savings_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file of an entry's savings."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.savings")


class SettlementKeeper(ReadingsKeeper):
    """What BESSAI earned with one plant, while its entry is loaded."""

    subject = "savings"

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ControlLoop,
        planner: Planner,
    ) -> None:
        """Prepare; nothing is loaded yet."""
        super().__init__(entry, savings_store(hass, entry.entry_id))
        self._hass = hass
        self._control, self._planner = control, planner
        self._books = Books()
        self._battery: BatterySpec | None = None

    @property
    @override
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

    @override
    def _restore(self, document: Mapping[str, Any]) -> None:
        self._books = parse_books(document)

    @override
    def _document(self) -> dict[str, Any]:
        return books_document(self._books)

    @override
    def _give_up(self) -> None:
        self._books = replace(self._books, settlement=None)

    @callback
    @override
    def _async_take(self, telemetry: Telemetry) -> bool:
        """Settle a poll; return whether it said enough."""
        state, plan = self._control.state, self._planner.plan
        if plan is not None:
            self._battery = plan.problem.battery
        if state is None or self._battery is None:
            return False
        reading = read_meter(telemetry, state, self._control, self._planner)
        if reading is None:
            return False
        if reading.has_prices or self._books.currency is None:
            self._async_use(currency_of(self._hass, self._planner))
        self._async_settle(reading, shadow_battery(self._battery, state))
        self._async_save_soon()
        return True

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


def _account_of(when: datetime) -> DayAccount:
    """Return an empty account of the day that an aware moment lies in."""
    local = dt_util.as_local(when)
    start = dt_util.as_utc(dt_util.start_of_local_day(local.date()))
    return DayAccount(
        label=local.date(), day=Interval(start=start, end=next_midnight(when))
    )
