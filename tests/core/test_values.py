"""The values that planning is made of refuse what cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core import units
from custom_components.bessai.core.battery_spec import BatterySpec, BatterySpecError
from custom_components.bessai.core.interval import Interval, IntervalError
from custom_components.bessai.core.power_forecast import (
    PowerForecast,
    PowerForecastError,
    PowerStep,
    Quantile,
)
from custom_components.bessai.core.price_curve import (
    PriceCurve,
    PriceCurveError,
    PriceStep,
)

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def interval(first: float, last: float) -> Interval:
    """Return an interval in hours after the start."""
    return Interval(start=START + first * HOUR, end=START + last * HOUR)


def price(first: float, last: float, **changes: Any) -> PriceStep:
    """Return a price of 0.30 and 0.10."""
    values = {"import_price": 0.3, "export_price": 0.1, **changes}
    return PriceStep(interval=interval(first, last), **values)


def power(first: float, last: float, *watts: float) -> PowerStep:
    """Return an expected power; one number stands for all three."""
    p10, p50, p90 = watts * (3 // len(watts))
    return PowerStep(interval=interval(first, last), p10_w=p10, p50_w=p50, p90_w=p90)


def test_units_convert_both_ways() -> None:
    assert units.kw(2500.0) == 2.5
    assert units.watts(2.5) == 2500.0
    assert units.hours(timedelta(minutes=15)) == 0.25
    assert units.energy_kwh(-2000.0, timedelta(minutes=15)) == -0.5


def test_an_interval_has_its_start_and_not_its_end() -> None:
    one = interval(0, 1)
    assert one.has(START)
    assert not one.has(START + HOUR)
    assert one.duration == HOUR


def test_an_interval_is_kept_in_utc() -> None:
    zone = ZoneInfo("Europe/Berlin")
    one = Interval(
        start=datetime(2026, 10, 25, 2, tzinfo=zone),
        end=datetime(2026, 10, 25, 3, tzinfo=zone),
    )
    assert one.duration == 2 * HOUR  # the hour comes twice
    assert one.start.tzinfo is UTC


def test_an_interval_wants_time_zones_and_an_end_after_its_start() -> None:
    with pytest.raises(IntervalError, match="start 2026-03-02T12:00:00 has no time"):
        Interval(start=START.replace(tzinfo=None), end=START)
    with pytest.raises(IntervalError, match="is not after its start"):
        Interval(start=START, end=START)


def test_a_curve_knows_its_ends_and_its_prices() -> None:
    curve = PriceCurve(currency="EUR", steps=(price(0, 1), price(1, 3)))
    assert (curve.start, curve.end) == (START, START + 3 * HOUR)
    assert curve.at(START + 2 * HOUR) is curve.steps[1]
    assert curve.at(START + 3 * HOUR) is None
    assert list(curve) == list(curve.steps)


def test_prices_are_known_until_the_first_that_is_expected_only() -> None:
    steps = (price(0, 1), price(1, 2, confidence=0.7), price(2, 3))
    assert PriceCurve(currency="EUR", steps=steps).known_until == START + HOUR
    assert PriceCurve(currency="EUR", steps=steps[:1]).known_until == START + HOUR
    assert PriceCurve(currency="EUR", steps=steps[1:]).known_until == START + HOUR


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ((), "there is no price"),
        ((price(0, 1, import_price=float("nan")),), "12:00 has no price"),
        ((price(0, 1, export_price=float("inf")),), "12:00 has no price"),
        ((price(0, 1), price(2, 3)), "nothing is known between 2026-03-02 13:00"),
    ],
)
def test_a_curve_has_prices_without_a_gap(
    steps: tuple[PriceStep, ...], complaint: str
) -> None:
    with pytest.raises(PriceCurveError, match=complaint):
        PriceCurve(currency="EUR", steps=steps)


def test_a_forecast_is_averaged_over_any_interval() -> None:
    forecast = PowerForecast(
        source="test", steps=(power(0, 1, 100.0, 200.0, 400.0), power(1, 2, 800.0))
    )
    assert forecast.mean_w(interval(0.5, 1.5)) == 500.0
    assert forecast.mean_w(interval(0.5, 1.5), Quantile.P10) == 450.0
    assert forecast.mean_w(interval(0, 1), Quantile.P90) == 400.0
    assert forecast.mean_w(interval(0.25, 0.5)) == 200.0


def test_what_a_forecast_does_not_cover_is_not_known() -> None:
    forecast = PowerForecast(source="test", steps=(power(0, 1, 5.0), power(2, 3, 5.0)))
    assert forecast.mean_w(interval(0.5, 2.5)) is None
    assert forecast.mean_w(interval(2, 4)) is None
    assert forecast.mean_w(interval(-1, 1)) is None


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ((power(0, 1, -1.0),), "no powers in rising order"),
        ((power(0, 1, 3.0, 2.0, 4.0),), "no powers in rising order"),
        ((power(0, 1, float("nan")),), "no powers in rising order"),
        ((power(0, 1, float("inf")),), "no powers in rising order"),
        ((power(0, 2, 1.0), power(1, 3, 1.0)), "overlap at 2026-03-02 13:00"),
    ],
)
def test_a_forecast_has_powers_in_order(
    steps: tuple[PowerStep, ...], complaint: str
) -> None:
    with pytest.raises(PowerForecastError, match=complaint):
        PowerForecast(source="test", steps=steps)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"min_kwh": 10.0}, "from 10.0 to 10.0 kWh is no range"),
        ({"min_kwh": -1.0}, "from -1.0 to 10.0 kWh is no range"),
        ({"charge_kw": -1.0}, "charge_kw -1.0 is below 0"),
        ({"wear_cost": float("nan")}, "wear_cost nan is below 0"),
        ({"discharge_efficiency": 0.0}, "discharge_efficiency 0.0 is not above 0"),
        ({"charge_efficiency": 1.1}, "charge_efficiency 1.1 is not above 0"),
    ],
)
def test_a_battery_is_one_that_can_be(
    changes: dict[str, float], complaint: str
) -> None:
    values: dict[str, Any] = {
        "min_kwh": 0.5,
        "max_kwh": 10.0,
        "charge_kw": 5.0,
        "discharge_kw": 5.0,
        "charge_efficiency": 0.95,
        "discharge_efficiency": 0.95,
    }
    assert BatterySpec(**values).wear_cost == 0.0
    with pytest.raises(BatterySpecError, match=complaint):
        BatterySpec(**values | changes)
