"""Commands that cannot be meant, or come at the worst moment, do no harm."""

import asyncio
from math import inf, nan
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.bessai.simulator.faults import Scenario

from .controlled import (
    CHARGE,
    CHARGE_POWER,
    COMMAND,
    DISCHARGE,
    STOP,
    allow,
    ask,
    control,
    holds,
    reasons,
    tell,
    written,
)
from .home import Home
from .plants import until

HOUR = {"hours": 1}


@pytest.mark.parametrize("action", ["charge", "discharge"])
@pytest.mark.parametrize("power", [-5, 0, -0.0, nan, inf, -inf, "nan", "-5"])
async def test_a_power_that_cannot_be_meant_is_refused_with_value_and_range(
    controlled_home: Home, action: str, power: float
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await ask(controlled_home, action, power=power, duration=HOUR)
    assert caught.value.translation_key == "power_out_of_range"
    value = (caught.value.translation_placeholders or {})["value"]
    assert float(value) == float(power) or value == "nan"
    assert f"above 0, not {value}" in str(caught.value)
    assert written(controlled_home) == []


@pytest.mark.parametrize("action", ["charge", "discharge", "hold"])
@pytest.mark.parametrize(
    ("duration", "value"),
    [
        (0, "0"),
        (59, "59"),
        ("00:00:59", "59"),
        ({"minutes": -1}, "-60"),
        (86_401, "86401"),
        ({"hours": 24, "seconds": 1}, "86401"),
        ({"days": 2}, "172800"),
    ],
)
async def test_a_duration_out_of_range_is_refused_with_value_and_range(
    controlled_home: Home, action: str, duration: object, value: str
) -> None:
    power: dict[str, Any] = {} if action == "hold" else {"power": 2000}
    with pytest.raises(ServiceValidationError) as caught:
        await ask(controlled_home, action, duration=duration, **power)
    assert caught.value.translation_key == "duration_out_of_range"
    assert caught.value.translation_placeholders == {"value": value}
    assert "from 1 minute to 24 hours" in str(caught.value)
    assert written(controlled_home) == []


@pytest.mark.parametrize("duration", [60, "00:01", {"hours": 24}, 86_400])
async def test_the_shortest_and_the_longest_duration_are_taken(
    controlled_home: Home, duration: object
) -> None:
    response = await ask(controlled_home, "charge", power=2000, duration=duration)
    assert response["verdict"] == "approved"


@pytest.mark.parametrize("target_soc", [-1, 100.1, nan, inf])
async def test_a_target_out_of_range_is_refused_with_value_and_range(
    controlled_home: Home, target_soc: float
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await ask(
            controlled_home,
            "charge",
            power=2000,
            duration=HOUR,
            target_soc=target_soc,
        )
    assert caught.value.translation_key == "target_soc_out_of_range"
    assert "0 to 100 %" in str(caught.value)
    assert written(controlled_home) == []


@pytest.mark.parametrize(
    ("action", "target_soc"), [("charge", 50), ("charge", 40), ("discharge", 60)]
)
async def test_a_target_on_the_wrong_side_is_reached_already(
    controlled_home: Home, action: str, target_soc: float
) -> None:
    controlled_home.plant.set_soc(50)
    await controlled_home.poll()
    response = await ask(
        controlled_home, action, power=2000, duration=HOUR, target_soc=target_soc
    )
    assert response["verdict"] == "refused"
    assert reasons(response) == ["target_reached"]
    assert written(controlled_home) == []


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("charge", {"power": "much", "duration": HOUR}),
        ("charge", {"power": None, "duration": HOUR}),
        ("charge", {"power": [2000], "duration": HOUR}),
        ("charge", {"duration": HOUR}),
        ("charge", {"power": 2000}),
        ("charge", {"power": 2000, "duration": "soon"}),
        ("charge", {"power": 2000, "duration": inf}),
        ("charge", {"power": 2000, "duration": nan}),
        ("charge", {"power": 2000, "duration": {"days": 10**12}}),
        ("charge", {"power": 2000, "duration": HOUR, "target_soc": "full"}),
        ("charge", {"power": 2000, "duration": HOUR, "direction": "discharge"}),
        ("hold", {"duration": HOUR, "allow_charging": "perhaps"}),
        ("hold", {"duration": HOUR, "power": 2000}),
        ("release", {"duration": HOUR}),
    ],
)
async def test_what_is_no_command_at_all_is_refused(
    controlled_home: Home, action: str, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await ask(controlled_home, action, **data)
    assert written(controlled_home) == []


@pytest.mark.parametrize("action", ["charge", "discharge"])
async def test_far_too_much_power_never_reaches_the_plant(
    controlled_home: Home, action: str
) -> None:
    response = await ask(controlled_home, action, power=1e300, duration=HOUR)
    assert response["verdict"] == "clamped"
    limit_w = controlled_home.runtime.readings.data.number(
        f"battery_max_{action}_power_w"
    )
    assert limit_w is not None
    assert 0 < response["power"] <= limit_w


@pytest.mark.parametrize("action", ["charge", "discharge", "hold"])
async def test_nothing_is_written_while_control_is_not_allowed(
    added_home: Home, action: str
) -> None:
    power: dict[str, Any] = {} if action == "hold" else {"power": 2000}
    response = await ask(added_home, action, duration=HOUR, **power)
    assert reasons(response) == ["control_off"]
    await ask(added_home, "release")
    await added_home.poll()
    assert written(added_home) == []


async def test_of_two_commands_at_once_the_last_one_stands(
    controlled_home: Home,
) -> None:
    home = controlled_home
    first, second = await asyncio.gather(
        ask(home, "charge", power=1000, duration=HOUR),
        ask(home, "discharge", power=2000, duration=HOUR),
    )
    assert {first["verdict"], second["verdict"]} == {"approved"}
    assert holds(home, COMMAND) == DISCHARGE
    command = control(home).command
    assert command is not None
    assert home.state("control_state").state in {"settling", "discharging"}


async def test_a_release_overtakes_a_command_on_its_way(controlled_home: Home) -> None:
    home = controlled_home
    charge = asyncio.create_task(ask(home, "charge", power=1000, duration=HOUR))
    await until(lambda: bool(written(home)))
    released = await ask(home, "release")
    assert released["verdict"] == "approved"
    assert (await charge)["verdict"] in {"failed", "approved"}
    assert holds(home, COMMAND) == STOP
    assert control(home).command is None


async def test_a_command_while_the_link_is_down_fails(controlled_home: Home) -> None:
    home = controlled_home
    home.server.scenario = Scenario.REFUSED_CONNECTION
    response = await ask(home, "charge", power=2000, duration=HOUR)
    assert response["verdict"] == "failed"
    assert control(home).command is None
    assert written(home) == []
    home.server.scenario = Scenario.NONE


async def test_a_command_while_the_link_drops_is_whole_or_not_at_all(
    controlled_home: Home,
) -> None:
    home = controlled_home
    home.server.scenario = Scenario.DROPPED_BETWEEN_WRITES
    response = await ask(home, "charge", power=2000, duration=HOUR)
    home.server.scenario = Scenario.NONE
    whole = response["verdict"] == "approved"
    assert holds(home, COMMAND) == (CHARGE if whole else STOP)
    assert (control(home).command is not None) == whole
    if whole:
        assert holds(home, CHARGE_POWER, 2) == (0, 2000)


async def test_a_command_during_unload_leaves_nothing_behind(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    home = controlled_home
    charge = asyncio.create_task(tell(home, "charge", power=1000, duration=HOUR))
    await until(lambda: bool(written(home)))
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    (outcome,) = await asyncio.gather(charge, return_exceptions=True)
    assert outcome is None or isinstance(outcome, HomeAssistantError)
    assert holds(home, COMMAND) == STOP
    with pytest.raises(ServiceValidationError):
        await ask(home, "charge", power=1000, duration=HOUR)


async def test_switching_control_off_ends_the_command_in_force(
    controlled_home: Home,
) -> None:
    home = controlled_home
    await ask(home, "charge", power=1000, duration=HOUR)
    await allow(home, allowed=False)
    assert holds(home, COMMAND) == STOP
    assert control(home).command is None
    assert home.state("control_state").state == "not_allowed"
