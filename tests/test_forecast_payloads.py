"""PV forecasts as other integrations offer them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.core.power_forecast import PowerForecast, Quantile
from custom_components.bessai.forecast_payloads import (
    Candidate,
    Payload,
    read_candidate,
)

from .forecasting import HOUR, solcast_day, wh_hours

NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")


def read(*pieces: Mapping[str, Any], unit: str | None = None) -> PowerForecast:
    """Read one plane in pieces."""
    plane = tuple(Payload(attributes=piece, unit=unit) for piece in pieces)
    return read_candidate(Candidate(name="test", planes=(plane,)), NOW)


def middles(found: PowerForecast) -> list[tuple[float, float]]:
    """Return how many hours after now each step begins, and its p50."""
    return [((step.interval.start - NOW) / HOUR, step.p50_w) for step in found.steps]


def test_solcast_has_kilowatts_of_half_hours_and_a_band() -> None:
    found = read(solcast_day(NOW, 1.0, 3.0))
    assert middles(found) == [(0, 1000), (0.5, 3000)]
    step = found.steps[1]
    assert (step.p10_w, step.p90_w) == pytest.approx((1500, 3600))
    assert step.interval.end == NOW + HOUR


def test_solcast_hourly_is_read_where_half_hours_are_switched_off() -> None:
    items = [
        {"period_start": (NOW + index * HOUR).isoformat(), "pv_estimate": 2.0}
        for index in range(2)
    ]
    assert middles(read({"detailedHourly": items})) == [(0, 2000), (1, 2000)]


def test_days_of_several_sensors_are_put_together() -> None:
    found = read(solcast_day(NOW + 24 * HOUR, 2.0), solcast_day(NOW, 1.0))
    assert middles(found) == [(0, 1000), (24, 2000)]


def test_what_two_sensors_say_of_the_same_time_counts_once() -> None:
    found = read(solcast_day(NOW, 1.0, 1.0), solcast_day(NOW, 1.0))
    assert middles(found) == [(0, 1000), (0.5, 1000)]


def test_platform_gives_energies_from_a_start() -> None:
    found = read({"wh_hours": wh_hours(NOW, 500, 1500)})
    assert middles(found) == [(0, 500), (1, 1500)]
    assert found.steps[-1].interval.end == NOW + 2 * HOUR


def test_sunrise_within_an_hour_is_a_short_interval() -> None:
    """Forecast.Solar's first interval of a day begins at sunrise."""
    sunrise = NOW + timedelta(minutes=45)
    energies = {sunrise.isoformat(): 100.0} | wh_hours(NOW + HOUR, 500, 500)
    found = read({"wh_hours": energies})
    assert middles(found)[0] == pytest.approx((0.75, 400))


def test_night_is_a_hole_and_not_a_long_evening() -> None:
    energies = wh_hours(NOW, 500, 100) | wh_hours(NOW + 20 * HOUR, 100, 500)
    found = read({"wh_hours": energies})
    assert found.steps[1].interval.duration == HOUR
    assert [energy for _, energy in middles(found)] == [500, 100, 100, 500]


def test_quarter_hours_are_read_as_such() -> None:
    quarters = {(NOW + index * HOUR / 4).isoformat(): 250.0 for index in (0, 1, 2, 3)}
    found = read({"wh_period": quarters})
    assert [power for _, power in middles(found)] == [1000] * 4


def test_hours_may_be_followed_by_quarter_hours() -> None:
    energies = {(NOW + hour * HOUR).isoformat(): 1000 for hour in range(2)}
    energies |= {(NOW + 2 * HOUR + i * HOUR / 4).isoformat(): 250 for i in range(8)}
    steps = read({"wh_period": energies}).steps
    assert [step.p50_w for step in steps] == [1000.0] * 10
    assert steps[1].interval.end == steps[2].interval.start


def test_powers_are_read_where_there_are_no_energies() -> None:
    found = read({"watts": wh_hours(NOW, 700, 800)})
    assert middles(found) == [(0, 700), (1, 800)]
    both = read({"watts": wh_hours(NOW, 700), "wh_period": wh_hours(NOW, 650)})
    assert middles(both) == [(0, 650)]


@pytest.mark.parametrize(
    ("item", "unit", "power_w"),
    [
        ({"start": "2026-06-01T06:00:00Z", "power_w": 800}, None, 800),
        ({"time": "2026-06-01T08:00:00+02:00", "value": 0.8}, "kW", 800),
        ({"datetime": "2026-06-01T06:00:00Z", "energy": "0.4"}, "kWh", 400),
        ({"from": "2026-06-01T06:00:00Z", "wh": 400}, "kWh", 400),
        (
            {
                "start": "2026-06-01T06:00:00Z",
                "end": "2026-06-01T06:30:00Z",
                "energy_kwh": 0.4,
            },
            None,
            800,
        ),
    ],
)
def test_any_list_of_starts_and_values_is_read(
    item: dict[str, Any], unit: str | None, power_w: float
) -> None:
    (step,) = read({"forecast": [item]}, unit=unit).steps
    assert step.interval.start == NOW
    assert step.p50_w == pytest.approx(power_w)


