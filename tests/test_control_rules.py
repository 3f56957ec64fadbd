"""Each safety rule at, just inside and just outside its limit, on a whole plant.

What the guard makes of numbers is tested with the guard. Here the numbers are in the
registers of a simulated plant, the wish is an action, and what comes of it is what an
owner sees: response, event, safety block, repairs issue, and what the plant holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.bessai.const import CONF_MANAGER, DOMAIN
from custom_components.bessai.simulator.faults import Scenario

from .controlled import (
    CHARGE,
    CHARGE_LIMIT,
    CHARGE_POWER,
    COMMAND,
    DISCHARGE_LIMIT,
    PERIOD,
    STOP,
    age_readings,
    allow,
    ask,
    control,
    holds,
    look,
    pass_time,
    reasons,
    safety_block,
    safety_event,
    written,
)
from .home import Home

SOC, BATTERY_STATUS = 37760, 37762
HOTTEST, COLDEST, INVERTER_TEMPERATURE = 38452, 38453, 32087
MOST_CHARGE, MOST_DISCHARGE = 37046, 37048
CHARGE_CUTOFF, DISCHARGE_CUTOFF, RESERVE = 47081, 47082, 47102
INVERTER_STATUS, STATE_3, ALARM_2, ALARM_3 = 32089, 32003, 32009, 32010
EMMA = 48020

NO_CUTOFF = {DISCHARGE_CUTOFF: (0,)}

POWER: dict[str, Any] = {"power": 2000, "duration": 3600}
COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "charge": ("charge", POWER),
    "discharge": ("discharge", POWER),
    "hold": ("hold", {"duration": 3600}),
    "hold all": ("hold", {"duration": 3600, "allow_charging": False}),
}
ALL = tuple(COMMANDS)
BOTH = ("charge", "discharge")


def signed(value: int) -> tuple[int, ...]:
    """Return a number as a register of 16 bits holds it."""
    return (value & 0xFFFF,)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A plant, and what becomes of commands there."""

    name: str
    registers: Mapping[int, tuple[int, ...]]
    passes: tuple[str, ...] = ()
    clamped: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    reason: str = ""
    value: float | str | None = None
    limit: float | str | None = None
    clamped_by: str = ""


def soc(tenths: int) -> Mapping[int, tuple[int, ...]]:
    """Return a state of charge, with no cut-off of the inverter in the way."""
    return NO_CUTOFF | {SOC: (tenths,)}


