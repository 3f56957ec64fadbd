"""What a model has to show before it is believed."""

from typing import TYPE_CHECKING

import numpy as np

from .errors import ModelRefused, Refusal
from .model_card import ModelCard, PowerOutput, PowerSign
from .model_runner import ModelRunner

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TOLERANCE = 1e-4
"""Absolute, and as much again relative: a hundred times what engines differ by."""

_STATE_OF_CHARGE = "soc_pct"


def check_cost(card: ModelCard, runner: ModelRunner) -> None:
    """Refuse a model that cannot be computed within the budget of our own engine."""
    runner.run(_inputs(card))


def check_golden(card: ModelCard, runner: ModelRunner) -> None:
    """Refuse a model that does not answer its golden vectors.

    Each is asked alone and with the others: what one row is answered must not depend
    on its neighbours.
    """
    inputs, wanted = _inputs(card), _outputs(card)
    together = runner.answer(inputs)
    alone = np.concatenate(
        [runner.answer(inputs[at : at + 1]) for at in range(len(inputs))]
    )
    for answers in (together, alone):
        at = _first_difference(answers, wanted)
        if at is not None:
            raise ModelRefused(
                Refusal.GOLDEN_FAILED,
                f"golden[{at}]: {_shown(answers[at])} instead of {_shown(wanted[at])}",
            )


def check_engines_agree(
    card: ModelCard, runner: ModelRunner, reference: ModelRunner
) -> None:
    """Refuse a model that two engines compute differently."""
    inputs = _inputs(card)
    ours, theirs = reference.run(inputs), runner.run(inputs)
    at = _first_difference(theirs, ours)
    if at is not None:
        raise ModelRefused(
            Refusal.ENGINES_DIFFER,
            f"golden[{at}]: {_shown(theirs[at])} by {runner.backend}, "
            f"{_shown(ours[at])} by {reference.backend}",
        )


def check_sign(card: ModelCard, runner: ModelRunner) -> None:
    """Refuse a policy that wants to discharge an empty battery more than a full one.

    That is what a wrong sign looks like from outside, whatever the card says.
    """
    names = [one.feature for one in card.inputs]
    if not isinstance(card.output, PowerOutput) or _STATE_OF_CHARGE not in names:
        return
    column = names.index(_STATE_OF_CHARGE)
    soc = card.inputs[column]
    empty, full = (
        _mean_discharge(card.output, runner, _with(card, column, soc.scaled(value)))
        for value in (soc.low, soc.high)
    )
    if full < empty - _TOLERANCE:
        raise ModelRefused(
            Refusal.WRONG_SIGN,
            f"it discharges with {empty:g} at {soc.low:g} % and {full:g} at "
            f"{soc.high:g} %",
        )


def _mean_discharge(
    output: PowerOutput, runner: ModelRunner, rows: NDArray[np.float64]
) -> float:
    mean = float(runner.run(rows).mean())
    return mean if output.sign is PowerSign.DISCHARGING else -mean


def _with(card: ModelCard, column: int, value: float) -> NDArray[np.float64]:
    rows = _inputs(card)
    rows[:, column] = value
    return rows


def _inputs(card: ModelCard) -> NDArray[np.float64]:
    return np.array([one.inputs for one in card.golden])


def _outputs(card: ModelCard) -> NDArray[np.float64]:
    return np.array([one.output for one in card.golden])


def _first_difference(
    answers: NDArray[np.float64], wanted: NDArray[np.float64]
) -> int | None:
    differ = ~np.isclose(answers, wanted, rtol=_TOLERANCE, atol=_TOLERANCE)
    rows = np.flatnonzero(differ.any(axis=1))
    return int(rows[0]) if rows.size else None


def _shown(row: NDArray[np.float64]) -> str:
    return ", ".join(f"{value:g}" for value in row)
