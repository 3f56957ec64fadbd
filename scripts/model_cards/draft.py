"""The card of a model as far as the model itself tells; the rest is left to do."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from custom_components.bessai.inference.card_node import CardNode
from custom_components.bessai.inference.card_parser import QUANTILES
from custom_components.bessai.inference.engine import Engine
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.inference.model_shelf import ModelFile

from .check import FEATURES
from .golden import golden_vectors
from .todo import TODO, todo

_MOST_COLUMNS = 512
_SIGN = f"{TODO}: charging or discharging, whichever a positive number means"
_NO_GOLDEN = f"{TODO}: say what the inputs are, and draft again"


def draft(file: ModelFile, purpose: Purpose, columns: int | None) -> dict[str, Any]:
    """Return a card; what the one beside the model says already is kept.

    Args:
        file: As the shelf has read it.
        purpose: For a card that does not say one.
        columns: How many inputs there are; ``None``: as many as the model says.

    Raises:
        ModelRefused: If the model cannot be run, or the card not be understood.
    """
    engine = open_engines(file.data, only_numpy=True).engine
    digest = sha256(file.data).hexdigest()
    said: dict[str, Any] = dict(file.card_document or {})
    if said.get("sha256") != digest:
        said.pop("golden", None)  # of another model
    if "purpose" in said:
        purpose = CardNode("purpose", said["purpose"]).choice(Purpose)
    if "inputs" not in said:
        said["inputs"] = _inputs(columns or _columns(engine))
    document = {**_template(Path(file.name).stem, purpose), **said, "sha256": digest}
    _complete(CardNode("", document), purpose)
    ready = not any(todo(document["inputs"]))
    if ready and not isinstance(document["golden"], list):
        document["golden"] = golden_vectors(CardNode("", document), engine)
    return document


def _columns(engine: Engine) -> int:
    shape = engine.inputs[0].shape
    if shape is None or len(shape) != 2 or shape[1] is None:
        raise ModelRefused(Refusal.WRONG_INPUTS, "it does not say how many: --columns")
    return shape[1]


def _inputs(columns: int) -> list[dict[str, Any]]:
    return [
        {
            "feature": f"{TODO}: one that `scripts/model_card features` prints",
            "unit": f"{TODO}: the unit of the feature",
            "range": [f"{TODO}: least value", f"{TODO}: largest value"],
            "offset": 0,
            "scale": 1,
        }
        for _ in range(min(columns, _MOST_COLUMNS))
    ]


def _template(name: str, purpose: Purpose) -> dict[str, Any]:
    return {
        "bessai_model_card": 1,
        "name": name,
        "version": "1.0.0",
        "purpose": purpose,
        "sha256": "",
        "inputs": [],
        "output": _output(purpose),
        "horizon_h": f"{TODO}: hours ahead, 0 for a model of the present",
        "steps_min": [f"{TODO}: 15 or 60, minutes"],
        "training": {
            "data": f"{TODO}: what it has learned from",
            "from": f"{TODO}: first day, like 2024-01-01",
            "to": f"{TODO}: last day",
            "notes": "",
        },
        "metrics": {},
        "licence": f"{TODO}: like Apache-2.0",
        "golden": _NO_GOLDEN,
    }


def _output(purpose: Purpose) -> dict[str, Any]:
    ends = [f"{TODO}: least answer", f"{TODO}: largest answer"]
    if purpose is Purpose.PRICE_FORECAST:
        return {
            "kind": "price_quantiles",
            "unit": f"{TODO}: normalised or per_kwh",
            "quantiles": list(QUANTILES),
            "range": ends,
        }
    unit = f"{TODO}: kW, W or share"
    return {"kind": "power", "unit": unit, "sign": _SIGN, "range": ends}


def _complete(card: CardNode, purpose: Purpose) -> None:
    """Fill in what follows from the features that are named by now."""
    for column in card.field("inputs").items(1, _MOST_COLUMNS):
        feature = FEATURES[purpose].get(str(column.field("feature").value))
        fields = column.value
        if feature is None or not isinstance(fields, dict):
            continue
        if str(fields.get("unit", TODO)).startswith(TODO):
            fields["unit"] = feature.unit
        if feature.is_signed_power:
            fields.setdefault("sign", _SIGN)