CASES = (
    # state of charge, below
    Case(name="soc at its least", registers=soc(50), passes=("discharge", "charge")),
    Case(
        name="soc below its least",
        registers=soc(49),
        passes=("charge", "hold"),
        refused=("discharge",),
        reason="soc_low",
        value=4.9,
        limit=5,
    ),
    # state of charge, above
    Case(name="soc at its most", registers=soc(980), passes=(*BOTH, "hold")),
    Case(
        name="soc above its most",
        registers=soc(981),
        passes=("discharge", "hold", "hold all"),
        refused=("charge",),
        reason="soc_high",
        value=98.1,
        limit=98,
    ),
    # what is set in the inverter
    Case(
        name="soc above the end of discharge",
        registers={DISCHARGE_CUTOFF: (150,), SOC: (151,)},
        passes=BOTH,
    ),
    Case(
        name="soc at the end of discharge",
        registers={DISCHARGE_CUTOFF: (150,), SOC: (150,)},
        passes=("charge",),
        refused=("discharge",),
        reason="discharge_cutoff",
        value=15,
        limit=15,
    ),
    Case(
        name="soc above the backup reserve",
        registers={RESERVE: (300,), SOC: (301,)},
        passes=BOTH,
    ),
    Case(
        name="soc at the backup reserve",
        registers={RESERVE: (300,), SOC: (300,)},
        passes=("charge",),
        refused=("discharge",),
        reason="discharge_cutoff",
        value=30,
        limit=30,
    ),
    Case(
        name="soc below the end of charge",
        registers={CHARGE_CUTOFF: (900,), SOC: (899,)},
        passes=BOTH,
    ),
    Case(
        name="soc at the end of charge",
        registers={CHARGE_CUTOFF: (900,), SOC: (900,)},
        passes=("discharge",),
        refused=("charge",),
        reason="charge_cutoff",
        value=90,
        limit=90,
    ),
    # heat
    Case(name="battery warm", registers={HOTTEST: (400,)}, passes=ALL),
    Case(
        name="battery warmer than that",
        registers={HOTTEST: (440,)},
        clamped=BOTH,
        clamped_by="derated",
        value=44,
        limit=1400,
        passes=("hold",),
    ),
    Case(
        name="battery at its warmest",
        registers={HOTTEST: (450,)},
        clamped=BOTH,
        clamped_by="derated",
        value=45,
        limit=500,
        passes=("hold",),
    ),
    Case(
        name="battery too hot",
        registers={HOTTEST: (451,)},
        refused=ALL,
        reason="battery_hot",
        value=45.1,
        limit=45,
    ),
    Case(name="inverter hot", registers={INVERTER_TEMPERATURE: (750,)}, passes=ALL),
    Case(
        name="inverter too hot",
        registers={INVERTER_TEMPERATURE: (751,)},
        refused=ALL,
        reason="inverter_hot",
        value=75.1,
        limit=75,
    ),
    # cold
    Case(name="freezing", registers={COLDEST: (0,)}, passes=BOTH),
    Case(
        name="too cold to charge",
        registers={COLDEST: signed(-1)},
        passes=("discharge", "hold"),
        refused=("charge",),
        reason="battery_cold",
        value=-0.1,
        limit=0,
    ),
    Case(
        name="cold enough for a discharge",
        registers={COLDEST: signed(-100)},
        passes=("discharge",),
        refused=("charge",),
        reason="battery_cold",
        value=-10,
        limit=0,
    ),
    Case(
        name="too cold to discharge",
        registers={COLDEST: signed(-101)},
        refused=("discharge",),
        reason="battery_cold",
        value=-10.1,
        limit=-10,
    ),
    # what the plant says of itself
    Case(name="limited", registers={INVERTER_STATUS: (0x0201,)}, passes=ALL),
    Case(name="no sun", registers={INVERTER_STATUS: (0xA000,)}, passes=ALL),
    Case(
        name="inverter shut down",
        registers={INVERTER_STATUS: (0x0300,)},
        refused=ALL,
        reason="not_on_grid",
        value="shutdown_fault",
    ),
    Case(
        name="inverter in a state that nobody knows",
        registers={INVERTER_STATUS: (0x0999,)},
        refused=ALL,
        reason="not_on_grid",
        value="unknown (0x0999)",
    ),
    Case(
        name="off the grid",
        registers={STATE_3: (0, 1)},
        refused=ALL,
        reason="not_on_grid",
        value=ANY,
    ),
    Case(name="battery on standby", registers={BATTERY_STATUS: (1,)}, passes=ALL),
    Case(
        name="battery offline",
        registers={BATTERY_STATUS: (0,)},
        refused=ALL,
        reason="battery_not_ready",
        value="offline",
    ),
    Case(
        name="battery with a fault",
        registers={BATTERY_STATUS: (3,)},
        refused=ALL,
        reason="battery_not_ready",
        value="fault",
    ),
    Case(
        name="battery asleep",
        registers={BATTERY_STATUS: (4,)},
        passes=("charge", "hold"),
        refused=("discharge",),
        reason="battery_asleep",
        value="sleep",
    ),
    Case(
        name="alarms that are none of ours",
        registers={ALARM_2: (1 << 3 | 1 << 13,), ALARM_3: (1 << 0,)},
        passes=ALL,
    ),
    Case(
        name="a major alarm",
        registers={ALARM_2: (1 << 12,)},
        refused=ALL,
        reason="alarm",
        value="transient_ac_overvoltage",
    ),
    Case(
        name="a minor alarm about the battery",
        registers={ALARM_2: (1 << 9,)},
        refused=ALL,
        reason="alarm",
        value="battery_abnormal",
    ),
    # how much power
    Case(name="just the power", registers={MOST_CHARGE: (0, 2000)}, passes=BOTH),
    Case(
        name="a little less power",
        registers={MOST_CHARGE: (0, 1999), MOST_DISCHARGE: (0, 1999)},
        clamped=BOTH,
        clamped_by="battery_limit",
        value=2000,
        limit=1999,
    ),
    Case(
        name="hardly any power",
        registers={MOST_CHARGE: (0, 50), MOST_DISCHARGE: (0, 50)},
        clamped=BOTH,
        clamped_by="battery_limit",
        value=2000,
        limit=50,
    ),
    Case(
        name="no power worth a command",
        registers={MOST_CHARGE: (0, 49), MOST_DISCHARGE: (0, 49)},
        refused=BOTH,
        reason="no_power_left",
        value=49,
        limit=50,
    ),
    Case(
        name="a limit of the inverter's own",
        registers={CHARGE_LIMIT: (0, 1500), DISCHARGE_LIMIT: (0, 1500)},
        clamped=BOTH,
        clamped_by="stored_limit",
        value=2000,
        limit=1500,
    ),
    Case(
        name="no discharge by the inverter's own limit",
        registers={DISCHARGE_LIMIT: (0, 0)},
        passes=("charge",),
        refused=("discharge",),
        reason="stored_limit",
        limit=0,
    ),
    Case(
        name="no charge by the inverter's own limit",
        registers={CHARGE_LIMIT: (0, 0)},
        passes=("discharge",),
        refused=("charge",),
        reason="stored_limit",
        limit=0,
    ),
    # hold
    Case(name="enough to hold all", registers={SOC: (200,)}, passes=("hold all",)),
    Case(
        name="too little to hold all",
        registers={SOC: (199,)},
        passes=("hold", "charge", "discharge"),
    ),
    # what is missing or cannot be
    Case(
        name="no state of charge",
        registers={SOC: (0xFFFF,)},
        refused=BOTH,
        reason="telemetry_missing",
        value="soc_pct",
    ),
    Case(
        name="one sensor of the battery without a value",
        registers={HOTTEST: (0x7FFF,)},
        refused=ALL,
        reason="telemetry_missing",
        value="battery_temperature_max_c",
    ),
    Case(
        name="no limit of charge power",
        registers={MOST_CHARGE: (0xFFFF, 0xFFFF)},
        refused=ALL,
        reason="telemetry_missing",
        value="charge_limit_w",
    ),
    Case(
        name="more than full",
        registers={SOC: (1001,)},
        refused=ALL,
        reason="telemetry_implausible",
        value="soc_pct",
        limit=100.1,
    ),
    Case(
        name="hotter than can be",
        registers={HOTTEST: (1201,)},
        refused=ALL,
        reason="telemetry_implausible",
        value="battery_temperature_max_c",
        limit=120.1,
    ),
)


