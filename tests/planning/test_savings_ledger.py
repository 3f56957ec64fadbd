"""The results of the days add up, however many there are."""

from datetime import UTC, date, datetime, timedelta
import json
from typing import Any

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.savings_ledger import (
    MOST_DAYS,
    DayResult,
    SavingsLedger,
    result_of,
)
from custom_components.bessai.planning.settlement import (
    DayAccount,
    MeterReading,
    Settlement,
)
from custom_components.bessai.planning.settlement_document import (
    Books,
    SettlementError,
    books_document,
    parse_books,
)

FIRST = date(2026, 1, 1)
MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
SETTLEMENT = Settlement(
    account=DayAccount(
        label=date(2026, 11, 21),
        day=Interval(start=MIDNIGHT, end=MIDNIGHT + timedelta(hours=24)),
        actual_cost=1.0,
        shadow_cost=1.5,
        ahead_kwh=-0.5,
        settled_s=60.0,
        value_per_kwh=0.2,
    ),
    last=MeterReading(
        at=MIDNIGHT + timedelta(hours=1),
        grid_kw=1.0,
        battery_kw=-2.0,
        stored_kwh=5.0,
        released=True,
        import_price=0.3,
    ),
)


def result(
    saving: float, label: date = FIRST, currency: str = "EUR", **changes: float
) -> DayResult:
    """Return a day that saved so much."""
    values = {
        "actual_cost": 1.0,
        "self_consumption_cost": 1.0 + saving,
        "settled_s": 3600.0,
        "lost_s": 60.0,
    }
    return DayResult(
        label=label, currency=currency, saving=saving, **(values | changes)
    )


def filled(*results: DayResult) -> SavingsLedger:
    """Return a ledger of these results."""
    ledger = SavingsLedger()
    for one in results:
        ledger = ledger.with_result(one)
    return ledger


def test_an_account_becomes_a_result() -> None:
    closed = result_of(SETTLEMENT.account, "EUR")
    assert closed.saving == pytest.approx(0.5 + 0.5 * 0.2)
    assert (closed.actual_cost, closed.self_consumption_cost) == (1.0, 1.5)
    assert (closed.settled_s, closed.lost_s) == (60.0, 0.0)


def test_results_are_kept_in_order_and_add_up() -> None:
    ledger = filled(
        result(2.0, date(2026, 2, 1)), result(1.0), result(-0.5, date(2026, 1, 31))
    )
    assert [one.saving for one in ledger.days] == [1.0, -0.5, 2.0]
    assert ledger.of_day(FIRST, "EUR") == 1.0
    assert ledger.of_month(FIRST, "EUR") == 0.5
    assert ledger.total("EUR") == 2.5


def test_both_parts_of_a_day_make_one() -> None:
    (day,) = filled(result(1.0), result(0.5)).days
    assert day == result(
        1.5, actual_cost=2.0, self_consumption_cost=3.5, settled_s=7200, lost_s=120
    )


def test_another_currency_has_sums_of_its_own() -> None:
    ledger = filled(result(1.0), result(900.0, currency="CLP"))
    assert ledger.of_day(FIRST, "EUR") == ledger.of_month(FIRST, "EUR") == 1.0
    assert ledger.total("CLP") == 900.0
    assert ledger.total("USD") == 0.0


def test_the_same_month_of_another_year_is_another_month() -> None:
    ledger = filled(result(1.0), result(2.0, date(2025, 1, 1)))
    assert ledger.of_month(FIRST, "EUR") == 1.0


def test_old_days_are_only_remembered_in_the_total() -> None:
    many = [result(1.0, FIRST + timedelta(days=days)) for days in range(MOST_DAYS + 5)]
    ledger = filled(*many)
    assert len(ledger.days) == MOST_DAYS
    assert ledger.earlier == {"EUR": 5.0}
    assert ledger.total("EUR") == MOST_DAYS + 5


@pytest.mark.parametrize(
    "books",
    [
        Books(),
        Books(ledger=filled(result(1.0)), settlement=SETTLEMENT, currency="EUR"),
    ],
)
def test_books_outlive_a_restart(books: Books) -> None:
    document = json.loads(json.dumps(books_document(books)))
    assert parse_books(document) == books


@pytest.mark.parametrize(
    "damage",
    [
        {"days": None},
        {"days": [{}]},
        {"days": [{"label": "today"}]},
        {"earlier": {"EUR": "NaN"}},
        {"earlier": []},
        {"today": {"day": []}, "last": {}},
        {"today": {"day": ["2026-11-21", "2026-11-20"]}, "last": {}},
    ],
)
def test_damaged_books_are_named(damage: dict[str, Any]) -> None:
    document = books_document(Books()) | damage
    with pytest.raises(SettlementError, match="cannot be read"):
        parse_books(document)


def test_an_account_without_a_last_reading_is_begun_anew() -> None:
    document = books_document(Books(settlement=SETTLEMENT)) | {"last": None}
    assert parse_books(document).settlement is None
