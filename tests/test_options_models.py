"""The owner chooses models, sees their cards, and only then saves."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.bessai import model_library
from custom_components.bessai.model_options import ModelOptions
from custom_components.bessai.model_texts import refusal_text

from .home import Home
from .inference.card_builders import card_document, linear_model, sealed
from .owned_models import TROUBLES, Trouble, own_folder, put
from .test_model_texts import TEXTS as WORDS
from .test_options_flow import TEXTS, Dialog
from .test_options_prices import SENSOR, choose, preview, show_prices


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the shipped models, with nothing in it."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    monkeypatch.setattr(model_library, "SHIPPED_MODELS", folder)
    return folder


@pytest.fixture
def own(hass: HomeAssistant, ours: Path, tmp_path: Path) -> Path:
    """Return the folder of the owner's models."""
    return own_folder(hass, tmp_path / "config")


@pytest.fixture
async def dialog(own: Path, home: Home) -> Dialog:
    """Return the opened options of a home with a folder of models."""
    return await Dialog(await home.add()).open()


def offered(dialog: Dialog, field: str) -> dict[str, str]:
    """Return the labels of what a field offers, by value."""
    options = dialog.selector("models", field).config["options"]
    return {option["value"]: option["label"] for option in options}


def cards(dialog: Dialog) -> str:
    """Return what the page of the models shows."""
    return preview(dialog, "models")["cards"]


async def test_what_there_is_can_be_chosen(dialog: Dialog, own: Path) -> None:
    put(own, "a.onnx")
    (own / "b.onnx").write_bytes(b"no model")
    await dialog.open()
    assert offered(dialog, "policy_model") == {
        "none": "No policy",
        "a.onnx": "a.onnx",
        "b.onnx": "b.onnx",
        "shipped": WORDS.say("model_shipped"),
    }
    assert offered(dialog, "price_model") == {
        "none": WORDS.say("model_none_price_forecast"),
        "a.onnx": "a.onnx",
        "b.onnx": "b.onnx",
    }


async def test_the_shipped_policy_is_offered_with_its_title(
    dialog: Dialog, ours: Path
) -> None:
    put(ours, "policy.onnx", name="Gradient", version="2.1.0")
    await dialog.open()
    label = offered(dialog, "policy_model")["shipped"]
    assert label == f"{WORDS.say('model_shipped')}: Gradient 2.1.0"
    assert "shipped" not in offered(dialog, "price_model")


async def test_a_form_that_was_only_looked_at_asks_nothing(dialog: Dialog) -> None:
    result = await dialog.save(safety={"soc_min_pct": 12})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "models" not in dialog.home.entry.options


async def test_a_card_is_shown_before_its_model_is_saved(
    dialog: Dialog, own: Path
) -> None:
    put(own)
    result = await dialog.save(models={"policy_model": "mine.onnx"})
    shown = cards(dialog)
    assert shown.startswith("**Gateway** 1.0.0")
    assert "| File | mine.onnx |" in shown
    assert "positive means charging" in shown
    assert "| Runs on | onnxruntime |" in shown
    assert result["menu_options"] == ["save", "init"]
    assert dialog.home.entry.options == {}, "nothing is saved yet"
    await choose(dialog, "save")
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {"models": {"policy_model": "mine.onnx"}}
    options = ModelOptions.from_mapping(dialog.home.entry.options)
    assert options.policy_model == "mine.onnx"


async def test_a_card_inside_its_model_is_shown_as_well(
    dialog: Dialog, own: Path
) -> None:
    card = card_document(linear_model())
    (own / "mine.onnx").write_bytes(sealed(linear_model(), card))
    await dialog.save(models={"policy_model": "mine.onnx"})
    assert cards(dialog).startswith("**Gateway** 1.0.0")


async def test_a_file_that_came_while_the_form_was_open_can_be_typed(
    dialog: Dialog, own: Path
) -> None:
    assert "late.onnx" not in offered(dialog, "policy_model")
    put(own, "late.onnx")
    await dialog.save(models={"policy_model": "late.onnx"})
    assert "| File | late.onnx |" in cards(dialog)