@pytest.fixture
async def home(hass: HomeAssistant, prompt_link: None, home: Home) -> Home:
    """Return a home where the guard is alone: findings would block as well."""
    home.options = {"anomaly": {"detect": False}}
    return home


async def stage(home: Home, case: Case) -> None:
    """Let the plant be as a case wants it."""
    for address, words in case.registers.items():
        home.plant.poke(address, words)
    await look(home)


def named(case: Case) -> str:
    """Return what a case is called in the list of tests."""
    return case.name


@pytest.mark.parametrize("case", [case for case in CASES if case.passes], ids=named)
async def test_at_its_limit_and_inside_a_rule_lets_pass(
    controlled_home: Home, case: Case
) -> None:
    home = controlled_home
    await stage(home, case)
    for action, data in map(COMMANDS.__getitem__, case.passes):
        before = len(written(home))
        response = await ask(home, action, **data)
        assert response["verdict"] == "approved", response
        assert response["reasons"] == []
        assert len(written(home)) > before
        assert safety_block(home).state == STATE_OFF
        assert (await ask(home, "release"))["verdict"] == "approved"


@pytest.mark.parametrize("case", [case for case in CASES if case.clamped], ids=named)
async def test_more_than_there_is_is_done_with_what_there_is(
    controlled_home: Home, case: Case
) -> None:
    home = controlled_home
    await stage(home, case)
    for command in case.clamped:
        response = await ask(home, command, **POWER)
        assert response["verdict"] == "clamped", response
        (reason,) = response["reasons"]
        assert reason["reason"] == case.clamped_by
        assert reason["value"] == case.value
        assert reason["limit"] == response["power"] == case.limit
        assert holds(home, COMMAND) != STOP
        assert safety_block(home).state == STATE_OFF
        assert (await ask(home, "release"))["verdict"] == "approved"


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=named)
async def test_beyond_its_limit_a_rule_refuses_says_why_and_clears(
    controlled_home: Home, case: Case
) -> None:
    home = controlled_home
    await stage(home, case)
    for action, data in map(COMMANDS.__getitem__, case.refused):
        response = await ask(home, action, **data)
        assert response["verdict"] == "refused", response
        (reason,) = (one for one in response["reasons"] if one["reason"] == case.reason)
        assert (reason["value"], reason["limit"]) == (case.value, case.limit)
        assert reason["text"]
        assert response["power"] is None
        assert safety_block(home).state == STATE_ON
        assert case.reason in blocked_by(home)
    assert written(home) == []
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "blocked"
    assert case.reason in reasons(event.attributes)
    assert event.attributes["remedy"]
    home.plant.unpoke()
    await look(home)
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "cleared"
    assert safety_block(home).state == STATE_OFF
    action, data = COMMANDS[case.refused[0]]
    assert (await ask(home, action, **data))["verdict"] == "approved"


