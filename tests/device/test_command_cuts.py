"""The link is cut at every request of every command, before and after it is done.

Run with ``-s`` to see the table of what came of it.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest

from custom_components.bessai.core.command import CommandError, CommandUnsent, Standing
from custom_components.bessai.core.setpoint import Hold, Setpoint
from custom_components.bessai.simulator.parameters import FirmwareQuirks

from ..simulator.builders import plant
from .command_rig import (
    CHARGE_LIMIT,
    COMMAND,
    DISCHARGE_LIMIT,
    END,
    GRID_CHARGE,
    PERIOD_S,
    Rig,
    Scissors,
    commanding,
)

CHARGE = Setpoint(power_w=-2000.0)
MORE = Setpoint(power_w=-3000.0)
DISCHARGE = Setpoint(power_w=2000.0)
HOLD = Hold()
FREEZE = Hold(allow_charging=False)


type Act = Callable[[Rig], Awaitable[object]]


async def nothing(rig: Rig) -> None:
    """Leave the plant as it is found."""


async def charge(rig: Rig) -> None:
    await rig.apply(CHARGE)


async def charge_more(rig: Rig) -> None:
    await rig.apply(MORE)


async def charge_from_grid(rig: Rig) -> None:
    await rig.apply(CHARGE, grid_charge=True)


async def discharge(rig: Rig) -> None:
    await rig.apply(DISCHARGE)


async def hold(rig: Rig) -> None:
    await rig.apply(HOLD)


async def freeze(rig: Rig) -> None:
    await rig.apply(FREEZE)


async def renew_charge(rig: Rig) -> None:
    rig.pass_time(timedelta(seconds=60))
    await rig.renew(CHARGE)


async def renew_discharge(rig: Rig) -> None:
    rig.pass_time(timedelta(seconds=60))
    await rig.renew(DISCHARGE)


async def renew_hold(rig: Rig) -> None:
    await rig.renew(HOLD)


async def release(rig: Rig) -> None:
    await rig.release()


async def restart(rig: Rig) -> None:
    rig.restart()
    await rig.recover()


SEQUENCES: dict[str, tuple[Act, Act]] = {
    "charge": (nothing, charge),
    "discharge": (nothing, discharge),
    "charge with the grid switch": (nothing, charge_from_grid),
    "hold": (nothing, hold),
    "hold without charging": (nothing, freeze),
    "more power": (charge, charge_more),
    "discharge after charge": (charge, discharge),
    "discharge after hold": (freeze, discharge),
    "hold after a charge from the grid": (charge_from_grid, hold),
    "hold after hold without charging": (freeze, hold),
    "renew charge": (charge, renew_charge),
    "renew discharge": (discharge, renew_discharge),
    "look at a hold": (hold, renew_hold),
    "release charge": (charge, release),
    "release discharge": (discharge, release),
    "release charge with the grid switch": (charge_from_grid, release),
    "release hold": (hold, release),
    "release hold without charging": (freeze, release),
    "recover charge with the grid switch": (charge_from_grid, restart),
    "recover hold without charging": (freeze, restart),
}
"""What is done before, and what is done while the link is cut."""


@dataclass(slots=True)
class Row:
    """One line of the table."""

    name: str
    requests: int
    outcomes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Return the line in Markdown."""
        told = ", ".join(f"{count} {what}" for what, count in self.outcomes.items())
        return f"| {self.name} | {self.requests} | {self.outcomes.total()} | {told} |"


@pytest.fixture(scope="module")
def table() -> Iterator[list[Row]]:
    """Collect rows and print them at the end."""
    rows: list[Row] = []
    yield rows
    print("\n| sequence | requests | cuts | right after the cut |")  # noqa: T201
    print("| --- | --- | --- | --- |")  # noqa: T201
    for row in rows:
        print(row)  # noqa: T201


async def release_when_back(rig: Rig) -> None:
    """The link comes back, and the same driver releases."""
    await rig.release()


async def restart_when_back(rig: Rig) -> None:
    """Home Assistant is killed and comes back at once."""
    rig.restart()
    assert await rig.recover() is Standing.NONE


async def restart_late(rig: Rig) -> None:
    """Home Assistant is killed and comes back when the period is over."""
    rig.pass_time(timedelta(seconds=PERIOD_S))
    assert rig.number(COMMAND) == 0
    await restart_when_back(rig)


