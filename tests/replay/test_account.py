"""What a replay came to."""

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceStep
from custom_components.bessai.replay.account import Account, ReplayDay, ReplayResult

from ..simulator.builders import HOUR, START, plant

PRICE = PriceStep(
    interval=Interval(start=START, end=START + HOUR),
    import_price=0.30,
    export_price=0.10,
)


def test_energies_are_counted_at_the_price_of_their_time() -> None:
    before = plant().truth
    after = replace(
        before,
        import_kwh=before.import_kwh + 2.0,
        export_kwh=before.export_kwh + 1.0,
        charge_kwh=before.charge_kwh + 3.0,
        discharge_kwh=before.discharge_kwh + 1.0,
        stored_kwh=before.stored_kwh + 1.5,
    )
    account = Account(ZoneInfo("UTC"), 0.02, before)
    day = account.count(START, after, PRICE)
    assert day.bill == pytest.approx(0.50)
    assert day.wear == pytest.approx(0.08)
    assert day.cost == pytest.approx(0.58)
    result = ReplayResult(
        days=tuple(account.days()), stored_before_kwh=account.stored_before_kwh
    )
    assert result.stored_gain_kwh == pytest.approx(1.5)
    assert result.cost(0.20) == pytest.approx(0.28)
    assert result.throughput_kwh == pytest.approx(4.0)
    assert result.cycles(10.0) == pytest.approx(0.2)


def test_days_are_those_of_the_site() -> None:
    """22:30 UTC in June is the next day in Madrid."""
    account = Account(ZoneInfo("Europe/Madrid"), 0.0, plant().truth)
    late = START.replace(hour=22, minute=30)
    account.count(late, plant().truth, PRICE)
    account.count(late - timedelta(hours=1), plant().truth, PRICE)
    assert [day.day for day in account.days()] == [date(2026, 6, 1), date(2026, 6, 2)]


def test_a_result_adds_its_days_up() -> None:
    days = tuple(
        ReplayDay(day=date(2026, 6, number), bill=1.0, wear=0.5, stored_kwh=number)
        for number in (1, 2)
    )
    result = ReplayResult(days=days, stored_before_kwh=5.0)
    assert (result.bill, result.wear, result.stored_gain_kwh) == (2.0, 1.0, -3.0)
