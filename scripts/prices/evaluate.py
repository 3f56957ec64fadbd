"""Says how good price forecasts are on real prices: scripts/evaluate_prices DATA.

DATA is a file or a folder of files with a row per day: `date`, `h00` to `h23`, and
`market` and `series` where there are several markets or forecasts of others. The
forecast of each day is made from what was known at the end of the day before. The
repository has `tests/fixtures/prices` (Bundesnetzagentur | SMARD.de, CC BY 4.0).
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
import sys

import numpy as np

from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import LoadedModel, load_model
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.inference.price_features import FEATURES

from .judge import Verdict, judge_model, judge_ours
from .periods import PARTS, periods_of
from .scores import calibration, mae, rmae_of, score
from .series import Series, read_series

OTHERS = {
    "day before": "day before",
    "recent days": "recent days",
    "lear_ens": "LEAR published",
    "dnn_ens": "DNN published",
}
LEADS = (0, 1, 2, 4, 6)
CONFIDENCES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

type Task = tuple[Series, str, range]
type Judged = tuple[Verdict, Verdict | None]


def main() -> int:
    """Return the exit status."""
    arguments = _arguments()
    try:
        tasks = list(_tasks(arguments))
        _model(arguments.model)
    except (BessaiError, OSError, ValueError) as err:
        print(f"evaluate_prices: {err}", file=sys.stderr)
        return 2
    with ProcessPoolExecutor(arguments.processes) as pool:
        models = [arguments.model] * len(tasks)
        judged = [pair for pair in pool.map(_judge, tasks, models) if len(pair[0].days)]
    if not judged:
        print("evaluate_prices: no day of it can be judged", file=sys.stderr)
        return 1
    _print_days([ours for ours, _ in judged])
    _print_leads([ours for ours, _ in judged])
    _print_confidence([ours for ours, _ in judged])
    if arguments.model:
        _print_model([(ours, its) for ours, its in judged if its is not None])
    return 0


def _arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, help="an ONNX model with its card")
    parser.add_argument(
        "--part",
        choices=PARTS,
        default=PARTS[0],
        help="the days kept for the end, or those the method was chosen on",
    )
    parser.add_argument("--memory", type=int, help="days of history, at least 56")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _tasks(arguments: Namespace) -> Iterable[Task]:
    for found in read_series(arguments.data):
        series = replace(found, memory=arguments.memory)
        for name, days in periods_of(series, arguments.part).items():
            yield series, name, days


def _model(path: Path | None) -> LoadedModel | None:
    if path is None:
        return None
    file = ModelShelf(path.parent, path.parent).read(path.name)
    return load_model(file, Purpose.PRICE_FORECAST, FEATURES)


def _judge(task: Task, path: Path | None) -> Judged:
    model = _model(path)
    return judge_ours(*task), None if model is None else judge_model(*task, model)


def _print_days(verdicts: Sequence[Verdict]) -> None:
    labels = [label for label in OTHERS if any(label in v.others for v in verdicts)]
    print("The next 24 hours. rMAE: MAE over that of the same hour a week before.\n")
    _head(
        *("series", "days", "MAE", "rMAE", *(OTHERS[label] for label in labels)),
        *("in the band", "below", "above", "pinball p10, p50, p90"),
        *("confidence", "it was", "s per day"),
    )
    for verdict in verdicts:
        found = score(verdict, 0)
        error = mae(verdict.came[:, 0], verdict.said[:, 0, 1])
        _row(
            *(verdict.name, found.days, f"{error:.4g}", f"**{found.rmae:.3f}**"),
            *(_other(verdict, label) for label in labels),
            *(f"{part:.3f}" for part in (found.coverage, found.below, found.above)),
            ", ".join(f"{part:.3g}" for part in found.pinball),
            *(f"{found.claimed:.2f}", f"{found.real:.2f}", f"{verdict.seconds:.2f}"),
        )
    rmaes = {verdict.name: score(verdict, 0).rmae for verdict in verdicts}
    mean_with_others = [rmaes[v.name] for v in verdicts if "lear_ens" in v.others]
    if mean_with_others:
        mean = float(np.mean(mean_with_others))
        print(f"\nMean rMAE of the markets with published forecasts: {mean:.3f}")


def _other(verdict: Verdict, label: str) -> str:
    said = verdict.others.get(label)
    return "" if said is None else f"{rmae_of(verdict, said):.3f}"


def _print_leads(verdicts: Sequence[Verdict]) -> None:
    print("\nFurther ahead: rMAE and share of prices in the band, by day.\n")
    _head("series", *(f"day {lead + 1}" for lead in LEADS))
    for verdict in verdicts:
        scores = [score(verdict, lead) for lead in LEADS]
        _row(verdict.name, *(f"{one.rmae:.2f}, {one.coverage:.2f}" for one in scores))


def _print_confidence(verdicts: Sequence[Verdict]) -> None:
    print("\nConfidence of the next 24 hours, all series, by what was claimed.\n")
    _head("claimed", "days", "mean", "it was")
    for group in calibration(verdicts, CONFIDENCES):
        _row(
            *(f"{group.low:.1f} to {group.high:.1f}", group.days),
            *(f"{group.claimed:.2f}", f"{group.real:.2f}"),
        )


def _print_model(pairs: Sequence[tuple[Verdict, Verdict]]) -> None:
    print("\nThe model, on the days on which it answers.\n")
    _head("series", "days", "rMAE", "ours", "in the band", "confidence", "it was")
    for ours, model in pairs:
        answered = np.isfinite(model.said[:, 0]).all(axis=(1, 2))
        if not answered.any():
            _row(model.name, 0, *[""] * 5)
            continue
        found = score(model, 0)
        came, middle = ours.came[answered, 0], ours.said[answered, 0, 1]
        beside = mae(came, middle) / mae(came, ours.week_before[answered, 0])
        _row(
            *(model.name, found.days, f"{found.rmae:.3f}", f"{beside:.3f}"),
            *(f"{found.coverage:.3f}", f"{found.claimed:.2f}", f"{found.real:.2f}"),
        )


def _head(*cells: str) -> None:
    _row(*cells)
    _row(*["---"] * len(cells))


def _row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
