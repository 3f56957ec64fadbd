"""How long a command lasts by itself, and when it is renewed."""

from datetime import timedelta
from math import ceil

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.safety.lease import (
    Lease,
    LeaseTerms,
    grant,
    lease_terms,
    shortened,
)

from .builders import NOW

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
TERMS = lease_terms(0.1, 2)

WRITE_S = st.floats(min_value=0, max_value=60)
WRITES = st.integers(min_value=1, max_value=8)


def lease(terms: LeaseTerms = TERMS, until_s: float = 3600) -> Lease:
    return grant(terms, NOW + until_s * SECOND, NOW)


@pytest.mark.parametrize(
    ("write_p95_s", "writes", "period_s", "renewal_s"),
    [
        (0.06, 2, 120, 40),
        (None, 2, 120, 40),
        (None, 8, 120, 40),
        (6.6, 2, 120, 40),
        (6.7, 2, 180, 60),
        (10.0, 2, 180, 60),
        (10.0, 4, 360, 120),
    ],
)
def test_a_slow_link_gets_a_longer_lease(
    write_p95_s: float | None, writes: int, period_s: int, renewal_s: float
) -> None:
    terms = lease_terms(write_p95_s, writes)
    assert (terms.period_s, terms.renewal_s) == (period_s, renewal_s)


@given(write_p95_s=WRITE_S, writes=WRITES)
def test_two_failed_renewals_do_not_end_a_command(
    write_p95_s: float, writes: int
) -> None:
    terms = lease_terms(write_p95_s, writes)
    assert 2 * terms.renewal_s + 3 * writes * write_p95_s <= terms.period_s
    assert terms.renewal_s >= 20


@given(write_p95_s=WRITE_S, writes=WRITES)
def test_the_worst_overrun_is_whole_minutes_and_no_more_than_the_link_needs(
    write_p95_s: float, writes: int
) -> None:
    terms = lease_terms(write_p95_s, writes)
    assert terms.period_s % 60 == 0
    assert terms.period_s <= max(120, 60 * ceil(9 * writes * write_p95_s / 60))


@pytest.mark.parametrize("most_s", [None, 120, 120.5, 7200])
def test_a_limit_that_is_far_away_leaves_the_terms_alone(most_s: float | None) -> None:
    assert shortened(TERMS, most_s) == TERMS


@pytest.mark.parametrize(
    ("most_s", "period_s"), [(119, 60), (61, 60), (60, 60), (1, 60), (0, 60), (-99, 60)]
)
def test_near_a_limit_the_device_gets_the_shortest_period(
    most_s: float, period_s: int
) -> None:
    terms = shortened(TERMS, most_s)
    assert terms.period_s == period_s
    assert terms.renewal_s == 20


@given(most_s=st.floats(min_value=60, max_value=1e5), write_p95_s=WRITE_S)
def test_a_shortened_period_ends_before_the_limit_and_leaves_time_to_renew(
    most_s: float, write_p95_s: float
) -> None:
    terms = shortened(lease_terms(write_p95_s, 4), most_s)
    assert terms.period_s <= most_s
    assert terms.period_s % 60 == 0
    assert 20 <= terms.renewal_s < terms.period_s


def test_a_command_is_renewed_after_a_third_of_its_period() -> None:
    assert not lease().is_due(NOW + 39.9 * SECOND)
    assert lease().is_due(NOW + 40 * SECOND)


def test_a_renewal_is_counted_from_the_last_one() -> None:
    renewed = lease().renewed(TERMS, NOW + 45 * SECOND)
    assert not renewed.is_due(NOW + 84 * SECOND)
    assert renewed.is_due(NOW + 85 * SECOND)


def test_nothing_is_renewed_from_its_end_on() -> None:
    short = lease(until_s=41)
    assert short.is_due(NOW + 40.9 * SECOND)
    assert not short.is_due(NOW + 41 * SECOND)
    assert not short.lapsed().is_due(NOW + 41 * SECOND)


def test_a_command_has_lapsed_once_its_period_is_over() -> None:
    assert not lease().has_lapsed(NOW + 119.9 * SECOND)
    assert lease().has_lapsed(NOW + 120 * SECOND)


def test_a_renewal_keeps_a_command_from_lapsing() -> None:
    renewed = lease().renewed(TERMS, NOW + 40 * SECOND)
    assert not renewed.has_lapsed(NOW + 159 * SECOND)
    assert renewed.has_lapsed(NOW + 160 * SECOND)


def test_a_device_may_count_minutes_so_that_it_ends_one_early() -> None:
    assert not lease().may_have_lapsed(NOW + 59 * SECOND)
    assert lease().may_have_lapsed(NOW + 60 * SECOND)


def test_a_renewal_may_not_have_restarted_the_countdown() -> None:
    renewed = (
        lease().renewed(TERMS, NOW + 40 * SECOND).renewed(TERMS, NOW + 80 * SECOND)
    )
    assert renewed.may_have_lapsed(NOW + 120 * SECOND)


def test_a_longer_period_may_not_have_been_taken_by_a_countdown_that_runs() -> None:
    longer = lease().renewed(lease_terms(60, 2), NOW + 40 * SECOND)
    assert longer.terms.period_s == 1080
    assert longer.may_have_lapsed(NOW + 120 * SECOND)


def test_a_shorter_period_may_have_been_taken_by_a_countdown_that_runs() -> None:
    slow = lease(lease_terms(60, 2))
    shorter = slow.renewed(TERMS, NOW + 60 * SECOND)
    assert not slow.may_have_lapsed(NOW + 120 * SECOND)
    assert shorter.may_have_lapsed(NOW + 120 * SECOND)


def test_a_command_that_lapsed_is_due_at_once_and_counts_anew() -> None:
    lapsed = lease().lapsed()
    assert lapsed.is_due(NOW + SECOND)
    again = lapsed.renewed(TERMS, NOW + SECOND)
    assert not again.is_due(NOW + 40 * SECOND)
    assert not again.may_have_lapsed(NOW + 60 * SECOND)
    assert again.until == lapsed.until


@pytest.mark.parametrize(
    ("left_s", "period_s"),
    [(3600, 120), (121, 120), (120, 120), (61, 120), (60, 60), (59, 60), (1, 60)],
)
def test_the_period_is_shortened_towards_the_end(left_s: float, period_s: int) -> None:
    assert lease(until_s=left_s).period_s(NOW) == period_s


@given(
    left_s=st.floats(min_value=-1e4, max_value=1e6),
    write_p95_s=WRITE_S,
    most_s=st.none() | st.floats(min_value=-1e3, max_value=1e4),
)
def test_a_period_lasts_to_the_end_or_to_the_next_renewal(
    left_s: float, write_p95_s: float, most_s: float | None
) -> None:
    terms = shortened(lease_terms(write_p95_s, 2), most_s)
    period_s = lease(terms, left_s).period_s(NOW)
    assert period_s % 60 == 0
    assert 60 <= period_s <= terms.period_s
    assert period_s >= min(left_s, terms.renewal_s)
    assert period_s < max(left_s, 0) + 60 or period_s == 60
