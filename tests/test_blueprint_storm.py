"""The battery is charged before a storm, kept, and left alone afterwards."""

from datetime import timedelta
from typing import Any

from homeassistant.const import (
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
)
from homeassistant.core import CoreState, ServiceCall
import pytest

from custom_components.bessai.simulator.faults import Scenario

from .blueprints import TO_PHONE, calm_down, let_pass, look, messages, start, use
from .controlled import (
    CHARGE,
    COMMAND,
    DISCHARGE_LIMIT,
    STOP,
    allow,
    ask,
    control,
    holds,
    pass_time,
)
from .home import Home

WARNING = "binary_sensor.storm_warning"
NOTHING = (0, 0)
RENEWAL = timedelta(minutes=10, seconds=1)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return True: an automation goes on watching the time."""
    return True


async def heed(home: Home, **inputs: Any) -> list[ServiceCall]:
    """Make the automation, in calm weather; return what it sends to the phone."""
    warning = inputs.get("warning", WARNING)
    if home.hass.states.get(warning) is None:
        home.hass.states.async_set(warning, "off")
    used = {
        "warning": WARNING,
        "control": home.entity_id("control_state"),
        "soc": home.entity_id("soc"),
        "notify": [TO_PHONE],
        **inputs,
    }
    return await use(home.hass, "charge_before_storm.yaml", **used)


async def weather(home: Home, state: str, warning: str = WARNING) -> None:
    """Let the warning change, and wait for what comes of it."""
    home.hass.states.async_set(warning, state)
    await calm_down()


async def renew(home: Home) -> None:
    """Let ten minutes pass."""
    pass_time(home, 600)
    await look(home)
    await let_pass(home.hass, RENEWAL)


async def charge_to(home: Home, soc_pct: float) -> None:
    """Let the battery have a state of charge."""
    home.plant.set_soc(soc_pct)
    await look(home)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged as an error."""
    return [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]


async def test_it_charges_while_there_is_a_warning(controlled_home: Home) -> None:
    home = controlled_home
    sent = await heed(home)
    assert holds(home, COMMAND) == STOP
    await weather(home, "on")
    assert holds(home, COMMAND) == CHARGE
    command = control(home).command
    assert command is not None
    assert command.proposal.target_soc_pct == 95
    await weather(home, "off")
    assert holds(home, COMMAND) == STOP
    assert control(home).command is None
    assert messages(sent) == [f"Charging to 95 % because of {WARNING}."]


async def test_it_goes_on_for_as_long_as_the_warning(controlled_home: Home) -> None:
    home = controlled_home
    sent = await heed(home)
    await weather(home, "on")
    for _ in range(5):
        await renew(home)
        assert holds(home, COMMAND) == CHARGE
    assert len(sent) == 1


async def test_at_the_target_it_keeps_what_is_stored(controlled_home: Home) -> None:
    home = controlled_home
    sent = await heed(home, target=70)
    await weather(home, "on")
    await charge_to(home, 70.5)
    await calm_down()
    assert holds(home, COMMAND) == STOP
    assert home.state("control_state").state == "holding"
    assert holds(home, DISCHARGE_LIMIT, 2) == NOTHING
    await charge_to(home, 69.0)
    await renew(home)
    assert home.state("control_state").state == "holding", "a little less is no reason"
    await weather(home, "off")
    assert control(home).command is None
    assert holds(home, DISCHARGE_LIMIT, 2) != NOTHING
    assert len(sent) == 1


async def test_at_the_target_it_is_released_if_nobody_wants_it_kept(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await heed(home, target=70, keep=False)
    await weather(home, "on")
    await charge_to(home, 70.5)
    await calm_down()
    assert control(home).command is None
    await charge_to(home, 60)
    await renew(home)
    assert control(home).command is None, "once for each warning"


async def test_levels_of_a_warning_are_told_apart(controlled_home: Home) -> None:
    home = controlled_home
    level = "sensor.warning_level"
    home.hass.states.async_set(level, "yellow")
    await heed(home, warning=level, warning_states=["orange", "red"])
    await weather(home, "green", level)
    assert holds(home, COMMAND) == STOP
    await weather(home, "orange", level)
    assert holds(home, COMMAND) == CHARGE
    await weather(home, "red", level)
    assert holds(home, COMMAND) == CHARGE
    await weather(home, "yellow", level)
    assert holds(home, COMMAND) == STOP


@pytest.mark.parametrize("state", [STATE_UNAVAILABLE, STATE_UNKNOWN])
async def test_a_warning_that_falls_silent_is_not_over_but_ends_by_itself(
    controlled_home: Home, state: str
) -> None:
    home = controlled_home
    await heed(home)
    await weather(home, "on")
    await weather(home, state)
    assert holds(home, COMMAND) == CHARGE
    pass_time(home, 1801)
    await look(home)
    assert control(home).command is None


async def test_after_a_restart_it_goes_on(controlled_home: Home) -> None:
    home = controlled_home
    home.hass.states.async_set(WARNING, "on")
    home.hass.set_state(CoreState.starting)
    await heed(home)
    assert control(home).command is None
    await start(home.hass)
    assert holds(home, COMMAND) == CHARGE


async def test_after_a_restart_in_calm_weather_it_leaves_commands_alone(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await ask(home, "charge", power=2000, duration=3600)
    home.hass.set_state(CoreState.starting)
    await heed(home)
    await start(home.hass)
    assert control(home).command is not None


async def test_what_safety_blocks_is_not_done_and_told_once(
    controlled_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home = controlled_home
    sent = await heed(home)
    home.server.scenario = Scenario.ALARM
    await look(home)
    caplog.clear()
    await weather(home, "on")
    for _ in range(3):
        await let_pass(home.hass, RENEWAL)
    assert holds(home, COMMAND) == STOP
    assert [call.data["title"] for call in sent] == [
        "Storm: the battery is not charged"
    ]
    assert "2062" in messages(sent)[0]
    assert not errors(caplog)
    home.server.scenario = Scenario.NONE
    await look(home)
    await let_pass(home.hass, RENEWAL)
    assert holds(home, COMMAND) == CHARGE, "as soon as it may"
    assert len(sent) == 2


async def test_a_block_while_it_charges_is_told_as_well(controlled_home: Home) -> None:
    home = controlled_home
    sent = await heed(home)
    await weather(home, "on")
    home.server.scenario = Scenario.ALARM
    await look(home)
    assert holds(home, COMMAND) == STOP
    await let_pass(home.hass, RENEWAL)
    assert len(sent) == 2
    assert holds(home, COMMAND) == STOP


async def test_without_leave_to_command_it_says_so(controlled_home: Home) -> None:
    home = controlled_home
    await allow(home, allowed=False)
    sent = await heed(home)
    await weather(home, "on")
    assert len(sent) == 1
    assert messages(sent) == ["Control is switched off."]


async def test_a_plant_that_is_not_loaded_ends_in_a_message(
    controlled_home: Home,
) -> None:
    home = controlled_home
    sent = await heed(home)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await weather(home, "on")
    assert messages(sent) == ["BESSAI could not be asked; the log says why."]