async def test_too_little_to_hold_all_concerns_that_hold_only(
    controlled_home: Home,
) -> None:
    """What is left behind must not keep an empty battery from being charged."""
    controlled_home.plant.poke(SOC, (199,))
    await look(controlled_home)
    action, data = COMMANDS["hold all"]
    response = await ask(controlled_home, action, **data)
    assert response["verdict"] == "refused"
    (reason,) = response["reasons"]
    assert reason["reason"] == "hold_reserve"
    assert (reason["value"], reason["limit"]) == (19.9, 20)
    assert written(controlled_home) == []
    assert safety_block(controlled_home).state == STATE_OFF


@pytest.mark.parametrize(
    ("command", "register", "beyond", "not_yet", "back"),
    [
        ("discharge", SOC, 49, 69, 70),
        ("charge", SOC, 981, 961, 960),
        ("charge", HOTTEST, 451, 421, 420),
        ("discharge", INVERTER_TEMPERATURE, 751, 721, 720),
    ],
)
async def test_a_limit_that_was_crossed_takes_a_margin_to_clear(
    controlled_home: Home,
    command: str,
    register: int,
    beyond: int,
    not_yet: int,
    back: int,
) -> None:
    home = controlled_home
    home.plant.poke(DISCHARGE_CUTOFF, (0,))
    for value, verdict in ((beyond, "refused"), (not_yet, "refused"), (back, "done")):
        home.plant.poke(register, (value,))
        await look(home)
        response = await ask(home, command, **POWER)
        assert (response["verdict"] == "refused") == (verdict == "refused"), value


