"""Runs a plant on a port: ``python -m custom_components.bessai.simulator``."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
import sys
import time
from zoneinfo import ZoneInfo

from .faults import DESCRIPTIONS, Scenario
from .parameters import (
    BatteryParameters,
    FirmwareQuirks,
    PlantParameters,
    PvParameters,
)
from .plant import SimulatedPlant
from .server import ServerBehaviour, SimulatorServer, scaled_clock

_STATUS_PERIOD_S = 1.0
_MS_PER_S = 1000.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until Ctrl-C."""
    options = _build_parser().parse_args(arguments)
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(options))


async def serve(options: argparse.Namespace) -> None:
    """Serve the plant the options describe, with a status line, until cancelled."""
    zone = ZoneInfo(options.time_zone)
    start = options.start or datetime.now(UTC)
    if start.tzinfo is None:
        start = start.replace(tzinfo=zone)
    plant = SimulatedPlant(build_parameters(options, zone), start)
    clock = scaled_clock(start, options.time_factor, time.monotonic)
    behaviour = ServerBehaviour(latency_s=options.latency_ms / _MS_PER_S)
    server = SimulatorServer(plant, clock, behaviour)
    port = await server.start(options.host, options.port)
    server.scenario = options.scenario
    sys.stdout.write(f"Simulated plant on {options.host}:{port}, unit id 1\n")
    try:
        while True:
            plant.advance(clock())
            sys.stdout.write(f"\r{status_line(plant, server)}")
            sys.stdout.flush()
            await asyncio.sleep(_STATUS_PERIOD_S)
    finally:
        await server.stop()


def build_parameters(options: argparse.Namespace, zone: ZoneInfo) -> PlantParameters:
    """Return the plant the options describe."""
    return PlantParameters(
        seed=options.seed,
        time_zone=zone,
        pv=PvParameters(string_count=options.strings, solar_noon_h=options.solar_noon),
        battery=BatteryParameters(
            capacity_kwh=options.capacity_kwh, soc_pct=options.soc
        ),
        quirks=FirmwareQuirks(installer_password=options.installer_password),
    )


def status_line(plant: SimulatedPlant, server: SimulatorServer) -> str:
    """Return the plant in one line."""
    truth = plant.truth
    local = truth.at.astimezone(plant.parameters.time_zone)
    return (
        f"{local:%Y-%m-%d %H:%M} PV {truth.pv_w:6.0f} W, load {truth.load_w:6.0f} W, "
        f"battery {truth.battery_w:+6.0f} W, grid {truth.grid_w:+6.0f} W, "
        f"{truth.soc_pct:5.1f} %, mode {truth.working_mode}, "
        f"{server.statistics.requests} requests, {server.scenario}   "
    )


def _build_parser() -> argparse.ArgumentParser:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m custom_components.bessai.simulator",
        description="A simulated Huawei plant on Modbus TCP.",
        epilog="Scenarios: "
        + "; ".join(f"{name}: {text}" for name, text in DESCRIPTIONS.items()),
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=5020)
    add("--time-factor", type=float, default=1.0, help="plant seconds per second")
    add("--scenario", type=Scenario, default=Scenario.NONE, help="see below")
    add("--start", type=datetime.fromisoformat, help="ISO 8601; default: now")
    add("--time-zone", default="UTC", help="IANA name of the plant's time zone")
    add("--solar-noon", type=parse_hour, default=13.0, help="wall clock, HH:MM")
    add("--seed", type=int, default=1, help="of weather and habits")
    add("--latency-ms", type=float, default=60.0)
    add("--strings", type=int, default=2)
    add("--soc", type=float, default=50.0, help="state of charge at the start, percent")
    add("--capacity-kwh", type=float, default=10.0)
    add("--installer-password", help="writes need a login; default: they do not")
    return parser


def parse_hour(text: str) -> float:
    """Return a time of day as hours.

    Raises:
        ValueError: If it is not a time.
    """
    hours, _, minutes = text.partition(":")
    return int(hours) + int(minutes or 0) / 60.0


if __name__ == "__main__":
    main()
