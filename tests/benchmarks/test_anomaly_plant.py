"""The sound plant that the monitor is tried on is sound."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from statistics import fmean

import pytest
from scripts.benchmarks.anomaly.conversation import Conversation, Poll
from scripts.benchmarks.anomaly.expected import expectations
from scripts.benchmarks.anomaly.happenings import Happening, HappeningKind, draw
from scripts.benchmarks.anomaly.home import Home, build_home

from custom_components.bessai.core.observation import CounterSource, Flow, Observation
from custom_components.bessai.core.setpoint import Setpoint

HOUR_S = 3_600.0
LARGEST_LOSS = 0.03
"""Of the inverter, at any load worth the name."""


def home_at(hour: float, seed: int = 1) -> Home:
    """Return a home that is met at an hour of the first day, UTC."""
    home = build_home(seed)
    return replace(home, start=home.start + timedelta(hours=hour))


def live(home: Home, hours: float, happenings: Sequence[Happening] = ()) -> list[Poll]:
    """Return the polls of some hours."""
    end_s = home.start.timestamp() + hours * HOUR_S
    return list(Conversation(home, end_s, happenings).polls())


@pytest.fixture(scope="module", params=[1, 2, 3])
def day(request: pytest.FixtureRequest) -> list[Observation]:
    """Return three hours around noon of one of the homes."""
    return [poll.observation for poll in live(home_at(10.0, request.param), 3.0)]


def complete(seen: Sequence[Observation]) -> list[Observation]:
    """Return the polls in which every power was read."""
    return [one for one in seen if None not in one.powers.values()]


def mean_w(seen: Sequence[Observation], flow: Flow) -> float:
    """Return the mean of a power."""
    return fmean(one.powers[flow] or 0.0 for one in seen)


def test_the_powers_add_up_over_minutes(day: list[Observation]) -> None:
    seen = complete(day)
    for first in range(0, len(seen) - 18, 18):
        part = seen[first : first + 18]
        dc_w = mean_w(part, Flow.PV) + mean_w(part, Flow.BATTERY)
        through_w = mean_w(part, Flow.PV) + abs(mean_w(part, Flow.BATTERY))
        loss_w = dc_w - mean_w(part, Flow.AC)
        # A quarter of the values is a cycle old, so that steps do not add up at once.
        assert -250.0 < loss_w < 300.0 + LARGEST_LOSS * through_w


def test_the_phases_add_up_to_the_grid(day: list[Observation]) -> None:
    sums = [
        (sum(one.grid_phases_w), one.powers[Flow.GRID])
        for one in day
        if one.grid_phases_w is not None
    ]
    assert all(total == pytest.approx(grid_w) for total, grid_w in sums)


def test_counters_count_what_flows(day: list[Observation]) -> None:
    for key, source in expectations().counters.items():
        first, last = (
            next(one.numbers[key] for one in seen if key in one.numbers)
            for seen in (day, day[::-1])
        )
        assert last - first == pytest.approx(
            counted_kwh(day, source), rel=0.05, abs=0.1
        )


def counted_kwh(seen: Sequence[Observation], source: CounterSource) -> float:
    """Return the integral of a power."""
    return sum(
        max(source.sign * (later.powers[source.flow] or 0.0), 0.0)
        * (later.uptime_s - one.uptime_s)
        for one, later in pairwise(seen)
    ) / (1_000.0 * HOUR_S)


def test_what_is_known_beforehand_holds(day: list[Observation]) -> None:
    bounds = expectations().bounds
    for one in day:
        assert all(
            value in bounds[k] for k, value in one.numbers.items() if k in bounds
        )


def test_all_that_is_known_beforehand_of_the_meter_is_read() -> None:
    numbers = {
        key for poll in live(home_at(12.0), 0.1) for key in poll.observation.numbers
    }
    assert expectations().counters.keys() <= numbers
    assert set(expectations().restless["meter"]) & numbers


def test_the_same_seed_tells_the_same() -> None:
    assert live(home_at(12.0), 0.2) == live(home_at(12.0), 0.2)


def test_homes_differ_in_what_the_monitor_is_not_told() -> None:
    homes = [build_home(seed) for seed in range(1, 8)]
    shares = [home.battery.capacity_kwh / home.told_kwh for home in homes]
    assert all(0.9 <= share <= 1.1 for share in shares)
    assert len(set(shares)) == len(homes)
    assert all(0.88 <= home.battery.charge_efficiency <= 0.98 for home in homes)


def test_own_commands_are_told_with_their_writes() -> None:
    seen = [poll.observation for poll in live(home_at(0.0), 8.0)]
    wished = [one for one in seen if isinstance(one.wish, Setpoint)]
    written = [(w.key, w.value) for one in seen for w in one.writes]
    assert len(wished) > 50
    assert written.index(("forcible_command", "charge")) < written.index(
        ("forcible_command", "stop")
    )
    assert all(one.wish_age_s >= 0.0 for one in wished)


def test_the_battery_does_what_it_is_told() -> None:
    seen = [poll.observation for poll in live(home_at(0.0), 8.0)]
    told = [
        (one.powers[Flow.BATTERY], one.wish.power_w)
        for one in complete(seen)
        if isinstance(one.wish, Setpoint) and one.wish_age_s > 60.0
    ]
    near = [abs((given_w or 0.0) - wished_w) < 100.0 for given_w, wished_w in told]
    assert fmean(near) > 0.9


@pytest.mark.parametrize(
    ("kind", "restarted"),
    [
        (HappeningKind.GAP, False),
        (HappeningKind.RECONNECTION, False),
        (HappeningKind.RESTART, True),
    ],
)
def test_after_a_gap_the_connection_is_another_one(
    kind: HappeningKind, *, restarted: bool
) -> None:
    home = home_at(12.0)
    start_s = home.start.timestamp() + 600.0
    gap = Happening(kind=kind, start_s=start_s, end_s=start_s + 300.0)
    polls = live(home, 0.5, [gap])
    after = next(poll for poll in polls if poll.at_s >= gap.start_s)
    assert after.at_s >= gap.end_s
    assert after.observation.reconnected
    assert after.observation.identity
    assert after.restarted is restarted


def test_the_firmware_is_updated_once() -> None:
    drawn = draw(build_home(1), 63.0, 20.0)
    assert sum(one.kind is HappeningKind.FIRMWARE for one in drawn) == 1
    assert {one.kind for one in drawn} == set(HappeningKind)


def test_an_updated_plant_tells_another_version() -> None:
    home = home_at(12.0)
    start_s = home.start.timestamp() + 300.0
    update = Happening(
        kind=HappeningKind.FIRMWARE, start_s=start_s, end_s=start_s + 60.0
    )
    told = [
        poll.observation.identity["software_version"]
        for poll in live(home, 0.3, [update])
        if poll.observation.identity
    ]
    assert len(set(told)) == 2
