"""Prices and forecasts on one grid of intervals."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import (
    PowerForecast,
    PowerStep,
    Quantile,
)
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.planning.horizon import (
    CONTINUED_CONFIDENCE,
    LEAST_HORIZON,
    HorizonError,
    Outlook,
    PlanTerms,
    as_expected,
    build_problem,
)

from .home_builders import NOW, battery, curve

HOUR = timedelta(hours=1)


def terms(**changes: object) -> PlanTerms:
    """Return terms of a plan that set nothing but the battery."""
    return PlanTerms(battery=battery(), **changes)  # type: ignore[arg-type]


def forecast(*powers_w: float, start: datetime = NOW) -> PowerForecast:
    """Return a forecast of hours."""
    steps = (
        PowerStep(
            interval=Interval(start=start + n * HOUR, end=start + (n + 1) * HOUR),
            p10_w=power / 2,
            p50_w=power,
            p90_w=power * 2,
        )
        for n, power in enumerate(powers_w)
    )
    return PowerForecast(source="test", steps=tuple(steps))


def test_hours_become_quarters_with_the_price_of_their_hour() -> None:
    problem = build_problem(Outlook(curve=curve([0.1, 0.2])), terms(), 5.0, NOW)
    first = problem.steps[:8]
    assert [step.import_price for step in first] == [0.1] * 4 + [0.2] * 4
    assert {step.interval.duration for step in first} == {timedelta(minutes=15)}


def test_what_is_later_than_a_day_is_planned_by_the_hour() -> None:
    now = NOW + timedelta(minutes=20)
    steps = build_problem(Outlook(curve=curve([0.1] * 48)), terms(), 5.0, now).steps
    later = [step for step in steps if step.interval.start >= now + timedelta(days=1)]
    assert later[0].interval.duration == timedelta(minutes=30)
    assert {step.interval.duration for step in later[1:]} == {HOUR}


def test_a_plan_begins_now_in_the_middle_of_a_quarter() -> None:
    now = NOW + timedelta(minutes=20, seconds=7, microseconds=9)
    steps = build_problem(Outlook(curve=curve([0.1] * 3)), terms(), 5.0, now).steps
    assert steps[0].interval == Interval(
        start=NOW + timedelta(minutes=20, seconds=7), end=NOW + timedelta(minutes=30)
    )
    assert steps[1].interval.start.minute == 30


def test_prices_that_are_known_for_a_short_time_are_continued_day_by_day() -> None:
    prices = [0.1 * hour for hour in range(30)]
    steps = build_problem(Outlook(curve=curve(prices)), terms(), 5.0, NOW).steps
    assert steps[-1].interval.end >= NOW + LEAST_HORIZON
    later = [step for step in steps if step.interval.start == NOW + 31 * HOUR]
    assert later[0].import_price == pytest.approx(0.7)


def test_the_past_of_today_helps_to_continue_and_is_not_planned() -> None:
    prices = curve([float(hour) for hour in range(24)])
    now = NOW + 20 * HOUR
    steps = build_problem(Outlook(curve=prices), terms(), 5.0, now).steps
    assert steps[0].interval.start == now
    noon = [step for step in steps if step.interval.start == NOW + 36 * HOUR]
    assert noon[0].import_price == 12.0


def test_one_long_price_is_continued_by_itself() -> None:
    week = PriceCurve(
        currency="EUR",
        steps=(
            PriceStep(
                interval=Interval(start=NOW, end=NOW + 30 * HOUR),
                import_price=0.3,
                export_price=0.1,
            ),
        ),
    )
    steps = build_problem(Outlook(curve=week), terms(), 5.0, NOW).steps
    assert {step.import_price for step in steps} == {0.3}


def test_continued_prices_are_too_unsure_for_who_wants_to_be_sure() -> None:
    sure = terms(min_confidence=CONTINUED_CONFIDENCE + 0.1)
    steps = build_problem(Outlook(curve=curve([0.1] * 24)), sure, 5.0, NOW).steps
    assert [step.may_trade for step in steps] == [True] * 96 + [False] * 24


def test_a_shorter_horizon_is_kept() -> None:
    short = terms(horizon=timedelta(hours=6))
    steps = build_problem(Outlook(curve=curve([0.1] * 24)), short, 5.0, NOW).steps
    assert steps[-1].interval.end == NOW + 6 * HOUR


def test_no_price_for_now_is_said_with_what_is_known() -> None:
    with pytest.raises(HorizonError, match=r"2026-03-02 12:00 to 2026-03-02 13:00"):
        build_problem(Outlook(curve=curve([0.1])), terms(), 5.0, NOW + 2 * HOUR)


def test_forecasts_are_averaged_over_each_step() -> None:
    outlook = Outlook(
        curve=curve([0.1] * 3), pv=forecast(4000.0, 1000.0), load=forecast(500.0)
    )
    steps = build_problem(outlook, terms(), 5.0, NOW).steps
    assert [step.pv_kw for step in steps[3:5]] == [4.0, 1.0]
    assert [step.load_kw for step in steps[3:5]] == [0.5, 0.3]  # as usual beyond
    assert steps[8].pv_kw == 0.0


def test_much_sun_and_little_load_are_one_way_it_may_turn_out() -> None:
    outlook = Outlook(curve=curve([0.1]), pv=forecast(4000.0), load=forecast(500.0))
    sunny = as_expected(outlook, pv=Quantile.P90, load=Quantile.P10)
    step = build_problem(sunny, terms(), 5.0, NOW).steps[0]
    assert step.pv_kw == 8.0
    assert step.load_kw == pytest.approx(0.5 - (0.5 - 0.25) / 3)


def test_stored_energy_is_worth_halfway_between_buying_and_selling_it() -> None:
    cheap_last = [0.9] * 24 + [0.3] * 24
    problem = build_problem(Outlook(curve=curve(cheap_last)), terms(), 5.0, NOW)
    assert problem.ending.value_per_kwh == pytest.approx((0.3 + 0.08) / 2 * 0.95)


def test_stored_energy_is_never_worth_less_than_nothing_at_the_end() -> None:
    problem = build_problem(Outlook(curve=curve([-0.3] * 24)), terms(), 5.0, NOW)
    assert problem.ending.value_per_kwh == 0.0


def test_who_is_below_the_reserve_is_back_there_at_the_end() -> None:
    problem = build_problem(Outlook(curve=curve([0.3] * 24)), terms(), 0.2, NOW)
    assert problem.battery.min_kwh == 0.2
    assert problem.ending.floor_kwh == 0.5
    assert problem.ending.floor_penalty == pytest.approx(1.25 * 0.3)


def test_who_is_above_the_limit_need_not_sell_at_once() -> None:
    problem = build_problem(Outlook(curve=curve([0.3] * 24)), terms(), 10.2, NOW)
    assert problem.battery.max_kwh == 10.2
    assert problem.battery.min_kwh == 0.5


@pytest.mark.parametrize(
    ("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_it_is(day: tuple[int, int, int], hours: int) -> None:
    zone = ZoneInfo("Europe/Berlin")
    midnight = datetime(*day, tzinfo=zone).astimezone(UTC)
    until = (datetime(*day, tzinfo=zone) + timedelta(days=1)).astimezone(UTC)
    prices = curve([0.1] * hours, start=midnight)
    assert prices.end == until
    steps = build_problem(Outlook(curve=prices), terms(), 5.0, midnight).steps
    of_the_day = [step for step in steps if step.interval.start < until]
    assert of_the_day[-1].interval.end == until
    length = sum((step.interval.duration for step in of_the_day), timedelta())
    assert length == timedelta(hours=hours)


@given(st.lists(st.sampled_from([15, 30, 60, 180]), min_size=1, max_size=40), st.data())
def test_any_prices_make_consecutive_steps_from_now_on(
    minutes: list[int], data: st.DataObject
) -> None:
    steps, start = [], NOW
    for number, length in enumerate(minutes):
        end = start + timedelta(minutes=length)
        steps.append(
            PriceStep(
                interval=Interval(start=start, end=end),
                import_price=float(number),
                export_price=0.0,
            )
        )
        start = end
    prices = PriceCurve(currency="EUR", steps=tuple(steps))
    into = data.draw(st.integers(0, int((prices.end - NOW).total_seconds()) - 1))
    now = NOW + timedelta(seconds=into)
    planned = build_problem(Outlook(curve=prices), terms(), 5.0, now).steps
    assert planned[0].interval.start == now
    for before, after in pairwise(planned):
        assert before.interval.end == after.interval.start
    for step in planned:
        price = prices.at(step.interval.start)
        if price is not None:
            assert step.import_price == price.import_price
