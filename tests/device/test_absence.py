"""When a refused register counts as absent."""

from datetime import UTC, datetime, timedelta

from custom_components.bessai.device.absence import RETRY_AFTER, AbsenceLog

START = datetime(2026, 1, 1, tzinfo=UTC)


def refused_at(*minutes: float) -> AbsenceLog:
    """Return a log of refusals of ``key`` at these minutes."""
    log = AbsenceLog()
    for minute in minutes:
        log.record_refused("key", START + timedelta(minutes=minute))
    return log


def test_three_refusals_over_ten_minutes_prove_absence() -> None:
    assert refused_at(0, 5, 10).is_absent("key")


def test_refusals_of_one_moment_prove_nothing() -> None:
    log = refused_at(0, 0.1, 0.2, 9.9)
    assert not log.is_absent("key")
    assert log.refused["key"].count == 4


def test_two_refusals_prove_nothing_however_far_apart() -> None:
    assert not refused_at(0, 60).is_absent("key")


def test_a_suspect_is_asked_again_after_a_while() -> None:
    log = refused_at(0)
    assert not log.is_due("key", START + RETRY_AFTER - timedelta(seconds=1))
    assert log.is_due("key", START + RETRY_AFTER)


def test_an_absent_register_is_asked_for_once_a_day() -> None:
    log = refused_at(0, 5, 10)
    proven = START + timedelta(minutes=10)
    assert not log.is_due("key", proven + timedelta(hours=23))
    assert log.is_due("key", proven + timedelta(hours=24))


def test_a_register_that_cannot_be_absent_is_never_given_up() -> None:
    log = refused_at(0, 5, 10)
    assert log.is_due("key", START + timedelta(minutes=15), optional=False)


def test_a_clock_that_was_years_ahead_does_not_give_a_register_up() -> None:
    log = refused_at(0, 5, 10)
    before = START - timedelta(days=3650)
    assert log.is_due("key", before, optional=False)
    log.record_refused("key", before)
    assert not log.is_absent("key")
    assert not log.is_due("key", before)
    assert log.is_due("key", before + RETRY_AFTER)
    log.record_refused("key", before + timedelta(minutes=5))
    log.record_refused("key", before + timedelta(minutes=10))
    assert log.is_absent("key")


def test_an_answer_clears_the_suspicion() -> None:
    log = refused_at(0, 5, 10)
    log.record_answered("key")
    assert not log.is_absent("key")
    assert log.is_due("key", START)


def test_a_register_nobody_refused_is_due() -> None:
    log = AbsenceLog()
    assert log.is_due("other", START)
    assert not log.is_absent("other")