RECOGNISED_LATER = {"more power"}
"""Killed between the journal and the write of another power, a command in force is not
recognised as ours: it is left to its own end."""

TWICE_COMMANDED = {
    *("more power", "discharge after charge", "renew charge", "renew discharge"),
}
"""Where it matters whether a command that is given again restarts the countdown."""

STORED = {
    CHARGE_LIMIT: "charge_power_limit_w",
    DISCHARGE_LIMIT: "discharge_power_limit_w",
    GRID_CHARGE: "charge_from_grid_enabled",
}

CASES = [
    *((name, True) for name in SEQUENCES),
    *((name, False) for name in SEQUENCES if name in TWICE_COMMANDED),
]


def cuts(name: str, requests: int) -> Iterator[tuple[Scissors, Act]]:
    """Yield a cut before and after each request, for a moment and for longer.

    With each comes how it is made good: by who was cut off, or by the next life of who
    was killed in that instant.
    """
    for at, done in product(range(1, requests + 1), (False, True)):
        yield Scissors(at=at, done=done), release_when_back
        yield Scissors(at=at, done=done, lasting=True), release_when_back
        yield Scissors(at=at, done=done, kills=True), restart_late
        if name not in RECOGNISED_LATER:
            yield Scissors(at=at, done=done, kills=True), restart_when_back


def outcome(rig: Rig, found: Mapping[int, int]) -> str:
    """Return what state the plant is left in, and make sure that it is a safe one."""
    assert rig.stranded == []
    for address, key in STORED.items():
        assert (
            rig.number(address) == found[address] or key in rig.disk.journal.originals
        )
    remaining_s = rig.plant.truth.forcible_remaining_s
    if rig.number(COMMAND):
        assert rig.number(END) == 0
        assert remaining_s is not None
        assert remaining_s <= PERIOD_S
        assert rig.disk.journal.command is not None
        return "command that ends by itself"
    return "setting in the journal" if rig.disk.journal.originals else "nothing left"


async def count_requests(name: str, quirks: FirmwareQuirks) -> int:
    """Return how many requests a sequence takes."""
    before, act = SEQUENCES[name]
    async with commanding(plant(quirks=quirks)) as rig:
        await before(rig)
        rig.scissors = Scissors()
        await act(rig)
        return rig.scissors.requests


async def cut(
    name: str, quirks: FirmwareQuirks, scissors: Scissors, come_back: Act
) -> str:
    """Cut the link once; return how the plant was left, after all is made good."""
    before, act = SEQUENCES[name]
    async with commanding(plant(quirks=quirks)) as rig:
        found = rig.settings()
        await before(rig)
        rig.scissors = scissors
        with suppress(CommandError):
            await act(rig)
        left = outcome(rig, found)
        rig.scissors = Scissors()
        await come_back(rig)
        assert not rig.driver.journal.owes
        assert not rig.disk.journal.owes
        assert rig.settings() == found
        assert rig.number(COMMAND) == 0
        assert rig.stranded == []
        return left


@pytest.mark.parametrize(("name", "restarts"), CASES)
async def test_a_cut_leaves_nothing_that_does_not_end_or_is_not_put_back(
    name: str, table: list[Row], *, restarts: bool
) -> None:
    quirks = FirmwareQuirks(rewrite_restarts_countdown=restarts)
    row = Row(
        name=name if restarts else f"{name}, countdown goes on",
        requests=await count_requests(name, quirks),
    )
    for scissors, come_back in cuts(name, row.requests):
        row.outcomes[await cut(name, quirks, scissors, come_back)] += 1
    table.append(row)
    assert row.outcomes.total() >= 6 * row.requests


async def test_a_command_of_a_former_power_is_left_to_its_own_end() -> None:
    """Only a kill between two requests leaves it behind."""
    async with commanding() as rig:
        await rig.apply(CHARGE)
        rig.scissors = Scissors(at=2, lasting=True)
        with pytest.raises(CommandUnsent):
            await rig.apply(MORE)
        rig.scissors = Scissors()
        rig.restart()
        assert await rig.recover() is Standing.CHARGE
        rig.pass_time(timedelta(seconds=PERIOD_S))
        assert rig.number(COMMAND) == 0
        assert await rig.recover() is Standing.NONE
