"""What BESSAI would have saved in days that were measured."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.price_curve import PriceCurve
from custom_components.bessai.planning.horizon import PlanTerms
from custom_components.bessai.planning.problem import GridSpec
from custom_components.bessai.planning.quarters import quarters_between
from custom_components.bessai.replay.backtest import (
    BacktestError,
    BacktestQuestion,
    BacktestResult,
    backtest,
)

from ..planning.home_builders import battery, curve

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 2, tzinfo=BERLIN).astimezone(UTC)
DAY = timedelta(days=1)
EVENING = [0.10] * 6 + [0.30] * 11 + [0.50] * 5 + [0.30] * 2


def measured(days: int = 1, taught: int = 3, **changes: object) -> BacktestQuestion:
    """Return days with a load in the evening, little sun and cheap nights."""
    end = START + days * DAY
    load, pv = {}, {}
    for quarter in quarters_between(START - taught * DAY, end):
        hour = quarter.astimezone(BERLIN).hour
        load[quarter] = 1500.0 if 17 <= hour < 22 else 250.0
        pv[quarter] = 800.0 if 10 <= hour < 15 else 0.0
    question = BacktestQuestion(
        load=load,
        pv=pv,
        prices=curve(EVENING * (days + 1), start=START - DAY),
        terms=PlanTerms(battery=battery(), grid=GridSpec(can_curtail=False)),
        start=START,
        end=end,
        zone=BERLIN,
    )
    return replace(question, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def a_day() -> tuple[BacktestResult, list[float]]:
    """Return what a day came to, and what was told meanwhile."""
    told: list[float] = []
    return backtest(measured(), told.append), told


def test_it_buys_in_the_night_for_the_evening(
    a_day: tuple[BacktestResult, list[float]],
) -> None:
    result, _ = a_day
    assert result.bessai < result.self_consumption < result.idle
    # A sure plan arrives empty at the dear hours: what the model does not know of
    # standby and inverter is missing then.
    assert abs(result.perfect - result.bessai) < 0.2
    assert result.saving == result.self_consumption - result.bessai
    assert result.perfect_saving == result.self_consumption - result.perfect
    assert result.cycles > 0.3
    assert result.missing_share == 0
    assert result.currency == "EUR"


def test_each_day_has_its_costs(a_day: tuple[BacktestResult, list[float]]) -> None:
    result, _ = a_day
    assert [day.day for day in result.days] == [START.astimezone(BERLIN).date()]
    assert result.days[0].idle == pytest.approx(result.idle, abs=0.05)


def test_who_waits_is_told_how_far_it_is(
    a_day: tuple[BacktestResult, list[float]],
) -> None:
    _, told = a_day
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] <= 1


def test_a_tariff_is_known_further_ahead_than_a_market() -> None:
    """And nobody need be told how far it is."""
    always = backtest(measured(published_hour=None))
    assert always.bessai < always.self_consumption


def test_a_house_without_measured_sun_is_replayed_without_sun(
    a_day: tuple[BacktestResult, list[float]],
) -> None:
    sunny, _ = a_day
    assert backtest(measured(pv={})).idle > sunny.idle


def test_a_house_that_was_never_measured_before_is_planned_with_the_usual() -> None:
    assert backtest(measured(taught=0)).saving > 0


def test_a_small_hole_is_filled_and_said() -> None:
    question = measured()
    hole = set(quarters_between(START + 0.5 * DAY, START + 0.53 * DAY))
    load = {quarter: w for quarter, w in question.load.items() if quarter not in hole}
    result = backtest(replace(question, load=load))
    assert result.missing_share == pytest.approx(len(hole) / 96)


def test_too_many_holes_are_no_backtest() -> None:
    with pytest.raises(BacktestError, match="percent 100") as refusal:
        backtest(measured(load={}))
    assert refusal.value.key == "too_little_measured"
    with pytest.raises(BacktestError):
        backtest(measured(end=START))


@pytest.mark.parametrize("part", [slice(30, None), slice(0, 30)])
def test_prices_have_to_cover_it(part: slice) -> None:
    prices = curve(EVENING * 2, start=START - DAY)
    some = PriceCurve(currency="EUR", steps=prices.steps[part])
    with pytest.raises(BacktestError) as refusal:
        backtest(measured(prices=some))
    assert refusal.value.key == "prices_missing"
