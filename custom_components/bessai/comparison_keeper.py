"""Follows policy, plan and self-consumption poll by poll, each with its own battery.

Nothing is written to the plant. There is something to compare as long as a policy is
loaded, in every mode: an owner can look before the policy is let do anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import DOMAIN, LOGGER
from .control_loop import ControlLoop
from .core.battery_spec import BatterySpec
from .core.telemetry import Telemetry
from .lasting_store import LastingStore
from .meter_reading import read_meter, shadow_battery
from .plan_inputs import measurement, net_load_w
from .plan_moment import currency_of
from .planner import JUDGED_OVER, Planner
from .planning.comparison import (
    Batteries,
    Comparison,
    Contender,
    Name,
    open_comparison,
)
from .planning.comparison_days import ComparedDay, sum_of, with_day
from .planning.comparison_document import (
    ComparisonBooks,
    comparison_document,
    parse_comparison,
)
from .planning.execution import Decision, decide
from .planning.present import Measurement
from .planning.recent_mean import RecentMean
from .planning.settlement import MeterReading
from .readings_keeper import ReadingsKeeper

VERSION: Final = 1

SHOWN_DAYS: Final = 7


class Decider(Protocol):
    """A learned policy, as far as it is compared."""

    @property
    def is_loaded(self) -> bool:
        """Whether there is a model to ask."""
        ...

    def decide(
        self, now: datetime, measurement: Measurement, previous: Decision | None
    ) -> Decision | None:
        """Return what a battery is to be told; ``None``: it does not say now.

        It is asked at each poll, in the event loop: what takes longer, such as asking
        the model, has to be done elsewhere and before.

        Args:
            now: Aware, UTC.
            measurement: Of the house; the stored energy is that of a shadow battery.
            previous: What that one was told the last time.
        """
        ...


def comparison_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file of an entry's comparison."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.comparison")


class ComparisonKeeper(ReadingsKeeper):
    """How policy and plan compare for one plant, while its entry is loaded."""

    subject = "comparisons"

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ControlLoop,
        planner: Planner,
        policy: Callable[[], Decider | None],
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            hass: Home Assistant.
            entry: Of the plant.
            control: Knows how the plant stands.
            planner: Has the plan that is compared, and the prices.
            policy: Returns who is asked, if anybody.
        """
        super().__init__(entry, comparison_store(hass, entry.entry_id))
        self._hass = hass
        self._control, self._planner, self._policy = control, planner, policy
        self._books = ComparisonBooks()
        self._battery: BatterySpec | None = None
        self._net_w = RecentMean(JUDGED_OVER)
        self._is_failing = False

    @property
    def is_following(self) -> bool:
        """Whether there is a policy to compare."""
        policy = self._policy()
        return policy is not None and policy.is_loaded

    @property
    @override
    def currency(self) -> str:
        """The currency of what is shown."""
        today = self._books.today
        return today.currency if today else currency_of(self._hass, self._planner)

    @property
    def begun_at(self) -> datetime | None:
        """Since when there is a comparison; ``None``: there is none."""
        today = self._books.today
        return None if today is None else today.begun_at

    def contender(self, name: Name) -> Contender | None:
        """Return how a contender stands; ``None`` before the first reading."""
        today = self._books.today
        return None if today is None else today.contenders[name]

    def today(self, now: datetime) -> ComparedDay:
        """Return what the day of an aware moment has brought until then."""
        return self._sum(now, days=1)

    def recent(self, now: datetime) -> ComparedDay:
        """Return what the last seven days have brought, with that of the moment."""
        return self._sum(now, days=SHOWN_DAYS)

    def _sum(self, now: datetime, *, days: int) -> ComparedDay:
        last = _label(now)
        known = self._books.days
        if self._books.today is not None:
            known = (*known, self._books.today.day)
        return sum_of(known, last - timedelta(days=days - 1), last, self.currency)

    @override
    def _restore(self, document: Mapping[str, Any]) -> None:
        self._books = parse_comparison(document)

    @override
    def _document(self) -> dict[str, Any]:
        return comparison_document(self._books)

    @override
    def _give_up(self) -> None:
        self._books = replace(self._books, today=None)

    @callback
    @override
    def _async_take(self, telemetry: Telemetry) -> bool:
        """Let the contenders meet what was read; return whether to show something."""
        policy = self._policy()
        if policy is None or not policy.is_loaded:
            return True  # that is to be shown, too
        self._net_w.add(telemetry.read_at, net_load_w(telemetry))
        state, plan = self._control.state, self._planner.plan
        if plan is not None:
            self._battery = plan.problem.battery
        if state is None or self._battery is None:
            return False
        reading = read_meter(telemetry, state, self._control, self._planner)
        measured = measurement(state, self._net_w.mean(telemetry.read_at))
        if reading is None or measured is None:
            return False
        own = shadow_battery(self._battery, state)
        today = self._settled(reading, Batteries(commanded=self._battery, own=own))
        told = self._told(today, policy, measured)
        self._books = replace(self._books, today=told)
        self._async_save_soon()
        return True

    def _settled(self, reading: MeterReading, batteries: Batteries) -> Comparison:
        """Return the comparison after a reading, and close what it ends."""
        label, today = _label(reading.at), self._books.today
        currency = currency_of(self._hass, self._planner)
        is_other = today is not None and today.currency != currency
        if today is not None and is_other and reading.has_prices:
            self._close(today.day)
            today = None
        if today is None:
            return open_comparison(reading, label, currency)
        after, closed = today.take(reading, label, batteries, pace=self._pace)
        if closed is not None:
            self._close(closed)
        return after

    def _close(self, day: ComparedDay) -> None:
        self._books = replace(self._books, days=with_day(self._books.days, day))

    def _told(
        self, today: Comparison, policy: Decider, measured: Measurement
    ) -> Comparison:
        """Return the comparison with what policy and plan say until the next poll."""
        now = dt_util.utcnow()
        by_policy, by_plan = today.contenders[Name.POLICY], today.contenders[Name.PLAN]
        wanted = self._policy_wants(policy, now, measured, by_policy)
        has_fallen_back = wanted is None
        if has_fallen_back:
            wanted = self._plan_wants(now, measured, by_policy)
        planned = self._plan_wants(now, measured, by_plan)
        return today.telling(
            {Name.POLICY: wanted, Name.PLAN: planned},
            now,
            has_fallen_back=has_fallen_back,
        )

    def _plan_wants(
        self, now: datetime, measured: Measurement, battery: Contender
    ) -> Decision | None:
        measured = replace(measured, stored_kwh=battery.stored_kwh)
        return decide(self._planner.plan, now, measured, battery.told)

    def _policy_wants(
        self,
        policy: Decider,
        now: datetime,
        measured: Measurement,
        battery: Contender,
    ) -> Decision | None:
        """Return what the policy says; where it fails, its fallback goes on."""
        measured = replace(measured, stored_kwh=battery.stored_kwh)
        try:
            wanted = policy.decide(now, measured, battery.told)
        except Exception:  # noqa: BLE001 - others wait for the same poll
            if not self._is_failing:
                LOGGER.exception("%s: the policy cannot be compared", self._title)
            self._is_failing = True
            return None
        self._is_failing = False
        return wanted


def _label(when: datetime) -> date:
    """Return the day of the home that an aware moment lies in."""
    return dt_util.as_local(when).date()
