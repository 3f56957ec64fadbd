"""Whose wish counts."""

from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.control.arbiter import Arbiter
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.setpoint import Hold

from ..safety.builders import NOW, charge, discharge
from .bench import proposal

MINUTE = timedelta(minutes=1)
OWNER = proposal(charge(2000))
PLAN = proposal(discharge(1000), Source.PLAN)
POLICY = proposal(Hold(), Source.POLICY)


def arbiter(*proposals: Proposal) -> Arbiter:
    """Return an arbiter that has heard these."""
    one = Arbiter()
    for each in proposals:
        one.propose(each)
    return one


def test_without_wishes_nobody_wins() -> None:
    assert Arbiter().winner(NOW) is None


@given(st.permutations([OWNER, PLAN, POLICY]))
def test_the_owner_comes_before_the_plan_and_the_plan_before_the_policy(
    proposals: list[Proposal],
) -> None:
    one = arbiter(*proposals)
    assert one.winner(NOW) is OWNER
    one.withdraw(Source.OWNER)
    assert one.winner(NOW) is PLAN
    one.withdraw(Source.PLAN)
    assert one.winner(NOW) is POLICY


def test_a_source_wants_one_thing_at_a_time() -> None:
    later = proposal(discharge(500))
    one = arbiter(OWNER, later)
    assert one.winner(NOW) is later
    assert one.proposals == (later,)


def test_a_wish_counts_until_its_end_and_no_longer() -> None:
    one = arbiter(proposal(charge(1000), minutes=1), PLAN)
    assert one.winner(NOW + 0.99 * MINUTE) is not PLAN
    assert one.winner(NOW + MINUTE) is PLAN


def test_what_is_over_is_forgotten_and_told_once() -> None:
    short = proposal(charge(1000), minutes=1)
    one = arbiter(short, PLAN)
    assert one.expire(NOW + 0.99 * MINUTE) == ()
    assert one.expire(NOW + MINUTE) == (short,)
    assert one.expire(NOW + MINUTE) == ()
    assert one.proposals == (PLAN,)


def test_a_source_that_is_paused_is_not_heard_until_then() -> None:
    one = arbiter(PLAN, POLICY)
    one.pause(Source.PLAN, NOW + 5 * MINUTE)
    assert one.winner(NOW) is POLICY
    assert one.paused_until(Source.PLAN, NOW) == NOW + 5 * MINUTE
    assert one.paused_until(Source.POLICY, NOW) is None
    assert one.winner(NOW + 5 * MINUTE) is PLAN
    assert one.paused_until(Source.PLAN, NOW + 5 * MINUTE) is None


def test_all_wishes_can_be_taken_back_at_once() -> None:
    one = arbiter(OWNER, PLAN, POLICY)
    one.withdraw_all()
    assert one.winner(NOW) is None


@pytest.mark.parametrize("source", Source)
def test_a_wish_that_was_never_made_can_be_withdrawn(source: Source) -> None:
    one = Arbiter()
    one.withdraw(source)
    assert one.proposals == ()
