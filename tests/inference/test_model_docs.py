"""docs/models.md shows a card that works, and names every refusal."""

from hashlib import sha256
import json
import re

import pytest

from custom_components.bessai.inference.errors import Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelFile
from custom_components.bessai.inference.policy_features import FEATURES

from ..source import ROOT
from .card_builders import linear_model

PAGE = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


def test_card_of_the_page_is_accepted_with_its_model() -> None:
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    document = json.loads(example[1])
    data = linear_model()
    document["sha256"] = sha256(data).hexdigest()
    file = ModelFile(name="gateway.onnx", data=data, card_document=document)
    model = load_model(file, Purpose.DISPATCH_POLICY, FEATURES)
    plant = {"soc_pct": 95.0, "power_kw": 1.0, "temp_c": 20.0, "hour": 18.0}
    assert model.ask([plant])[0, 0] == pytest.approx(-2.44)


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_is_explained(refusal: Refusal) -> None:
    table = PAGE.split("## What is refused")[1]
    assert f"`{refusal}`" in table
