"""What a plan costs: time beside a MILP solver's, memory, modules."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
import sys
from time import process_time

from custom_components.bessai.planning.case_file import parse_cases
from custom_components.bessai.planning.optimiser import solve
from custom_components.bessai.planning.problem import Problem
from tests.planning.cases import all_cases, own_cases
from tests.planning.milp import optimum
from tests.planning.random_problems import random_problem

from .home_problem import home_problem

ROOT = Path(__file__).parents[2]
SIZES = ((24, 60), (96, 15), (192, 15), (576, 5))
PROBLEMS = 30
MILP_PROBLEMS = 4
MILP_GAP = 1e-4  # what tools ask of it; the tests ask for more
MILP_LIMIT_S = 20.0
RANDOM_PROBLEMS = 400
MS = 1e3

# The integration's own __init__ loads all of it; here only the planner is wanted.
MEASURE = """
import sys
from pathlib import Path
from types import ModuleType
import homeassistant.core
package = ModuleType("custom_components.bessai")
package.__path__ = ["custom_components/bessai"]
sys.modules["custom_components.bessai"] = package

def rss_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

modules, before_mb = set(sys.modules), rss_mb()
from custom_components.bessai.planning.optimiser import solve
new = {name.split(".")[0] for name in set(sys.modules) - modules}
print(f"memory: the planner {rss_mb() - before_mb:.1f} MB", end="")
from scripts.benchmarks.home_problem import home_problem
for count, minutes in ((96, 15), (576, 5)):
    problem = home_problem(1, count, minutes, dented=False)
    before_mb = rss_mb()
    kept = solve(problem)
    print(f", a plan of {count} intervals {rss_mb() - before_mb:.1f} MB", end="")
print()
print(f"modules imported besides ours: {sorted(new - {'custom_components'}) or 'none'}")
"""


async def run() -> None:
    """Measure and print."""
    print("CPU time of a plan, ms: as long as it takes where nothing else runs.")
    print(
        f"MILP: scipy's HiGHS, gap {MILP_GAP}, given up after {MILP_LIMIT_S:.0f} s.\n"
    )
    print(f"{'':30} {'median':>8} {'worst':>8}   {'MILP':>8} {'worst':>8}")
    for dented in (False, True):
        for count, minutes in SIZES:
            _compare(count, minutes, dented=dented)
    cases = parse_cases({"cases": all_cases() or own_cases()})
    _measure(f"{len(cases)} planning cases", (case.problem for case in cases))
    fuzz = (random_problem(seed) for seed in range(RANDOM_PROBLEMS))
    _measure(f"{RANDOM_PROBLEMS} random problems", fuzz)
    sys.stdout.flush()
    for arguments in (("-c", MEASURE), ("-m", "scripts.benchmarks.plan_hold")):
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, cwd=ROOT
        )
        await process.wait()


def _compare(count: int, minutes: int, *, dented: bool) -> None:
    problems = [
        home_problem(seed, count, minutes, dented=dented) for seed in range(PROBLEMS)
    ]
    ours = [_ms(solve, problem) for problem in problems]
    theirs = [_ms(_milp, problem) for problem in problems[:MILP_PROBLEMS]]
    name = f"{count} x {minutes} min, {'not convex' if dented else 'convex'}"
    print(
        f"{name:30} {median(ours):8.1f} {max(ours):8.1f}   "
        f"{median(theirs):8.1f} {max(theirs):8.1f}",
        flush=True,
    )


def _measure(name: str, problems: Iterable[Problem]) -> None:
    times = [_ms(solve, problem) for problem in problems]
    print(f"{name:30} {median(times):8.1f} {max(times):8.1f}")


def _milp(problem: Problem) -> object:
    return optimum(problem, gap=MILP_GAP, limit_s=MILP_LIMIT_S)


def _ms(work: Callable[[Problem], object], problem: Problem) -> float:
    began = process_time()
    work(problem)
    return (process_time() - began) * MS
