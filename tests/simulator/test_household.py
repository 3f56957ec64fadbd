"""The house has a base load, two peaks and habits."""

import pytest

from custom_components.bessai.simulator.household import APPLIANCES, House, load_w
from custom_components.bessai.simulator.parameters import HouseholdParameters

MONDAY_S = 20_000 * 86_400.0
DAYS = range(40)


def house(*, appliances: bool = True, seed: int = 1) -> House:
    """Return a household."""
    return House(seed=seed, parameters=HouseholdParameters(appliances=appliances))


def mean_w(of: House, hour: float) -> float:
    """Return the mean load of an hour over many days."""
    instants = [
        MONDAY_S + day * 86_400.0 + hour * 3600.0 + m * 60.0
        for day in DAYS
        for m in range(0, 60, 5)
    ]
    return sum(load_w(of, at_s, at_s) for at_s in instants) / len(instants)


def test_evening_is_busier_than_morning_and_night_is_quiet() -> None:
    quiet = house(appliances=False)
    night, morning, evening = (mean_w(quiet, hour) for hour in (3, 7, 19))
    assert night < morning < evening
    assert night == pytest.approx(280, rel=0.1)


def test_a_day_uses_what_a_home_uses() -> None:
    minutes = range(1440)
    kwh = [
        sum(
            load_w(house(), MONDAY_S + d * 86_400.0 + m * 60.0, m * 60.0)
            for m in minutes
        )
        / 60_000
        for d in DAYS[:5]
    ]
    assert all(8.0 < day < 24.0 for day in kwh)


def test_appliances_run_on_some_days_and_never_past_midnight() -> None:
    with_them, without = house(), house(appliances=False)
    extra = [
        load_w(with_them, at_s, at_s) - load_w(without, at_s, at_s)
        for at_s in (MONDAY_S + m * 60.0 for m in range(3 * 1440))
    ]
    assert max(extra) > 1500.0
    assert min(extra) >= -1e-9
    assert all(a.latest + a.minutes < 1440 for a in APPLIANCES)


def test_habits_follow_the_wall_clock_not_utc() -> None:
    quiet = house(appliances=False)
    evening_s = MONDAY_S + 19.6 * 3600
    assert load_w(quiet, evening_s, evening_s - 12 * 3600) < load_w(
        quiet, evening_s, evening_s
    )
