"""What the battery earned, told by readings of a day."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.settlement import (
    DayAccount,
    MeterReading,
    Settlement,
    open_settlement,
)

MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BATTERY = BatterySpec(
    min_kwh=1.0,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=5.0,
    charge_efficiency=0.9,
    discharge_efficiency=0.9,
)
LOSSLESS = BatterySpec(
    min_kwh=0.0,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=5.0,
    charge_efficiency=1.0,
    discharge_efficiency=1.0,
    wear_cost=0.02,
)


def account(days: int = 0, length: timedelta = timedelta(hours=24)) -> DayAccount:
    """Return an empty account, so many days after the first."""
    start = MIDNIGHT + timedelta(days=days)
    return DayAccount(
        label=date(2026, 11, 21) + timedelta(days=days),
        day=Interval(start=start, end=start + length),
    )


def reading(minutes: float, **changes: object) -> MeterReading:
    """Return a reading so long after midnight; by default nothing flows."""
    values: dict[str, Any] = {
        "grid_kw": 0.0,
        "battery_kw": 0.0,
        "stored_kwh": 5.0,
        "released": False,
        "import_price": 0.30,
        "export_price": 0.10,
    }
    return MeterReading(at=MIDNIGHT + minutes * MINUTE, **(values | changes))


class Day:
    """A day, told in stretches of steady power, read every minute."""

    def __init__(self, battery: BatterySpec = LOSSLESS) -> None:
        self.battery = battery
        self.minute = 0.0
        self.settlement: Settlement | None = None
        self.closed: list[DayAccount] = []

    @property
    def account(self) -> DayAccount:
        assert self.settlement is not None
        return self.settlement.account

    def take(
        self, one: MeterReading, today: DayAccount | None = None, pace: float = 1.0
    ) -> None:
        today = today or account()
        if self.settlement is None:
            self.settlement = open_settlement(one, today)
            return
        self.settlement, closed = self.settlement.take(
            one, today, self.battery, pace=pace
        )
        self.closed += [closed] if closed else []

    def run(self, minutes: int, **changes: object) -> Day:
        """Let the same happen for a while."""
        for _ in range(minutes + 1):
            self.take(reading(self.minute, **changes))
            self.minute += 1
        self.minute -= 1
        return self


def test_a_battery_left_to_the_inverter_earns_exactly_nothing() -> None:
    """Whatever the model of its losses and limits says."""
    day = Day(BATTERY).run(60, released=True, battery_kw=7.0, grid_kw=-1.0)
    assert day.account.saving == 0.0
    assert day.account.settled_s == 3600
    assert day.account.actual_cost == pytest.approx(-0.10)


def test_a_hold_at_a_low_price_earns_what_the_energy_is_worth_later() -> None:
    day = Day(LOSSLESS).run(
        60, grid_kw=2.0, import_price=0.10, value_per_kwh=0.30, stored_kwh=5.0
    )
    assert day.account.actual_cost == pytest.approx(2 * 0.10)
    assert day.account.shadow_cost == pytest.approx(2 * 0.02), "wear only"
    assert day.account.ahead_kwh == pytest.approx(-2.0)
    assert day.account.saving == pytest.approx(2 * 0.30 - 2 * 0.10 + 2 * 0.02)


def test_losses_count_on_both_sides() -> None:
    day = Day(BATTERY).run(60, grid_kw=4.0, battery_kw=-3.0, value_per_kwh=0.30)
    assert day.account.ahead_kwh == pytest.approx(-1 / 0.9 - 3 * 0.9)


def test_the_shadow_keeps_within_power_and_store() -> None:
    day = Day(LOSSLESS).run(60, grid_kw=8.0, stored_kwh=3.0)
    assert day.account.ahead_kwh == pytest.approx(-3.0), "it had no more"
    day = Day(LOSSLESS).run(30, grid_kw=8.0, stored_kwh=10.0)
    assert day.account.ahead_kwh == pytest.approx(-2.5), "it gives 5 kW at most"
    day = Day(LOSSLESS).run(60, grid_kw=-3.0, stored_kwh=9.0)
    assert day.account.ahead_kwh == pytest.approx(1.0), "there was room for no more"


def test_the_shadow_may_go_where_the_real_battery_is() -> None:
    """Below its limit it is not charged from the grid to come back."""
    day = Day(BATTERY).run(10, grid_kw=1.0, stored_kwh=0.5)
    assert day.account.ahead_kwh == 0.0
    day = Day(BATTERY).run(10, grid_kw=-1.0, stored_kwh=11.0)
    assert day.account.ahead_kwh == 0.0


def test_a_released_battery_works_off_what_it_is_ahead() -> None:
    day = Day(LOSSLESS).run(60, grid_kw=2.0, stored_kwh=2.0)
    assert day.account.ahead_kwh == pytest.approx(-2.0)
    for minute in range(1, 61):
        left_kwh = 2.0 - 1.5 * minute / 60
        now = {"battery_kw": 1.5, "stored_kwh": left_kwh, "released": True}
        day.take(reading(60 + minute, **now))
    assert day.account.ahead_kwh == pytest.approx(-0.5, abs=0.03)


def test_the_mean_price_stands_in_for_a_value_that_nobody_knows() -> None:
    day = Day().run(30, import_price=0.20).run(30, import_price=0.40)
    assert day.account.stored_value == pytest.approx(0.30)
    assert account().stored_value == 0.0


def test_negative_prices_count_as_they_are() -> None:
    day = Day().run(60, grid_kw=3.0, battery_kw=-3.0, import_price=-0.10)
    assert day.account.actual_cost == pytest.approx(-0.30 + 3 * 0.02)
    day = Day().run(60, grid_kw=-3.0, battery_kw=3.0, export_price=-0.10)
    assert day.account.actual_cost == pytest.approx(0.30 + 3 * 0.02)


def test_a_gap_is_lost_and_not_counted() -> None:
    day = Day()
    day.take(reading(0, grid_kw=2.0))
    day.take(reading(6, grid_kw=2.0))
    assert (day.account.settled_s, day.account.lost_s) == (0.0, 360.0)
    assert day.account.actual_cost == day.account.ahead_kwh == 0.0
    day.take(reading(11, grid_kw=2.0))
    assert day.account.settled_s == 300.0, "five minutes are no gap"


@pytest.mark.parametrize("missing", ["import_price", "export_price"])
def test_time_without_a_price_is_lost(missing: str) -> None:
    day = Day().run(10, grid_kw=2.0, **{missing: None})
    assert (day.account.settled_s, day.account.lost_s) == (0.0, 600.0)
    assert day.account.saving == 0.0


def test_a_clock_set_back_loses_nothing_and_counts_nothing_twice() -> None:
    day = Day()
    for minute in (0, 3, 1, 2):
        day.take(reading(minute, grid_kw=2.0))
    assert (day.account.settled_s, day.account.lost_s) == (240.0, 0.0)


def test_midnight_closes_the_account_and_begins_at_even() -> None:
    day = Day().run(1, grid_kw=2.0)
    day.take(reading(1442, grid_kw=2.0), account(1))
    (closed,) = day.closed
    assert closed.label == date(2026, 11, 21)
    assert closed.lost_s == 1439 * 60, "until midnight"
    assert day.account.label == date(2026, 11, 22)
    assert day.account.lost_s == 120, "from midnight on"
    assert day.account.ahead_kwh == 0.0


def test_time_that_spans_midnight_belongs_to_the_day_in_which_it_began() -> None:
    day = Day()
    day.take(reading(1439, grid_kw=2.0))
    day.take(reading(1441, grid_kw=2.0), account(1))
    assert day.closed[0].settled_s == 120
    assert day.account == account(1)


@pytest.mark.parametrize("price", [0.30, None])
def test_days_of_silence_are_lost_on_the_first_and_the_last_day(
    price: float | None,
) -> None:
    day = Day()
    day.take(reading(0, import_price=price))
    day.take(reading(3 * 1440 + 60), account(3))
    assert day.closed[0].lost_s == 24 * 3600
    assert day.account.lost_s == 3600


@pytest.mark.parametrize("length", [23, 25])
def test_a_day_has_as_many_hours_as_it_has(length: int) -> None:
    today = account(length=timedelta(hours=length))
    day = Day()
    day.take(reading(0), today)
    day.take(reading(30 * 60), account(1))
    assert day.closed[0].lost_s == length * 3600


def test_a_plant_that_lives_faster_moves_more_energy() -> None:
    day = Day()
    for minute in range(2):
        day.take(reading(minute, grid_kw=6.0), pace=60.0)
    assert day.account.actual_cost == pytest.approx(6.0 * 0.30)
    assert day.account.settled_s == 60


def test_a_command_that_does_the_same_as_the_inverter_earns_nothing() -> None:
    """The shadow is simulated here, and comes out where the battery does."""
    random = Random(4)  # noqa: S311 - the same in each run
    day, stored_kwh = Day(BATTERY), 5.0
    for minute in range(1000):
        net_kw = random.uniform(-8.0, 8.0)
        given_kw = min(net_kw, 5.0, (stored_kwh - 1.0) * 0.9 * 60)
        power_kw = max(given_kw, -5.0, -(10.0 - stored_kwh) / 0.9 * 60)
        now = {
            "grid_kw": net_kw - power_kw,
            "battery_kw": power_kw,
            "stored_kwh": stored_kwh,
            "value_per_kwh": 0.3,
        }
        day.take(reading(minute, **now))
        day.take(reading(minute + 1, **now))
        stored_kwh -= power_kw / 60 * (1 / 0.9 if power_kw > 0 else 0.9)
    assert day.account.settled_s == 60_000
    assert day.account.ahead_kwh == pytest.approx(0.0, abs=1e-6)
    assert day.account.saving == pytest.approx(0.0, abs=1e-6)
