"""Whatever words and errors come back: only our errors, and never NaN."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from itertools import count
import math
import random

from hypothesis import given, settings, strategies as st

from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.core.telemetry import Telemetry, Value
from custom_components.bessai.device.driver import PlantDriver
from custom_components.bessai.device.link import (
    BrokenAnswer,
    LinkDown,
    LinkError,
    NoAnswer,
    refusal,
)
from custom_components.bessai.device.memory import PlantMemory, parse_memory

from .plant_fake import FakeUnit, huawei, identity

START = datetime(2026, 6, 21, tzinfo=UTC)
IDENTITY = range(30000, 30070)
"""Read rightly: with another serial number nothing else would be believed."""

EXTREMES = (0, 1, 0x7FFF, 0x8000, 0xFFFE, 0xFFFF)
ERRORS: tuple[LinkError, ...] = (
    NoAnswer("late"),
    BrokenAnswer("cut"),
    LinkDown("gone"),
    *(refusal(code) for code in (1, 2, 3, 4, 5, 6, 10, 11, 0x80, 0xFF)),
)


class HostileUnit(FakeUnit):
    """Answers with any words or fails in any way, by a seed of the test's."""

    def __init__(self, seed: int, error_share: float) -> None:
        super().__init__()
        self._chance = random.Random(seed)  # noqa: S311 - a plant, no secret
        self._error_share = error_share

    async def read(
        self, address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        """Answer with words that mean nothing, or fail."""
        if self._chance.random() < self._error_share:
            raise self._chance.choice(ERRORS)
        if self._chance.random() < 0.1:
            self.generation += 1
        if address in IDENTITY:
            return await super().read(address, count)
        return tuple(
            self._chance.choice(EXTREMES)
            if self._chance.random() < 0.5
            else self._chance.randrange(0x10000)
            for _ in range(count)
        )


def is_clean(value: Value) -> bool:
    """Return whether a value is none, a finite number, a text or a list."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, tuple):
        return all(isinstance(item, str | int) for item in value)
    return value is None or isinstance(value, int | str)


async def all_polls(driver: PlantDriver) -> list[Telemetry]:
    """Poll in every way for an hour; a poll may only fail with an error of ours."""
    telemetries = []
    for minute in range(0, 60, 5):
        now = START + timedelta(minutes=minute)
        polls: list[Callable[[datetime, tzinfo], Awaitable[Telemetry]]] = [
            driver.read_identity,
            driver.read_readings,
            *[partial(driver.read_readings, audit=True)] * 3,
            driver.read_settings,
        ]
        for poll in polls:
            with suppress(BessaiError):
                telemetries.append(await poll(now, UTC))
    return telemetries


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), error_share=st.sampled_from([0.0, 0.02, 0.3, 1.0]))
async def test_any_answers_give_clean_values_or_our_errors(
    seed: int, error_share: float
) -> None:
    ticks = count()
    driver = PlantDriver(
        HostileUnit(seed, error_share),
        identity(),
        PlantMemory(),
        lambda: float(next(ticks)),
    )
    telemetries = await all_polls(driver)
    assert telemetries or error_share
    for telemetry in telemetries:
        told = (telemetry.values, telemetry.audited, telemetry.doubted)
        values = [item for mapping in told for item in mapping.items()]
        assert not {key for key, value in values if not is_clean(value)}
    assert parse_memory(driver.memory.as_document())
    assert {quantity.key for quantity in driver.quantities()}.isdisjoint(
        key for key, one in huawei().registers.items() if not one.readable
    )
