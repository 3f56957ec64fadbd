"""Plans the cases of a file and prints the plans as JSON, for people who check us.

usage: python -m custom_components.bessai.planning CASE.json [--case ID]
"""

import argparse
from collections.abc import Sequence
import json
from pathlib import Path
import sys
from time import perf_counter
from typing import Any

from .case_file import Case, CaseError, parse_cases
from .optimiser import solve
from .problem_check import ProblemError
from .scoring import idle_powers, score, self_consumption_powers

STANDARD_INPUT = "-"
BAD_INPUT = 2
_MS = 1e3


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan of a case, or a list of all; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m custom_components.bessai.planning",
        description="Print the cheapest use of the battery in a case as JSON; "
        "battery power is positive when discharging.",
    )
    parser.add_argument("file", help="one case, or an object with cases; - reads stdin")
    parser.add_argument("--case", metavar="ID", help="only this one")
    options = parser.parse_args(arguments)
    try:
        document = _read(options.file)
        cases = parse_cases(document)
        if options.case is not None:
            cases = _only(cases, options.case)
        results = [_result(case) for case in cases]
    except (CaseError, OSError, ValueError) as err:
        sys.stderr.write(f"planning: {options.file}: {err}\n")
        return BAD_INPUT
    is_list = "cases" in document and options.case is None
    json.dump(results if is_list else results[0], sys.stdout, indent=2)
    sys.stdout.write("\n")
    return 0


def _read(file: str) -> Any:
    if file == STANDARD_INPUT:
        return json.load(sys.stdin)
    return json.loads(Path(file).read_text(encoding="utf-8"))


def _only(cases: tuple[Case, ...], wanted: str) -> tuple[Case, ...]:
    found = tuple(case for case in cases if case.id == wanted)
    if not found:
        names = ", ".join(case.id for case in cases)
        raise CaseError(f"there is no case {wanted}; there is {names}")
    return found


def _result(case: Case) -> dict[str, Any]:
    problem = case.problem
    began = perf_counter()
    try:
        solution = solve(problem)
    except ProblemError as err:
        raise CaseError(f"{case.id}: {err}") from err
    solve_ms = (perf_counter() - began) * _MS
    return {
        "id": case.id,
        "objective": solution.objective,
        "gap_bound": solution.gap_bound,
        "solve_ms": round(solve_ms, 3),
        "idle": score(problem, idle_powers(problem)).cost,
        "self_consumption": score(problem, self_consumption_powers(problem)).cost,
        "floor_missing_kwh": solution.floor_missing_kwh,
        "battery_power_kw": solution.powers_kw,
    }


if __name__ == "__main__":
    sys.exit(main())
