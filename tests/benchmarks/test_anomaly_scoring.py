"""Events are counted as events: nothing is point-adjusted."""

from itertools import pairwise

import pytest
from scripts.benchmarks.anomaly.attacks_values import SocJump
from scripts.benchmarks.anomaly.events import APART_S, ATTACKS, Event, draw_events
from scripts.benchmarks.anomaly.scoring import (
    Alarm,
    Span,
    add,
    episodes,
    first_in,
    score,
)

WEEKS_4 = 4 * 7 * 86_400.0
EVENT = Span(1_000.0, 2_000.0)
LATER = Span(9_000.0, 10_000.0)


@pytest.mark.parametrize(
    ("at_s", "found"),
    [(999.0, False), (1_000.0, True), (2_060.0, True), (2_061.0, False)],
)
def test_an_event_is_found_from_its_begin_to_a_minute_after_its_end(
    at_s: float, *, found: bool
) -> None:
    assert (first_in(EVENT, [Alarm(at_s, "any")]) is not None) is found


def test_alarms_within_ten_minutes_are_one_episode() -> None:
    alarms = [Alarm(at_s, "any") for at_s in (1_300.0, 0.0, 600.0, 1_901.0)]
    assert episodes(alarms) == [
        Span(0.0, 600.0),
        Span(1_300.0, 1_300.0),
        Span(1_901.0, 1_901.0),
    ]


def test_many_alarms_in_an_event_find_it_once() -> None:
    alarms = [Alarm(1_000.0 + 10.0 * i, "any") for i in range(50)]
    counted = score([EVENT, LATER], [EVENT, LATER], alarms)
    assert (counted.found, counted.events, counted.episodes) == (1, 2, 1)
    assert counted.recall == 0.5
    assert counted.precision == 1.0


def test_the_delay_is_that_of_the_first_alarm() -> None:
    alarms = [Alarm(1_500.0, "b"), Alarm(1_040.0, "a")]
    assert score([EVENT], [EVENT], alarms).delay_s == 40.0


def test_what_is_raised_elsewhere_is_false() -> None:
    counted = score([EVENT], [EVENT], [Alarm(5_000.0, "a"), Alarm(1_100.0, "a")])
    assert counted.precision == 0.5


def test_what_an_event_leaves_behind_is_not_false() -> None:
    counted = score([EVENT], [EVENT], [Alarm(2_600.0, "a")])
    assert (counted.found, counted.precision) == (0, 1.0)


def test_an_alarm_about_an_event_without_effect_is_not_false() -> None:
    counted = score([EVENT], [EVENT, LATER], [Alarm(9_100.0, "a")])
    assert (counted.events, counted.found, counted.precision) == (1, 0, 1.0)


def test_homes_are_added_up_by_events_not_by_shares() -> None:
    one = score([EVENT], [EVENT], [Alarm(1_010.0, "a")])
    other = score([EVENT, LATER, LATER], [EVENT, LATER], [])
    both = add([one, other])
    assert (both.recall, both.precision, both.delay_s) == (0.25, 1.0, 10.0)


def test_nothing_raised_is_no_success() -> None:
    nothing = score([], [], [])
    assert (nothing.recall, nothing.precision, nothing.f1) == (0.0, 0.0, 0.0)
    assert nothing.delay_s is None


def test_four_weeks_have_room_for_fifteen_events_of_each_class() -> None:
    events = draw_events(1, 0.0, WEEKS_4, 15)
    assert all(sum(e.attack is attack for e in events) == 15 for attack in ATTACKS)
    assert len(ATTACKS) >= 14


def test_events_are_an_hour_apart_and_take_ten_to_thirty_minutes() -> None:
    events = draw_events(2, 0.0, WEEKS_4, 15)
    pairs = pairwise(events)
    assert all(later.start_s - one.end_s >= APART_S - 1e-6 for one, later in pairs)
    assert all(600.0 <= one.end_s - one.start_s <= 1_800.0 for one in events)
    assert events[-1].end_s < WEEKS_4


def test_a_short_time_has_fewer_events() -> None:
    events = draw_events(1, 0.0, 86_400.0, 15)
    assert 0 < len(events) < 20
    assert events[-1].end_s < 86_400.0


def test_the_same_seed_draws_the_same_events() -> None:
    assert draw_events(3, 0.0, WEEKS_4, 2) == draw_events(3, 0.0, WEEKS_4, 2)
    assert draw_events(3, 0.0, WEEKS_4, 2) != draw_events(4, 0.0, WEEKS_4, 2)


def test_an_event_has_an_effect_once_three_minutes_are_wrong_enough() -> None:
    event = Event(attack=SocJump, start_s=0.0, end_s=900.0)
    for place in range(60):
        event.note(10.0 * place, 0.9)
    assert not event.effective
    for place in range(60, 78):
        event.note(10.0 * place, 1.05)
    assert event.effective


def test_a_single_wrong_poll_is_no_effect() -> None:
    event = Event(attack=SocJump, start_s=0.0, end_s=900.0)
    for place in range(80):
        event.note(10.0 * place, 5.0 if place == 40 else 0.0)
    assert not event.effective
