"""Two clocks that poll the plant: patient with slow links, brief in the log."""

import asyncio
from datetime import datetime, timedelta, tzinfo
import logging

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers.update_coordinator import UpdateFailed
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bessai.coordinator import (
    LONGEST_PERIOD,
    REMEMBERED_POLLS,
    PlantCoordinator,
)
from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.device.driver import GUARD_EVERY, PlantSilent, WrongPlant
from custom_components.bessai.device.plant_audit import AUDIT_EVERY
from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.faults import Scenario

from .home import Home, settle
from .plants import RECONNECT_PAUSE_S, interfere, poll_until, until

PERIOD = timedelta(seconds=10)

OURS = "custom_components.bessai"


def log_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Return what BESSAI said so far, and forget it."""
    lines = [
        (record.levelname, record.getMessage())
        for record in caplog.records
        if record.name.startswith(OURS) and record.levelno >= logging.INFO
    ]
    caplog.clear()
    return lines


class Scripted:
    """A plant that answers a poll or raises, as a test says."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.hold = asyncio.Event()
        self.hold.set()

    async def poll(self, now: datetime, zone: tzinfo) -> Telemetry:
        await self.hold.wait()
        if self.trouble is not None:
            raise self.trouble
        return Telemetry(read_at=now, values={}, read_times={})


@pytest.fixture
def plant() -> Scripted:
    return Scripted()


@pytest.fixture
def coordinator(hass: HomeAssistant, plant: Scripted) -> PlantCoordinator:
    entry = MockConfigEntry(title="House")
    return PlantCoordinator(hass, entry, "readings", plant.poll, PERIOD)


async def retry_after_s(coordinator: PlantCoordinator) -> float | None:
    """Poll in vain and return how long the next poll is put off, s."""
    await coordinator.async_refresh()
    failure = coordinator.last_exception
    assert isinstance(failure, UpdateFailed)
    return failure.retry_after


# --- patience


async def test_the_longer_a_plant_is_silent_the_less_often_it_is_asked(
    coordinator: PlantCoordinator, plant: Scripted
) -> None:
    plant.trouble = PlantSilent("no answer")
    waits = [await retry_after_s(coordinator) for _ in range(9)]
    assert waits == [10, 10, 20, 30, 60, 120, 300, 300, 300]

    plant.trouble = None
    await coordinator.async_refresh()
    assert coordinator.last_update_success
    assert coordinator.update_interval == PERIOD

    plant.trouble = PlantSilent("no answer")
    assert await retry_after_s(coordinator) == 10


async def test_settings_are_tried_again_after_five_minutes_at_the_latest(
    hass: HomeAssistant, plant: Scripted
) -> None:
    entry = MockConfigEntry(title="House")
    period = timedelta(minutes=5)
    settings = PlantCoordinator(hass, entry, "settings", plant.poll, period)
    plant.trouble = PlantSilent("no answer")
    assert [await retry_after_s(settings) for _ in range(5)] == [300] * 5


async def test_a_slow_link_is_not_hurried_when_it_fails(
    coordinator: PlantCoordinator, plant: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.coordinator.DUTY_CYCLE", 1e9)
    await coordinator.async_refresh()
    assert coordinator.update_interval == LONGEST_PERIOD
    plant.trouble = PlantSilent("no answer")
    assert await retry_after_s(coordinator) == LONGEST_PERIOD.total_seconds()


async def test_every_failure_is_told_to_those_who_listen(
    coordinator: PlantCoordinator, plant: Scripted
) -> None:
    """The link goes on changing while it fails, and so do the issues."""
    heard: list[BaseException | None] = []

    def hear() -> None:
        assert coordinator.last_exception is not None
        heard.append(coordinator.last_exception.__cause__)

    stop = coordinator.async_add_listener(hear)
    troubles = [
        PlantSilent("gone"),
        PlantSilent("still gone"),
        WrongPlant("BS1", "BS2"),
    ]
    for plant.trouble in troubles:
        await coordinator.async_refresh()
    assert heard == troubles
    stop()


async def test_a_silent_plant_is_asked_again_when_its_time_has_come(
    hass: HomeAssistant, added_home: Home
) -> None:
    server = added_home.server
    server.scenario = Scenario.REFUSED_CONNECTION
    await added_home.poll()
    assert added_home.state("soc").state == STATE_UNAVAILABLE
    server.scenario = Scenario.NONE
    await asyncio.sleep(RECONNECT_PAUSE_S)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=11))
    await settle(hass)
    assert added_home.runtime.readings.last_update_success
    assert added_home.state("soc").state != STATE_UNAVAILABLE


async def test_a_poll_that_our_own_closing_ends_has_not_failed(
    coordinator: PlantCoordinator, plant: Scripted, caplog: pytest.LogCaptureFixture
) -> None:
    await coordinator.async_refresh()
    before = coordinator.data
    plant.hold.clear()
    poll = asyncio.create_task(coordinator.async_refresh())
    await asyncio.sleep(0)
    await coordinator.async_shutdown()
    plant.trouble = PlantSilent("the connection was closed on this side")
    plant.hold.set()
    await poll
    assert coordinator.last_update_success
    assert coordinator.data is before
    assert log_of(caplog) == []


# --- pace


