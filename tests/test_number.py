"""The owner's limits: within the profile's bounds, and in force at once."""

from math import nan

from homeassistant.components.number import (
    ATTR_MAX,
    ATTR_MIN,
    ATTR_STEP,
    ATTR_VALUE,
    DOMAIN as NUMBER,
)
from homeassistant.components.number.const import SERVICE_SET_VALUE
from homeassistant.const import ATTR_ENTITY_ID, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
)

from .controlled import ask, control, reasons
from .home import Home

HOUR = 3600


async def choose(home: Home, name: str, value: float) -> None:
    """Let the owner move a limit."""
    await home.hass.services.async_call(
        NUMBER,
        SERVICE_SET_VALUE,
        {ATTR_ENTITY_ID: home.entity_id(name, NUMBER), ATTR_VALUE: value},
        blocking=True,
    )


def number(home: Home, name: str) -> float:
    """Return what a limit shows."""
    return float(home.state(name, NUMBER).state)


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "unit"),
    [
        ("charge_cap", 5000, 100, 5000, "W"),
        ("discharge_cap", 5000, 100, 5000, "W"),
        ("soc_min", 5, 0, 50, "%"),
        ("soc_max", 98, 50, 100, "%"),
    ],
)
async def test_limits_begin_with_the_profiles_defaults(
    added_home: Home, name: str, value: float, low: float, high: float, unit: str
) -> None:
    limit = added_home.state(name, NUMBER)
    assert float(limit.state) == value
    assert limit.attributes[ATTR_MIN] == low
    assert limit.attributes[ATTR_MAX] == high
    assert limit.attributes[ATTR_UNIT_OF_MEASUREMENT] == unit
    assert limit.attributes[ATTR_STEP] in {1, 100}


async def test_a_cap_of_two_units_is_bounded_by_their_inverter(
    hass: HomeAssistant, prompt_link: None
) -> None:
    """Only the first unit tells what it is made for."""
    home = await Home(
        hass, PlantParameters(battery=BatteryParameters(units=2))
    ).switch_on()
    await home.add()
    rated_w = home.runtime.driver.number("rated_power_w")
    assert home.state("charge_cap", NUMBER).attributes[ATTR_MAX] == rated_w
    await home.server.stop()


async def test_a_cap_of_an_unknown_plant_has_a_bound_all_the_same(home: Home) -> None:
    home.plant.remove(37007, 37010)
    await home.add()
    assert home.state("charge_cap", NUMBER).attributes[ATTR_MAX] == 100_000


@pytest.mark.parametrize("direction", ["charge", "discharge"])
async def test_a_cap_reduces_the_next_command(
    controlled_home: Home, direction: str
) -> None:
    await choose(controlled_home, f"{direction}_cap", 1500)
    assert number(controlled_home, f"{direction}_cap") == 1500
    response = await ask(controlled_home, direction, power=2000, duration=HOUR)
    assert response["verdict"] == "clamped"
    assert response["power"] == 1500
    assert reasons(response) == ["owner_cap"]


async def test_a_cap_reduces_the_command_in_force(controlled_home: Home) -> None:
    await ask(controlled_home, "charge", power=2000, duration=HOUR)
    await choose(controlled_home, "charge_cap", 500)
    assert controlled_home.state("control_state").attributes["power"] == 500


async def test_a_raised_lowest_state_of_charge_ends_a_discharge(
    controlled_home: Home,
) -> None:
    controlled_home.plant.set_soc(30)
    await controlled_home.poll()
    await ask(controlled_home, "discharge", power=2000, duration=HOUR)
    await choose(controlled_home, "soc_min", 40)
    assert control(controlled_home).command is None
    response = await ask(controlled_home, "discharge", power=2000, duration=HOUR)
    assert reasons(response) == ["soc_low"]


async def test_limits_are_kept_and_do_not_reload_the_entry(
    hass: HomeAssistant, added_home: Home
) -> None:
    runtime = added_home.runtime
    await choose(added_home, "charge_cap", 1500)
    await choose(added_home, "soc_max", 80)
    await hass.async_block_till_done()
    assert added_home.runtime is runtime
    assert await hass.config_entries.async_reload(added_home.entry.entry_id)
    assert number(added_home, "charge_cap") == 1500
    assert number(added_home, "soc_max") == 80
    assert number(added_home, "soc_min") == 5


@pytest.mark.parametrize(
    ("name", "value"),
    [("soc_min", 51), ("soc_min", -1), ("soc_max", 49), ("charge_cap", 99)],
)
async def test_out_of_bounds_is_refused(
    added_home: Home, name: str, value: float
) -> None:
    before = number(added_home, name)
    with pytest.raises(ServiceValidationError):
        await choose(added_home, name, value)
    assert number(added_home, name) == before


async def test_no_number_is_out_of_bounds(added_home: Home) -> None:
    """Home Assistant lets it through, as it is neither too little nor too much."""
    with pytest.raises(ServiceValidationError) as caught:
        await choose(added_home, "soc_min", nan)
    assert caught.value.translation_key == "limit_out_of_range"
    assert "from 0 to 50" in str(caught.value)
    assert number(added_home, "soc_min") == 5


async def test_limits_that_leave_nothing_between_them_are_refused(
    added_home: Home,
) -> None:
    await choose(added_home, "soc_min", 50)
    with pytest.raises(ServiceValidationError) as caught:
        await choose(added_home, "soc_max", 50)
    assert caught.value.translation_key == "limits_contradict"
    assert number(added_home, "soc_max") == 98
