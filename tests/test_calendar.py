"""The plan as a calendar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.calendar.const import DOMAIN as CALENDAR
from homeassistant.const import ATTR_ENTITY_ID, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.bessai.planner_status import PlannerStatus
from custom_components.bessai.planning.plan import Intent

from .home import Home
from .planned import HOUR, NOON, KnownPlanner, curve, give_planner, known_planner

SUMMARY = "summary"


@pytest.fixture
async def planned_home(freezer: FrozenDateTimeFactory, controlled_home: Home) -> Home:
    """Return a home with a plan at noon."""
    freezer.move_to(NOON)
    home = await give_planner(controlled_home, KnownPlanner(controlled_home.hass))
    known_planner(home).make()
    await home.hass.async_block_till_done()
    return home


async def events(
    home: Home, start: datetime = NOON, end: datetime = NOON + 24 * HOUR
) -> list[dict[str, Any]]:
    """Return the events of a range, as the action of the calendar gives them."""
    entity_id = home.entity_id("plan", CALENDAR)
    response = await home.hass.services.async_call(
        CALENDAR,
        "get_events",
        {
            ATTR_ENTITY_ID: entity_id,
            "start_date_time": start.isoformat(),
            "end_date_time": end.isoformat(),
        },
        blocking=True,
        return_response=True,
    )
    assert response is not None
    answer: Any = response[str(entity_id)]
    return list(answer["events"])


async def test_steps_with_the_same_intent_are_one_event(planned_home: Home) -> None:
    first, second, third, *_ = await events(planned_home)
    assert first[SUMMARY] == "Hold, store surplus (0.10\N{NO-BREAK SPACE}EUR/kWh)"
    assert dt_util.parse_datetime(first["start"]) == NOON
    assert first["end"] == second["start"]
    assert second[SUMMARY].startswith("Charge ")
    assert second[SUMMARY].endswith("kW (0.10\N{NO-BREAK SPACE}EUR/kWh)")
    assert third[SUMMARY].startswith("Self-consumption")


async def test_an_event_says_why_and_what_it_comes_to(planned_home: Home) -> None:
    _, charge, *_ = await events(planned_home)
    why, outcome = charge["description"].splitlines()
    assert why.startswith("Stored energy is worth ")
    assert why.endswith("charge.")
    assert outcome.startswith("Expected cost: ")
    assert "the state of charge is" in outcome


async def test_events_lie_in_their_range(planned_home: Home) -> None:
    listed = await events(planned_home)
    assert len(listed) > 3
    second = dt_util.parse_datetime(listed[1]["start"])
    assert second is not None
    assert await events(planned_home, NOON, second) == listed[:1]
    assert await events(planned_home, NOON - 2 * HOUR, NOON) == []
    week = await events(planned_home, NOON - 24 * HOUR, NOON + 200 * HOUR)
    assert week == listed


async def test_the_event_of_now_is_shown(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home = planned_home
    state = home.state("plan", CALENDAR)
    assert state.state == STATE_ON
    assert state.attributes["message"].startswith("Hold, store surplus")
    later = NOON + timedelta(minutes=106)
    freezer.move_to(later)
    async_fire_time_changed(home.hass, later)
    await home.hass.async_block_till_done()
    state = home.state("plan", CALENDAR)
    assert state.attributes["message"].startswith("Charge")


async def test_without_a_plan_the_calendar_is_empty(planned_home: Home) -> None:
    known_planner(planned_home).show(None, PlannerStatus.NO_PRICES)
    await planned_home.hass.async_block_till_done()
    assert planned_home.state("plan", CALENDAR).state == STATE_OFF
    assert await events(planned_home) == []


async def test_a_plan_that_is_over_shows_nothing(
    planned_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(NOON + 30 * HOUR)
    async_fire_time_changed(planned_home.hass, NOON + 30 * HOUR)
    await planned_home.hass.async_block_till_done()
    assert planned_home.state("plan", CALENDAR).state == STATE_OFF


CLOCK_BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)
CLOCK_AHEAD = datetime(2027, 3, 28, 1, tzinfo=UTC)


@pytest.mark.parametrize("change", [CLOCK_BACK, CLOCK_AHEAD])
async def test_every_event_is_shown_when_the_clock_changes(
    hass: HomeAssistant, controlled_home: Home, change: datetime
) -> None:
    """Home Assistant takes no event that ends earlier on the wall than it began.

    Frozen times would lose which of two hours they are in.
    """
    await hass.config.async_set_time_zone("Europe/Berlin")
    home = await give_planner(controlled_home, KnownPlanner(hass))
    planner, first = known_planner(home), change - 3 * HOUR
    planner.curve = curve([0.1, 0.3] * 12, start=first)
    planner.pv = planner.load = None
    plan = planner.make(first)
    steps = [
        replace(step, intent=list(Intent)[index % 2])
        for index, step in enumerate(plan.steps)
    ]
    planner.show(replace(plan, steps=tuple(steps)), PlannerStatus.READY)
    listed = await events(home, first, first + 24 * HOUR)
    assert len(listed) == len(steps)
    starts = [datetime.fromisoformat(one["start"]) for one in listed]
    assert starts == [step.interval.start for step in steps]
    ends = [datetime.fromisoformat(one["end"]) for one in listed]
    assert all(start < end for start, end in zip(starts, ends, strict=True))


async def test_spanish_is_spoken(hass: HomeAssistant, planned_home: Home) -> None:
    hass.config.language = "es"
    await hass.config_entries.async_reload(planned_home.entry.entry_id)
    home = await give_planner(planned_home, KnownPlanner(hass))
    known_planner(home).make()
    _, charge, *_ = await events(home)
    assert charge[SUMMARY].startswith("Cargar ")
    assert "La energía almacenada valdrá" in charge["description"]
