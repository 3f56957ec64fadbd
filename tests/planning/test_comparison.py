"""Policy, plan and self-consumption beside each other, told by readings of a day."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.planning.comparison import (
    Batteries,
    Comparison,
    Name,
    open_comparison,
)
from custom_components.bessai.planning.comparison_days import ComparedDay
from custom_components.bessai.planning.execution import Decision
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.planning.settlement import MeterReading

MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TODAY, TOMORROW = date(2026, 11, 21), date(2026, 11, 22)
BATTERY = BatterySpec(
    min_kwh=0.0,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=5.0,
    charge_efficiency=0.9,
    discharge_efficiency=0.75,
    wear_cost=0.02,
)
LOSSLESS = replace(BATTERY, charge_efficiency=1.0, discharge_efficiency=1.0)


def told(intent: Intent, power_kw: float | None = None) -> Decision:
    """Return a decision of this morning."""
    return Decision(
        intent=intent,
        power_kw=power_kw,
        why=Why.NOTHING_TO_GAIN,
        value=0.2,
        price=0.3,
        since=MIDNIGHT,
    )


CHARGE, DISCHARGE = told(Intent.CHARGE, -3.0), told(Intent.DISCHARGE, 3.0)
KEEP, STORE = told(Intent.KEEP), told(Intent.STORE_SURPLUS)


class Day:
    """A day, told in stretches of steady power, read every minute."""

    def __init__(
        self,
        battery: BatterySpec = BATTERY,
        *,
        own: BatterySpec | None = None,
        stored_kwh: float = 5.0,
    ) -> None:
        self.batteries = Batteries(commanded=battery, own=own or battery)
        self.minute = 0.0
        self.stored_kwh = stored_kwh
        self.values: dict[str, Any] = {"import_price": 0.30, "export_price": 0.10}
        self.closed: list[ComparedDay] = []
        self.comparison = open_comparison(self.reading(), TODAY, "EUR")

    def reading(self, **changes: Any) -> MeterReading:
        """Return a reading of now; by default nothing flows."""
        values = {
            "grid_kw": 0.0,
            "battery_kw": 0.0,
            "stored_kwh": self.stored_kwh,
            "released": False,
            **self.values,
            **changes,
        }
        return MeterReading(at=MIDNIGHT + self.minute * MINUTE, **values)

    def tell(
        self, *, fell_back: bool = False, **decisions: Decision | None
    ) -> Comparison:
        """Tell contenders what to do from now on."""
        self.comparison = self.comparison.telling(
            {Name(name): one for name, one in decisions.items()},
            MIDNIGHT + self.minute * MINUTE,
            has_fallen_back=fell_back,
        )
        return self.comparison

    def take(
        self, label: date = TODAY, pace: float = 1.0, **changes: Any
    ) -> Comparison:
        """Take one more reading now."""
        self.comparison, closed = self.comparison.take(
            self.reading(**changes), label, self.batteries, pace=pace
        )
        self.closed += [closed] if closed else []
        return self.comparison

    def run(self, minutes: int, label: date = TODAY, **changes: Any) -> Day:
        """Let the same happen for a while, after a first reading of no duration."""
        self.values |= {
            name: changes.pop(name)
            for name in ("import_price", "export_price", "value_per_kwh")
            if name in changes
        }
        self.take(label, **changes)
        for _ in range(minutes):
            self.minute += 1
            self.take(label, **changes)
        return self

    def stored(self, name: str) -> float:
        """Return what a contender has."""
        return self.comparison.contenders[Name(name)].stored_kwh

    @property
    def savings(self) -> tuple[float, float]:
        """What policy and plan have saved today."""
        return self.comparison.day.policy_saving, self.comparison.day.plan_saving


def test_all_begin_with_what_is_really_stored_and_have_saved_nothing() -> None:
    day = Day(stored_kwh=4.2)
    assert [day.stored(name) for name in Name] == [4.2] * 3
    assert day.savings == (0.0, 0.0)
    assert day.comparison.begun_at == MIDNIGHT


def test_whoever_is_told_nothing_does_as_the_inverter_does() -> None:
    day = Day().run(120, grid_kw=1.0, battery_kw=1.0)
    assert day.stored("policy") == day.stored("self_consumption") == pytest.approx(0)
    assert day.savings == (0.0, 0.0)
    assert day.comparison.times.agreed_s == day.comparison.times.settled_s == 7200


def test_a_night_charge_pays_in_the_evening() -> None:
    """The house takes 1 kW in the night at 0.10 and 2 kW in the evening at 0.40."""
    day = Day(stored_kwh=1.0)
    day.tell(policy=CHARGE, plan=KEEP)
    day.run(120, grid_kw=1.0, import_price=0.10, value_per_kwh=0.30)
    assert day.stored("policy") == pytest.approx(1 + 2 * 3 * 0.9)
    assert day.stored("plan") == pytest.approx(1.0)
    assert day.stored("self_consumption") == pytest.approx(0.0)

    # By itself: 0.75 kWh of the 2 come from the battery.
    by_itself = 1.25 * 0.10 + 0.75 * 0.02
    policy = 8 * 0.10 + 6 * 0.02 - 0.30 * (1 + 2 * 3 * 0.9)
    plan = 2 * 0.10 - 0.30 * 1.0
    assert day.savings == pytest.approx((by_itself - policy, by_itself - plan))

    day.tell(policy=DISCHARGE, plan=None)
    day.run(120, grid_kw=2.0, import_price=0.40, value_per_kwh=0.05)
    given_kwh = (
        1 + 2 * 3 * 0.9
    ) * 0.75  # in 96 minutes; less than the 6 kWh that were asked for
    assert day.stored("policy") == pytest.approx(0.0, abs=1e-9)
    exported_kwh = given_kwh * (1 / 3)
    bought_kwh = 4 - given_kwh * (2 / 3)
    policy = 8 * 0.10 + 6 * 0.02
    policy += bought_kwh * 0.40 - exported_kwh * 0.10 + given_kwh * 0.02
    plan = 2 * 0.10 + (4 - 0.75) * 0.40 + 0.75 * 0.02
    by_itself += 4 * 0.40
    assert day.savings == pytest.approx((by_itself - policy, by_itself - plan))
    assert day.comparison.day.advantage == pytest.approx(plan - policy)


@pytest.mark.parametrize(
    ("decision", "net_kw", "stored_kwh"),
    [
        (KEEP, 2.0, 5.0),
        (KEEP, -2.0, 5.0),
        (STORE, 2.0, 5.0),
        (STORE, -2.0, 7.0),
        (None, 2.0, 3.0),
        (None, -2.0, 7.0),
        (CHARGE, 2.0, 8.0),
        (DISCHARGE, -2.0, 2.0),
        (told(Intent.SELF_CONSUMPTION), 2.0, 3.0),
    ],
)
def test_each_decision_is_carried_out_with_the_house_as_it_is(
    decision: Decision | None, net_kw: float, stored_kwh: float
) -> None:
    day = Day(LOSSLESS)
    day.tell(plan=decision)
    day.run(60, grid_kw=net_kw)
    assert day.stored("plan") == pytest.approx(stored_kwh)


def test_a_full_battery_takes_no_more_and_an_empty_one_gives_no_more() -> None:
    day = Day(LOSSLESS, stored_kwh=9.0)
    day.tell(policy=CHARGE)
    day.run(60)
    assert day.stored("policy") == pytest.approx(10.0)
    assert day.comparison.contenders[Name.POLICY].cost == pytest.approx(
        1 * 0.30 + 1 * 0.02
    )
    day = Day(LOSSLESS, stored_kwh=0.5)
    day.tell(policy=DISCHARGE)
    day.run(60)
    assert day.stored("policy") == pytest.approx(0.0)


def test_set_points_keep_to_the_owner_and_the_rest_to_the_inverter() -> None:
    owners = replace(LOSSLESS, min_kwh=4.0, max_kwh=6.0, charge_kw=1.0)
    day = Day(owners, own=LOSSLESS)
    day.tell(policy=DISCHARGE, plan=None)
    day.run(60, grid_kw=4.0)
    assert day.stored("policy") == pytest.approx(4.0)
    assert day.stored("plan") == pytest.approx(1.0)
    day.tell(policy=DISCHARGE, plan=CHARGE)
    day.run(60, grid_kw=4.0)
    assert day.stored("policy") == pytest.approx(4.0)
    assert day.stored("plan") == pytest.approx(2.0), "below its range it only charges"


def test_negative_prices_count_as_they_are() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=CHARGE, plan=None)
    day.run(60, grid_kw=-1.0, import_price=-0.10, export_price=-0.20, value_per_kwh=0.0)
    policy = 2 * -0.10 + 3 * 0.02
    plan = 1 * 0.02
    assert day.savings == pytest.approx((plan - policy, 0.0))
    day = Day(LOSSLESS, stored_kwh=10.0)
    day.tell(policy=told(Intent.DISCHARGE, 1.0))
    day.run(60, grid_kw=-1.0, value_per_kwh=0.0, import_price=-0.1, export_price=-0.2)
    assert day.savings[0] == pytest.approx(-1 * 0.20 - 1 * 0.02), "2 kWh, not 1"


def test_energy_that_is_left_over_counts_at_the_latest_value() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=KEEP)
    day.run(60, grid_kw=2.0, value_per_kwh=0.50)
    assert day.savings[0] == pytest.approx(2 * 0.50 - 2 * 0.30 + 2 * 0.02)
    day.take(value_per_kwh=0.40)
    assert day.savings[0] == pytest.approx(2 * 0.40 - 2 * 0.30 + 2 * 0.02)
    day.take(value_per_kwh=None)
    assert day.savings[0] == pytest.approx(2 * 0.40 - 2 * 0.30 + 2 * 0.02)


@pytest.mark.parametrize(
    ("known", "value"),
    [
        ({"value_per_kwh": 0.2}, 0.2),
        ({"value_per_kwh": None}, 0.3),
        ({"value_per_kwh": None, "import_price": None}, 0.0),
        ({"value_per_kwh": 0.0}, 0.0),
    ],
)
def test_without_a_plan_a_stored_kwh_is_worth_what_one_costs(
    known: Mapping[str, Any], value: float
) -> None:
    reading = Day().reading(**known)
    assert open_comparison(reading, TODAY, "EUR").value_per_kwh == value


def test_a_gap_is_lost_and_leaves_each_with_what_it_has() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=CHARGE)
    day.run(60)
    before = day.savings
    day.minute += 60
    day.take(stored_kwh=3.0)
    assert day.comparison.times.lost_s == 3600
    assert day.stored("policy") == pytest.approx(8.0)
    assert day.savings == before


def test_after_more_than_an_hour_all_have_what_is_really_stored() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=CHARGE, plan=DISCHARGE)
    day.run(60, value_per_kwh=0.20)
    before = day.savings
    assert before[0] == pytest.approx(3 * 0.20 - 3 * 0.30 - 3 * 0.02)
    day.minute += 61
    day.take(stored_kwh=3.0)
    assert [day.stored(name) for name in Name] == [3.0] * 3
    assert day.savings == pytest.approx(before), "the difference was settled"
    day.take(value_per_kwh=0.90)
    assert day.savings == pytest.approx(before), "and is not valued again"
    day.run(10)
    assert day.comparison.times.settled_s == 4200


def test_hours_without_a_price_bring_all_back_once_they_are_more_than_one() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=CHARGE)
    day.run(60)
    day.run(60, import_price=None)
    assert day.stored("policy") == pytest.approx(8.0)
    assert day.comparison.times.lost_s == 3600
    day.stored_kwh = 4.0
    day.run(1)
    assert day.stored("policy") == 4.0
    day.run(1, import_price=0.3, export_price=None)
    assert day.comparison.times.lost_s == 3600 + 120
    day.run(2, import_price=0.3, export_price=0.1)
    assert day.comparison.times.settled_s == 3600 + 120
    assert day.stored("policy") == pytest.approx(4.0 + 2 * 3 / 60)


def test_a_reading_that_nobody_remembers_is_a_gap() -> None:
    day = Day(LOSSLESS).run(1)
    day.tell(policy=CHARGE)
    day.comparison = replace(day.comparison, last=None)
    day.minute += 1
    day.run(1)
    assert day.comparison.times.settled_s == 120
    assert day.comparison.times.lost_s == 60
    assert day.stored("policy") == pytest.approx(5.05)


def test_a_clock_set_back_loses_nothing_and_counts_nothing_twice() -> None:
    day = Day().run(3)
    day.minute = 1
    day.take()
    day.run(1)
    assert day.comparison.times.settled_s == 240
    assert day.comparison.times.lost_s == 0
    assert day.comparison.settled_at == MIDNIGHT + 2 * MINUTE


def test_midnight_closes_the_day_and_each_keeps_what_it_has() -> None:
    """The sum of the days is the whole: what is carried over counts once."""
    day = Day(LOSSLESS)
    day.tell(policy=KEEP, plan=None)
    day.run(60, grid_kw=2.0, value_per_kwh=0.20)
    day.minute += 1
    day.take(TOMORROW, grid_kw=2.0, value_per_kwh=0.35)
    (closed,) = day.closed
    kept_kwh = 2 + 2 / 60
    assert (closed.label, closed.currency) == (TODAY, "EUR")
    assert closed.policy_saving == pytest.approx(kept_kwh * (0.35 + 0.02 - 0.30))
    assert closed.plan_saving == 0.0
    assert closed.times.settled_s == 61 * 60, "it began yesterday"
    assert day.comparison.label == TOMORROW
    assert day.savings == pytest.approx((0.0, 0.0))
    assert day.comparison.times.settled_s == 0
    assert day.stored("policy") == pytest.approx(5.0)
    day.tell(policy=told(Intent.DISCHARGE, 2.0), plan=None)
    day.run(60, TOMORROW, import_price=0.50, value_per_kwh=0.35, grid_kw=2.0)
    whole = closed.policy_saving + day.savings[0]
    left_kwh = 5.0 - 2.0 - (5.0 - kept_kwh - 2.0)
    assert whole == pytest.approx(
        kept_kwh * (0.02 - 0.30) + left_kwh * 0.35 + (2 - 2) * 0.50
    )


def test_a_plant_that_lives_faster_moves_more_energy() -> None:
    day = Day(LOSSLESS)
    day.tell(policy=told(Intent.CHARGE, -1.0))
    day.take()
    day.minute += 1
    day.take(pace=60.0)
    assert day.stored("policy") == pytest.approx(6.0)
    assert day.comparison.times.settled_s == 60


def test_time_without_the_policy_and_time_of_agreement_are_counted() -> None:
    day = Day()
    day.tell(policy=KEEP, plan=KEEP)
    day.run(3)
    day.tell(policy=KEEP, plan=CHARGE, fell_back=True)
    day.run(1)
    times = day.comparison.times
    assert (times.settled_s, times.agreed_s, times.fallback_s) == (240, 180, 60)
    assert times.agreement == 0.75


def test_what_was_told_is_remembered_while_nothing_is() -> None:
    day = Day()
    first = day.tell(policy=CHARGE).contenders[Name.POLICY]
    assert (first.told, first.intent) == (CHARGE, Intent.CHARGE)
    day.minute = 7
    silent = day.tell(policy=None).contenders[Name.POLICY]
    assert silent.intent is Intent.SELF_CONSUMPTION
    assert silent.told is not None
    assert silent.told.since == MIDNIGHT + 7 * MINUTE
    day.minute = 8
    assert day.tell(policy=None).contenders[Name.POLICY] == silent
    assert day.comparison.contenders[Name.PLAN].told is None
