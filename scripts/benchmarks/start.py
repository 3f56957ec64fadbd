"""What BESSAI costs before the first poll: import time and memory."""

import asyncio
from pathlib import Path
import sys

ROOT = Path(__file__).parents[2]

MEASURE = """
import sys, time
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
    "components.select", "components.diagnostics", "components.system_health",
):
    import_module(f"homeassistant.{name}")
import pymodbus.client
before_mb, began = rss_mb(), time.perf_counter()
for name in (
    "", ".config_flow", ".sensor", ".binary_sensor", ".select", ".diagnostics",
    ".system_health",
):
    import_module(f"custom_components.bessai{name}")
imported_s = time.perf_counter() - began
from custom_components.bessai.device.profile_library import load_profiles
began = time.perf_counter()
shelf = load_profiles(Path("registry_profiles"), None)
loaded_s = time.perf_counter() - began
heavy = sorted(
    name for name in ("numpy", "onnxruntime", "sklearn", "google.cloud", "scipy")
    if name in sys.modules
)
print(f"import of the integration        {imported_s:.3f} s")
print(f"loading the device profile       {loaded_s:.3f} s (in the executor)")
print(f"memory, both together            {rss_mb() - before_mb:.1f} MB")
print(f"machine learning, solver or cloud libraries imported: {heavy or 'none'}")
"""


async def run() -> None:
    """Measure in a fresh interpreter that has Home Assistant loaded, and print."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MEASURE, cwd=ROOT
    )
    await process.wait()