@pytest.mark.parametrize(("age_s", "verdict"), [(29, "approved"), (31, "refused")])
async def test_readings_that_are_too_old_refuse_everything(
    controlled_home: Home, age_s: float, verdict: str
) -> None:
    home = controlled_home
    await look(home)
    age_readings(home, age_s)
    for action, data in COMMANDS.values():
        response = await ask(home, action, **data)
        assert response["verdict"] == verdict
        assert ("telemetry_stale" in reasons(response)) == (verdict == "refused")


async def test_a_command_reads_the_plant_first_if_nobody_did(
    controlled_home: Home,
) -> None:
    """Polling may be switched off for an entry."""
    home = controlled_home
    home.plant.poke(SOC, (1000,))
    read_at = home.runtime.readings.last_read_at
    age_readings(home, 25)
    response = await ask(home, "charge", **POWER)
    assert home.runtime.readings.last_read_at != read_at
    assert response["verdict"] == "refused"


@pytest.mark.parametrize(
    ("scenario", "reason"),
    [
        (Scenario.ALARM, "alarm"),
        (Scenario.SENTINELS, "telemetry_missing"),
        (Scenario.BATTERY_ASLEEP, "battery_asleep"),
    ],
)
async def test_what_goes_wrong_meanwhile_ends_a_discharge_and_is_told(
    controlled_home: Home, scenario: Scenario, reason: str
) -> None:
    home = controlled_home
    await ask(home, "discharge", **POWER)
    home.server.scenario = scenario
    await look(home)
    assert holds(home, COMMAND) == STOP
    assert control(home).command is None
    assert home.state("control_state").state == "blocked"
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "blocked"
    assert reason in reasons(event.attributes)
    home.server.scenario = Scenario.NONE


async def test_a_command_goes_on_when_its_block_has_cleared(
    controlled_home: Home,
) -> None:
    """Its time is not over, and its owner has not ended it."""
    home = controlled_home
    await ask(home, "charge", **POWER)
    home.plant.poke(ALARM_2, (1 << 12,))
    await look(home)
    assert holds(home, COMMAND) == STOP
    home.plant.unpoke()
    await look(home)
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "cleared"
    assert holds(home, COMMAND) == CHARGE


@pytest.mark.parametrize(
    ("command", "register", "near"), [("charge", SOC, 979), ("discharge", SOC, 51)]
)
async def test_a_command_ends_for_good_at_the_limit_it_was_heading_for(
    controlled_home: Home, command: str, register: int, near: int
) -> None:
    home = controlled_home
    home.plant.poke(DISCHARGE_CUTOFF, (0,))
    await look(home)
    await ask(home, command, **POWER)
    home.plant.poke(register, (near,))
    await look(home)
    assert holds(home, COMMAND) == STOP, "before the limit, not after"
    home.plant.poke(register, (500,))
    await look(home)
    assert holds(home, COMMAND) == STOP


async def test_a_target_ends_a_charge(controlled_home: Home) -> None:
    home = controlled_home
    await ask(home, "charge", **POWER, target_soc=80)
    home.plant.poke(SOC, (800,))
    await look(home)
    assert holds(home, COMMAND) == STOP
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "lease_expired"
    assert reasons(safety_event(home).attributes) == ["target_reached"]
    assert safety_block(home).state == STATE_OFF


@pytest.mark.parametrize("how", ["entry", "register"])
async def test_a_manager_on_site_refuses_everything_and_raises_an_issue(
    hass: HomeAssistant, home: Home, how: str
) -> None:
    if how == "register":
        home.plant.poke(EMMA, (1,))
    await home.add(**({CONF_MANAGER: "emma"} if how == "entry" else {}))
    await allow(home)
    await look(home)
    for action, data in COMMANDS.values():
        response = await ask(home, action, **data)
        assert reasons(response) == ["manager_present"]
    assert written(home) == []
    assert "manager_present" in blocked_by(home)
    issue_id = f"manager_present_{home.entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id)


