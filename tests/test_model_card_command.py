"""``scripts/model_card``: from a bare model to one that is accepted."""

from collections.abc import Callable
import json
from pathlib import Path
from runpy import run_path
import sys
from typing import Any

import pytest

from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.inference.policy_features import FEATURES

from .inference.card_builders import card_document, linear_model
from .source import ROOT

type Command = Callable[..., tuple[int, list[str]]]
"""Its arguments to the exit status and the lines that it prints."""

WORDS = {True: "charge", False: "discharge"}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the older gateway's model, without a card."""
    path = tmp_path / "gateway.onnx"
    path.write_bytes(linear_model())
    return path


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Return what runs the command, in this process: importing takes seconds."""
    main = run_path(str(ROOT / "scripts" / "model_card"))["main"]

    def run(*arguments: str | Path) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["model_card", *map(str, arguments)])
        status = main()
        printed = capsys.readouterr()
        return status, (printed.out + printed.err).splitlines()

    return run


def read(model: Path) -> dict[str, Any]:
    text = model.with_suffix(".json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def write(model: Path, document: dict[str, Any]) -> None:
    text = json.dumps(document)
    model.with_suffix(".json").write_text(text, encoding="utf-8")


def drafted(command: Command, model: Path) -> dict[str, Any]:
    status, lines = command("draft", model)
    assert status == 0, lines
    return read(model)


def test_from_a_bare_model_to_one_that_is_accepted(
    command: Command, model: Path
) -> None:
    right = card_document()
    document = drafted(command, model)
    assert len(document["inputs"]) == 4

    status, lines = command("check", model)
    assert status == 1
    assert (
        "inputs[3].feature: TODO: one that `scripts/model_card features` prints"
        in lines
    )
    assert "golden: TODO: say what the inputs are, and draft again" in lines
    assert len(lines) == 27

    for column, wanted in zip(document["inputs"], right["inputs"], strict=True):
        column |= {name: wanted[name] for name in ("feature", "range")}
    write(model, document)
    document = drafted(command, model)
    assert [one["unit"] for one in document["inputs"]] == ["%", "kW", "°C", "h"]
    assert document["inputs"][1]["sign"].startswith("TODO")

    document["inputs"][1]["sign"] = "charging"
    write(model, document)
    document = drafted(command, model)
    outputs = [one["output"][0] for one in document["golden"]]
    assert outputs == sorted(outputs)
    assert outputs[0] < 0 < outputs[-1]

    for one in document["golden"]:
        one["means"] = WORDS[one["output"][0] > 0]
    names = ("output", "horizon_h", "steps_min", "training", "licence")
    write(model, document | {name: right[name] for name in names})
    status, lines = command("check", model)
    assert status == 0, lines
    assert lines[0] == "gateway 1.0.0, dispatch_policy, Apache-2.0: accepted"


def test_what_was_said_is_kept_unless_the_model_is_another(
    command: Command, model: Path
) -> None:
    write(model, card_document(model.read_bytes(), colour="blue"))
    before = read(model)
    assert drafted(command, model) == before

    model.write_bytes(linear_model(bias=(3.5,)))
    after = drafted(command, model)
    assert after["colour"] == "blue"
    assert after["sha256"] != before["sha256"]
    assert [one["means"] for one in after["golden"]] == (
        ["TODO: charge, discharge or rest"] * 5
    )


def test_card_can_be_put_into_the_model(command: Command, model: Path) -> None:
    write(model, card_document(model.read_bytes()))
    folder = model.parent / "embedded"
    folder.mkdir()
    status, lines = command("embed", model, folder / "one.onnx")
    assert status == 0, lines
    file = ModelShelf(folder, folder).read("one.onnx")
    assert file.card_document is None
    loaded = load_model(file, Purpose.DISPATCH_POLICY, FEATURES)
    assert loaded.card.name == "Gateway"


def test_refusal_is_said_with_its_reason(command: Command, model: Path) -> None:
    status, lines = command("check", model)
    assert status == 1
    assert lines[0].endswith("no_card: neither beside the model nor inside")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_features_are_listed(command: Command, purpose: Purpose) -> None:
    status, lines = command("features", "--purpose", purpose)
    assert status == 0
    assert any(line.startswith("hour ") for line in lines)
