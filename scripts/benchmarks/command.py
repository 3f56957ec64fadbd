"""From an action to measured power: real Home Assistant, a plant of 60 ms a request."""

import asyncio
from pathlib import Path
import statistics
from tempfile import TemporaryDirectory
import time

from ..headless.config_directory import ConfigDirectory
from ..headless.entities import DOMAIN, read_entities
from ..headless.plant import LATENCY_S
from ..headless.program import free_port
from ..headless.scene import Scene, play

PORT = 58123
COMMANDS = 20
POWERS_W = (1000, 1500, 2000, 2500)
NEAR = 0.1
"""Measured power counts as there when it is within a tenth."""

PATIENCE_S = 60


async def run() -> None:
    """Measure and print medians and 95th percentiles."""
    with TemporaryDirectory() as folder:
        directory = ConfigDirectory(Path(folder) / "home")
        async with play(directory, free_port(PORT), lambda _: None) as scene:
            answered, measured = await _measure(scene)
    print(f"{COMMANDS} commands at {1000 * LATENCY_S:.0f} ms per answer")
    _print("action answered (vetted, written, read back)", answered)
    _print("measured power shown by its sensor", measured)


async def _measure(scene: Scene) -> tuple[list[float], list[float]]:
    client = scene.home.client
    ids = {one.key: one.entity_id for one in await read_entities(client)}
    await client.post(
        "/api/services/switch/turn_on", {"entity_id": ids["allow_control"]}
    )
    await asyncio.sleep(2)
    answered, measured = [], []
    for number in range(COMMANDS):
        power_w = POWERS_W[number % len(POWERS_W)]
        action, sign = (("charge", -1), ("discharge", 1))[number % 2]
        began = time.monotonic()
        answer = await client.post(
            f"/api/services/{DOMAIN}/{action}?return_response",
            {"power": power_w, "duration": {"minutes": 30}},
        )
        answered.append(time.monotonic() - began)
        verdict = answer["service_response"]["verdict"]
        if verdict != "approved":
            raise SystemExit(f"the command was {verdict}: {answer}")
        await _until_measured(scene, ids["battery_power"], sign * power_w)
        measured.append(time.monotonic() - began)
    return answered, measured


async def _until_measured(scene: Scene, entity_id: str, power_w: float) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        state = await scene.home.client.get(f"/api/states/{entity_id}")
        if abs(float(state["state"]) - power_w) <= NEAR * abs(power_w):
            return
        await asyncio.sleep(0.05)
    raise SystemExit(f"{power_w} W were not measured within {PATIENCE_S} s")


def _print(what: str, seconds: list[float]) -> None:
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(f"  {what:46} median {statistics.median(seconds):.2f} s, p95 {p95:.2f} s")
