"""The blueprints load as Home Assistant loads them, and do what they promise."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.const import CONF_USE_BLUEPRINT
from homeassistant.components.blueprint.models import Blueprint, BlueprintInputs
from homeassistant.const import CONF_PATH, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers.sun import get_astral_event_next
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
    async_mock_service,
)

from .source import ROOT

FOLDER = ROOT / "blueprints" / "automation" / "bessai"
FILES = sorted(FOLDER.glob("*.yaml"))
ALARM = "binary_sensor.inverter_alarm"
TO_PHONE = {
    "action": "notify.phone",
    "data": {"title": "{{ title }}", "message": "{{ message }}"},
}
GRID_LOSS = {"name": "grid_loss", "id": 2032, "severity": "major"}
OPTIMIZER = {"name": "optimizer_fault", "id": 2081, "severity": "warning"}
UNKNOWN = {"name": "bit_15", "id": None, "severity": None}

type Alarm = dict[str, Any]


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return True: the sun waits for its next event, and so does who follows it."""
    return True


def load(path: Path) -> Blueprint:
    """Return a blueprint as the import dialog takes it."""
    return Blueprint(
        load_yaml_dict(str(path)),
        path=path.name,
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


async def use(hass: HomeAssistant, name: str, **inputs: Any) -> list[ServiceCall]:
    """Make an automation of a blueprint; return what it sends to the phone."""
    used = {CONF_USE_BLUEPRINT: {CONF_PATH: name, "input": inputs}}
    config = BlueprintInputs(load(FOLDER / name), used).async_substitute()
    sent = async_mock_service(hass, "notify", "phone")
    assert await async_setup_component(hass, "automation", {"automation": config})
    await hass.async_block_till_done()
    return sent


async def report(hass: HomeAssistant, *alarms: Alarm) -> None:
    """Let the inverter report alarms."""
    hass.states.async_set(ALARM, "on" if alarms else "off", {"alarms": list(alarms)})
    await hass.async_block_till_done()


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta
) -> None:
    """Let time pass."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def messages(sent: Sequence[ServiceCall]) -> list[str]:
    """Return the texts that were sent."""
    return [call.data["message"] for call in sent]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_blueprint_is_one_that_home_assistant_takes(path: Path) -> None:
    blueprint = load(path)
    assert blueprint.validate() is None
    assert blueprint.metadata["source_url"].endswith(path.relative_to(ROOT).as_posix())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_input_is_named_and_described(path: Path) -> None:
    for field in load(path).inputs.values():
        assert {"name", "description", "selector"} <= field.keys()


async def test_each_new_alarm_is_told_once(hass: HomeAssistant) -> None:
    sent = await use(hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE])
    await report(hass)
    await report(hass, GRID_LOSS)
    await report(hass, GRID_LOSS, OPTIMIZER)
    await report(hass, OPTIMIZER)
    await report(hass)
    assert messages(sent) == [
        "2032 grid loss (major)",
        "2081 optimizer fault (warning)",
    ]


async def test_several_alarms_come_in_one_message(hass: HomeAssistant) -> None:
    sent = await use(hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE])
    await report(hass, GRID_LOSS, UNKNOWN)
    assert messages(sent) == ["2032 grid loss (major), bit 15 (unknown)"]


async def test_severities_nobody_asked_for_are_left_out(hass: HomeAssistant) -> None:
    sent = await use(
        hass,
        "notify_on_alarm.yaml",
        alarm=ALARM,
        notify=[TO_PHONE],
        severities=["major"],
    )
    await report(hass, OPTIMIZER)
    await report(hass, OPTIMIZER, GRID_LOSS)
    assert messages(sent) == ["2032 grid loss (major)"]


async def test_silence_is_told_after_the_chosen_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    sent = await use(
        hass,
        "notify_on_alarm.yaml",
        alarm=ALARM,
        notify=[TO_PHONE],
        silent_minutes=10,
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    await pass_time(hass, freezer, timedelta(minutes=9))
    assert not sent
    await pass_time(hass, freezer, timedelta(minutes=2))
    assert messages(sent) == ["The plant has not answered for 10 minutes."]


async def test_silence_of_the_night_can_wait_for_the_morning(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    sunset = get_astral_event_next(hass, "sunset")
    freezer.move_to(sunset + timedelta(hours=1))
    await async_setup_component(hass, "sun", {})
    sent = await use(
        hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE], at_night=False
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await pass_time(hass, freezer, timedelta(hours=1))
    assert not sent
    morning = get_astral_event_next(hass, "sunrise") + timedelta(hours=1)
    await pass_time(hass, freezer, morning - dt_util.utcnow() + timedelta(seconds=1))
    assert messages(sent) == ["The plant has not answered for 30 minutes."]


async def test_a_plant_that_woke_up_is_no_news(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to(get_astral_event_next(hass, "sunset") + timedelta(hours=1))
    await async_setup_component(hass, "sun", {})
    sent = await use(
        hass, "notify_on_alarm.yaml", alarm=ALARM, notify=[TO_PHONE], at_night=False
    )
    await report(hass)
    hass.states.async_set(ALARM, STATE_UNAVAILABLE)
    await pass_time(hass, freezer, timedelta(hours=1))
    await report(hass)
    morning = get_astral_event_next(hass, "sunrise") + timedelta(hours=1)
    await pass_time(hass, freezer, morning - dt_util.utcnow() + timedelta(seconds=1))
    assert not sent
