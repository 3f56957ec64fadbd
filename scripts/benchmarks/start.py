"""What BESSAI costs before the first poll: import time and memory.

With ``START_BESIDE``, the path of another checkout, that one is measured as well, by
turns and with the same interpreter: for what a change costs those who do not use it.
"""

import asyncio
from collections.abc import Mapping
import json
import os
from pathlib import Path
from statistics import median
import sys

ROOT = Path(__file__).parents[2]
ROUNDS = 9
"""Of each checkout, by turns; the first of each, which may compile, does not count."""

MEASURE = """
import json, sys, threading, time
from pathlib import Path
from importlib import import_module

def rss_mb():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

for name in (
    "config_entries", "core", "helpers.entity_platform", "helpers.update_coordinator",
    "helpers.storage", "helpers.translation", "helpers.selector",
    "helpers.issue_registry", "components.sensor", "components.binary_sensor",
    "components.button", "components.calendar", "components.event",
    "components.file_upload", "components.number", "components.repairs",
    "components.select", "components.switch", "components.diagnostics",
    "components.system_health",
):
    import_module(f"homeassistant.{name}")
import pymodbus.client
before_mb, began = rss_mb(), time.perf_counter()
for name in (
    "", ".config_flow", ".sensor", ".binary_sensor", ".button", ".calendar", ".event",
    ".number", ".select", ".switch", ".diagnostics", ".system_health", ".repairs",
):
    if name == ".repairs" and not Path("custom_components/bessai/repairs.py").exists():
        continue  # an older checkout has none
    import_module(f"custom_components.bessai{name}")
imported_s = time.perf_counter() - began
from custom_components.bessai.device.profile_library import load_profiles
began = time.perf_counter()
shelf = load_profiles(Path("registry_profiles"), None)
loaded_s = time.perf_counter() - began
heavy = sorted(
    name
    for name in ("numpy", "onnxruntime", "sklearn", "google.pubsub_v1", "grpc", "scipy")
    if name in sys.modules
)
print(json.dumps({
    "import of the integration, s": imported_s,
    "loading the device profile, s (in the executor)": loaded_s,
    "memory, both together, MB": rss_mb() - before_mb,
    "modules of the integration": sum("bessai" in name for name in sys.modules),
    "threads": threading.active_count(),
    "machine learning, solver or cloud libraries": heavy,
}))
"""


async def run() -> None:
    """Measure in fresh interpreters that have Home Assistant loaded, and print."""
    beside = os.environ.get("START_BESIDE")
    roots = [ROOT, *([Path(beside)] if beside else [])]
    found: dict[Path, list[dict[str, float | list[str]]]] = {root: [] for root in roots}
    for turn in range(ROUNDS + 1):
        # By turns, and the other one first every second time: a machine has its moods.
        for root in roots if turn % 2 else reversed(roots):
            figures = await _measure(root)
            if turn:
                found[root].append(figures)
    print(f"median and least of {ROUNDS} starts: {' | '.join(map(str, roots))}")
    for name in found[ROOT][0]:
        print(f"{name:<50}", " | ".join(_summary(found[root], name) for root in roots))


async def _measure(root: Path) -> dict[str, float | list[str]]:
    """Return the figures of one start of a checkout."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MEASURE),
        cwd=root,
        env=_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    figures: dict[str, float | list[str]] = json.loads(said)
    return figures


def _environment() -> Mapping[str, str]:
    """Return the environment; what was compiled is kept, as Home Assistant does."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "PYTHONPATH"}
    return {name: text for name, text in os.environ.items() if name not in unwanted}


def _summary(rows: list[dict[str, float | list[str]]], name: str) -> str:
    values = [row[name] for row in rows]
    numbers = [value for value in values if not isinstance(value, list)]
    if not numbers:
        return str(values[0] or "none")
    return f"{median(numbers):8.3f} {min(numbers):8.3f}"
