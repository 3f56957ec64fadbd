"""A week of random commands and random faults, judged by the plant itself."""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
import logging
import os
import random
import sys

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.const import CONF_TIME_FACTOR
from custom_components.bessai.control_loop import ControlLoop
from custom_components.bessai.core.command import CommandError
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    FirmwareQuirks,
    PlantParameters,
)
from custom_components.bessai.simulator.server import scaled_clock

from ..home import Home
from .referee import Referee

DAYS = float(os.environ.get("SOAK_DAYS", "7"))
SEED = int(os.environ.get("SOAK_SEED", "1"))
TIME_FACTOR = 300
MINUTE_S = 60 / TIME_FACTOR
"""One of the plant's, in ours."""

SECONDS = DAYS * 86_400 / TIME_FACTOR


class Owner:
    """Somebody who cannot make up their mind."""

    def __init__(self, home: Home, referee: Referee, dice: random.Random) -> None:
        self.home, self.referee, self.dice = home, referee, dice
        self.outcomes: Counter[str] = Counter()

    async def live(self) -> None:
        """Command something, wait, and command something else."""
        while True:
            await asyncio.sleep(self.dice.uniform(1, 40) * MINUTE_S)
            await self.act()

    async def act(self) -> None:
        """Do one of the things an owner can do."""
        control = self.home.runtime.control
        if control is None or self.home.entry.state.name != "LOADED":
            return
        choice = self.dice.random() if control.allowed else 0.9
        with suppress(CommandError):
            if choice < 0.70:
                await self.command(control)
            elif choice < 0.85:
                await control.async_release("soak")
            elif choice < 0.95:
                await control.async_allow(allowed=not control.allowed, by="soak")
            else:
                await self.home.hass.config_entries.async_reload(
                    self.home.entry.entry_id
                )

    async def command(self, control: ControlLoop) -> None:
        """Charge, discharge or hold, sensibly or not."""
        power_w = self.dice.choice([500, 2000, 5000, 999_999])
        wishes: list[Wish] = [
            Setpoint(power_w=power_w),
            Setpoint(power_w=-power_w),
            Hold(),
            Hold(allow_charging=False),
        ]
        wish = self.dice.choice(wishes)
        duration = timedelta(minutes=self.dice.choice([1, 10, 60, 240]))
        asked_at = self.referee.clock()
        result = await control.async_command(wish, duration, by="soak")
        self.outcomes[result.outcome] += 1
        if result.outcome in ("approved", "clamped", "failed"):
            took = self.referee.clock() - asked_at
            self.referee.promised_until = (
                self.referee.clock() + duration + took + self.referee.grace()
            )


async def break_things(home: Home, dice: random.Random) -> None:
    """Let something go wrong every few hours, for minutes."""
    scenarios = [one for one in Scenario if one is not Scenario.SWAPPED_INVERTER]
    while True:
        await asyncio.sleep(dice.uniform(30, 300) * MINUTE_S)
        if dice.random() < 0.2:
            home.plant.set_battery_temperature(dice.choice([-12.0, -3.0, 43.0, 47.0]))
        else:
            home.server.scenario = dice.choice(scenarios)
        await asyncio.sleep(dice.uniform(1, 40) * MINUTE_S)
        home.server.scenario = Scenario.NONE
        home.plant.set_battery_temperature(22.0)


@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("restarts", [True, False], ids=["restarting", "counting_on"])
async def test_a_week_has_no_unsafe_minute(
    hass: HomeAssistant,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    prompt_link: None,
    restarts: bool,
) -> None:
    caplog.set_level(logging.ERROR)
    monkeypatch.setattr(
        "custom_components.bessai.coordinator.SHORTEST_PERIOD",
        timedelta(seconds=30 / TIME_FACTOR),
    )
    clock = scaled_clock(dt_util.utcnow(), TIME_FACTOR, hass.loop.time)
    parameters = PlantParameters(
        quirks=FirmwareQuirks(rewrite_restarts_countdown=restarts)
    )
    home = await Home(hass, parameters, clock=clock).switch_on()
    home.plant.overrides = Overrides()
    await home.add(**{CONF_TIME_FACTOR: TIME_FACTOR})
    control = home.runtime.control
    assert control is not None
    await control.async_allow(allowed=True)
    limits = control.options.limits
    referee = Referee(
        plant=home.plant,
        server=home.server,
        clock=clock,
        soc_min_pct=limits.soc_min_pct,
        soc_max_pct=limits.soc_max_pct,
        grace=lambda: _lease(home),
    )
    dice = random.Random(SEED)  # noqa: S311 - nothing secret
    owner = Owner(home, referee, dice)
    work = [
        asyncio.ensure_future(one)
        for one in (referee.watch(), owner.live(), break_things(home, dice))
    ]
    began = clock()
    await asyncio.wait(work, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for task in work:
        assert not task.done(), task
        task.cancel()
    home.server.scenario = Scenario.NONE
    await asyncio.sleep(1)
    await hass.config_entries.async_unload(home.entry.entry_id)
    home.plant.advance(clock())
    sys.stdout.write(
        f"\nplant's time: {clock() - began}\n{referee.report()}\n"
        f"what came of the owner's wishes: {dict(owner.outcomes)}\n"
    )
    assert dict(referee.unsafe_s) == {}
    assert referee.commands > 5 * DAYS
    assert home.plant.truth.forcible_command == 0
    assert home.plant.read(1, 47077, 2) == (0, 5000)
    assert home.plant.read(1, 47075, 2) == (0, 5000)
    assert home.plant.read(1, 47087, 1) == (0,)
    await home.server.stop()


def _lease(home: Home) -> timedelta:
    """Return how long a command may outlast us at most at present."""
    control = getattr(home.entry, "runtime_data", None) and home.runtime.control
    seconds = control.lease_terms.period_s if control else 120
    return timedelta(seconds=max(seconds, 120) + 60)
