"""Models are listed, loaded once while they are used, and refused with a reason."""

import asyncio
from collections.abc import Callable
import gc
import json
from pathlib import Path
import subprocess
import sys
from threading import get_ident
import weakref

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai import model_library
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.model_library import (
    ModelLibrary,
    ModelOffers,
    async_model_library,
)
from custom_components.bessai.model_options import ModelOptions
from custom_components.bessai.model_status import Fallback, ModelState

from .inference.card_builders import column, linear_model
from .owned_models import TROUBLES, Trouble, own_folder, put
from .source import ROOT

POLICY, PRICES = Purpose.DISPATCH_POLICY, Purpose.PRICE_FORECAST
ROW = {"soc_pct": 10.0, "power_kw": 0.0, "temp_c": 20.0, "hour": 12.0}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the folder of the owner's models."""
    folder = tmp_path / "config" / "bessai" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """Return the folder of the shipped ones."""
    folder = tmp_path / "shipped"
    folder.mkdir()
    return folder


@pytest.fixture
def library(hass: HomeAssistant, own: Path, ours: Path) -> ModelLibrary:
    """Return a library of these folders."""
    return ModelLibrary(hass, ModelShelf(own, ours))


# --- what there is


async def test_folders_that_are_not_there_offer_nothing(hass: HomeAssistant) -> None:
    library = ModelLibrary(hass, ModelShelf(Path("/no/own"), Path("/no/shipped")))
    assert await library.async_names(POLICY) == ModelOffers()


async def test_files_are_offered_readable_or_not(
    library: ModelLibrary, own: Path
) -> None:
    put(own, "b.onnx")
    (own / "a.onnx").write_bytes(b"no model")
    (own / "notes.txt").touch()
    for purpose in Purpose:
        offers = await library.async_names(purpose)
        assert offers == ModelOffers(files=("a.onnx", "b.onnx"), shipped=None)


async def test_ours_is_offered_with_its_title_for_its_purpose(
    library: ModelLibrary, own: Path, ours: Path
) -> None:
    put(ours, "policy.onnx")
    put(ours, "other.onnx")
    put(own, "policy.onnx")
    offers = await library.async_names(POLICY)
    assert offers == ModelOffers(files=("policy.onnx",), shipped="Gateway 1.0.0")
    assert (await library.async_names(PRICES)).shipped is None


@pytest.mark.parametrize("card", [None, "{"])
async def test_ours_without_a_card_to_read_goes_by_its_file(
    library: ModelLibrary, ours: Path, card: str | None
) -> None:
    put(ours, "policy.onnx")
    (ours / "policy.json").unlink()
    if card is not None:
        (ours / "policy.json").write_text(card, encoding="utf-8")
    assert (await library.async_names(POLICY)).shipped == "policy.onnx"


async def test_all_plants_share_the_library_of_the_config_folder(
    hass: HomeAssistant, tmp_path: Path
) -> None:
    put(own_folder(hass, tmp_path))
    library = async_model_library(hass)
    assert async_model_library(hass) is library
    assert (await library.async_names(POLICY)).files == ("mine.onnx",)


# --- loading


async def test_sound_model_answers(library: ModelLibrary, own: Path) -> None:
    model = await library.async_load(put(own), POLICY)
    assert model.card.name == "Gateway"
    answer = await library.async_ask(lambda: model.ask([ROW]))
    assert answer[0, 0] == pytest.approx(2.64)


async def test_ours_is_loaded_from_our_folder(
    library: ModelLibrary, own: Path, ours: Path
) -> None:
    put(own, "policy.onnx", name="Theirs")
    put(ours, "policy.onnx", name="Ours")
    assert (await library.async_load("shipped", POLICY)).card.name == "Ours"
    assert (await library.async_load("policy.onnx", POLICY)).card.name == "Theirs"


async def test_ours_for_another_purpose_is_not_there(library: ModelLibrary) -> None:
    with pytest.raises(ModelRefused) as refused:
        await library.async_load("shipped", PRICES)
    assert refused.value.refusal is Refusal.NOT_FOUND


async def test_model_is_loaded_once_while_somebody_uses_it(
    library: ModelLibrary, own: Path
) -> None:
    put(own)
    first = await library.async_load("mine.onnx", POLICY)
    second = await library.async_load("mine.onnx", POLICY)
    is_same = first is second
    assert is_same
    watched = weakref.ref(first)
    del first, second
    async with asyncio.timeout(10):  # the loop and a thread let go of what they brought
        while watched() is not None:
            await asyncio.sleep(0.01)
            gc.collect()
    assert (await library.async_load("mine.onnx", POLICY)).card.name == "Gateway"


