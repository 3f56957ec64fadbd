"""The heartbeat and its absence."""

import pytest

from custom_components.bessai.safety.watchdog import (
    Watchdog,
    WatchdogChange,
    heartbeat_period_s,
)


def test_beats_are_counted_and_change_nothing() -> None:
    watchdog = Watchdog()
    assert [watchdog.beat(), watchdog.beat()] == [None, None]
    assert watchdog.counter == 2
    assert not watchdog.is_lost


def test_the_counter_wraps_as_a_uint16() -> None:
    watchdog = Watchdog()
    watchdog.counter = 65534
    watchdog.beat()
    assert watchdog.counter == 65535
    watchdog.beat()
    assert watchdog.counter == 0


def test_one_missed_beat_is_forgiven() -> None:
    watchdog = Watchdog()
    assert watchdog.miss() is None
    assert not watchdog.is_lost
    assert watchdog.beat() is None
    assert watchdog.miss() is None
    assert not watchdog.is_lost


def test_the_second_miss_in_a_row_loses_the_heartbeat_and_is_told_once() -> None:
    watchdog = Watchdog()
    changes = [watchdog.miss() for _ in range(4)]
    assert changes == [None, WatchdogChange.LOST, None, None]
    assert watchdog.is_lost
    assert watchdog.misses == 4
    assert watchdog.counter == 0


def test_the_first_beat_after_a_loss_restores_it_and_is_told_once() -> None:
    watchdog = Watchdog()
    watchdog.miss()
    watchdog.miss()
    assert [watchdog.beat(), watchdog.beat()] == [WatchdogChange.RESTORED, None]
    assert not watchdog.is_lost
    assert watchdog.misses == 0


@pytest.mark.parametrize(
    ("latency_p95_s", "period_s"),
    [(None, 5.0), (0.0, 5.0), (0.06, 5.0), (5 / 3, 5.0), (2.0, 6.0), (10.0, 30.0)],
)
def test_the_period_suits_the_link(
    latency_p95_s: float | None, period_s: float
) -> None:
    assert heartbeat_period_s(latency_p95_s) == period_s
