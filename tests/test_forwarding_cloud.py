"""The way to the cloud is made when it is needed, and nobody waits for it for long."""

import asyncio
from collections.abc import Sequence

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai import forwarding_cloud
from custom_components.bessai.forwarding.parcel import Parcel
from custom_components.bessai.forwarding.publisher import (
    LastingFailure,
    PassingFailure,
    Publisher,
)
from custom_components.bessai.forwarding_cloud import NO_PACKAGE, STILL_OPENING, Cloud
from custom_components.bessai.forwarding_install import PackageMissing
from custom_components.bessai.forwarding_key import CloudKey
from custom_components.bessai.forwarding_options import (
    Authentication,
    ForwardingOptions,
)

from .forwarding.parcels import parcels

OPTIONS = ForwardingOptions(
    enabled=True,
    project="a-project",
    topic="plant",
    authentication=Authentication.EMULATOR,
    emulator_address="127.0.0.1:9",
)


class Taker:
    """Takes whatever it is given."""

    def __init__(self) -> None:
        self.taken = 0

    async def publish(self, parcels: Sequence[Parcel]) -> None:
        """Take them."""
        self.taken += len(parcels)

    async def check(self) -> None:
        """Find nothing wrong."""

    async def close(self) -> None:
        """Have nothing to let go of."""


class Installation:
    """Takes as long as the test wants, and counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.is_over = asyncio.Event()
        self.taker = Taker()
        self.failure: Exception | None = None

    async def run(self, *_: object) -> Publisher:
        """Return what publishes, once the test lets it."""
        self.begun += 1
        await self.is_over.wait()
        if self.failure is not None:
            raise self.failure
        return self.taker


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> Installation:
    """Return what stands for the installation of the library."""
    installation = Installation()
    monkeypatch.setattr(forwarding_cloud, "async_open_publisher", installation.run)
    monkeypatch.setattr(forwarding_cloud, "OPENS_S", 0.02)
    return installation


@pytest.fixture
def cloud(hass: HomeAssistant) -> Cloud:
    """Return the way to an emulator."""
    return Cloud(hass, OPTIONS, CloudKey(hass, "entry"))


async def test_an_installation_that_takes_long_is_not_waited_for_and_goes_on(
    cloud: Cloud, installation: Installation
) -> None:
    """Else nothing would come to the disk for minutes."""
    for _ in range(2):
        with pytest.raises(PassingFailure, match=STILL_OPENING):
            await cloud.async_publish(parcels(1))
    assert installation.begun == 1
    installation.is_over.set()
    await cloud.async_publish(parcels(3))
    assert (installation.begun, installation.taker.taken) == (1, 3)
    await cloud.async_close()


async def test_one_that_fails_late_is_said_and_begun_anew(
    cloud: Cloud, installation: Installation
) -> None:
    with pytest.raises(PassingFailure):
        await cloud.async_publish(parcels(1))
    installation.failure = PackageMissing("no wheel")
    installation.is_over.set()
    with pytest.raises(LastingFailure, match=NO_PACKAGE):
        await cloud.async_publish(parcels(1))
    problems = [cloud.package_problem]
    installation.failure = None
    await cloud.async_publish(parcels(1))
    assert [*problems, cloud.package_problem] == ["no wheel", None]
    assert installation.begun == 2
    await cloud.async_close()


async def test_nothing_goes_on_after_the_end(
    cloud: Cloud, installation: Installation
) -> None:
    with pytest.raises(PassingFailure):
        await cloud.async_publish(parcels(1))
    await cloud.async_close()
    installation.is_over.set()
    await asyncio.sleep(0.05)
    assert installation.taker.taken == 0
    assert not [task for task in asyncio.all_tasks() if "cloud" in task.get_name()]