async def test_back_leads_to_what_was_typed(dialog: Dialog, own: Path) -> None:
    put(own)
    await dialog.save(models={"policy_model": "mine.onnx"}, safety={"soc_min_pct": 12})
    await choose(dialog, "init")
    assert dialog.result["step_id"] == "init"
    assert dialog.shown["models"]["policy_model"] == "mine.onnx"
    assert not dialog.sections["models"].options["collapsed"]
    result = await dialog.save(models={"policy_model": "shipped"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {"safety": {"soc_min_pct": 12.0}}


async def test_prices_are_looked_at_after_the_models(
    hass: HomeAssistant, dialog: Dialog, own: Path
) -> None:
    show_prices(hass, 48)
    await dialog.open()
    put(own)
    await dialog.save(models={"policy_model": "mine.onnx"}, prices={"source": SENSOR})
    assert dialog.result["menu_options"] == ["preview", "init"]
    await choose(dialog, "preview")
    preview(dialog)
    await choose(dialog, "init")
    assert not dialog.sections["prices"].options["collapsed"]
    await dialog.save()
    await choose(dialog, "preview")
    await choose(dialog, "save")
    assert dialog.home.entry.options == {
        "models": {"policy_model": "mine.onnx"},
        "prices": {"source": SENSOR},
    }


async def test_every_button_of_the_page_has_a_text() -> None:
    buttons = TEXTS["step"]["models"]["menu_options"]
    assert buttons.keys() == {"save", "preview", "init"}


async def test_an_emptied_field_stands_for_the_default(dialog: Dialog) -> None:
    emptied = {"policy_model": ""}
    result = await dialog.save(models=emptied, safety={"soc_min_pct": 51})
    assert result["errors"] == {"safety": "limit_out_of_range"}
    assert "" not in offered(dialog, "policy_model")
    result = await dialog.save(models=emptied, safety={"soc_min_pct": None})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {}


async def test_no_model_needs_no_page(dialog: Dialog) -> None:
    result = await dialog.save(models={"policy_model": "none"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert dialog.home.entry.options == {"models": {"policy_model": "none"}}


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_what_cannot_be_used_is_refused_in_clear_words(
    dialog: Dialog, own: Path, trouble: Trouble
) -> None:
    name = trouble.make(own)
    result = await dialog.save(models={"policy_model": name})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"models": "model_refused"}
    words = dialog.problem
    assert words.startswith(f"“{name[:100]}")
    reason = refusal_text(WORDS, trouble.refusal, "\0").partition("\0")[0]
    assert reason in words
    assert words.endswith(WORDS.say(f"model_remedy_{trouble.refusal}"))
    assert len(words) < 700
    assert not dialog.sections["models"].options["collapsed"]
    assert dialog.home.entry.options == {}
    result = await dialog.save(models={"policy_model": "none"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_stored_choice_that_is_refused_does_not_keep_from_saving(
    own: Path, home: Home
) -> None:
    """What is wrong with it, the repairs say; it is kept until another is chosen."""
    home.options = {"models": {"policy_model": "gone.onnx"}}
    dialog = await Dialog(await home.add()).open()
    assert dialog.shown["models"]["policy_model"] == "gone.onnx"
    assert offered(dialog, "policy_model")["gone.onnx"] == "gone.onnx"
    result = await dialog.save(safety={"soc_min_pct": 12})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert home.entry.options["models"] == {"policy_model": "gone.onnx"}


@pytest.mark.parametrize(
    "stored", [{"models": 7}, {"models": {"policy_model": [1]}}], ids=str
)
async def test_damaged_options_are_shown_as_not_chosen(
    own: Path, home: Home, stored: dict[str, Any]
) -> None:
    home.options = stored
    dialog = await Dialog(await home.add()).open()
    assert home.entry.state is ConfigEntryState.LOADED
    assert dialog.shown["models"]["policy_model"] == "shipped"
