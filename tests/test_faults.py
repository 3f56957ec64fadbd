"""Every way of going wrong that the simulator knows, seen from Home Assistant.

Whatever happens: no exception leaves the coordinator, the state says what is so, and
when the fault is over everything comes back without a restart.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import logging

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.simulator.faults import Scenario

from .home import Home

USUAL = "50"
"""Whole percent of the state of charge the plant starts with."""


def is_number(text: str) -> bool:
    """Return whether a state is a finite number."""
    try:
        return abs(float(text)) < 1e12
    except ValueError:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a person should see while a scenario plays."""

    scenario: Scenario
    soc: Callable[[str], bool]
    pv_power: Callable[[str], bool]
    grid_power: Callable[[str], bool]
    issue: str | None = None


def unavailable(state: str) -> bool:
    """Expect that the plant does not answer for it."""
    return state == STATE_UNAVAILABLE


def unknown(state: str) -> bool:
    """Expect that the plant answers that it has no value."""
    return state == STATE_UNKNOWN


def anything_clean(state: str) -> bool:
    """Expect whatever the words mean, as long as it is a number or openly none."""
    return unavailable(state) or unknown(state) or is_number(state)


EXPECTATIONS = (
    *(
        Expectation(
            scenario=scenario,
            soc=unavailable,
            pv_power=unavailable,
            grid_power=unavailable,
        )
        for scenario in (
            Scenario.REFUSED_CONNECTION,
            Scenario.BUSY,
            Scenario.DEVICE_FAILURE,
            Scenario.WRONG_TRANSACTION,
            Scenario.INVERTER_ASLEEP,
        )
    ),
    *(
        Expectation(
            scenario=scenario,
            soc=is_number,
            pv_power=is_number,
            grid_power=is_number,
        )
        for scenario in (
            Scenario.NONE,
            Scenario.SLOW_ANSWERS,
            Scenario.NO_PERMISSION,
            Scenario.DROPPED_BETWEEN_WRITES,
            Scenario.STUCK_VALUES,
            Scenario.ABSENT_REGISTERS,
            Scenario.BATTERY_DOES_NOT_FOLLOW,
            Scenario.BATTERY_ASLEEP,
            Scenario.ALARM,
        )
    ),
    *(
        Expectation(
            scenario=scenario,
            soc=anything_clean,
            pv_power=anything_clean,
            grid_power=anything_clean,
        )
        for scenario in (
            Scenario.HALF_FRAMES,
            Scenario.LATE_ANSWERS,
            Scenario.GARBAGE_VALUES,
            Scenario.KICKED_CONNECTION,
        )
    ),
    Expectation(
        scenario=Scenario.SENTINELS,
        soc=unknown,
        pv_power=unknown,
        grid_power=unavailable,  # a meter without a status is not asked for values
    ),
    Expectation(
        scenario=Scenario.METER_OFFLINE,
        soc=is_number,
        pv_power=is_number,
        grid_power=unavailable,
        issue="meter_offline",
    ),
    Expectation(
        scenario=Scenario.CLOCK_JUMP,
        soc=is_number,
        pv_power=is_number,
        grid_power=is_number,
        issue="clock_wrong",
    ),
    Expectation(
        scenario=Scenario.SWAPPED_INVERTER,
        soc=unavailable,
        pv_power=unavailable,
        grid_power=unavailable,
        issue="wrong_plant",
    ),
)


def test_no_scenario_is_forgotten() -> None:
    assert {one.scenario for one in EXPECTATIONS} == set(Scenario)


def issues_of(hass: HomeAssistant) -> set[str | None]:
    """Return what is wrong according to the repairs page."""
    issues = ir.async_get(hass).issues.values()
    return {one.translation_key for one in issues if one.domain == DOMAIN}


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda one: one.scenario)
async def test_a_fault_is_shown_and_passes(
    hass: HomeAssistant,
    added_home: Home,
    expectation: Expectation,
    caplog: pytest.LogCaptureFixture,
) -> None:
    added_home.server.scenario = expectation.scenario
    for _ in range(4):
        await asyncio.sleep(0.03)  # longer than the link waits after a loss
        await added_home.poll()
    await added_home.poll_settings()
    await added_home.poll()
    shown = {
        name: added_home.state(name).state for name in ("soc", "pv_power", "grid_power")
    }
    assert expectation.soc(shown["soc"]), shown
    assert expectation.pv_power(shown["pv_power"]), shown
    assert expectation.grid_power(shown["grid_power"]), shown
    if expectation.issue is not None:
        assert expectation.issue in issues_of(hass)

    added_home.server.scenario = Scenario.NONE
    await until_it_answers(added_home)
    assert added_home.state("soc").state.startswith(USUAL)
    assert is_number(added_home.state("grid_power").state)
    assert not issues_of(hass) - {"second_client"}
    assert added_home.entry.state is ConfigEntryState.LOADED
    assert not [
        record.message
        for record in caplog.records
        if record.levelno >= logging.WARNING and record.exc_info
    ]


async def until_it_answers(home: Home) -> None:
    """Poll until everything is read again, over the pauses of the link."""
    for _ in range(20):
        await asyncio.sleep(0.03)
        await home.poll()
        await home.poll_settings()
        if is_number(home.state("grid_power").state):
            break
    for _ in range(3):
        await home.poll()
