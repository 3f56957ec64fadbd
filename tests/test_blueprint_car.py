"""The battery is held while the car charges, and only as long."""

from datetime import timedelta

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, ServiceCall
import pytest

from .blueprints import TO_PHONE, calm_down, let_pass, look, messages, start, use
from .controlled import (
    DISCHARGE_LIMIT,
    allow,
    ask,
    control,
    holds,
    pass_time,
    safety_block,
    written,
)
from .home import Home

CAR = "sensor.wallbox_power"
NOTHING = (0, 0)
RENEWAL = timedelta(minutes=10, seconds=1)


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Return True: an automation goes on watching the time."""
    return True


async def follow_car(
    home: Home, car: str = CAR, *, delay: int = 0, allow_charging: bool = True
) -> list[ServiceCall]:
    """Make the automation; return what it sends to the phone."""
    return await use(
        home.hass,
        "hold_while_car_charges.yaml",
        car=car,
        control=home.entity_id("control_state"),
        delay=delay,
        allow_charging=allow_charging,
        notify=[TO_PHONE],
    )


async def car_shows(home: Home, state: str, car: str = CAR) -> None:
    """Let the car report something, and wait for what comes of it."""
    home.hass.states.async_set(car, state)
    await let_pass(home.hass, timedelta(seconds=1))


def is_held(home: Home) -> bool:
    """Return whether the plant gives nothing, and BESSAI shows so."""
    shown = home.state("control_state").state == "holding"
    assert shown == (holds(home, DISCHARGE_LIMIT, 2) == NOTHING)
    return shown


async def test_the_battery_is_held_from_beginning_to_end(controlled_home: Home) -> None:
    home = controlled_home
    own_limit = holds(home, DISCHARGE_LIMIT, 2)
    sent = await follow_car(home)
    await car_shows(home, "0")
    assert not is_held(home)
    await car_shows(home, "7200")
    assert is_held(home)
    await car_shows(home, "120.5")
    assert not is_held(home)
    assert holds(home, DISCHARGE_LIMIT, 2) == own_limit
    assert not sent


async def test_a_plug_that_is_on_or_off_does_as_well(controlled_home: Home) -> None:
    plug = "binary_sensor.car_charging"
    await follow_car(controlled_home, plug)
    await car_shows(controlled_home, "off", plug)
    await car_shows(controlled_home, "on", plug)
    assert is_held(controlled_home)
    await car_shows(controlled_home, "off", plug)
    assert not is_held(controlled_home)


async def test_a_car_that_nobody_hears_of_any_more_does_not_charge(
    controlled_home: Home,
) -> None:
    await follow_car(controlled_home)
    await car_shows(controlled_home, "0")
    await car_shows(controlled_home, "7200")
    await car_shows(controlled_home, STATE_UNAVAILABLE)
    assert not is_held(controlled_home)


async def test_the_hold_is_renewed_and_written_once(controlled_home: Home) -> None:
    home = controlled_home
    await follow_car(home)
    await car_shows(home, "0")
    await car_shows(home, "7200")
    once = written(home, DISCHARGE_LIMIT)
    for _ in range(4):
        pass_time(home, 600)
        await look(home)
        await let_pass(home.hass, RENEWAL)
        assert is_held(home)
    assert written(home, DISCHARGE_LIMIT) == once


async def test_a_hold_that_nobody_renews_ends_by_itself(controlled_home: Home) -> None:
    home = controlled_home
    await follow_car(home)
    await car_shows(home, "0")
    await car_shows(home, "7200")
    await home.hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.ours"}, blocking=True
    )
    pass_time(home, 1801)
    await look(home)
    assert not is_held(home)


async def test_short_pauses_neither_begin_nor_end_it(controlled_home: Home) -> None:
    home = controlled_home
    await follow_car(home, delay=2)
    await car_shows(home, "0")
    await car_shows(home, "7200")
    assert not is_held(home), "it might be over in a moment"
    await car_shows(home, "0")
    await car_shows(home, "7200")
    await let_pass(home.hass, timedelta(minutes=2, seconds=1))
    assert is_held(home)
    await car_shows(home, "0")
    await let_pass(home.hass, timedelta(minutes=1))
    await car_shows(home, "7200")
    assert is_held(home)
    await car_shows(home, "0")
    await let_pass(home.hass, timedelta(minutes=2, seconds=1))
    assert not is_held(home)


async def test_after_a_restart_it_is_held_anew_if_the_car_still_charges(
    controlled_home: Home,
) -> None:
    controlled_home.hass.set_state(CoreState.starting)
    controlled_home.hass.states.async_set(CAR, "7200")
    await follow_car(controlled_home)
    assert not is_held(controlled_home)
    await start(controlled_home.hass)
    assert is_held(controlled_home)


async def test_after_a_restart_it_is_released_if_the_car_does_not(
    controlled_home: Home,
) -> None:
    await ask(controlled_home, "hold", duration=3600)
    controlled_home.hass.set_state(CoreState.starting)
    controlled_home.hass.states.async_set(CAR, "0")
    await follow_car(controlled_home)
    await start(controlled_home.hass)
    assert not is_held(controlled_home)


async def test_who_edits_another_automation_does_not_end_it(
    controlled_home: Home,
) -> None:
    controlled_home.hass.states.async_set(CAR, "7200")
    await follow_car(controlled_home)
    controlled_home.hass.bus.async_fire("automation_reloaded")
    await calm_down()
    assert is_held(controlled_home)


async def test_a_command_of_somebody_else_is_left_alone(controlled_home: Home) -> None:
    home = controlled_home
    await follow_car(home)
    await car_shows(home, "0")
    await car_shows(home, "7200")
    await ask(home, "charge", power=2000, duration=3600)
    await let_pass(home.hass, RENEWAL)
    assert home.state("control_state").state in {"settling", "charging"}
    await car_shows(home, "0")
    assert control(home).command is not None, "it is not ours to end"


async def test_a_refusal_is_told_once_and_is_no_error(
    controlled_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home = controlled_home
    await allow(home, allowed=False)
    sent = await follow_car(home)
    await car_shows(home, "0")
    caplog.clear()
    await car_shows(home, "7200")
    for _ in range(3):
        await let_pass(home.hass, RENEWAL)
    assert len(sent) == 1
    assert sent[0].data["title"] == "The battery is not held for the car"
    assert messages(sent) == ["Control is switched off."]
    assert "Error" not in caplog.text
    assert not is_held(home)
    assert safety_block(home).state == "off"
