"""What asking a model costs: time on both engines, time to load, memory."""

import asyncio
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
import sys
from time import process_time
from typing import Any

import numpy as np

from custom_components.bessai.inference.engine import Engine, Tensors
from custom_components.bessai.inference.engines import OpenedModel, open_engines

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "fixtures" / "models"
MODELS: Mapping[str, str] = {
    "8-64-64-1, torch": "torch_dynamo_mlp_64x64",
    "8-32-32-1, scikit-learn": "skl2onnx_mlp_relu_scaler",
    "200 trees of 4 levels": "skl2onnx_gbm_200x4",
}
ROWS = (1, 24)
RUNS = 20_000
LOADS = 20
US, MS = 1e6, 1e3

# The integration's own __init__ loads all of it; here only the engine is wanted, and
# the home has numpy in memory anyhow.
MEASURE = """
import sys
from types import ModuleType
import homeassistant.core
import numpy as np
np.ones((9, 9), np.float32) @ np.ones((9, 9), np.float32)
package = ModuleType("custom_components.bessai")
package.__path__ = ["custom_components/bessai"]
sys.modules["custom_components.bessai"] = package

def rss_mb():
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024

before_mb = rss_mb()
from custom_components.bessai.inference.engines import open_engines
own = sys.argv[1] == "numpy"
kept = []
for path in sys.argv[2:]:
    opened = open_engines(open(path, "rb").read(), only_numpy=own)
    (spec,) = opened.engine.inputs
    opened.engine.run({spec.name: np.ones((24, spec.shape[1]), np.float32)})
    kept.append(opened)
    assert opened.engine.backend == sys.argv[1], "not the engine that was asked for"
print(f"{rss_mb() - before_mb:.1f}")
"""


async def run() -> None:
    """Measure and print."""
    print("CPU time: as long as it takes where nothing else runs.")
    print("Microseconds of one answer, p50 / p99, and how far engines are apart.\n")
    print(f"{'':26} {'rows':>4} {'numpy':>13} {'onnxruntime':>13} {'difference':>10}")
    loads = []
    for name, file in MODELS.items():
        data = (FOLDER / f"{file}.onnx").read_bytes()
        opened = open_engines(data)
        for rows in ROWS:
            _compare(name, opened, rows)
        loads.append((name, len(data), data))
    print(f"\n{'':26} {'bytes':>9} {'numpy':>9} {'both engines':>13}   to load, ms")
    for name, size, data in loads:
        own = _load_ms(data, only_numpy=True)
        both = f"{_load_ms(data, only_numpy=False):.1f}" if _has_both(data) else "-"
        print(f"{name:26} {size:9} {own:9.1f} {both:>13}")
    print()
    for backend in ("numpy", "onnxruntime"):
        for name, file in MODELS.items():
            used = await _memory_mb(backend, [file])
            print(f"memory over numpy, {backend:12} {name:26} {used:>6} MB")
        used = await _memory_mb(backend, [*MODELS.values()])
        print(f"memory over numpy, {backend:12} {'all of them':26} {used:>6} MB")


def _has_both(data: bytes) -> bool:
    return open_engines(data).engine.backend != "numpy"


def _compare(name: str, opened: OpenedModel, rows: int) -> None:
    (spec,) = opened.reference.inputs
    columns = (spec.shape or (None, None))[1] or 0
    rng = np.random.default_rng(rows)
    given: list[Tensors] = [
        {spec.name: rng.normal(size=(rows, columns)).astype(np.float32)}
        for _ in range(100)
    ]
    both = opened.engine is not opened.reference
    other = _micros(opened.engine, given) if both else "-"
    gap = f"{_difference(opened, given):.1e}" if both else "-"
    own = _micros(opened.reference, given)
    print(f"{name:26} {rows:4} {own:>13} {other:>13} {gap:>10}", flush=True)


def _micros(engine: Engine, given: list[Tensors]) -> str:
    times = [
        _seconds(lambda: engine.run(inputs)) * US  # noqa: B023 - called at once
        for inputs in islice(cycle(given), RUNS)
    ]
    cuts = quantiles(times, n=100)
    return f"{cuts[49]:.0f} / {cuts[98]:.0f}"


def _difference(opened: OpenedModel, given: list[Tensors]) -> float:
    worst = 0.0
    for inputs in given:
        own, other = opened.reference.run(inputs), opened.engine.run(inputs)
        for name, answer in own.items():
            gap = np.subtract(answer, other[name], dtype=np.float64)
            worst = max(worst, float(np.abs(gap).max()))
    return worst


def _load_ms(data: bytes, *, only_numpy: bool) -> float:
    return min(
        _seconds(lambda: open_engines(data, only_numpy=only_numpy)) * MS
        for _ in range(LOADS)
    )


def _seconds(work: Callable[[], Any]) -> float:
    began = process_time()
    work()
    return process_time() - began


async def _memory_mb(backend: str, files: list[str]) -> str:
    """Return what a fresh interpreter takes more; ``-`` where there is no engine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MEASURE,
        backend,
        *(str(FOLDER / f"{file}.onnx") for file in files),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await process.communicate()
    return out.decode().strip() or "-"
