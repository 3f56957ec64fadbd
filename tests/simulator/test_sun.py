"""The sun rises, peaks at its noon, sets, and follows the seasons."""

from datetime import UTC, datetime

import pytest

from custom_components.bessai.simulator.sun import (
    Site,
    ambient_c,
    available_pv_w,
    irradiance_w_m2,
    transmission,
)

SUMMER = datetime(2026, 6, 21, tzinfo=UTC).timestamp()
WINTER = datetime(2026, 12, 21, tzinfo=UTC).timestamp()
HOUR = 3600.0


def site(
    latitude_deg: float = 45.0, noon_h: float = 12.0, cloudiness: float | None = 0.0
) -> Site:
    """Return a cloudless site."""
    return Site(
        seed=5,
        peak_w=8000.0,
        latitude_deg=latitude_deg,
        noon_s=noon_h * HOUR,
        cloudiness=cloudiness,
    )


def daylight_h(of: Site, midnight_s: float) -> float:
    """Return the hours of light in a day."""
    quarters = range(96)
    return (
        sum(irradiance_w_m2(of, midnight_s + q * HOUR / 4) > 0.0 for q in quarters) / 4
    )


@pytest.mark.parametrize("noon_h", [9.0, 12.0, 13.5])
def test_the_sun_is_highest_at_solar_noon(noon_h: float) -> None:
    minutes = range(24 * 60)
    brightest = max(
        minutes, key=lambda m: irradiance_w_m2(site(noon_h=noon_h), SUMMER + m * 60)
    )
    assert brightest == pytest.approx(noon_h * 60, abs=1)


@pytest.mark.parametrize(
    ("latitude_deg", "longest", "shortest"),
    [(45.0, SUMMER, WINTER), (-35.0, WINTER, SUMMER)],
)
def test_summer_days_are_long_on_either_side_of_the_equator(
    latitude_deg: float, longest: float, shortest: float
) -> None:
    there = site(latitude_deg)
    assert daylight_h(there, longest) > 13.5
    assert daylight_h(there, shortest) < 10.5
    assert ambient_c(there, longest + 12 * HOUR) > ambient_c(
        there, shortest + 12 * HOUR
    )


def test_a_clear_summer_noon_is_about_full_sun() -> None:
    assert irradiance_w_m2(site(), SUMMER + 12 * HOUR) == pytest.approx(1000, abs=80)


def test_there_is_no_power_at_night_and_never_more_than_the_peak() -> None:
    powers = [available_pv_w(site(), SUMMER + m * 60.0) for m in range(1440)]
    assert powers[0] == 0.0
    assert 6500 < max(powers) <= 8000.0


def test_the_sun_behind_steep_panels_leaves_diffuse_light() -> None:
    at_s = SUMMER + 5 * HOUR
    assert 0.0 < irradiance_w_m2(site(60.0), at_s) < 200.0


def test_clouds_take_light_and_overcast_takes_more() -> None:
    noons = [SUMMER + day * 24 * HOUR + 12 * HOUR for day in range(30)]
    clear, half, full = (
        [transmission(site(cloudiness=cover), noon) for noon in noons]
        for cover in (0.0, 0.5, 1.0)
    )
    assert set(clear) == {1.0}
    assert all(f < h < 1.0 for f, h in zip(full, half, strict=True))
    assert min(full) >= 0.15


def test_without_a_fixed_cloudiness_days_differ() -> None:
    noons = [SUMMER + day * 24 * HOUR + 12 * HOUR for day in range(30)]
    light = [transmission(site(cloudiness=None), noon) for noon in noons]
    assert max(light) > 0.9
    assert min(light) < 0.5
