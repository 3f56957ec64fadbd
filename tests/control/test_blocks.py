"""What bites, and that people hear of it once."""

from hypothesis import given, strategies as st

from custom_components.bessai.control.blocks import BlockBoard
from custom_components.bessai.core.setpoint import Direction, Hold
from custom_components.bessai.core.verdict import Ground, Reason

from ..safety.builders import CHARGE, DISCHARGE, charge, discharge

STALE = Ground(reason=Reason.TELEMETRY_STALE, value=31.0, limit=30.0)
HOT = Ground(reason=Reason.BATTERY_HOT, value=46.0, limit=45.0)
COLD = Ground(reason=Reason.BATTERY_COLD, value=-1.0, limit=0.0)
COLDER = Ground(reason=Reason.BATTERY_COLD, value=-11.0, limit=-10.0)
FULL = Ground(reason=Reason.SOC_HIGH, value=99.0, limit=98.0)


def test_what_refuses_both_directions_bites_at_once() -> None:
    board = BlockBoard()
    change = board.review([STALE], {CHARGE: [STALE], DISCHARGE: [STALE]})
    assert (change.added, change.cleared) == ((STALE,), ())
    assert board.active == (STALE,)


def test_a_block_is_told_once_and_once_more_when_it_is_gone() -> None:
    board = BlockBoard()
    board.review([STALE, HOT], {})
    again = board.review([STALE, HOT], {})
    assert (again.added, again.cleared) == ((), ())
    gone = board.review([HOT], {})
    assert (gone.added, gone.cleared) == ((), (STALE,))


def test_a_block_is_shown_with_the_value_it_was_last_seen_with() -> None:
    older = Ground(reason=Reason.TELEMETRY_STALE, value=90.0, limit=30.0)
    board = BlockBoard()
    board.review([STALE], {})
    assert board.review([older], {}).added == ()
    assert board.active == (older,)


def test_what_refuses_one_direction_bites_once_somebody_wants_that() -> None:
    board = BlockBoard()
    refusing = {CHARGE: [FULL], DISCHARGE: list[Ground]()}
    assert board.review([], refusing).added == ()
    board.bite(charge(2000), [FULL])
    assert board.review([], refusing).added == (FULL,)
    assert board.review([], {}).cleared == (FULL,)


def test_a_bite_is_forgotten_when_the_ground_is_gone() -> None:
    board = BlockBoard()
    board.bite(charge(2000), [FULL])
    board.review([], {CHARGE: [FULL]})
    board.review([], {})
    assert board.review([], {CHARGE: [FULL]}).added == ()


def test_a_ground_bites_in_the_direction_that_was_wanted_only() -> None:
    board = BlockBoard()
    board.bite(discharge(2000), [COLDER])
    assert board.review([], {CHARGE: [COLD], DISCHARGE: []}).added == ()


def test_a_ground_that_bit_both_directions_is_gone_when_both_are_free() -> None:
    board = BlockBoard()
    board.bite(charge(2000), [COLD])
    board.bite(discharge(2000), [COLDER])
    board.review([], {CHARGE: [COLD], DISCHARGE: [COLDER]})
    assert board.review([], {CHARGE: [COLD], DISCHARGE: []}).cleared == ()
    assert board.active == (COLD,)


def test_what_refused_a_wish_and_refuses_nothing_in_general_is_no_block() -> None:
    small = Ground(reason=Reason.NO_POWER_LEFT, value=10.0, limit=50.0)
    board = BlockBoard()
    board.bite(charge(10), [small])
    assert board.review([], {CHARGE: [], DISCHARGE: []}).added == ()


def test_a_hold_has_no_direction_to_block() -> None:
    reserve = Ground(reason=Reason.HOLD_RESERVE, value=10.0, limit=20.0)
    board = BlockBoard()
    board.bite(Hold(allow_charging=False), [reserve])
    assert board.review([], {CHARGE: [], DISCHARGE: []}).added == ()


GROUNDS = st.lists(st.sampled_from([STALE, HOT, COLD, COLDER, FULL]))
REFUSING = st.dictionaries(st.sampled_from(Direction), GROUNDS)


@given(st.lists(st.tuples(GROUNDS, REFUSING, GROUNDS), max_size=10))
def test_added_and_cleared_take_turns_and_tell_what_is_active(
    reviews: list[tuple[list[Ground], dict[Direction, list[Ground]], list[Ground]]],
) -> None:
    board = BlockBoard()
    told: set[Reason] = set()
    for standing, refusing, bitten in reviews:
        board.bite(charge(1000), bitten)
        change = board.review(standing, refusing)
        added = {ground.reason for ground in change.added}
        cleared = {ground.reason for ground in change.cleared}
        assert not added & told
        assert cleared <= told
        told = (told | added) - cleared
        assert {ground.reason for ground in board.active} == told
        assert told >= {ground.reason for ground in standing}
