"""What every test gets; a test of a folder never starts Home Assistant."""

import custom_components  # noqa: F401, I001  # ours first: the plugin brings its own

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
import logging

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import SimulatorServer

from .controlled import allow
from .home import PROMPT, Home, load_prompt_profiles


# In a fresh clone Hypothesis works out all of Unicode before its first text: seconds.
PATIENT = [HealthCheck.too_slow]
# A machine that is busy with other tests is no reason to fail one: hence no deadline.
for name, examples in (("bessai", 40), ("thorough", 1000)):
    settings.register_profile(
        name, suppress_health_check=PATIENT, max_examples=examples, deadline=None
    )
settings.load_profile("bessai")

# The plugin lets every statement of the recorder be written out, which nobody reads.
logging.getLogger("sqlalchemy.engine").setLevel(logging.WARNING)


E2E_GROUPS = {
    "test_killed": "killed",
    "test_card_pages": "card",
    "test_card_states": "card",
}
"""Which tests have a Home Assistant of their own beside that of the others."""


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the groups
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Keep the end-to-end tests on a few workers, one after another on each.

    Those that kill Home Assistant mostly wait, and those of the card are the longest:
    others may run beside them.
    """
    for item in items:
        if item.get_closest_marker("e2e"):
            group = E2E_GROUPS.get(item.path.stem, "e2e")
            item.add_marker(pytest.mark.xdist_group(group))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which Pub/Sub it was, where a test against one was run or passed over."""
    reports = [each for some in terminalreporter.stats.values() for each in some]
    known = [each for each in reports if isinstance(each, pytest.TestReport)]
    ran = Counter(
        value
        for each in known
        for name, value in each.user_properties
        if name == "pubsub" and each.when == "call"
    )
    for name, tests in ran.items():
        terminalreporter.write_line(f"Pub/Sub: {name} (tests: {tests})")
    for each in known:
        if each.skipped and "test_pubsub_emulator" in each.nodeid:
            reason = each.longrepr[-1] if isinstance(each.longrepr, tuple) else ""
            terminalreporter.write_line(f"Pub/Sub: not Google's emulator; {reason}")
            break


@pytest.fixture(autouse=True)
def loopback(socket_enabled: None) -> None:
    """Let tests reach 127.0.0.1, where our own servers are, and nothing beyond."""


@pytest.fixture(autouse=True)
def enable_event_loop_debug() -> None:
    """Leave the debug mode of the event loop off, which the plugin turns on.

    It notes the stack of every task and callback, which takes half of the time of a
    test with entities; ``python -X dev -m pytest`` has it.
    """


@pytest.fixture(autouse=True)
def find_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant see ``custom_components``, in the tests that start it.

    The recorder has to be asked for first: it refuses to join a running instance.
    """
    if "hass" not in request.fixturenames:
        return
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Return snapshots without the ids and times that differ from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Hear all that is logged, also by those who keep it to themselves."""
    caplog.set_level(logging.DEBUG)
    loggers = [logging.getLogger(name) for name in ("google", "grpc")]
    for logger in loggers:
        logger.addHandler(caplog.handler)
        logger.setLevel(logging.DEBUG)
    yield caplog
    for logger in loggers:
        logger.removeHandler(caplog.handler)
        logger.setLevel(logging.NOTSET)


@pytest.fixture
def prompt_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do not wait out the pauses that a real dongle needs."""
    monkeypatch.setattr(
        "custom_components.bessai.runtime.load_profiles", load_prompt_profiles
    )
    for pauses in ("FAILURE_PAUSES_S", "CONTENTION_PAUSES_S"):
        monkeypatch.setattr(
            f"custom_components.bessai.device.reconnection.{pauses}", (0.02,)
        )


@pytest.fixture
async def home(hass: HomeAssistant, prompt_link: None) -> AsyncIterator[Home]:
    """Return a plant that listens and is not added yet."""
    home = await Home(hass).switch_on()
    yield home
    await home.server.stop()


@pytest.fixture
async def added_home(home: Home) -> Home:
    """Return a plant that Home Assistant reads."""
    return await home.add()


@pytest.fixture
async def controlled_home(added_home: Home) -> Home:
    """Return a plant that its owner lets BESSAI command."""
    return await allow(added_home)


@pytest.fixture
def simulators(
    prompt_link: None, monkeypatch: pytest.MonkeyPatch
) -> list[SimulatorServer]:
    """Let simulated plants answer promptly; return their servers as they are made."""
    made: list[SimulatorServer] = []

    def make(plant: SimulatedPlant, clock: Callable[[], datetime]) -> SimulatorServer:
        made.append(SimulatorServer(plant, clock, PROMPT))
        return made[-1]

    monkeypatch.setattr("custom_components.bessai.simulated_home.SimulatorServer", make)
    return made


@pytest.fixture
def every_entity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable from the start what an owner would enable by hand."""
    monkeypatch.setattr(
        Entity, "entity_registry_enabled_default", property(lambda _: True)
    )
