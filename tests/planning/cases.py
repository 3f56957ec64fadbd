"""The planning cases: those of the repository, and all of them where they are."""

import json
import os
from pathlib import Path
from typing import Any

OWN = Path(__file__).parents[1] / "fixtures" / "planning_cases_syn.json"
FOLDER_FILE = "planning_cases.json"


def own_cases() -> list[dict[str, Any]]:
    """Return the synthetic cases that the repository may hold."""
    return _read(OWN)


def all_cases() -> list[dict[str, Any]]:
    """Return the cases of the file or folder in ``PLANNING_CASES``, none without it."""
    place = os.environ.get("PLANNING_CASES")
    if not place:
        return []
    path = Path(place)
    return _read(path / FOLDER_FILE if path.is_dir() else path)


def saving(case: dict[str, Any]) -> float:
    """Return what gaps are measured in: idle less optimum, at least 1 % of the bill."""
    hours = case["dt_h"]
    flows = zip(case["buy"], case["load_kw"], case["pv_kw"], strict=True)
    gross = sum(price * max(0.0, load - pv) * hours for price, load, pv in flows)
    reference = case["reference"]
    return max(float(reference["idle"] - reference["optimum"]), float(0.01 * gross))


def _read(path: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return cases
