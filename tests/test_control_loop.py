"""Commands from the owner to the plant and back, in real Home Assistant."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.bessai.control.command_in_force import Phase
from custom_components.bessai.control_loop import ControlLoop
from custom_components.bessai.core.command import CommandOverruled
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.setpoint import Hold, Setpoint
from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.core.verdict import Outcome, Reason
from custom_components.bessai.device.register import Group
from custom_components.bessai.plant_view import PlantView
from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.faults import Scenario

from .home import Home
from .plants import until

HOUR = timedelta(hours=1)
COMMAND = 47100
DISCHARGE_LIMIT = 47077
FACTORY_LIMIT = 5000
DISCHARGE = Setpoint(power_w=2000)


@pytest.fixture
async def control(added_home: Home) -> ControlLoop:
    """Return the control loop of a plant whose owner allows commands."""
    return await allowed(added_home)


async def allowed(home: Home) -> ControlLoop:
    control = home.runtime.control
    assert control is not None
    await control.async_allow(allowed=True)
    await home.poll_settings()
    await home.poll()
    return control


def kinds(control: ControlLoop) -> list[SafetyEventKind]:
    """Return a list that fills with the kinds of the events to come."""
    seen: list[SafetyEventKind] = []
    control.async_subscribe(lambda event: seen.append(event.kind))
    return seen


def pass_time(control: ControlLoop, seconds: float) -> None:
    """Let time pass for commands; the link and the polls stay as quick as they are."""
    control._clock._start += timedelta(seconds=seconds)


def stored_limit(home: Home) -> int:
    return stored_limit_of(home.plant.read)


def stored_limit_of(read: Callable[[int, int, int], tuple[int, ...]]) -> int:
    high, low = read(1, DISCHARGE_LIMIT, 2)
    return high << 16 | low


async def test_a_discharge_is_written_seen_to_follow_and_released(
    added_home: Home, control: ControlLoop
) -> None:
    result = await control.async_command(Setpoint(power_w=2000), HOUR)
    assert result.outcome == "approved"
    assert result.read_back["forcible_command"] == "discharge"
    await added_home.poll()
    assert control.command is not None
    assert control.command.phase is Phase.FOLLOWING
    assert added_home.plant.truth.battery_w == pytest.approx(2000, rel=0.02)
    assert (await control.async_release()).error is None
    assert added_home.plant.truth.forcible_command == 0
    assert control.command is None


async def test_a_new_plant_is_not_written_to(added_home: Home) -> None:
    control = added_home.runtime.control
    assert control is not None
    result = await control.async_command(Setpoint(power_w=2000), HOUR)
    assert [one.reason for one in result.verdict.grounds] == [Reason.CONTROL_OFF]
    for _ in range(3):
        await added_home.poll()
        await control.async_beat()
    assert added_home.plant.journal.entries == ()
    assert control.blocks == ()


async def test_taking_the_permission_back_releases(
    added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Setpoint(power_w=-2000), HOUR)
    await control.async_allow(allowed=False)
    assert added_home.plant.truth.forcible_command == 0
    assert added_home.entry.options["control"]["allow"] is False


async def test_the_end_of_a_lease_ends_the_command(
    added_home: Home, control: ControlLoop
) -> None:
    seen = kinds(control)
    await control.async_command(Setpoint(power_w=2000), timedelta(seconds=0.2))
    await until(lambda: control.command is None)
    await until(lambda: added_home.plant.truth.forcible_command == 0)
    assert seen == [SafetyEventKind.LEASE_EXPIRED]


async def test_the_heartbeat_renews_the_lease_on_the_device(
    added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Setpoint(power_w=2000), HOUR)
    given = len(added_home.plant.journal.to(COMMAND))
    for seconds in (30, 11, 19, 22):
        pass_time(control, seconds)
        await added_home.poll()
        await control.async_beat()
    assert len(added_home.plant.journal.to(COMMAND)) == given + 2


async def test_two_missed_beats_release_and_the_next_one_takes_it_up_again(
    added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Setpoint(power_w=2000), HOUR)
    seen = kinds(control)
    written = len(added_home.plant.journal.entries)
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await control.async_beat()
    assert seen == []
    await control.async_beat()
    assert seen == [SafetyEventKind.HEARTBEAT_LOST]
    assert control.command is None
    assert [one.reason for one in control.blocks] == [Reason.HEARTBEAT_LOST]
    await control.async_beat()
    assert len(added_home.plant.journal.entries) == written
    added_home.server.scenario = Scenario.NONE
    await control.async_beat()
    assert seen[:2] == [
        SafetyEventKind.HEARTBEAT_LOST,
        SafetyEventKind.HEARTBEAT_RESTORED,
    ]
    await added_home.poll()
    await control.async_beat()
    assert control.command is not None
    assert added_home.plant.truth.forcible_command == 2


async def test_a_heartbeat_that_crashes_is_started_again(
    hass: HomeAssistant,
    added_home: Home,
    control: ControlLoop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("custom_components.bessai.heartbeat.RESTART_S", 0.0)
    heartbeat = added_home.runtime.heartbeat
    assert heartbeat is not None
    assert heartbeat._task is not None
    counter = control.watchdog.counter
    heartbeat._task.cancel()
    await until(lambda: heartbeat.restarts == 1)
    await until(lambda: control.watchdog.counter > counter)
    assert "The heartbeat ended and is started again" in caplog.text


async def test_no_heartbeat_outlives_an_entry_that_is_unloaded_while_it_recovers(
    hass: HomeAssistant, added_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a link that others keep open, a recovery hangs until it is cancelled."""

    async def hang(control: ControlLoop) -> None:
        await asyncio.Event().wait()

    entry = added_home.entry
    await hass.config_entries.async_unload(entry.entry_id)
    monkeypatch.setattr(ControlLoop, "async_recover", hang)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    tasks = [task.get_name() for task in asyncio.all_tasks()]
    assert f"{entry.title} heartbeat" not in tasks