async def test_changed_model_or_card_is_loaded_anew(
    library: ModelLibrary, own: Path
) -> None:
    put(own)
    before = await library.async_load("mine.onnx", POLICY)
    card = own / "mine.json"
    document = json.loads(card.read_text(encoding="utf-8"))
    card.write_text(json.dumps(document | {"version": "1.0.10"}), encoding="utf-8")
    after = await library.async_load("mine.onnx", POLICY)
    assert (before.card.version, after.card.version) == ("1.0.0", "1.0.10")
    (own / "mine.onnx").write_bytes(linear_model(bias=(3.5,)))
    with pytest.raises(ModelRefused) as refused:
        await library.async_load("mine.onnx", POLICY)
    assert refused.value.refusal is Refusal.WRONG_HASH


async def test_price_model_is_told_the_features_of_prices(
    library: ModelLibrary, own: Path
) -> None:
    weights = ((1, 1, 1), (-0.1, 0, 0.1))
    put(
        own,
        data=linear_model(weights, (0, 0, 0)),
        purpose="price_forecast",
        inputs=[
            column("lag_24h", "per_kwh", -5, 5),
            column("is_weekend", "", 0, 1),
        ],
        output={
            "kind": "price_quantiles",
            "unit": "per_kwh",
            "quantiles": [0.1, 0.5, 0.9],
            "range": [-9, 9],
        },
        golden=[
            {"inputs": [at, 1], "output": [at - 0.1, at, at + 0.1]} for at in range(3)
        ],
    )
    model = await library.async_load("mine.onnx", PRICES)
    answer = model.ask([{"lag_24h": 0.25, "is_weekend": 0.0}])
    assert answer.tolist() == [[0.25, 0.25, 0.25]]


async def test_policy_is_refused_as_a_price_model(
    library: ModelLibrary, own: Path
) -> None:
    with pytest.raises(ModelRefused) as refused:
        await library.async_load(put(own), PRICES)
    assert refused.value.refusal is Refusal.WRONG_PURPOSE


async def test_questions_are_answered_beside_the_event_loop(
    library: ModelLibrary,
) -> None:
    assert await library.async_ask(get_ident) != get_ident()


async def test_listing_and_loading_leave_the_event_loop_alone(
    library: ModelLibrary, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(own)
    seen = set[int]()

    def noting[**P, T](real: Callable[P, T]) -> Callable[P, T]:
        def noted(*args: P.args, **kwargs: P.kwargs) -> T:
            seen.add(get_ident())
            return real(*args, **kwargs)

        return noted

    for name in ("names", "stamp", "read"):
        monkeypatch.setattr(ModelShelf, name, noting(getattr(ModelShelf, name)))
    load = noting(model_library._load_model)
    monkeypatch.setattr(model_library, "_load_model", load)
    await library.async_names(POLICY)
    await library.async_load("mine.onnx", POLICY)
    assert seen
    assert get_ident() not in seen


def test_starting_home_assistant_does_not_import_numpy_for_models() -> None:
    """Whoever uses no model does not wait for it."""
    script = (
        "import sys, custom_components.bessai.model_library as m\n"
        "import custom_components.bessai.model_choice\n"
        "import custom_components.bessai.model_issues\n"
        "mine = [n for n in sys.modules if n.startswith('custom_components.bessai.')]\n"
        "print(sorted(n for n in mine if '.inference.' in n))"
    )
    run = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = run.stdout
    assert "inference.model_card" in loaded
    for lazy in ("model_loader", "engines", "policy_features", "price_features"):
        assert f"inference.{lazy}'" not in loaded


# --- taking what the owner chose


async def test_no_model_is_no_trouble(library: ModelLibrary) -> None:
    model, state = await library.async_take("none", PRICES, Fallback.LINEAR)
    assert model is None
    assert state == ModelState(purpose=PRICES, chosen="none")


async def test_ours_is_no_trouble_where_none_is_shipped(library: ModelLibrary) -> None:
    model, state = await library.async_take("shipped", POLICY, Fallback.PLAN)
    assert model is None
    assert state.refused is None


async def test_sound_model_is_taken_with_its_card(
    library: ModelLibrary, own: Path
) -> None:
    model, state = await library.async_take(put(own), POLICY, Fallback.PLAN)
    assert model is not None
    assert state.card is model.card
    assert state.backend == model.backend == "onnxruntime"
    assert state.refused is None


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_trouble_with_a_stored_choice_is_told_and_something_else_runs(
    library: ModelLibrary, own: Path, trouble: Trouble
) -> None:
    stored = {"models": {"policy_model": trouble.make(own)}}
    chosen = ModelOptions.from_mapping(stored).policy_model
    model, state = await library.async_take(chosen, POLICY, Fallback.PLAN)
    assert model is None
    assert state.card is None
    assert state.refused is not None
    assert state.refused.refusal is trouble.refusal
    assert state.refused.fallback is Fallback.PLAN
    assert len(state.refused.detail) <= 200
