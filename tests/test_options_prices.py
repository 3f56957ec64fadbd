"""The owner chooses prices, sees what comes of them, and only then saves."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.bessai.price_options import PriceOptions

from .controlled import allow
from .home import Home, settle
from .source import INTEGRATION, read_json
from .test_options_flow import TEXTS, Dialog

COMMON = read_json(INTEGRATION / "translations" / "en.json")["common"]
SENSOR = "sensor.prices"


@pytest.fixture
async def dialog(hass: HomeAssistant, added_home: Home) -> Dialog:
    """Return the opened options of a home with a price sensor."""
    await hass.config.async_update(currency="EUR")
    show_prices(hass, 48)
    return await Dialog(added_home).open()


def show_prices(hass: HomeAssistant, hours: int) -> None:
    """Let a sensor show prices from this hour on."""
    now = dt_util.utcnow().replace(minute=0, second=0, microsecond=0)
    prices = [
        {"start": (now + timedelta(hours=hour)).isoformat(), "value": 0.1 + hour / 100}
        for hour in range(hours)
    ]
    hass.states.async_set(
        SENSOR,
        "0.1",
        {
            "friendly_name": "Market",
            "prices": prices,
            "unit_of_measurement": "EUR/kWh",
        },
    )


async def choose(dialog: Dialog, step: str) -> None:
    """Press one of the two buttons of the preview."""
    dialog.result = await dialog.home.hass.config_entries.options.async_configure(
        dialog.result["flow_id"], {"next_step_id": step}
    )
    await settle(dialog.home.hass)


def preview(dialog: Dialog, step: str = "preview") -> dict[str, str]:
    """Return what the preview is filled with."""
    assert dialog.result["type"] is FlowResultType.MENU
    assert dialog.result["step_id"] == step
    placeholders = dialog.result["description_placeholders"]
    assert placeholders is not None
    TEXTS["step"][step]["description"].format(**placeholders)
    return dict(placeholders)


async def test_prices_are_shown_before_they_are_saved(dialog: Dialog) -> None:
    await dialog.save(
        prices={"source": SENSOR, "fee": 0.05, "tax_pct": 20},
        export_prices={"export_fee": 0.02},
    )
    shown = preview(dialog)
    assert shown["source"] == "Market"
    assert shown["currency"] == "EUR/kWh"
    assert shown["notes"] == COMMON["price_preview_all_well"]
    lines = shown["table"].splitlines()
    assert len(lines) == 2 + 24
    assert lines[2].endswith("| 0.1000 | 0.1800 | 0.0800 |")
    assert dialog.home.entry.options == {}, "nothing is saved yet"
    await choose(dialog, "save")
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {
        "prices": {"source": SENSOR, "fee": 0.05, "tax_pct": 20.0},
        "export_prices": {"export_fee": 0.02},
    }
    options = PriceOptions.from_mapping(dialog.home.entry.options)
    assert (options.asked, options.fee) == (SENSOR, 0.05)


async def test_back_leads_to_what_was_typed(dialog: Dialog) -> None:
    await dialog.save(prices={"source": SENSOR, "fee": 5.0})
    await choose(dialog, "init")
    assert dialog.result["step_id"] == "init"
    assert dialog.shown["prices"]["fee"] == 5.0
    await dialog.save(prices={"fee": 0.05})
    preview(dialog)
    await choose(dialog, "save")
    assert dialog.home.entry.options["prices"]["fee"] == 0.05


async def test_prices_that_did_not_change_are_not_shown_again(dialog: Dialog) -> None:
    await dialog.save(prices={"source": SENSOR})
    await choose(dialog, "save")
    await dialog.open()
    result = await dialog.save(safety={"soc_min_pct": 12})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_without_a_source_nothing_is_shown(dialog: Dialog) -> None:
    result = await dialog.save(planning={"wear_cost": 0.01})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {"planning": {"wear_cost": 0.01}}


async def test_preview_of_a_silent_source_says_why(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    await dialog.save(prices={"source": SENSOR})
    await choose(dialog, "init")
    hass.states.async_set(SENSOR, "unavailable")
    await dialog.save()
    shown = preview(dialog, "no_prices")
    assert f"{SENSOR} is unavailable" in shown["notes"]
    assert shown["source"]


async def test_a_source_may_be_saved_before_its_prices_come(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    hass.states.async_set(SENSOR, "unavailable")
    await dialog.save(prices={"source": SENSOR})
    preview(dialog, "no_prices")
    await choose(dialog, "save")
    assert dialog.home.entry.options["prices"] == {"source": SENSOR}


async def test_preview_marks_what_is_forecast(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    show_prices(hass, 2)
    await dialog.save(prices={"source": SENSOR})
    rows = preview(dialog)["table"].splitlines()[2:]
    assert ["~" in row for row in rows] == [False] * 2 + [True] * 22


async def test_preview_of_a_tariff_has_no_market(dialog: Dialog) -> None:
    await dialog.save(
        prices={
            "source": "time_of_use",
            "periods": "00:00-24:00 450",
            "price_horizon_h": 12,
        }
    )
    table = preview(dialog)["table"]
    assert table.startswith("| From | Import | Export |\n| --- | ---: | ---: |\n")
    assert "00 | 450.0 | 0.0000 |" in table
    assert len(table.splitlines()) in {2 + 12, 2 + 13}


async def test_what_is_there_can_be_chosen(hass: HomeAssistant, dialog: Dialog) -> None:
    config = dialog.selector("prices", "source").config
    values = [option["value"] for option in config["options"]]
    assert values == ["none", "fixed", "time_of_use", "entity", SENSOR]
    assert dialog.selector("prices", "fee").config["unit_of_measurement"] == "EUR/kWh"
    texts = read_json(INTEGRATION / "translations" / "en.json")["selector"]
    assert texts["price_source"]["options"].keys() == set(values[:4])
    modes = dialog.selector("export_prices", "export_mode").config["options"]
    assert texts["export_mode"]["options"].keys() == set(modes)


async def test_a_source_that_went_away_can_be_kept(
    hass: HomeAssistant, dialog: Dialog
) -> None:
    await dialog.save(
        prices={"source": SENSOR},
        export_prices={"export_mode": "source", "export_source": SENSOR},
    )
    await choose(dialog, "save")
    hass.states.async_remove(SENSOR)
    await dialog.open()
    result = await dialog.save(safety={"soc_min_pct": 12})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options["prices"] == {"source": SENSOR}


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        (
            {"prices": {"tax_pct": 500}},
            "prices",
            "“Tax” cannot be 500: it has to be from 0 to 200.",
        ),
        (
            {"planning": {"charge_efficiency_pct": 0.95}},
            "planning",
            "“Charging efficiency” cannot be 0.9: it has to be from 50 to 100.",
        ),
        (
            {"prices": {"source": "time_of_use", "periods": "Mo 7-22 0.1"}},
            "prices",
            "The line “Mo 7-22 0.1” is not a period.",
        ),
        (
            {"prices": {"unit": "bananas"}},
            "prices",
            "“bananas” is not a unit of prices.",
        ),
        (
            {"prices": {"import_formula": "(price + 1"}},
            "prices",
            "The formula gives no number: (price + 1",
        ),
        (
            {"export_prices": {"export_mode": "formula", "export_formula": "cheap"}},
            "export_prices",
            "The formula gives no number: cheap",
        ),
        (
            {"prices": {"source": "entity"}},
            "prices",
            "choose the price entity as well",
        ),
        (
            {"prices": {"source": "time_of_use"}},
            "prices",
            "needs at least one period",
        ),
        (
            {"export_prices": {"export_mode": "formula"}},
            "export_prices",
            "enter the formula",
        ),
        (
            {"export_prices": {"export_mode": "source"}},
            "export_prices",
            "choose the source",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
async def test_what_cannot_be_is_said_where_it_was_typed(
    dialog: Dialog, changes: dict[str, Any], part: str, words: str
) -> None:
    result = await dialog.save(**changes)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] is not None
    assert result["errors"].keys() == {part}
    assert words in dialog.problem
    opened = {
        name for name, one in dialog.sections.items() if not one.options["collapsed"]
    }
    assert opened == {part}
    assert dialog.shown[part].items() >= changes[part].items()


async def test_prices_of_an_integration_can_be_chosen(
    hass: HomeAssistant, added_home: Home
) -> None:
    provider = MockConfigEntry(domain="nordpool", title="Nord Pool", data={})
    provider.add_to_hass(hass)
    hass.services.async_register("nordpool", "get_prices_for_date", lambda _: None)
    dialog = await Dialog(added_home).open()
    options = dialog.selector("prices", "source").config["options"]
    assert options[-1]["value"] == f"nordpool:{provider.entry_id}"


async def test_permission_taken_back_during_the_preview_stays_taken_back(
    dialog: Dialog,
) -> None:
    await allow(dialog.home)
    await dialog.open()
    await dialog.save(prices={"source": SENSOR})
    preview(dialog)
    await allow(dialog.home, allowed=False)
    await choose(dialog, "save")
    options = dialog.home.entry.options
    assert options["control"] == {"allow": False}
    assert options["prices"] == {"source": SENSOR}