def test_end_that_makes_no_sense_is_not_believed() -> None:
    items = [
        {"start": NOW, "end": NOW - HOUR, "watts": 100},
        {"start": NOW + HOUR, "end": NOW + 90 * HOUR, "watts": 200},
        {"start": NOW + 2 * HOUR, "watts": 300},
    ]
    found = read({"values": items})
    assert [step.interval.duration for step in found.steps] == [HOUR] * 3


def test_own_band_of_a_list_is_read() -> None:
    items = [{"start": NOW, "power_w": 100, "p10": 150, "p90": 180}]
    (step,) = read({"data": items}).steps
    assert (step.p10_w, step.p50_w, step.p90_w) == (100, 100, 180)


@pytest.mark.parametrize(
    "item",
    [
        {"start": NOW, "value": 3},  # of what?
        {"start": NOW, "value": 3, "power": 3},
        {"start": NOW},
        {"start": "soon", "power_w": 3},
        {"start": "2026-02-30 12:00", "power_w": 3},
        {"start": 7, "power_w": 3},
        {"power_w": 3},
        {"start": NOW, "power_w": "nan"},
        {"start": NOW, "power_w": None},
        {"start": NOW, "power_w": -3},
        {"start": NOW, "power_w": True},
        {"start": NOW, "power_w": [3]},
        {"start": "0001-01-01T00:00:00+14:00", "power_w": 3},
        7,
    ],
)
def test_what_cannot_be_read_is_passed_over(item: Any) -> None:
    assert read({"forecast": [item]}).steps == ()


def test_shape_without_anything_to_read_gives_way_to_the_next() -> None:
    attributes = {"forecast": "sunny", "data": [], "watts": wh_hours(NOW, 700)}
    assert middles(read(attributes)) == [(0, 700)]
    assert read({"wh_hours": ["2026"], "watts": {"a": "b"}}).steps == ()


def test_what_is_far_away_is_not_read() -> None:
    long_ago = wh_hours(NOW - 25 * HOUR, 500)
    far_ahead = wh_hours(NOW + timedelta(days=8), 500)
    assert read({"wh_hours": long_ago | far_ahead}).steps == ()


def test_absurd_power_is_bounded() -> None:
    assert read({"wh_hours": wh_hours(NOW, 1e300)}).steps[0].p90_w == 1e7


def test_doubled_and_disordered_starts_are_put_right() -> None:
    items = [
        {"start": NOW + HOUR, "watts": 300},
        {"start": NOW, "watts": 100},
        {"start": NOW.astimezone(MADRID), "watts": 200},
    ]
    assert middles(read({"forecast": items})) == [(0, 200), (1, 300)]


def test_planes_are_added_up() -> None:
    east = Payload(attributes={"wh_hours": wh_hours(NOW, 1000, 500)})
    west = Payload(attributes=solcast_day(NOW + HOUR, 1.0, 1.0, 1.0))
    empty = Payload(attributes={})
    found = read_candidate(
        Candidate(name="roof", planes=((east,), (west,), (empty,))), NOW
    )
    assert found.source == "roof"
    hours = [
        found.mean_w(step.interval, quantile)
        for step in found.steps[::4]
        for quantile in Quantile
    ]
    assert hours == pytest.approx([1000, 1000, 1000, 1000, 1500, 1700, 500, 1000, 1200])


def test_planes_without_anything_to_read_are_no_forecast() -> None:
    assert read_candidate(Candidate(name="roof", planes=()), NOW).steps == ()


def test_gap_of_all_planes_stays_a_gap() -> None:
    energies = wh_hours(NOW, 500) | wh_hours(NOW + 20 * HOUR, 500)
    planes = ((Payload(attributes={"wh_hours": energies}),),) * 2
    found = read_candidate(Candidate(name="roof", planes=planes), NOW)
    assert {power for _, power in middles(found)} == {1000}
    assert len(found.steps) == 8


SCALARS = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.datetimes(NOW.replace(tzinfo=None), datetime(2026, 6, 3))  # noqa: DTZ001
    | st.sampled_from(["2026-06-01T06:00:00Z", "2026-06-01T07:30:00", "kWh"])
)
ITEMS = st.lists(
    st.dictionaries(
        st.sampled_from(
            ["start", "end", "power_w", "value", "pv_estimate", "pv_estimate10", "p90"]
        ),
        SCALARS,
    ),
    max_size=6,
)


@settings(max_examples=200)
@given(
    st.fixed_dictionaries(
        {
            "forecast": ITEMS | SCALARS,
            "wh_period": st.dictionaries(SCALARS, SCALARS) | SCALARS,
        }
    ),
    st.sampled_from([None, "W", "kWh", "EUR"]),
)
def test_anything_is_read_or_passed_over(
    attributes: dict[str, Any], unit: str | None
) -> None:
    payload = Payload(attributes=attributes, unit=unit)
    candidate = Candidate(name="test", planes=((payload,), (payload,)))
    assert all(step.p90_w <= 2e7 for step in read_candidate(candidate, NOW).steps)
