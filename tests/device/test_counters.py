"""Counters do what counters can do, whatever the inverter says."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, strategies as st

from custom_components.bessai.device.counters import CounterFilter, DayMeter
from custom_components.bessai.device.register import Counter

START = datetime(2026, 6, 21, 10, tzinfo=UTC)
DAY = date(2026, 6, 21)
NEXT_DAY = date(2026, 6, 22)
YEAR_MIN = 365 * 24 * 60


class Meter:
    """A filter for one counter, fed with (minutes since the last reading, reading)."""

    def __init__(self, kind: Counter) -> None:
        self.filter = CounterFilter()
        self._kind = kind
        self._now = START

    def read(
        self, reading: float | None, *, after: float = 1, day: date = DAY
    ) -> float | None:
        """Return what is shown for a reading some minutes after the last one."""
        self._now += timedelta(minutes=after)
        return self.filter.accept("key", self._kind, reading, self._now, day)


def test_nothing_is_shown_before_the_first_reading() -> None:
    counter = Meter(Counter.LIFETIME)
    assert counter.read(None) is None
    assert counter.read(-1) is None
    assert counter.read(5) == 5


def test_no_value_keeps_the_last_reading() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(5)
    assert counter.read(None) == 5
    assert counter.read(-3) == 5


def test_zero_after_waking_up_is_not_shown() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(5000)
    assert counter.read(0) == 5000
    assert counter.read(0, after=600) == 5000
    assert counter.read(5001) == 5001


def test_a_replaced_device_is_accepted_after_a_day() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(5000)
    counter.read(3)
    assert counter.read(4, after=24 * 60 - 1) == 5000
    assert counter.read(4) == 4
    assert counter.read(5) == 5


def test_a_clock_that_was_years_ahead_does_not_prolong_the_wait() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(5000)
    counter.read(3, after=10 * YEAR_MIN)
    counter.read(3, after=-10 * YEAR_MIN)
    assert counter.read(4, after=24 * 60) == 4


def test_a_short_recovery_begins_the_wait_anew() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(5000)
    counter.read(3)
    counter.read(5000, after=12 * 60)
    assert counter.read(3, after=13 * 60) == 5000


def test_a_daily_counter_resets_on_a_new_day_at_once() -> None:
    counter = Meter(Counter.DAILY)
    counter.read(20)
    assert counter.read(0.1, day=NEXT_DAY) == 0.1


def test_a_daily_counter_that_drops_by_day_is_held() -> None:
    counter = Meter(Counter.DAILY)
    counter.read(20)
    assert counter.read(0) == 20
    assert counter.read(20.5) == 20.5


def test_a_reset_at_another_hour_is_accepted_after_half_an_hour() -> None:
    counter = Meter(Counter.DAILY)
    counter.read(20)
    counter.read(0)
    assert counter.read(0.2, after=29) == 20
    assert counter.read(0.3) == 0.3


def test_a_day_that_changed_before_the_counter_did_is_no_second_reset() -> None:
    counter = Meter(Counter.DAILY)
    counter.read(20)
    assert counter.read(20, day=NEXT_DAY) == 20
    assert counter.read(0, day=NEXT_DAY) == 0
    assert counter.read(1, day=NEXT_DAY) == 1
    assert counter.read(0, day=NEXT_DAY) == 1


def test_a_leap_is_believed_only_when_repeated() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    assert counter.read(99_999) == 100
    assert counter.read(101) == 101
    assert [counter.read(99_999) for _ in range(3)] == [101, 101, 99_999]


def test_leaps_that_do_not_agree_are_never_believed() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    leaps = (99_999, 88_888, 77_777, 99_999, 5_000_000, 99_999)
    assert {counter.read(leap) for leap in leaps} == {100}


def test_a_drop_between_leaps_begins_the_count_anew() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    readings = (99_999, 99_999, 0, 99_999, 99_999)
    assert {counter.read(reading) for reading in readings} == {100}


def test_a_long_absence_may_have_brought_much_energy() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    assert counter.read(1100, after=24 * 60) == 1100


def test_a_clock_that_goes_back_lets_small_steps_pass() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    assert counter.read(101, after=-600) == 101


def test_states_outlive_a_restart() -> None:
    counter = Meter(Counter.LIFETIME)
    counter.read(100)
    again = CounterFilter(counter.filter.states)
    assert again.accept("key", Counter.LIFETIME, 3, START, DAY) == 100


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_a_lifetime_counter_is_monotone_within_a_day(readings: list[float]) -> None:
    counter = Meter(Counter.LIFETIME)
    shown = [counter.read(reading) for reading in readings]
    known = [value for value in shown if value is not None]
    assert known == sorted(known)


def test_today_begins_with_the_first_reading() -> None:
    meter = DayMeter()
    assert meter.today("key", 100, DAY) == 0
    assert meter.today("key", 103, DAY) == 3


def test_today_restarts_from_the_last_reading_of_yesterday() -> None:
    meter = DayMeter()
    meter.today("key", 100, DAY)
    meter.today("key", 110, DAY)
    assert meter.today("key", 110.5, NEXT_DAY) == 0.5


def test_days_without_a_reading_belong_to_no_day() -> None:
    meter = DayMeter()
    meter.today("key", 100, DAY)
    assert meter.today("key", 160, DAY + timedelta(days=3)) == 0


def test_a_clock_that_was_a_year_ahead_does_not_stop_the_days() -> None:
    meter = DayMeter()
    meter.today("key", 100, DAY)
    meter.today("key", 110, DAY + timedelta(days=365))
    meter.today("key", 112, DAY)
    assert meter.today("key", 115, NEXT_DAY) == 3


def test_a_clock_set_back_does_not_restart_today() -> None:
    meter = DayMeter()
    meter.today("key", 100, NEXT_DAY)
    assert meter.today("key", 104, DAY) == 4


def test_a_replaced_counter_starts_from_itself() -> None:
    meter = DayMeter()
    meter.today("key", 100, DAY)
    assert meter.today("key", 2, DAY) == 0
    assert meter.today("key", 3, DAY) == 1


def test_the_beginning_of_today_outlives_a_restart() -> None:
    meter = DayMeter()
    meter.today("key", 100, DAY)
    meter.today("key", 104, DAY)
    assert DayMeter(meter.starts).today("key", 108, DAY) == 8
    assert DayMeter(meter.starts).today("key", 108, NEXT_DAY) == 4
