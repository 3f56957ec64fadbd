"""What is written to go on, and what the command register means."""

from datetime import timedelta

import pytest

from custom_components.bessai.control.command_in_force import (
    Command,
    Phase,
    Turn,
    judge_standing,
)
from custom_components.bessai.core.command import Order, Standing
from custom_components.bessai.core.setpoint import Hold, Wish
from custom_components.bessai.core.verdict import Outcome, Verdict
from custom_components.bessai.safety.lease import grant, lease_terms

from ..safety.builders import NOW, charge, discharge
from .bench import proposal

SECOND = timedelta(seconds=1)


def command(wish: Wish, *, minutes: float = 60, grid_charge: bool = False) -> Command:
    """Return a command that was given just now."""
    wanted = proposal(wish, minutes=minutes)
    return Command(
        proposal=wanted,
        verdict=Verdict(outcome=Outcome.APPROVED, wish=wish),
        wish=wish,
        grid_charge=grid_charge,
        lease=grant(lease_terms(0.1, 2), wanted.expires_at, NOW),
        written_at=NOW,
        phase=Phase.SETTLING,
    )


def test_an_order_repeats_the_command_with_what_is_left_of_its_time() -> None:
    given = command(charge(2000), minutes=3, grid_charge=True)
    assert given.order(NOW) == Order(wish=charge(2000), period_s=120, grid_charge=True)
    assert given.order(NOW + 121 * SECOND).period_s == 60


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        (None, Standing.NONE),
        (command(Hold()), Standing.NONE),
        (command(charge(2000)), Standing.CHARGE),
        (command(discharge(2000)), Standing.DISCHARGE),
    ],
)
def test_a_command_is_in_force_as_it_was_given(
    given: Command | None, standing: Standing
) -> None:
    assert judge_standing(given, standing, NOW) is Turn.EXPECTED


@pytest.mark.parametrize(
    ("given", "standing"),
    [
        (None, Standing.CHARGE),
        (command(Hold()), Standing.DISCHARGE),
        (command(charge(2000)), Standing.DISCHARGE),
        (command(discharge(2000)), Standing.CHARGE),
    ],
)
def test_another_command_than_ours_is_somebody_elses(
    given: Command | None, standing: Standing
) -> None:
    assert judge_standing(given, standing, NOW) is Turn.FOREIGN


def test_a_command_that_is_gone_too_early_was_ended() -> None:
    given = command(charge(2000))
    assert judge_standing(given, Standing.NONE, NOW + 59 * SECOND) is Turn.ENDED


def test_a_command_that_is_gone_at_its_time_lapsed() -> None:
    given = command(charge(2000))
    assert judge_standing(given, Standing.NONE, NOW + 60 * SECOND) is Turn.LAPSED
