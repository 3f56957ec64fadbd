"""What a dispatch policy is told, held against numbers made by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from custom_components.bessai.inference.policy_columns import (
    BATTERY_NAMES,
    ENERGY_NAMES,
    PRICE_NAMES,
    battery_columns,
    energy_columns,
    price_columns,
)
from custom_components.bessai.inference.policy_features import (
    FEATURES,
    observe,
    price_scale,
    stored_features,
)

from .observations import HOUR, NOW, curve, forecast, observation

QUARTER = timedelta(minutes=15)
DAY_PRICES = [0.2] * 12 + [0.4] * 12
"""Mean 0.3, and all of them 0.1 from it: a spread of 0.125."""


def test_everything_known_is_in_the_vocabulary() -> None:
    """What can be told is what a card can ask for, no more and no less."""
    assert observe(observation()).keys() == FEATURES.keys()


def test_plain_values() -> None:
    known = observe(observation(now=NOW + timedelta(minutes=30)))
    assert known["soc_pct"] == pytest.approx(40.0)
    assert known["power_kw"] == pytest.approx(1.5)
    assert known["temp_c"] == pytest.approx(21.0)
    assert known["hour"] == pytest.approx(13.5)  # on the wall clock in Berlin
    assert known["weekday"] == 0.0  # a Monday
    assert known["net_load_kw"] == pytest.approx(-0.4)
    assert known["pv_kw"] == pytest.approx(1.0)
    assert known["import_price"] == pytest.approx(0.3)
    assert known["export_price"] == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"battery_power_kw": None}, {"power_kw"}),
        ({"battery_temperature_c": None}, {"temp_c"}),
        ({"battery_temperature_c": float("nan")}, {"temp_c"}),
        ({"load": None}, set(ENERGY_NAMES)),
        ({"load": forecast([500.0] * 23)}, set(ENERGY_NAMES)),
        (
            {"prices": None},
            {*PRICE_NAMES, "import_price", "export_price", "published_hours"},
        ),
        (
            {"prices": curve([0.3], start=NOW - HOUR)},
            {*PRICE_NAMES, "import_price", "export_price", "published_hours"},
        ),
    ],
)
def test_what_is_not_known_is_left_out(
    changes: dict[str, object], missing: set[str]
) -> None:
    assert FEATURES.keys() - observe(observation(**changes)).keys() == missing


def test_prices_are_told_in_units_of_their_spread() -> None:
    known = observe(observation(prices=curve(DAY_PRICES, sold=0.25)))
    scale = price_scale(observation(prices=curve(DAY_PRICES, sold=0.25)))
    assert scale == pytest.approx((0.3, 0.125))
    assert known["import_price_z_00"] == pytest.approx(-0.8)
    assert known["import_price_z_23"] == pytest.approx(0.8)
    assert known["export_price_z_00"] == pytest.approx(-0.4)
    assert known["price_level"] == pytest.approx(2.4)
    assert known["wear_z"] == pytest.approx(0.16)


def test_neither_currency_nor_size_changes_what_the_shipped_policy_sees() -> None:
    euros = price_columns(
        np.full((1, 96), 0.3), np.full((1, 96), 0.1), np.array([0.02])
    )
    pesos = price_columns(
        np.full((1, 96), 300.0), np.full((1, 96), 100.0), np.array([20.0])
    )
    assert pesos == pytest.approx(euros)
    small = energy_columns(np.full((1, 96), 0.5), np.array([5.0]))
    large = energy_columns(np.full((1, 96), 1.0), np.array([10.0]))
    assert large == pytest.approx(small)


def test_a_flat_tariff_is_measured_by_the_gap_between_buying_and_selling() -> None:
    scale = price_scale(observation(prices=curve([0.3] * 24, sold=0.1)))
    assert scale == pytest.approx((0.3, 0.05))


def test_prices_of_nothing_are_numbers_too() -> None:
    known = observe(observation(prices=curve([0.0] * 24, sold=0.0)))
    assert known["import_price_z_00"] == 0.0
    assert known["wear_z"] == 5.0  # the bound of it
    assert price_scale(observation(prices=None)) is None


def test_hours_begin_with_the_running_quarter() -> None:
    """A price that changes on the hour shows in parts of the hours ahead."""
    prices = curve([0.2, *[0.4] * 30])
    known = observe(observation(now=NOW + timedelta(minutes=37), prices=prices))
    bought = [known[f"import_price_z_{n:02}"] for n in range(24)]
    mean, spread = price_scale(
        observation(now=NOW + timedelta(minutes=37), prices=prices)
    ) or (0.0, 1.0)
    first = (2 * 0.2 + 2 * 0.4) / 4
    assert bought[0] * spread + mean == pytest.approx(first)
    assert bought[1] * spread + mean == pytest.approx(0.4)


def test_steps_of_15_and_60_minutes_say_the_same() -> None:
    hourly = observe(observation(prices=curve(DAY_PRICES)))
    quarters = [price for price in DAY_PRICES for _ in range(4)]
    fine = observe(observation(prices=curve(quarters, length=QUARTER)))
    assert [fine[name] for name in PRICE_NAMES] == pytest.approx(
        [hourly[name] for name in PRICE_NAMES]
    )


def test_a_curve_that_ends_early_goes_on_as_the_day_before() -> None:
    """Prices of the hours before now are told where they are known."""
    yesterday = [0.1 * hour for hour in range(24)]
    short = curve([*yesterday, 0.7, 0.9], start=NOW - 24 * HOUR)
    seen = observation(prices=short)
    mean, spread = price_scale(seen) or (0.0, 1.0)
    known = observe(seen)
    bought = [known[f"import_price_z_{n:02}"] * spread + mean for n in range(24)]
    assert bought == pytest.approx([0.7, 0.9, *yesterday[2:]])


def test_a_short_curve_without_a_past_goes_on_with_its_mean() -> None:
    seen = observation(prices=curve([0.2, 0.4]))
    mean, spread = price_scale(seen) or (0.0, 1.0)
    known = observe(seen)
    bought = [known[f"import_price_z_{n:02}"] * spread + mean for n in range(24)]
    assert bought == pytest.approx([0.2, 0.4, *[0.3] * 22])


def test_hours_for_which_prices_are_certain() -> None:
    seen = observation(
        now=NOW + timedelta(minutes=30), prices=curve([0.3] * 36, certain=12)
    )
    assert observe(seen)["published_hours"] == pytest.approx(11.5)
    expected = observation(prices=curve([0.3] * 36, certain=0))
    assert observe(expected)["published_hours"] == 0.0
    endless = observation(prices=curve([0.3] * 200))
    assert observe(endless)["published_hours"] == 48.0  # the bound of it


def test_needs_and_surpluses_are_shares_of_the_range() -> None:
    """Eight kWh may be stored; 500 W for two hours are an eighth of it."""
    sun = forecast([0.0, 0.0, 2500.0, 2500.0, 500.0, 0.0, *[0.0] * 18])
    known = observe(observation(pv=sun))
    assert known["deficit_share_00"] == pytest.approx(0.125)
    assert known["surplus_share_00"] == 0.0
    assert known["deficit_share_01"] == 0.0
    assert known["surplus_share_01"] == pytest.approx(0.5)
    assert known["deficit_share_02"] == pytest.approx(0.0625)


def test_no_sun_is_expected_where_no_forecast_says_so() -> None:
    """Sources leave out the nights, and homes without panels have no forecast."""
    seen = [observation(pv=pv) for pv in (None, forecast([0.0] * 3))]
    for one in seen:
        assert observe(one)["deficit_share_11"] == pytest.approx(0.125)


def test_a_forecast_may_begin_now_in_the_middle_of_a_quarter() -> None:
    now = NOW + timedelta(minutes=7)
    seen = observation(now=now, load=forecast([500.0] * 25, start=now))
    assert observe(seen)["deficit_share_00"] == pytest.approx(0.125)


def test_energies_have_a_bound() -> None:
    seen = observation(load=forecast([40_000.0] * 24))
    assert observe(seen)["deficit_share_00"] == 4.0


def test_the_battery_is_told_by_hours_and_loss() -> None:
    known = observe(observation())
    assert known["charge_hours"] == pytest.approx(2.0)
    assert known["discharge_hours"] == pytest.approx(4.0)
    assert known["one_way_loss_pct"] == pytest.approx(10.0)


def test_a_battery_that_cannot_charge_now_is_slow() -> None:
    none = np.array([0.0])
    columns = battery_columns(np.array([8.0]), none, none, np.array([0.81]))
    assert columns.shape == (1, len(BATTERY_NAMES))
    assert columns[0] == pytest.approx([48.0, 48.0, 10.0])


@pytest.mark.parametrize(
    ("stored_kwh", "share"), [(4.0, 0.25), (1.0, 0.0), (10.0, 1.0), (10.4, 1.0)]
)
def test_what_is_stored_is_a_share_of_what_the_owner_allows(
    stored_kwh: float, share: float
) -> None:
    told = stored_features(observation(), stored_kwh)
    assert told["stored_share"] == pytest.approx(share)
    assert told["soc_pct"] == pytest.approx(10 * stored_kwh)


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), 1.5),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), 3.5),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2.5),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 2.5),
    ],
)
def test_days_of_23_and_25_hours(now: datetime, hour: float) -> None:
    """The clock shows them, and the hours ahead are hours all the same."""
    start = now.replace(minute=0)
    seen = observation(
        now=now,
        zone=ZoneInfo("Europe/Berlin"),
        prices=curve([float(n) for n in range(30)], start=start),
        load=forecast([500.0] * 30, start=start),
    )
    mean, spread = price_scale(seen) or (0.0, 1.0)
    known = observe(seen)
    assert known["hour"] == pytest.approx(hour)
    ahead = [known[f"import_price_z_{n:02}"] * spread + mean for n in range(24)]
    assert np.diff(ahead) == pytest.approx(np.ones(23))