async def test_a_command_of_somebody_else_is_left_alone_and_raises_an_issue(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    home = controlled_home
    issue_id = f"foreign_command_{home.entry.entry_id}"
    await look(home)
    home.plant.write(1, CHARGE_POWER, (0, 1000))
    home.plant.write(1, PERIOD, (60,))
    home.plant.write(1, COMMAND, CHARGE)
    theirs = written(home)
    await control(home).async_beat()
    for action, data in COMMANDS.values():
        response = await ask(home, action, **data)
        assert response["verdict"] == "refused"
        assert "foreign_command" in reasons(response)
    assert written(home) == theirs
    assert holds(home, COMMAND) == CHARGE
    assert "foreign_command" in blocked_by(home)
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "blocked"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    home.plant.write(1, COMMAND, STOP)
    await control(home).async_beat()
    assert not ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "cleared"
    assert (await ask(home, "charge", **POWER))["verdict"] == "approved"


async def test_a_battery_that_does_not_follow_is_released_in_time(
    controlled_home: Home,
) -> None:
    home = controlled_home
    home.server.scenario = Scenario.BATTERY_DOES_NOT_FOLLOW
    await look(home)
    response = await ask(home, "discharge", **POWER)
    assert response["verdict"] == "approved", "the inverter took it"
    await home.poll()
    assert home.state("control_state").state == "settling"
    pass_time(home, 59)
    await home.poll()
    assert holds(home, COMMAND) != STOP
    pass_time(home, 2)
    await home.poll()
    assert holds(home, COMMAND) == STOP
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "command_failed"
    assert reasons(event.attributes) == ["not_following"]
    assert home.state("control_state").state == "released"
    home.server.scenario = Scenario.NONE


async def test_a_plant_that_holds_something_else_is_released(
    controlled_home: Home,
) -> None:
    home = controlled_home
    home.plant.poke(CHARGE_POWER, (0, 1))
    response = await ask(home, "charge", **POWER)
    assert response["verdict"] == "failed"
    assert "forcible_charge_power_w" in response["error"]
    assert holds(home, COMMAND) == STOP
    event = safety_event(home)
    assert event.attributes[ATTR_EVENT_TYPE] == "command_failed"
    assert event.attributes["error"] == response["error"]


async def test_two_missed_heartbeats_in_a_row_refuse_everything(
    controlled_home: Home,
) -> None:
    home = controlled_home
    home.server.scenario = Scenario.INVERTER_ASLEEP
    await control(home).async_beat()
    assert home.state("heartbeat", "binary_sensor").state == STATE_ON
    assert home.state("heartbeat", "binary_sensor").attributes["misses"] == 1
    await control(home).async_beat()
    assert home.state("heartbeat", "binary_sensor").state == STATE_OFF
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "heartbeat_lost"
    home.server.scenario = Scenario.NONE
    for action, data in COMMANDS.values():
        response = await ask(home, action, **data)
        assert "heartbeat_lost" in reasons(response)
    assert written(home) == []
    assert "heartbeat_lost" in blocked_by(home)
    await control(home).async_beat()
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "heartbeat_restored"
    assert (await ask(home, "charge", **POWER))["verdict"] == "approved"


async def test_a_missing_permission_is_a_failure_and_an_issue(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    home = controlled_home
    home.server.scenario = Scenario.NO_PERMISSION
    response = await ask(home, "charge", **POWER)
    assert response["verdict"] == "failed"
    assert safety_event(home).attributes[ATTR_EVENT_TYPE] == "command_failed"
    await home.poll()
    issue_id = f"permission_missing_{home.entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    home.server.scenario = Scenario.NONE


def blocked_by(home: Home) -> list[str]:
    """Return the reasons that the binary sensor shows; each has a remedy."""
    shown = safety_block(home).attributes["reasons"]
    assert all(reason["text"] and reason["remedy"] for reason in shown)
    return [reason["reason"] for reason in shown]
