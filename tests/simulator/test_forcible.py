"""A forcible command ends by itself."""

import pytest

from custom_components.bessai.simulator.controls import Command
from custom_components.bessai.simulator.forcible import ForcibleCommand


def ordered(
    command: Command, period_s: float | None = 120.0, *, restarts: bool = True
) -> ForcibleCommand:
    """Return a command that was just given."""
    forcible = ForcibleCommand(rewrite_restarts=restarts)
    forcible.order(command, period_s)
    return forcible


def test_it_ends_with_its_period() -> None:
    forcible = ordered(Command.CHARGE)
    forcible.elapse(119.0)
    assert forcible.remaining_s == 1.0
    forcible.elapse(1.0)
    assert forcible.command is Command.STOP
    assert forcible.remaining_s is None


def test_a_period_of_nothing_ends_at_once() -> None:
    assert ordered(Command.CHARGE, 0.0).command is Command.STOP


def test_without_a_period_time_does_not_end_it() -> None:
    forcible = ordered(Command.CHARGE, None)
    forcible.elapse(1e9)
    assert forcible.command is Command.CHARGE


@pytest.mark.parametrize(("restarts", "remaining_s"), [(True, 120.0), (False, 20.0)])
def test_the_same_command_again_restarts_it_or_does_not(
    restarts: bool, remaining_s: float
) -> None:
    forcible = ordered(Command.CHARGE, restarts=restarts)
    forcible.elapse(100.0)
    forcible.order(Command.CHARGE, 120.0)
    assert forcible.remaining_s == remaining_s


def test_another_command_always_counts_anew() -> None:
    forcible = ordered(Command.CHARGE, restarts=False)
    forcible.elapse(100.0)
    forcible.order(Command.DISCHARGE, 120.0)
    assert forcible.command is Command.DISCHARGE
    assert forcible.remaining_s == 120.0


def test_stop_ends_it() -> None:
    forcible = ordered(Command.CHARGE)
    forcible.order(Command.STOP, 120.0)
    assert forcible.command is Command.STOP
    assert forcible.remaining_s is None


@pytest.mark.parametrize(
    ("command", "stored_wh", "ends"),
    [
        (Command.CHARGE, 8999.0, False),
        (Command.CHARGE, 9000.0, True),
        (Command.CHARGE, 400.0, False),
        (Command.DISCHARGE, 501.0, False),
        (Command.DISCHARGE, 500.0, True),
        (Command.DISCHARGE, 9500.0, False),
    ],
)
def test_it_ends_at_the_bound_it_heads_for(
    command: Command, stored_wh: float, ends: bool
) -> None:
    forcible = ordered(command)
    forcible.judge(stored_wh, 500.0, 9000.0)
    assert (forcible.command is Command.STOP) is ends