@pytest.mark.parametrize("way", ["unload", "reload", "stop", "remove"])
async def test_whatever_ends_the_entry_releases_the_plant_first(
    hass: HomeAssistant, added_home: Home, control: ControlLoop, way: str
) -> None:
    entry_id = added_home.entry.entry_id
    await control.async_command(Setpoint(power_w=2000), HOUR)
    match way:
        case "unload":
            await hass.config_entries.async_unload(entry_id)
        case "reload":
            await hass.config_entries.async_reload(entry_id)
        case "stop":
            await hass.async_stop(force=True)
        case _:
            await hass.config_entries.async_remove(entry_id)
    assert added_home.plant.truth.forcible_command == 0
    assert not [
        entry
        for entry in added_home.plant.journal.to(COMMAND)[1:]
        if entry.words != (0,)
    ]


async def test_a_hold_is_put_back_by_whatever_ends_it(
    hass: HomeAssistant, added_home: Home, control: ControlLoop
) -> None:
    before = stored_limit(added_home)
    result = await control.async_command(Hold(), HOUR)
    assert result.outcome == "approved"
    assert stored_limit(added_home) == 0
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    assert stored_limit(added_home) == before


async def test_what_a_former_life_left_behind_is_ended_at_the_next_start(
    hass: HomeAssistant, added_home: Home, control: ControlLoop
) -> None:
    before = stored_limit(added_home)
    await control.async_command(Hold(), HOUR)
    added_home.server.scenario = Scenario.REFUSED_CONNECTION
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    assert stored_limit(added_home) == 0
    added_home.server.scenario = Scenario.NONE
    await hass.config_entries.async_setup(added_home.entry.entry_id)
    assert added_home.entry.state is ConfigEntryState.LOADED
    await until(lambda: stored_limit(added_home) == before)


async def test_a_command_of_somebody_else_is_reported_and_left_alone(
    added_home: Home, control: ControlLoop
) -> None:
    plant = added_home.plant
    plant.write(1, 47247, (0, 1500))
    plant.write(1, 47083, (60,))
    plant.write(1, COMMAND, (1,))
    await control.async_beat()
    assert control.foreign_command
    result = await control.async_command(Setpoint(power_w=2000), HOUR)
    assert result.verdict.grounds[0].reason is Reason.FOREIGN_COMMAND
    await control.async_release()
    assert plant.truth.forcible_command == 1
    plant.write(1, COMMAND, (0,))
    await control.async_beat()
    assert not control.foreign_command


