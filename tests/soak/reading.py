"""Thirty minutes in which the plant lives through thirty hours."""

import asyncio
from collections import defaultdict
import gc
from itertools import pairwise
import logging
import os
from pathlib import Path
import sys

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.simulator.behaviour import ServerBehaviour
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.server import scaled_clock

from ..home import Home, settle

MINUTES = float(os.environ.get("SOAK_MINUTES", "30"))
TIME_FACTOR = 60
RELOADS = 10
COUNTERS = (
    *("pv_energy", "ac_energy", "grid_import_energy", "grid_export_energy"),
    *("battery_charge_energy", "battery_discharge_energy", "load_energy"),
)
DAILY = (
    *("ac_energy_today", "pv_energy_today", "load_energy_today"),
    *("battery_charge_energy_today", "battery_discharge_energy_today"),
)


class Watch:
    """Follows counters and keeps what they did."""

    def __init__(self, hass: HomeAssistant, home: Home) -> None:
        self.readings: dict[str, list[float]] = defaultdict(list)
        names = {home.entity_id(name): name for name in (*COUNTERS, *DAILY)}

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            state = event.data["new_state"]
            if state is not None and state.state not in ("unavailable", "unknown"):
                name = names[event.data["entity_id"]]
                self.readings[name].append(float(state.state))

        async_track_state_change_event(hass, [one for one in names if one], note)

    def drops(self, name: str) -> int:
        """Return how often a counter went down."""
        values = self.readings[name]
        return sum(after < before for before, after in pairwise(values))


def open_sockets() -> int:
    """Return the number of sockets this process holds."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith("socket:") for link in links)


def resident_mb() -> float:
    """Return the memory this process holds, MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings and errors that are ours.

    Home Assistant warns once of every custom integration, and asyncio, in the debug
    mode of tests, of every callback that takes a tenth of a second.
    """
    return [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and "bessai" in f"{record.name} {record.getMessage()}"
        and record.name not in ("homeassistant.loader", "asyncio")
    ]


async def load_again(hass: HomeAssistant, home: Home, number: int) -> None:
    """Reload, or in every second turn unload for a while."""
    entry_id = home.entry.entry_id
    if number % 2:
        assert await hass.config_entries.async_reload(entry_id)
        return
    assert await hass.config_entries.async_unload(entry_id)
    await asyncio.sleep(3)
    assert await hass.config_entries.async_setup(entry_id)


@pytest.mark.timeout(MINUTES * 60 + 300)
async def test_thirty_hours_leave_nothing_behind(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    # Debug records of half an hour, kept by the fixture, would be what grows.
    caplog.set_level(logging.WARNING)
    clock = scaled_clock(dt_util.utcnow(), TIME_FACTOR, hass.loop.time)
    home = await Home(hass, clock=clock, behaviour=ServerBehaviour()).switch_on()
    home.plant.overrides = Overrides()
    tasks, sockets = len(asyncio.all_tasks()), open_sockets()
    await home.add()
    watch = Watch(hass, home)
    early_mb = 0.0
    for number in range(RELOADS):
        await asyncio.sleep(MINUTES * 60 / RELOADS)
        await load_again(hass, home, number)
        await hass.async_block_till_done()
        early_mb = early_mb or resident_mb()
    grown_mb = resident_mb() - early_mb
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    await settle(hass)
    gc.collect()
    await asyncio.sleep(1)
    sys.stdout.write(
        f"\n{home.server.statistics}\n"
        f"plant's time {home.plant.at}, memory grown by {grown_mb:.1f} MB\n"
        + "\n".join(
            f"{name}: {len(values)} readings, {values[0]} .. {values[-1]}, "
            f"{watch.drops(name)} drops"
            for name, values in sorted(watch.readings.items())
        )
    )
    assert complaints(caplog) == []
    assert len(asyncio.all_tasks()) == tasks
    assert open_sockets() == sockets
    assert grown_mb < 15
    assert {name: watch.drops(name) for name in COUNTERS} == dict.fromkeys(COUNTERS, 0)
    nights = round(MINUTES * TIME_FACTOR / 60 / 24)
    assert watch.drops("ac_energy_today") in (nights, nights + 1)
    await home.server.stop()
