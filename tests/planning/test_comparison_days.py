"""The days of a comparison: closed, kept, added up."""

from datetime import date, timedelta

import pytest

from custom_components.bessai.planning.comparison_days import (
    MOST_DAYS,
    ComparedDay,
    Times,
    sum_of,
    with_day,
)

FIRST = date(2026, 11, 1)


def day(number: int, currency: str = "EUR", **changes: float) -> ComparedDay:
    """Return a day on which the policy saved 1 and the plan 0.5."""
    values = {"policy_saving": 1.0, "plan_saving": 0.5} | changes
    return ComparedDay(
        label=FIRST + timedelta(days=number),
        currency=currency,
        times=Times(settled_s=100.0, lost_s=10.0, fallback_s=5.0, agreed_s=50.0),
        **values,
    )


def test_days_are_in_order_and_at_least_a_month_is_kept() -> None:
    days: tuple[ComparedDay, ...] = ()
    for number in reversed(range(MOST_DAYS + 5)):
        days = with_day(days, day(number))
    assert len(days) == MOST_DAYS
    assert MOST_DAYS >= 30
    assert days == tuple(day(5 + number) for number in range(MOST_DAYS))
    assert with_day(days, day(0)) == days, "too old to be kept"


def test_parts_of_the_same_day_are_added_up() -> None:
    (both,) = with_day([day(0)], day(0, policy_saving=-3.0))
    assert (both.policy_saving, both.plan_saving) == (-2.0, 1.0)
    assert both.advantage == -3.0
    assert both.times == Times(
        settled_s=200.0, lost_s=20.0, fallback_s=10.0, agreed_s=100.0
    )


def test_another_currency_is_a_day_of_its_own() -> None:
    assert len(with_day([day(0)], day(0, "CLP"))) == 2


@pytest.mark.parametrize(("first", "last", "saved"), [(0, 9, 5.0), (2, 3, 2.0)])
def test_the_days_of_a_currency_are_added_up(
    first: int, last: int, saved: float
) -> None:
    days = [*(day(number) for number in range(5)), day(3, "CLP")]
    first_day, last_day = FIRST + timedelta(days=first), FIRST + timedelta(days=last)
    total = sum_of(days, first_day, last_day, "EUR")
    assert (total.label, total.currency) == (last_day, "EUR")
    assert total.policy_saving == saved
    assert total.advantage == saved / 2
    assert total.times.agreement == 0.5


def test_of_no_time_nobody_knows_how_far_they_agree() -> None:
    assert sum_of([], FIRST, FIRST, "EUR").times.agreement is None