async def test_the_pace_follows_slow_answers_and_comes_back(
    added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A duty cycle that nobody would choose spares the test a minute of waiting."""
    monkeypatch.setattr("custom_components.bessai.coordinator.DUTY_CYCLE", 60)
    readings = added_home.runtime.readings
    added_home.server.scenario = Scenario.SLOW_ANSWERS
    for _ in range(REMEMBERED_POLLS):
        await added_home.poll()
    period = readings.update_interval
    assert period is not None
    assert PERIOD < period < LONGEST_PERIOD

    added_home.server.scenario = Scenario.NONE
    for _ in range(REMEMBERED_POLLS):
        await added_home.poll()
    assert readings.update_interval == PERIOD


async def test_the_slowest_link_is_still_asked_every_two_minutes(
    added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.coordinator.DUTY_CYCLE", 1e6)
    await added_home.poll()
    assert added_home.runtime.readings.update_interval == LONGEST_PERIOD


async def test_a_single_slow_poll_changes_nothing(
    added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.coordinator.DUTY_CYCLE", 60)
    for _ in range(2):
        await added_home.poll()
    added_home.server.scenario = Scenario.SLOW_ANSWERS
    await added_home.poll()
    assert added_home.runtime.readings.update_interval == PERIOD


async def test_settings_are_read_every_five_minutes(
    hass: HomeAssistant, added_home: Home
) -> None:
    settings = added_home.runtime.settings
    assert settings.update_interval == timedelta(minutes=5)
    first = settings.last_read_at
    assert first is not None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await settle(hass)
    assert settings.last_read_at is not None
    assert settings.last_read_at > first


# --- the log


async def test_a_silent_plant_is_logged_once_and_so_is_its_return(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    log_of(caplog)
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    for _ in range(2):
        await added_home.poll()
    ((level, text),) = log_of(caplog)
    assert level == "ERROR"
    assert text.startswith(
        "Error fetching SUN2000-10KTL-M1 readings data: The plant does not answer: "
    )
    assert ": no answer within " in text

    added_home.server.scenario = Scenario.NONE
    for _ in range(2):
        await added_home.poll()
    assert log_of(caplog) == [
        ("INFO", "Fetching SUN2000-10KTL-M1 readings data recovered")
    ]


@pytest.mark.parametrize("settings_first", [True, False])
async def test_both_clocks_of_a_silent_plant_log_it_once_together(
    added_home: Home, caplog: pytest.LogCaptureFixture, *, settings_first: bool
) -> None:
    await added_home.poll_settings()
    log_of(caplog)
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    polls = [added_home.poll_settings, added_home.poll]
    for poll in polls if settings_first else reversed(polls):
        await poll()
    assert not added_home.runtime.readings.last_update_success
    assert not added_home.runtime.settings.last_update_success
    assert [level for level, _ in log_of(caplog)] == ["ERROR"]


async def test_a_silent_block_is_logged_once_and_so_is_its_return(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The limits of the battery are read in each third poll only."""
    failing = True
    interfere(
        added_home.plant,
        lambda address, count: (
            RegisterFault(ExceptionCode.DEVICE_FAILURE)
            if failing and 37046 in range(address, address + count)
            else None
        ),
    )
    log_of(caplog)
    for _ in range(2 * GUARD_EVERY):
        await added_home.poll()
    name = "SUN2000-10KTL-M1 readings"
    assert log_of(caplog) == [("WARNING", f"{name}: battery_limits is not answered")]
    assert added_home.state("battery_max_charge_power").state == STATE_UNAVAILABLE
    assert added_home.state("soc").state != STATE_UNAVAILABLE

    failing = False
    for _ in range(GUARD_EVERY):
        await added_home.poll()
    assert log_of(caplog) == [("INFO", f"{name}: battery_limits is answered again")]
    assert added_home.state("battery_max_charge_power").state != STATE_UNAVAILABLE


# --- what is read beside a poll


@pytest.mark.parametrize("wanted", [True, False])
async def test_settings_are_audited_while_anomalies_are_looked_for(
    hass: HomeAssistant, added_home: Home, *, wanted: bool
) -> None:
    if not wanted:
        options = {"anomaly": {"detect": False}}
        hass.config_entries.async_update_entry(added_home.entry, options=options)
        await settle(hass)
    readings = added_home.entry.runtime_data.readings
    audited = []
    for _ in range(AUDIT_EVERY):
        await added_home.poll()
        audited.append(bool(readings.data.audited))
    assert any(audited) is wanted


# --- whose answers they are


async def test_another_inverter_after_a_new_connection_is_not_read(
    added_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    log_of(caplog)
    added_home.server.scenario = Scenario.REFUSED_CONNECTION
    await until(lambda: not added_home.runtime.endpoint.statistics.connected)
    added_home.server.scenario = Scenario.SWAPPED_INVERTER
    readings = added_home.runtime.readings
    await poll_until(added_home, lambda: "Another inv" in str(readings.last_exception))
    assert readings.last_exception is not None
    cause = readings.last_exception.__cause__
    assert isinstance(cause, WrongPlant)
    assert cause.found == "BS2301009999"
    assert not readings.last_update_success
    assert added_home.state("soc").state == STATE_UNAVAILABLE
    ((level, text),) = log_of(caplog)
    assert level == "ERROR"
    assert "the other side closed the connection" in text

    added_home.server.scenario = Scenario.NONE
    await added_home.poll()
    assert readings.last_update_success
