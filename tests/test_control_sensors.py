"""What the battery is told: in a word, until when, and how often it was stored."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.sensor import ATTR_OPTIONS
from homeassistant.const import STATE_UNKNOWN
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.control_sensors import STATES, SteadyTime
from custom_components.bessai.simulator.faults import Scenario

from .controlled import ask, control, look, pass_time
from .home import Home
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["entity"]["sensor"]
BATTERY_STATUS, BATTERY_POWER = 37762, 37765
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def state(home: Home) -> str:
    """Return in a word what the battery is told."""
    return home.state("control_state").state


async def test_every_state_is_offered_and_has_a_text(added_home: Home) -> None:
    shown = added_home.state("control_state")
    assert shown.state == "not_allowed"
    assert tuple(shown.attributes[ATTR_OPTIONS]) == STATES
    assert TEXTS["control_state"]["state"].keys() == set(STATES)


@pytest.mark.parametrize(
    ("action", "word"), [("charge", "charging"), ("discharge", "discharging")]
)
async def test_a_command_settles_and_is_then_under_way(
    controlled_home: Home, action: str, word: str
) -> None:
    home = controlled_home
    assert state(home) == "released"
    await ask(home, action, power=2000, duration=3600)
    assert state(home) == "settling"
    await home.poll()
    assert state(home) == word
    attributes = home.state("control_state").attributes
    assert attributes["power"] == 2000
    assert attributes["source"] == "owner"
    assert attributes["worst_overrun_s"] == 120
    await ask(home, "release")
    assert state(home) == "released"
    attributes = home.state("control_state").attributes
    assert (
        attributes["power"] is attributes["source"] is attributes["expires_at"] is None
    )


async def test_a_hold_has_no_power(controlled_home: Home) -> None:
    await ask(controlled_home, "hold", duration=3600)
    assert state(controlled_home) == "holding"
    assert controlled_home.state("control_state").attributes["power"] is None


async def test_a_battery_that_sleeps_is_waking(controlled_home: Home) -> None:
    home = controlled_home
    for address, words in {BATTERY_STATUS: (4,), BATTERY_POWER: (0, 0)}.items():
        home.plant.poke(address, words)
    await look(home)
    await ask(home, "charge", power=2000, duration=3600)
    await look(home)
    assert state(home) == "waking"
    home.plant.unpoke()
    await look(home)
    assert state(home) == "charging"


async def test_a_block_shows_while_nothing_is_commanded(controlled_home: Home) -> None:
    controlled_home.server.scenario = Scenario.ALARM
    await controlled_home.poll()
    assert state(controlled_home) == "blocked"


async def test_the_end_of_a_command_is_shown_and_does_not_tremble(
    controlled_home: Home,
) -> None:
    home = controlled_home
    assert home.state("command_expires").state == STATE_UNKNOWN
    response = await ask(home, "charge", power=2000, duration=3600)
    shown = home.state("command_expires").state
    ends, told = dt_util.parse_datetime(shown), response["expires_at"]
    assert ends is not None
    assert abs(ends - datetime.fromisoformat(told)) <= timedelta(seconds=2)
    assert home.state("control_state").attributes["expires_at"] == shown
    for _ in range(3):
        control(home).async_changed()
        assert home.state("command_expires").state == shown
    await ask(home, "release")
    assert home.state("command_expires").state == STATE_UNKNOWN


def test_a_time_moves_only_when_it_is_another_one() -> None:
    steady = SteadyTime()
    assert steady.show(None) is None
    assert steady.show(NOON + timedelta(milliseconds=600)) == NOON
    assert steady.show(NOON + timedelta(seconds=1.9)) == NOON
    later = NOON + timedelta(seconds=2.5)
    assert steady.show(later) == NOON + timedelta(seconds=2)
    assert steady.show(None) is None


async def test_only_stored_settings_count(controlled_home: Home) -> None:
    home = controlled_home
    assert home.state("stored_writes_today").state == "0"
    await ask(home, "discharge", power=2000, duration=3600)
    assert home.state("stored_writes_today").state == "0"
    await ask(home, "hold", duration=3600)
    assert home.state("stored_writes_today").state == "1"
    await ask(home, "release")
    assert home.state("stored_writes_today").state == "2"


async def test_the_count_begins_anew_each_day(controlled_home: Home) -> None:
    home = controlled_home
    await ask(home, "hold", duration=3600)
    assert home.state("stored_writes_today").state == "1"
    pass_time(home, 86_400)
    control(home).async_changed()
    assert home.state("stored_writes_today").state == "0"


async def test_a_silent_plant_leaves_them_available(controlled_home: Home) -> None:
    controlled_home.server.scenario = Scenario.INVERTER_ASLEEP
    await controlled_home.poll()
    assert not controlled_home.runtime.readings.last_update_success
    assert state(controlled_home) in STATES
    assert controlled_home.state("stored_writes_today").state == "0"
