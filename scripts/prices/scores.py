"""Figures of forecasts: rMAE, coverage, pinball loss, confidence claimed and real."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from custom_components.bessai.inference.price_history import Floats

from .judge import Verdict

LOW, MIDDLE, HIGH = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of the forecasts of one lead day over a period."""

    days: int
    rmae: float
    """MAE over that of the same hour a week before the lead day."""

    coverage: float
    below: float
    above: float
    pinball: tuple[float, float, float]
    """Of p10, p50, p90, in the unit of the prices."""

    claimed: float
    """Mean confidence."""

    real: float
    """What it was: ``1 - MAE / MAE of saying the mean of the last seven days``."""


def score(verdict: Verdict, lead: int) -> Score:
    """Return the figures of a lead day, 0 for the next 24 hours."""
    is_known = np.isfinite(verdict.came[:, lead]).all(axis=1)
    is_known &= np.isfinite(verdict.week_before[:, lead]).all(axis=1)
    is_known &= np.isfinite(verdict.said[:, lead]).all(axis=(1, 2))
    came, said = verdict.came[is_known, lead], verdict.said[is_known, lead]
    low, middle, high = (said[:, part] for part in (LOW, MIDDLE, HIGH))
    error = mae(came, middle)
    return Score(
        days=int(is_known.sum()),
        rmae=error / mae(came, verdict.week_before[is_known, lead]),
        coverage=float(((came >= low) & (came <= high)).mean()),
        below=float((came < low).mean()),
        above=float((came > high).mean()),
        pinball=(
            pinball(came, low, 0.1),
            pinball(came, middle, 0.5),
            pinball(came, high, 0.9),
        ),
        claimed=float(verdict.confidence[is_known, lead].mean()),
        real=1 - error / mae(came, verdict.usual[is_known, None]),
    )


def rmae_of(verdict: Verdict, said: Floats) -> float:
    """Return the rMAE of another forecast of the next 24 hours."""
    error = mae(verdict.came[:, 0], said)
    return error / mae(verdict.came[:, 0], verdict.week_before[:, 0])


def mae(came: Floats, said: Floats) -> float:
    """Return the mean absolute error."""
    return float(np.abs(came - said).mean())


def pinball(came: Floats, said: Floats, share: float) -> float:
    """Return the mean pinball loss of a quantile."""
    error = came - said
    return float(np.maximum(share * error, (share - 1) * error).mean())


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Days on which about the same confidence was claimed."""

    low: float
    high: float
    days: int
    claimed: float
    real: float


def calibration(
    verdicts: Sequence[Verdict], edges: Sequence[float]
) -> list[Calibration]:
    """Return claimed and real confidence of the next 24 hours, by what was claimed.

    Errors are counted in units of each period's mean, so that no market outweighs.
    """
    claimed = np.concatenate([verdict.confidence[:, 0] for verdict in verdicts])
    errors, naive = (
        np.concatenate([pair[part] for pair in map(_relative, verdicts)])
        for part in (0, 1)
    )
    found = []
    for low, high in pairwise(edges):
        chosen = (claimed >= low) & (claimed < high)
        if chosen.any():
            found.append(
                Calibration(
                    low=low,
                    high=high,
                    days=int(chosen.sum()),
                    claimed=float(claimed[chosen].mean()),
                    real=float(1 - errors[chosen].sum() / naive[chosen].sum()),
                )
            )
    return found


def _relative(verdict: Verdict) -> tuple[Floats, Floats]:
    """Return the MAE of each day, ours and of the usual price."""
    came = verdict.came[:, 0]
    error = np.abs(came - verdict.said[:, 0, MIDDLE]).mean(axis=1)
    naive = np.abs(came - verdict.usual[:, None]).mean(axis=1)
    return error / naive.mean(), naive / naive.mean()
