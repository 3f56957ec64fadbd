"""What the house uses at which time of which day."""

from datetime import UTC, datetime, timedelta
from random import Random
from statistics import fmean

import pytest

from custom_components.bessai.planning.load_profile import build_load_profile
from custom_components.bessai.planning.quarters import QUARTER

from .power_builders import MADRID, MONDAY, by_local_hour, measured, steady

NOW = MONDAY + timedelta(weeks=4)


def at_local(day: int, hour: int) -> datetime:
    return datetime(2026, 7, 6 + day, hour, 30, tzinfo=MADRID)


def test_less_than_an_hour_is_no_profile() -> None:
    assert build_load_profile({}, NOW, MADRID) is None
    three = measured(NOW - 3 * QUARTER, 3 / 96, steady(200))
    assert build_load_profile(three, NOW, MADRID) is None


def test_an_hour_says_how_much_a_house_uses() -> None:
    hour = measured(NOW - 4 * QUARTER, 4 / 96, steady(200))
    profile = build_load_profile(hour, NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(3, 15)) == pytest.approx((200, 200, 200))
    assert profile.days == pytest.approx(4 / 96)


def test_profile_follows_the_wall_clock() -> None:
    powers = by_local_hour(MADRID, {7: 900, 8: 900, 9: 900})
    profile = build_load_profile(measured(MONDAY, 28, powers), NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(1, 8)).mean_w == pytest.approx(900, rel=0.05)
    assert profile.at(at_local(1, 12)).mean_w == pytest.approx(100, rel=0.15)


def test_profile_keeps_the_wall_clock_over_a_change_of_the_clock() -> None:
    start = datetime(2026, 10, 4, tzinfo=UTC)
    now = datetime(2026, 10, 25, 12, tzinfo=UTC)  # the clock went back at one o'clock
    powers = by_local_hour(MADRID, {7: 900, 8: 900, 9: 900})
    history = measured(start, 21.5, powers)
    profile = build_load_profile(history, now, MADRID)
    assert profile is not None
    winter = datetime(2026, 10, 27, 8, 30, tzinfo=MADRID)
    assert winter.utcoffset() == timedelta(hours=1)
    assert profile.at(winter).mean_w == pytest.approx(900, rel=0.05)
    assert profile.at(winter + timedelta(hours=3)).mean_w < 200


def test_weekend_differs_from_work_after_some_weeks() -> None:
    def powers(quarter: datetime) -> float:
        return 900.0 if quarter.astimezone(MADRID).weekday() >= 5 else 300.0

    profile = build_load_profile(
        measured(MONDAY, 56, powers), MONDAY + timedelta(weeks=8), MADRID
    )
    assert profile is not None
    assert profile.at(at_local(5, 12)).mean_w > 650
    assert profile.at(at_local(1, 12)).mean_w < 380


def test_days_of_a_kind_help_each_other() -> None:
    """After four days nobody has seen a Friday."""

    def powers(quarter: datetime) -> float:
        return 300.0 + quarter.astimezone(MADRID).weekday()

    profile = build_load_profile(measured(MONDAY, 4, powers), NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(4, 12)).mean_w == pytest.approx(301.5, abs=1)


def test_middle_is_the_mean_because_energy_is_bought() -> None:
    chance = Random(1)  # noqa: S311 - to be had again
    history = measured(MONDAY, 28, lambda _: 2000.0 if chance.random() < 0.2 else 200.0)
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    means = [band.mean_w for row in profile.bands for band in row]
    assert fmean(means) == pytest.approx(fmean(history.values()), rel=0.03)


def test_band_holds_four_in_five() -> None:
    chance = Random(2)  # noqa: S311 - to be had again
    history = measured(MONDAY, 28, lambda _: chance.uniform(0, 1000))
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    bands = [band for row in profile.bands for band in row]
    low_w, mean_w, high_w = (fmean(values) for values in zip(*bands, strict=True))
    assert low_w == pytest.approx(100, abs=25)
    assert mean_w == pytest.approx(500, abs=25)
    assert high_w == pytest.approx(900, abs=25)


def test_rare_appliance_lifts_the_mean_and_the_band_with_it() -> None:
    chance = Random(3)  # noqa: S311 - to be had again
    history = measured(
        MONDAY, 28, lambda _: 9000.0 if chance.random() < 0.04 else 100.0
    )
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    bands = [band for row in profile.bands for band in row]
    assert all(band.p10_w <= band.mean_w <= band.p90_w for band in bands)
    assert max(band.mean_w for band in bands) > 300


def test_fault_of_the_meter_is_left_out() -> None:
    history = measured(MONDAY, 28, steady(300))
    history[MONDAY + timedelta(days=20)] = 4_000_000.0
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    assert max(band.p90_w for row in profile.bands for band in row) == pytest.approx(
        300
    )


def test_fault_is_left_out_even_on_the_first_day() -> None:
    history = measured(NOW - timedelta(hours=12), 0.5, steady(300))
    history[NOW - timedelta(hours=6)] = 4_000_000.0
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    assert max(band.p90_w for row in profile.bands for band in row) == pytest.approx(
        300
    )


def test_charging_a_car_at_times_is_not_taken_for_a_fault() -> None:
    def powers(quarter: datetime) -> float:
        local = quarter.astimezone(MADRID)
        return 11_000.0 if local.weekday() == 4 and 20 <= local.hour < 23 else 250.0

    profile = build_load_profile(measured(MONDAY, 28, powers), NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(4, 21)).mean_w > 2000


def test_negative_load_counts_as_none() -> None:
    profile = build_load_profile(measured(MONDAY, 28, steady(-50)), NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(0, 12)) == (0, 0, 0)


def test_what_is_long_ago_or_yet_to_come_is_left_out() -> None:
    history = (
        measured(NOW - timedelta(days=90), 10, steady(5000))
        | measured(NOW - timedelta(days=7), 7, steady(200))
        | measured(NOW, 3, steady(5000))
    )
    profile = build_load_profile(history, NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(0, 12)) == pytest.approx((200, 200, 200))


def test_time_that_was_never_seen_is_like_the_others() -> None:
    """An inverter that is silent at night leaves holes."""

    def is_day(quarter: datetime) -> bool:
        return 8 <= quarter.astimezone(MADRID).hour < 20

    history = measured(MONDAY, 28, steady(400))
    seen = {quarter: power for quarter, power in history.items() if is_day(quarter)}
    profile = build_load_profile(seen, NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(2, 3)) == pytest.approx((400, 400, 400))


def test_house_that_was_empty_uses_nothing() -> None:
    profile = build_load_profile(measured(MONDAY, 28, steady(0)), NOW, MADRID)
    assert profile is not None
    assert profile.at(at_local(0, 12)) == (0, 0, 0)
