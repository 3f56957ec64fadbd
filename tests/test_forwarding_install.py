"""Google's library is asked for where somebody forwards, and may not be had."""

from pathlib import Path

from homeassistant.components import google_pubsub
from homeassistant.core import HomeAssistant
from homeassistant.requirements import RequirementsNotFound
from packaging.requirements import Requirement
import pytest

from custom_components.bessai import forwarding_install
from custom_components.bessai.forwarding.pubsub import Emulator
from custom_components.bessai.forwarding_install import (
    REQUIREMENT,
    PackageMissing,
    async_open_publisher,
)

from .cloudy import keep_outboxes_in  # noqa: F401 - holds gRPC's thread, see there
from .source import read_json

TOPIC = "projects/a-project/topics/plant"
EMULATOR = Emulator("127.0.0.1:9")


def test_the_version_of_home_assistant_will_do() -> None:
    """Else the two would install over each other at every start."""
    folder = Path(google_pubsub.__path__[0])
    (pinned,) = read_json(folder / "manifest.json")["requirements"]
    theirs, ours = Requirement(pinned), Requirement(REQUIREMENT)
    assert theirs.name == ours.name
    (version,) = theirs.specifier
    assert version.operator == "=="
    assert ours.specifier.contains(version.version)
    assert not ours.specifier.contains("3.0.0"), "nobody has tried that"


async def test_it_is_installed_before_it_is_used(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def process(*args: object, **kwargs: object) -> None:
        asked.append((*args[1:], kwargs))

    monkeypatch.setattr(forwarding_install, "async_process_requirements", process)
    hass.config.skip_pip = False
    publisher = await async_open_publisher(hass, TOPIC, EMULATOR)
    await publisher.close()
    assert asked == [("bessai", [REQUIREMENT], {"is_built_in": False})]


async def test_whoever_wants_no_packages_installed_gets_none(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(forwarding_install, "async_process_requirements", fail)
    hass.config.skip_pip = True
    publisher = await async_open_publisher(hass, TOPIC, EMULATOR)
    await publisher.close()


async def test_what_cannot_be_installed_is_tried_again_the_next_time(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[HomeAssistant] = []

    async def fail(*_: object, **__: object) -> None:
        raise RequirementsNotFound("bessai", [REQUIREMENT])

    monkeypatch.setattr(forwarding_install, "async_process_requirements", fail)
    monkeypatch.setattr(
        forwarding_install, "async_clear_install_history", forgotten.append
    )
    hass.config.skip_pip = False
    with pytest.raises(PackageMissing, match="google-cloud-pubsub"):
        await async_open_publisher(hass, TOPIC, EMULATOR)
    assert forgotten == [hass]


async def test_what_does_not_run_on_this_machine_is_missing_too(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no wheel")

    monkeypatch.setattr(forwarding_install, "build_publisher", fail)
    with pytest.raises(PackageMissing, match="no wheel"):
        await async_open_publisher(hass, TOPIC, EMULATOR)
