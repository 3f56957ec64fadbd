"""The time of commands."""

from datetime import UTC, datetime, timedelta

from custom_components.bessai.control_clock import ControlClock

START = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


class Seconds:
    """A clock that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_counts_on_whatever_the_wall_clock_does() -> None:
    seconds = Seconds()
    clock = ControlClock(START, seconds)
    seconds.now += 90
    assert clock.now() == START + timedelta(seconds=90)
    assert clock.at(100.0) == START


def test_a_moment_is_shown_as_the_wall_clock_will_show_it() -> None:
    seconds = Seconds()
    clock = ControlClock(START, seconds)
    wall = datetime(2027, 1, 1, tzinfo=UTC)  # somebody has set it
    assert clock.on_wall(START + timedelta(minutes=5), wall) == wall + timedelta(
        minutes=5
    )


def test_in_a_fast_plant_everything_is_fast() -> None:
    seconds = Seconds()
    clock = ControlClock(START, seconds, factor=60)
    seconds.now += 2
    assert clock.now() == START + timedelta(minutes=2)
    assert clock.lasts_s(120) == 2
    assert clock.passed_s(2) == 120
    wall = datetime(2026, 11, 1, tzinfo=UTC)
    assert clock.on_wall(clock.now() + timedelta(hours=1), wall) == wall + timedelta(
        minutes=1
    )