async def test_a_battery_that_does_not_follow_is_released(
    added_home: Home, control: ControlLoop
) -> None:
    seen = kinds(control)
    added_home.server.scenario = Scenario.BATTERY_DOES_NOT_FOLLOW
    await control.async_command(Setpoint(power_w=2000), HOUR)
    await added_home.poll()
    assert control.command is not None
    pass_time(control, 70)
    await added_home.poll()
    await until(lambda: control.command is None)
    assert seen == [SafetyEventKind.COMMAND_FAILED]
    assert added_home.plant.truth.forcible_command == 0


async def test_a_command_that_a_release_overtakes_is_not_carried_out(
    added_home: Home, control: ControlLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = asyncio.Event()

    async def freshen(view: PlantView) -> None:
        await may_go_on.wait()

    monkeypatch.setattr(PlantView, "async_freshen", freshen)
    command = asyncio.create_task(control.async_command(DISCHARGE, HOUR))
    await asyncio.sleep(0.01)
    assert (await control.async_release()).error is None
    may_go_on.set()
    assert isinstance((await command).error, CommandOverruled)
    await added_home.poll()
    assert added_home.plant.journal.entries == ()


async def test_a_command_whose_caller_has_gone_is_not_taken_up_again(
    added_home: Home, control: ControlLoop
) -> None:
    added_home.server.scenario = Scenario.SLOW_ANSWERS
    command = asyncio.create_task(control.async_command(DISCHARGE, HOUR))
    await asyncio.sleep(0.2)
    command.cancel()
    await asyncio.gather(command, return_exceptions=True)
    added_home.server.scenario = Scenario.NONE
    for _ in range(3):
        await added_home.poll()
        await control.async_beat()
    assert control.command is None
    assert added_home.plant.truth.forcible_command == 0


async def test_a_plant_that_is_silent_at_the_end_leaves_word_of_what_it_is_owed(
    hass: HomeAssistant,
    added_home: Home,
    control: ControlLoop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("custom_components.bessai.control_loop.CLOSE_S", 0.05)
    await control.async_command(Hold(), HOUR)
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    assert "still to be put back at the next start: discharge_power" in caplog.text
    issues = {issue_id for _, issue_id in ir.async_get(hass).issues}
    assert f"settings_left_behind_{added_home.entry.entry_id}" in issues


async def test_stopping_a_command_in_the_app_is_respected(
    added_home: Home, control: ControlLoop
) -> None:
    seen = kinds(control)
    await control.async_command(DISCHARGE, HOUR)
    for _ in range(8):  # beyond the first countdown: the device restarts it
        pass_time(control, 30)
        await added_home.poll(after=timedelta(seconds=30))
        await control.async_beat()
    assert control.command is not None
    added_home.plant.write(1, COMMAND, (0,))
    await control.async_beat()
    assert control.command is None
    assert seen == [SafetyEventKind.LEASE_EXPIRED]
    await added_home.poll()
    await control.async_beat()
    assert added_home.plant.truth.forcible_command == 0


async def test_a_passing_silence_writes_no_stored_setting(
    added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Hold(allow_charging=False), HOUR)
    written = control.stored_writes_today
    for _ in range(3):
        added_home.server.scenario = Scenario.INVERTER_ASLEEP
        await control.async_beat()
        await control.async_beat()
        assert control.command is None
        added_home.server.scenario = Scenario.NONE
        await control.async_beat()
        await added_home.poll()
        await control.async_beat()
        assert control.command is not None
    assert control.stored_writes_today == written
    await control.async_release()
    assert stored_limit(added_home) == FACTORY_LIMIT


async def test_what_cannot_go_on_after_a_silence_is_put_back(
    added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Hold(), HOUR)
    added_home.server.scenario = Scenario.INVERTER_ASLEEP
    await control.async_beat()
    await control.async_beat()
    added_home.server.scenario = Scenario.ALARM
    await added_home.poll()
    await control.async_beat()
    assert stored_limit(added_home) == 0
    pass_time(control, 31)
    await added_home.poll()
    await control.async_beat()
    assert stored_limit(added_home) == FACTORY_LIMIT


async def test_while_nothing_is_allowed_the_polls_are_proof_of_life(
    added_home: Home,
) -> None:
    control = added_home.runtime.control
    assert control is not None
    for _ in range(7):
        pass_time(control, 10)
        await added_home.poll()
        pass_time(control, 5)
        await control.async_beat()
        assert control.watchdog.misses == 0
    assert (await allowed(added_home)) is control
    assert (await control.async_command(DISCHARGE, HOUR)).outcome == "approved"


async def test_settings_of_yesterday_count_as_unknown(
    added_home: Home, control: ControlLoop
) -> None:
    added_home.runtime.driver._taken_s[Group.SETTINGS] -= 86_400
    await added_home.poll()
    grounds = control.blocks
    assert Reason.TELEMETRY_MISSING in {ground.reason for ground in grounds}
    # An owner's command has them read first.
    assert (await control.async_command(DISCHARGE, HOUR)).outcome == "approved"


async def test_old_readings_do_not_seem_new_while_a_poll_is_on_its_way(
    added_home: Home, control: ControlLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a silence they may be of yesterday, and a beat comes in between."""
    verdicts: list[Outcome] = []

    async def read_audit(now: datetime) -> dict[str, Value]:
        verdicts.append(control.vet(DISCHARGE, HOUR).verdict.outcome)
        return {}

    driver = added_home.runtime.driver
    monkeypatch.setattr(driver, "_read_audit", read_audit)
    for group in (Group.READINGS, Group.GUARD):
        driver._taken_s[group] -= 3600
    await added_home.poll()
    assert verdicts == [Outcome.REFUSED]
    assert control.vet(DISCHARGE, HOUR).verdict.outcome is Outcome.APPROVED


async def test_a_sequence_that_hangs_is_no_proof_of_life(
    added_home: Home, control: ControlLoop
) -> None:
    seen = kinds(control)
    async with control._async_turn():
        await control.async_beat()
        assert control.watchdog.misses == 0
        control._turn_began_s -= 60
        await control.async_beat()
        await control.async_beat()
        assert seen == [SafetyEventKind.HEARTBEAT_LOST]


async def test_a_recovery_that_fails_is_tried_again_by_the_heartbeat(
    hass: HomeAssistant, added_home: Home, control: ControlLoop
) -> None:
    await control.async_command(Hold(), HOUR)
    added_home.server.scenario = Scenario.REFUSED_CONNECTION
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    added_home.server.scenario = Scenario.NONE
    fails = added_home.plant.read
    refusing = _without(fails, COMMAND)
    added_home.plant.read = refusing  # type: ignore[method-assign, assignment]
    await hass.config_entries.async_setup(added_home.entry.entry_id)
    loop = added_home.runtime.control
    assert loop is not None
    assert (await loop.async_command(DISCHARGE, HOUR)).outcome == "refused"
    assert stored_limit_of(fails) == 0
    added_home.plant.read = fails  # type: ignore[method-assign]
    pass_time(loop, 301)
    await loop.async_beat()
    assert stored_limit(added_home) == FACTORY_LIMIT


def _without(
    read: Callable[[int, int, int], tuple[int, ...]], absent: int
) -> Callable[[int, int, int], tuple[int, ...]]:
    def refuse(unit_id: int, address: int, count: int) -> tuple[int, ...]:
        if address <= absent < address + count:
            raise RegisterFault(ExceptionCode.DEVICE_FAILURE)
        return read(unit_id, address, count)

    return refuse


async def test_a_reload_tells_of_no_block_while_the_settings_are_still_to_come(
    hass: HomeAssistant, added_home: Home, control: ControlLoop
) -> None:
    before = len(control.audit.entries)
    await hass.config_entries.async_reload(added_home.entry.entry_id)
    loop = added_home.runtime.control
    assert loop is not None
    for _ in range(2):
        await added_home.poll()
        await loop.async_beat()
    told = [one.what for one in loop.audit.entries[before:]]
    assert "blocked" not in told
    assert loop.blocks == ()
