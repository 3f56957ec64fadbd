"""The actions: who may call them, what they bring about, what they answer."""

from collections.abc import Iterator
from datetime import timedelta
import re
import textwrap
from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import yaml

from custom_components.bessai.backtest_services import BACKTEST_SCHEMA
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.plan_services import PLAN_SCHEMA
from custom_components.bessai.policy_services import POLICY_SCHEMA
from custom_components.bessai.price_services import FORECAST_SCHEMA
from custom_components.bessai.services import (
    HOLD_SCHEMA,
    RELEASE_SCHEMA,
    SETPOINT_SCHEMA,
)
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import Identity, PlantParameters

from .controlled import (
    CHARGE,
    CHARGE_LIMIT,
    CHARGE_POWER,
    COMMAND,
    DISCHARGE,
    DISCHARGE_LIMIT,
    DISCHARGE_POWER,
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
from .source import ROOT

SCHEMAS = {
    "charge": SETPOINT_SCHEMA,
    "discharge": SETPOINT_SCHEMA,
    "hold": HOLD_SCHEMA,
    "release": RELEASE_SCHEMA,
    "plan_arbitrage": PLAN_SCHEMA,
    "backtest": BACKTEST_SCHEMA,
    "run_policy": POLICY_SCHEMA,
    "forecast_prices": FORECAST_SCHEMA,
}
HOUR = {"hours": 1}
COMMANDS: dict[str, dict[str, Any]] = {
    "charge": {"power": 2000, "duration": HOUR},
    "discharge": {"power": 2000, "duration": HOUR},
    "hold": {"duration": HOUR},
}


@pytest.fixture
async def housemate(hass: HomeAssistant) -> Context:
    """Return somebody who lives here and is no administrator."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    user = MockUser(name="Housemate", groups=[group]).add_to_hass(hass)
    return Context(user_id=user.id)


async def test_the_actions_are_there_before_any_plant(hass: HomeAssistant) -> None:
    """So that an automation can be edited, and says what is missing."""
    assert await async_setup_component(hass, DOMAIN, {})
    actions = hass.services.async_services_for_domain(DOMAIN)
    asking = {"plan_arbitrage", "backtest", "run_policy", "forecast_prices"}
    assert actions.keys() == COMMANDS.keys() | {"release"} | asking
    for action, data in (COMMANDS | {"release": {}, "backtest": {}}).items():
        with pytest.raises(ServiceValidationError):
            await hass.services.async_call(DOMAIN, action, data, blocking=True)


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every call of ours in the documentation: the action and its data."""
    docs = (ROOT / "docs" / f"{name}.md" for name in ("actions", "control", "planning"))
    for page in (ROOT / "README.md", *docs):
        text = textwrap.dedent(page.read_text(encoding="utf-8"))
        for block in re.findall(
            r"^ *```yaml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL
        ):
            yield from calls(yaml.safe_load(textwrap.dedent(block)))


def calls(part: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the calls of ours in a part of an automation."""
    if isinstance(part, list):
        for one in part:
            yield from calls(one)
    elif isinstance(part, dict):
        domain, _, action = str(part.get("action")).partition(".")
        if domain == DOMAIN:
            yield action, part.get("data", {})
        yield from calls(list(part.values()))


def test_examples_in_the_documentation_can_be_used() -> None:
    found = list(examples())
    actions = {action for action, _ in found}
    assert actions == SCHEMAS.keys() - {"discharge"}
    for action, data in found:
        SCHEMAS[action](data)


async def test_a_charge_is_written_read_back_and_answered(
    controlled_home: Home,
) -> None:
    home = controlled_home
    before = dt_util.utcnow()
    response = await ask(home, "charge", power=2000, duration="01:00:00")
    assert response["verdict"] == "approved"
    assert response["reasons"] == []
    assert response["power"] == 2000
    assert response["error"] is None
    expires_at = dt_util.parse_datetime(response["expires_at"])
    assert expires_at is not None
    assert abs(expires_at - before - timedelta(hours=1)) < timedelta(seconds=5)
    assert response["read_back"]["forcible_command"] == "charge"
    assert response["read_back"]["forcible_charge_power_w"] == 2000
    assert holds(home, CHARGE_POWER, 2) == (0, 2000)
    assert holds(home, COMMAND) == CHARGE
    assert written(home)[-1] == (COMMAND, CHARGE), "the command comes last"


async def test_a_discharge_has_the_other_sign_and_no_minus(
    controlled_home: Home,
) -> None:
    response = await ask(controlled_home, "discharge", power=1500.4, duration=3600)
    assert response["verdict"] == "approved"
    assert response["power"] == pytest.approx(1500.4)
    assert holds(controlled_home, DISCHARGE_POWER, 2) == (0, 1500), "never rounded up"
    assert holds(controlled_home, COMMAND) == DISCHARGE
    command = control(controlled_home).command
    assert command is not None
    assert command.wish == command.verdict.wish


async def test_too_much_power_is_done_with_less_and_said(controlled_home: Home) -> None:
    response = await ask(controlled_home, "charge", power=999_999, duration=HOUR)
    assert response["verdict"] == "clamped"
    (reason,) = response["reasons"]
    assert reason["reason"] == "battery_limit"
    assert reason["value"] == 999_999
    assert reason["limit"] == response["power"] < 999_999
    assert "999" in reason["text"]
    high, low = holds(controlled_home, CHARGE_POWER, 2)
    assert (high << 16) + low == int(response["power"])


async def test_a_hold_lets_surplus_in_unless_told_otherwise(
    controlled_home: Home,
) -> None:
    home = controlled_home
    limit = holds(home, CHARGE_LIMIT, 2)
    response = await ask(home, "hold", duration=HOUR)
    assert response["verdict"] == "approved"
    assert response["power"] is None
    assert holds(home, DISCHARGE_LIMIT, 2) == (0, 0)
    assert holds(home, CHARGE_LIMIT, 2) == limit
    response = await ask(home, "hold", duration=HOUR, allow_charging=False)
    assert response["verdict"] == "approved"
    assert holds(home, CHARGE_LIMIT, 2) == (0, 0)


@pytest.mark.parametrize("action", COMMANDS)
async def test_a_release_leaves_the_plant_as_it_was(
    controlled_home: Home, action: str
) -> None:
    home = controlled_home
    limits = holds(home, CHARGE_LIMIT, 4)
    await ask(home, action, **COMMANDS[action])
    response = await ask(home, "release")
    assert response["verdict"] == "approved"
    assert response["power"] is None
    assert response["expires_at"] is None
    assert control(home).command is None
    assert holds(home, COMMAND) == STOP
    assert holds(home, CHARGE_LIMIT, 4) == limits


async def test_a_release_without_a_command_writes_nothing(
    controlled_home: Home,
) -> None:
    response = await ask(controlled_home, "release")
    assert response["verdict"] == "approved"
    assert written(controlled_home) == []


async def test_an_action_without_response_just_works(controlled_home: Home) -> None:
    await tell(controlled_home, "charge", power=2000, duration=HOUR)
    assert holds(controlled_home, COMMAND) == CHARGE
    await tell(controlled_home, "release")
    assert holds(controlled_home, COMMAND) == STOP


@pytest.mark.parametrize("action", COMMANDS)
async def test_a_refusal_without_response_is_an_error_that_says_why(
    added_home: Home, action: str
) -> None:
    with pytest.raises(ServiceValidationError) as caught:
        await tell(added_home, action, **COMMANDS[action])
    assert caught.value.translation_key == "dispatch_refused"
    assert caught.value.translation_placeholders == {
        "reasons": "Control is switched off."
    }
    assert written(added_home) == []


@pytest.mark.parametrize("action", COMMANDS)
async def test_a_refusal_with_response_is_data(added_home: Home, action: str) -> None:
    response = await ask(added_home, action, **COMMANDS[action])
    assert response["verdict"] == "refused"
    assert reasons(response) == ["control_off"]
    assert response["power"] is None
    assert response["expires_at"] is None
    assert response["read_back"] == {}
    assert written(added_home) == []


async def test_a_plant_that_does_not_permit_it_fails_and_says_who_can_help(
    controlled_home: Home,
) -> None:
    controlled_home.server.scenario = Scenario.NO_PERMISSION
    with pytest.raises(HomeAssistantError) as caught:
        await tell(controlled_home, "charge", power=2000, duration=HOUR)
    assert not isinstance(caught.value, ServiceValidationError)
    assert caught.value.translation_key == "dispatch_not_permitted"
    response = await ask(controlled_home, "charge", power=2000, duration=HOUR)
    assert response["verdict"] == "failed"
    assert response["error"]
    assert response["power"] is None
    assert written(controlled_home) == []
    controlled_home.server.scenario = Scenario.NONE


async def test_a_write_that_fails_is_an_error_that_says_what_happened(
    controlled_home: Home,
) -> None:
    controlled_home.plant.remove(CHARGE_POWER, CHARGE_POWER + 1)
    with pytest.raises(HomeAssistantError) as caught:
        await tell(controlled_home, "charge", power=2000, duration=HOUR)
    assert caught.value.translation_key in {"dispatch_failed", "dispatch_not_permitted"}
    assert holds(controlled_home, COMMAND) == STOP
    controlled_home.plant.restore()


async def test_commands_are_for_administrators_and_release_for_everybody(
    controlled_home: Home, housemate: Context
) -> None:
    await ask(controlled_home, "charge", power=2000, duration=HOUR)
    for action, data in COMMANDS.items():
        with pytest.raises(Unauthorized):
            await tell(controlled_home, action, context=housemate, **data)
    assert holds(controlled_home, COMMAND) == CHARGE
    await tell(controlled_home, "release", context=housemate)
    assert holds(controlled_home, COMMAND) == STOP


async def test_the_audit_trail_knows_who_asked(
    controlled_home: Home, hass_admin_user: MockUser, housemate: Context
) -> None:
    home = controlled_home
    owner = Context(user_id=hass_admin_user.id)
    await ask(home, "charge", power=2000, duration=HOUR, context=owner)
    await ask(home, "release", context=housemate)
    await ask(home, "hold", duration=HOUR)
    kinds = [entry for entry in control(home).audit.entries if entry.kind != "write"]
    names = [entry.who for entry in kinds]
    assert names[-3:] == [hass_admin_user.name, "Housemate", "automation"]


async def test_reasons_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, home: Home
) -> None:
    hass.config.language = "es"
    await home.add()
    response = await ask(home, "charge", power=2000, duration=HOUR)
    assert response["reasons"][0]["text"] == "El control está desactivado."


async def test_one_of_two_plants_has_to_be_named(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    identity = Identity(serial_number="BS2301000002")
    other = await Home(hass, PlantParameters(identity=identity)).switch_on()
    await other.add()
    await allow(other)
    with pytest.raises(ServiceValidationError):
        await ask(controlled_home, "charge", power=2000, duration=HOUR)
    assert written(controlled_home) == written(other) == []
    plant: dict[str, Any] = {ATTR_CONFIG_ENTRY_ID: other.entry.entry_id}
    response = await ask(other, "charge", power=2000, duration=HOUR, **plant)
    assert response["verdict"] == "approved"
    assert written(controlled_home) == []
    assert holds(other, COMMAND) == CHARGE
    assert (await ask(other, "release", **plant))["verdict"] == "approved"
    await other.server.stop()


async def test_a_plant_has_to_be_there_and_ours(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    stranger = MockConfigEntry(domain="other")
    stranger.add_to_hass(hass)
    for entry_id in ("unknown", stranger.entry_id):
        with pytest.raises(ServiceValidationError):
            await ask(controlled_home, "release", config_entry_id=entry_id)
    entry_id = controlled_home.entry.entry_id
    await hass.config_entries.async_unload(entry_id)
    with pytest.raises(ServiceValidationError):
        await ask(controlled_home, "release", config_entry_id=entry_id)
    with pytest.raises(ServiceValidationError):
        await ask(controlled_home, "release")


async def test_a_plant_without_a_battery_cannot_be_commanded(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None)).switch_on()
    await home.add()
    with pytest.raises(ServiceValidationError) as caught:
        await tell(home, "charge", power=2000, duration=HOUR)
    assert caught.value.translation_key == "no_control"
    assert caught.value.translation_placeholders == {"plant": home.entry.title}
    for name, platform in {
        "allow_control": "switch",
        "dispatch_mode": "select",
        "charge_cap": "number",
        "release": "button",
        "safety": "event",
        "safety_block": "binary_sensor",
        "control_state": "sensor",
    }.items():
        assert home.entity_id(name, platform) is None
    await home.server.stop()
