"""The owner chooses limits and recipients; what cannot be is said in clear words."""

from typing import Any

from homeassistant.components.notify.const import DOMAIN as NOTIFY
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
from homeassistant.helpers.selector import Selector
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service
from voluptuous import Schema

from custom_components.bessai.core.bounds import Bounds
from custom_components.bessai.simulator.parameters import PlantParameters

from .controlled import allow, control
from .home import Home, settle
from .source import INTEGRATION, read_json

TEXTS = read_json(INTEGRATION / "translations" / "en.json")["options"]


class Dialog:
    """The options of a plant, as the owner goes through them."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.result: ConfigFlowResult

    async def open(self) -> Dialog:
        """Press the gear."""
        self.result = await self.home.hass.config_entries.options.async_init(
            self.home.entry.entry_id
        )
        return self

    async def save(self, **changes: dict[str, Any]) -> ConfigFlowResult:
        """Change some fields, leave the others as they are shown, and save.

        ``None`` empties a field.
        """
        typed = {
            name: {
                field: value
                for field, value in (shown | changes.get(name, {})).items()
                if value is not None
            }
            for name, shown in self.shown.items()
        }
        self.result = await self.home.hass.config_entries.options.async_configure(
            self.result["flow_id"], typed
        )
        await settle(self.home.hass)
        return self.result

    @property
    def sections(self) -> dict[str, section]:
        """The sections of the form."""
        schema = self.result["data_schema"]
        assert schema is not None
        return {str(name): part for name, part in schema.schema.items()}

    @property
    def shown(self) -> dict[str, dict[str, Any]]:
        """What the fields are filled with."""
        return {
            name: {
                str(field): field.description["suggested_value"]
                for field in _fields(part)
                if field.description
            }
            for name, part in self.sections.items()
        }

    @property
    def problem(self) -> str:
        """What the form says is wrong, in words."""
        assert self.result["errors"]
        (error,) = self.result["errors"].values()
        return str(
            TEXTS["error"][error].format(
                **self.result["description_placeholders"] or {}
            )
        )

    def selector(self, name: str, field: str) -> Selector[Any]:
        """Return what a field is chosen with."""
        selector: Selector[Any] = _fields(self.sections[name])[field]
        return selector


def _fields(part: section) -> dict[Any, Any]:
    schema: Schema = part.schema
    fields: dict[Any, Any] = schema.schema
    return fields


@pytest.fixture
async def dialog(added_home: Home) -> Dialog:
    """Return the opened options."""
    return await Dialog(added_home).open()


def bounds(home: Home) -> dict[str, Bounds]:
    """Return how far the limits may be moved."""
    safety = home.runtime.driver.profile.safety
    assert safety is not None
    return dict(safety.limits)


async def test_the_form_shows_what_is_in_force_folded_away(dialog: Dialog) -> None:
    assert dialog.result["step_id"] == "init"
    assert all(part.options["collapsed"] for part in dialog.sections.values())
    defaults = {name: one.default for name, one in bounds(dialog.home).items()}
    assert dialog.shown == {
        "control": {},
        "safety": defaults,
        "prices": {
            "source": "none",
            "fixed_price": 0.0,
            "spot_factor": 1.0,
            "fee": 0.0,
            "tax_pct": 0.0,
            "price_horizon_h": 48.0,
        },
        "export_prices": {
            "export_mode": "market",
            "export_price": 0.0,
            "export_factor": 1.0,
            "export_fee": 0.0,
        },
        "planning": {
            "min_spread": 0.0,
            "min_confidence_pct": 0.0,
            "charge_efficiency_pct": 96.0,
            "discharge_efficiency_pct": 96.0,
        },
        "models": {"policy_model": "shipped", "price_model": "none"},
        "anomaly": {
            "detect": True,
            "blocking": ["out_of_bounds", "identity", "setting_changed"],
        },
        "forwarding": {
            "enabled": False,
            "authentication": "key",
            "kinds": ["telemetry", "safety_event", "dispatch", "plan", "finding"],
            "period_s": 30,
            "ordering": False,
        },
        "notifications": {"targets": [], "critical": False, "findings": False},
    }


async def test_every_field_is_named_and_described(dialog: Dialog) -> None:
    texts = TEXTS["step"]["init"]["sections"]
    assert texts.keys() == dialog.sections.keys()
    for name, part in dialog.sections.items():
        fields = {str(field) for field in _fields(part)}
        assert texts[name]["data"].keys() == fields
        assert texts[name]["data_description"].keys() == fields


async def test_fields_offer_what_the_profile_allows(dialog: Dialog) -> None:
    for name, one in bounds(dialog.home).items():
        config = dialog.selector("safety", name).config
        assert (config["min"], config["max"]) == (one.low, one.high)
    unit = dialog.selector("safety", "charge_temperature_min_c").config
    assert unit["unit_of_measurement"] == "°C"


async def test_a_form_that_was_only_looked_at_changes_nothing(dialog: Dialog) -> None:
    before = dialog.home.runtime
    result = await dialog.save()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {}
    assert dialog.home.runtime is before, "it was not reloaded"


async def test_new_limits_are_in_force_after_a_reload(dialog: Dialog) -> None:
    before = dialog.home.runtime
    await dialog.save(
        control={"discharge_cap_w": 3000}, safety={"soc_min_pct": 12, "soc_max_pct": 95}
    )
    home = dialog.home
    assert home.entry.options == {
        "control": {"discharge_cap_w": 3000.0},
        "safety": {"soc_min_pct": 12.0, "soc_max_pct": 95.0},
    }
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.runtime is not before
    limits = control(home).options.limits
    assert (limits.soc_min_pct, limits.soc_max_pct) == (12, 95)
    assert limits.discharge_cap_w == 3000
    assert limits.charge_cap_w is None


async def test_an_empty_field_stands_for_the_default(dialog: Dialog) -> None:
    await dialog.save(
        control={"charge_cap_w": 2000}, safety={"soc_min_pct": 12, "soc_max_pct": 95}
    )
    await dialog.open()
    assert dialog.shown["control"] == {"charge_cap_w": 2000.0}
    await dialog.save(control={"charge_cap_w": None}, safety={"soc_min_pct": None})
    assert dialog.home.entry.options == {"safety": {"soc_max_pct": 95.0}}


async def test_permission_and_mode_are_left_alone(added_home: Home) -> None:
    dialog = await Dialog(added_home).open()
    await allow(added_home)
    await dialog.save(safety={"soc_min_pct": 12})
    assert added_home.entry.options == {
        "control": {"allow": True},
        "safety": {"soc_min_pct": 12.0},
    }
    assert control(added_home).allowed


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        (
            {"safety": {"soc_min_pct": 51}},
            "safety",
            "“Lowest state of charge” cannot be 51: it has to be from 0 to 50.",
        ),
        (
            {"safety": {"battery_temperature_max_c": 29.5}},
            "safety",
            (
                "“Highest battery temperature” cannot be 29.5: it has to be from 30 to "
                "50."
            ),
        ),
        (
            {"safety": {"battery_derate_from_c": 45}},
            "safety",
            (
                "“Less power from” cannot be 45 because of “Highest battery "
                "temperature”: it has to be from 25 to 44, or the other has to change."
            ),
        ),
        (
            {"control": {"charge_cap_w": 0}},
            "control",
            (
                "“Charge cap” cannot be 0: it has to be from 50 to "
                "1\N{NO-BREAK SPACE}000\N{NO-BREAK SPACE}000."
            ),
        ),
        (
            {"notifications": {"targets": ["my phone"]}},
            "notifications",
            (
                "“my phone” is not an action or entity that sends notifications. They "
                "begin with “notify.”, for example notify.mobile_app_phone."
            ),
        ),
    ],
)
async def test_what_cannot_be_is_said_in_clear_words_and_can_be_put_right(
    dialog: Dialog, changes: dict[str, dict[str, Any]], part: str, words: str
) -> None:
    result = await dialog.save(**changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] is not None
    assert result["errors"].keys() == {part}
    assert dialog.problem == words
    opened = {
        name for name, one in dialog.sections.items() if not one.options["collapsed"]
    }
    assert opened == {part}
    shown = dialog.shown[part].items()
    assert shown >= changes[part].items(), "what is right is not to be typed again"
    result = await dialog.save(**{part: dict.fromkeys(changes[part])})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_is_no_number_is_not_taken(dialog: Dialog) -> None:
    with pytest.raises(InvalidData):
        await dialog.save(safety={"soc_min_pct": "low"})


async def test_recipients_can_be_chosen_from_what_there_is(
    hass: HomeAssistant, added_home: Home
) -> None:
    for action in ("mobile_app_phone", "notify", "send_message", "alexa"):
        async_mock_service(hass, NOTIFY, action)
    hass.states.async_set("notify.family", "unknown", {"friendly_name": "Family"})
    hass.states.async_set("notify.alexa", "unknown", {"friendly_name": "Alexa"})
    dialog = await Dialog(added_home).open()
    config = dialog.selector("notifications", "targets").config
    assert config["options"] == [
        {"value": "notify.alexa", "label": "notify.alexa"},
        {"value": "notify.mobile_app_phone", "label": "notify.mobile_app_phone"},
        {"value": "notify.family", "label": "Family (notify.family)"},
    ]
    assert config["multiple"]
    assert config["custom_value"]
    targets = ["notify.mobile_app_phone", "notify.not_there_yet"]
    await dialog.save(notifications={"targets": targets, "critical": True})
    options = control(added_home).options
    assert options.targets == tuple(targets)
    assert options.critical


async def test_a_plant_that_is_not_loaded_has_to_wait(
    hass: HomeAssistant, added_home: Home
) -> None:
    await hass.config_entries.async_unload(added_home.entry.entry_id)
    dialog = await Dialog(added_home).open()
    assert dialog.result["type"] is FlowResultType.ABORT
    assert dialog.result["reason"] == "entry_not_loaded"
    assert dialog.result["reason"] in TEXTS["abort"]


async def test_a_plant_without_a_battery_has_nothing_to_choose(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None)).switch_on()
    await home.add()
    dialog = await Dialog(home).open()
    assert dialog.result["reason"] == "nothing_to_choose"
    assert dialog.result["reason"] in TEXTS["abort"]
    await home.server.stop()
