"""A model that was chosen and cannot be used is reported until it can."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.bessai import model_library
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_issues import MODEL_REFUSED
from custom_components.bessai.model_status import Fallback, ModelState

from .controlled import written
from .home import Home, settle
from .inference.card_builders import card_document, linear_model
from .owned_models import TROUBLES, Trouble, own_folder, put
from .test_issues import issues, raised

POLICY, PRICES = Purpose.DISPATCH_POLICY, Purpose.PRICE_FORECAST


@pytest.fixture
def own(hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the owner's models; none is shipped."""
    monkeypatch.setattr(model_library, "SHIPPED_MODELS", tmp_path / "shipped")
    return own_folder(hass, tmp_path / "config")


async def choose(home: Home, name: str) -> Home:
    """Store a policy among the options of a plant, and add it."""
    home.options = {
        "control": {"allow": True, "mode": "policy"},
        "models": {"policy_model": name},
    }
    return await home.add()


def say(home: Home, purpose: Purpose, refusal: Refusal | None) -> None:
    """Say how it stands with the model of a purpose."""
    state = ModelState(purpose=purpose, chosen="mine.onnx")
    if refusal is not None:
        error = ModelRefused(refusal, "something_")
        state = ModelState.without(purpose, "mine.onnx", error, Fallback.LINEAR)
    home.runtime.models.async_set(state)


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_a_stored_model_that_is_refused_is_reported_and_commands_nothing(
    own: Path, home: Home, trouble: Trouble
) -> None:
    await choose(home, trouble.make(own))
    await home.poll()
    assert home.entry.state is ConfigEntryState.LOADED
    state = home.runtime.models.of(POLICY)
    assert state is not None
    assert state.refused is not None
    assert state.refused.refusal is trouble.refusal
    text = raised(home, MODEL_REFUSED)
    assert "cannot be used for SUN2000-10KTL-M1" in text
    assert "It was chosen as dispatch policy." in text
    assert "The plan runs instead, and without one the inverter" in text
    assert written(home) == [], "the plant is left in self-consumption"


async def test_a_model_is_no_longer_reported_once_it_is_mended(
    own: Path, home: Home
) -> None:
    await choose(home, "mine.onnx")
    assert "There is no such model: mine.onnx." in raised(home, MODEL_REFUSED)
    put(own)
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await settle(home.hass)
    assert not issues(home.hass)


async def test_a_model_is_no_longer_reported_once_none_is_chosen(
    own: Path, home: Home
) -> None:
    await choose(home, "mine.onnx")
    assert MODEL_REFUSED in issues(home.hass)
    entries = home.hass.config_entries
    entries.async_update_entry(home.entry, options={"models": {"policy_model": "none"}})
    await entries.async_reload(home.entry.entry_id)
    await settle(home.hass)
    assert not issues(home.hass)


async def test_nothing_is_reported_where_none_was_chosen_and_none_is_shipped(
    own: Path, home: Home
) -> None:
    await choose(home, "shipped")
    await home.poll()
    state = home.runtime.models.of(POLICY)
    assert state is None or state == ModelState(purpose=POLICY, chosen="shipped")
    assert not issues(home.hass)


async def test_each_purpose_has_an_issue_of_its_own(own: Path, home: Home) -> None:
    await home.add()
    say(home, POLICY, Refusal.MISSING_INPUT)
    say(home, PRICES, Refusal.BAD_CARD)
    found = [
        issue
        for (domain, _), issue in ir.async_get(home.hass).issues.items()
        if domain == DOMAIN
    ]
    assert {issue.issue_id for issue in found} == {
        f"model_refused_{purpose}_{home.entry.entry_id}" for purpose in Purpose
    }
    say(home, POLICY, None)
    text = raised(home, MODEL_REFUSED)
    assert "It was chosen as price forecast." in text
    assert r"The card of the model is not right: something\_." in text
    assert "BESSAI’s own price forecast runs instead." in text  # noqa: RUF001
    say(home, PRICES, None)
    assert not issues(home.hass)


async def test_an_issue_stays_until_the_model_was_tried_again(
    own: Path, home: Home
) -> None:
    """Deleted and raised again, it would come back to an owner who ignores it."""
    home.options = {"models": {"price_model": "mine.onnx"}}
    await home.add()
    say(home, PRICES, Refusal.BAD_CARD)
    home.runtime.models._states.clear()
    await home.poll()
    assert MODEL_REFUSED in issues(home.hass)
    home.hass.config_entries.async_update_entry(home.entry, options={"models": 7})
    await home.poll()
    assert not issues(home.hass), "nobody will try it any more"


async def test_the_issues_of_models_go_with_the_plant(own: Path, home: Home) -> None:
    await choose(home, "mine.onnx")
    say(home, PRICES, Refusal.BAD_CARD)
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    assert not issues(home.hass)


async def test_a_report_says_which_models_are_in_use_and_which_not(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, own: Path, home: Home
) -> None:
    await choose(home, put(own))
    say(home, PRICES, Refusal.BAD_CARD)
    report = await get_diagnostics_for_config_entry(hass, hass_client, home.entry)
    models = report["models"]
    assert isinstance(models, dict)
    assert models["dispatch_policy"] == {
        "chosen": "mine.onnx",
        "backend": "onnxruntime",
        "card": {
            "name": "Gateway",
            "version": "1.0.0",
            "sha256": card_document(linear_model())["sha256"],
        },
        "refused": None,
    }
    assert models["price_forecast"] == {
        "chosen": "mine.onnx",
        "backend": None,
        "card": None,
        "refused": {
            "refusal": "bad_card",
            "detail": "something_",
            "fallback": "linear",
        },
    }
