"""Whether safety forbids commands, and whether the plant is there to take them."""

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON
from homeassistant.util import dt as dt_util

from custom_components.bessai.simulator.faults import Scenario

from .controlled import control, look, reasons, safety_block
from .home import Home

HEARTBEAT = ("heartbeat", "binary_sensor")


async def test_nothing_is_blocked_where_nothing_is_allowed(added_home: Home) -> None:
    block = safety_block(added_home)
    assert block.state == STATE_OFF
    assert block.attributes[ATTR_DEVICE_CLASS] == BinarySensorDeviceClass.PROBLEM
    assert block.attributes["reasons"] == []
    assert block.attributes["since"] is None


async def test_a_block_says_why_since_when_and_what_to_do(
    controlled_home: Home,
) -> None:
    home = controlled_home
    before = dt_util.utcnow()
    home.server.scenario = Scenario.ALARM
    await home.poll()
    block = safety_block(home)
    assert block.state == STATE_ON
    (reason,) = block.attributes["reasons"]
    assert reason.keys() == {"reason", "text", "value", "limit", "remedy"}
    assert reason["reason"] == "alarm"
    assert reason["remedy"].startswith("Put right what the alarm is about")
    since = dt_util.parse_datetime(block.attributes["since"])
    assert since is not None
    assert before <= since <= dt_util.utcnow()
    home.plant.poke(32087, (900,))
    await home.poll()
    block = safety_block(home)
    assert set(reasons(block.attributes)) == {"inverter_hot", "alarm"}
    assert block.attributes["since"] == since.isoformat(), "it is the same block"
    home.server.scenario = Scenario.NONE
    home.plant.unpoke()
    await look(home)
    assert safety_block(home).state == STATE_OFF
    assert safety_block(home).attributes["since"] is None


async def test_a_silent_plant_blocks_and_says_so(controlled_home: Home) -> None:
    """That is when these two matter most."""
    home = controlled_home
    home.server.scenario = Scenario.INVERTER_ASLEEP
    await home.poll()
    assert home.state("alarm", "binary_sensor").state == "unavailable"
    assert home.state(*HEARTBEAT).state == STATE_ON
    for _ in range(2):
        await control(home).async_beat()
    assert home.state(*HEARTBEAT).state == STATE_OFF
    assert safety_block(home).state == STATE_ON


async def test_the_heartbeat_counts_and_starts_again_after_the_last_number(
    controlled_home: Home,
) -> None:
    home = controlled_home
    beat = home.state(*HEARTBEAT)
    assert beat.state == STATE_ON
    assert beat.attributes[ATTR_DEVICE_CLASS] == BinarySensorDeviceClass.CONNECTIVITY
    assert beat.attributes["period_s"] == 5
    assert beat.attributes["misses"] == 0
    control(home).watchdog.counter = 65_534
    for count in (65_535, 0, 1):
        await control(home).async_beat()
        assert home.state(*HEARTBEAT).attributes["counter"] == count
