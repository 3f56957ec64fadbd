"""Any commands over a link that fails at random: none is endless, all is put back."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
import random

from hypothesis import given, settings, strategies as st

from custom_components.bessai.core.command import CommandError, Order, Standing, Write
from custom_components.bessai.core.plant_state import PlantState
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.telemetry import Telemetry, Value
from custom_components.bessai.device.command_driver import CommandDriver
from custom_components.bessai.device.endpoint import Endpoint
from custom_components.bessai.device.link import (
    BrokenAnswer,
    LinkDown,
    LinkError,
    NoAnswer,
    refusal,
)
from custom_components.bessai.device.plant_state import build_plant_state
from custom_components.bessai.device.profile import DeviceProfile

from ..simulator.builders import START
from .command_rig import (
    CHARGE_LIMIT,
    COMMAND,
    DISCHARGE_LIMIT,
    DURATION,
    END,
    GRID_CHARGE,
    SETTINGS,
    Disk,
)
from .link_fakes import timing
from .plant_fake import FakeUnit, huawei, identity

WISHES: tuple[Wish, ...] = (
    Setpoint(power_w=-2000.0),
    Setpoint(power_w=-500.0),
    Setpoint(power_w=1500.0),
    Hold(),
    Hold(allow_charging=False),
)
ERRORS: tuple[LinkError, ...] = (
    NoAnswer("late"),
    BrokenAnswer("cut"),
    LinkDown("gone"),
    *(refusal(code) for code in (1, 2, 3, 4, 5, 6, 10, 11, 0x80, 0xFF)),
)
BEFORE: dict[str, Value] = {
    "charge_power_limit_w": 5000,
    "discharge_power_limit_w": 4500,
    "battery_max_charge_power_w": 5000,
    "battery_max_discharge_power_w": 5000,
    "discharge_cutoff_soc_pct": 5.0,
}


class FlakyLink:
    """Holds what it is told and fails by chance, before or after it did it."""

    def __init__(self, chance: random.Random, error_share: float) -> None:
        self.connected = False
        self.error_share = error_share
        self.holding = FakeUnit({**identity_values(), **BEFORE}).holding
        self.endless = 0
        self._chance = chance

    async def connect(self) -> None:
        self.connected = True

    async def close(self) -> None:
        self.connected = False

    async def private(self, unit_id: int, function: int, payload: bytes) -> bytes:
        raise refusal(1)

    async def read(self, unit_id: int, address: int, count: int) -> tuple[int, ...]:
        self._fail()
        asked = range(address, address + count)
        return tuple(self.holding.get(place, 0) for place in asked)

    async def write(self, unit_id: int, address: int, words: Sequence[int]) -> None:
        self._fail()
        self.holding.update(enumerate(words, address))
        starts = address == COMMAND and words[0] > 0
        if starts and (self.holding[END] or not self.holding[DURATION]):
            self.endless += 1
        self._fail(NoAnswer("late"), BrokenAnswer("cut"), refusal(11))

    def stored(self) -> dict[int, int]:
        """Return the words of the settings that outlive a command."""
        return {
            address + offset: self.holding[address + offset]
            for address in (CHARGE_LIMIT, DISCHARGE_LIMIT, GRID_CHARGE)
            for offset in range(SETTINGS[address])
        }

    def _fail(self, *errors: LinkError) -> None:
        if self._chance.random() < self.error_share:
            error = self._chance.choice(errors or ERRORS)
            self.connected = not isinstance(error, BrokenAnswer | LinkDown)
            raise error


def identity_values() -> dict[str, Value]:
    """Return what the inverter says of itself."""
    return {"serial_number": identity().serial_number}


class Story:
    """Somebody commands the plant; now and then Home Assistant is killed."""

    def __init__(self, seed: int, error_share: float) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a plant, no secret
        self.link = FlakyLink(self.chance, error_share)
        ticks = count(0, 1000)
        self.endpoint = Endpoint(
            self.link,
            timing(connect_pause_s=0, request_pause_s=0, retry_pauses_s=(0.0,)),
            monotonic=lambda: float(next(ticks)),
            sleep=lambda _: asyncio.sleep(0),
        )
        self.disk = Disk([])
        self.writes: list[Write] = []
        self.restart()

    def restart(self) -> None:
        """Forget what is not on disk."""
        self.driver = CommandDriver(
            self.endpoint.unit(1),
            identity(),
            self.disk.journal,
            self.disk.keep,
            self.writes.append,
        )

    async def turn(self) -> None:
        """Let one thing happen."""
        wish = self.chance.choice(WISHES)
        order = Order(wish=wish, period_s=120, grid_charge=wish == WISHES[0])
        wanted = self.chance.random() < 0.9
        today = START.date()
        match self.chance.randrange(6):
            case 0 | 1:
                await self.driver.apply(
                    order, START + timedelta(hours=1), today, lambda: wanted
                )
            case 2:
                await self.driver.renew(order, lambda: wanted)
            case 3:
                await self.driver.release(today)
            case 4:
                await self.driver.read_standing()
            case _:
                self.restart()
                await self.driver.recover(START, today)

    async def tell(self) -> None:
        """Let many things happen, then make the link sound and start anew."""
        before = self.link.stored()
        for _ in range(12):
            if self.chance.random() < 0.3:
                self.link.holding[COMMAND] = 0  # its time is over
            with suppress(CommandError):
                await self.turn()
        self.link.error_share = 0.0
        self.restart()
        if await self.driver.recover(START, START.date()) is not Standing.NONE:
            # A command of a power that the journal does not name ends by itself.
            self.link.holding[COMMAND] = 0
            assert await self.driver.recover(START, START.date()) is Standing.NONE
        assert not self.disk.journal.owes
        await self.endpoint.close()
        assert self.link.stored() == before
        assert self.link.holding[COMMAND] == 0
        assert self.link.endless == 0


@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), error_share=st.sampled_from([0.0, 0.05, 0.2, 0.5]))
def test_whatever_fails_nothing_is_endless_and_all_is_put_back(
    seed: int, error_share: float
) -> None:
    asyncio.run(Story(seed, error_share).tell())


class KnowingAll:
    """A plant that has every register."""

    profile: DeviceProfile = huawei()

    def has(self, key: str) -> bool:
        return True


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**31), 2**31),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["on_grid", "running", "sleep", "unknown (0x0999)", ""]),
    st.lists(st.sampled_from(["off_grid", "grid_loss", "bit_13"])).map(tuple),
)
KEYS = st.sampled_from(sorted(KnowingAll.profile.registers))


@settings(max_examples=150)
@given(values=st.dictionaries(KEYS, VALUES), failed=st.booleans())
def test_any_values_make_a_state(values: dict[str, Value], *, failed: bool) -> None:
    telemetry = Telemetry(
        read_at=START,
        values=values,
        read_times={},
        failed=frozenset({"battery_1"} if failed else ()),
    )
    state = build_plant_state(
        KnowingAll(),
        telemetry,
        None,
        read_at=START,
        poll_period_s=10.0,
        manager=None,
        originals={},
    )
    assert isinstance(state, PlantState)
