"""Models of an owner for tests: real files in a configuration folder of its own."""

from collections.abc import Callable
from dataclasses import dataclass
import json
import os
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.inference.errors import Refusal

from .inference.card_builders import card_document, linear_model

TEN_GB = 10 * 1024**3
WRONG_WAY = ((0.06,), (0.0,), (0.0,), (0.0,))
"""Charges the more, the fuller the battery is."""

WRONG_WAY_GOLDEN = [
    {"inputs": [10, 0, 20, 12], "output": [-2.4], "means": "discharge"},
    {"inputs": [95, 0, 20, 18], "output": [2.7], "means": "charge"},
    {"inputs": [50, 0, 20, 12], "output": [0.0], "means": "rest"},
]


def own_folder(hass: HomeAssistant, config: Path) -> Path:
    """Give Home Assistant another configuration; return its folder of models."""
    hass.config.config_dir = str(config)
    folder = config / DOMAIN / "models"
    folder.mkdir(parents=True)
    return folder


def put(
    folder: Path, file: str = "mine.onnx", data: bytes = b"", **changes: Any
) -> str:
    """Put a model with its card into a folder; return the name of the file.

    Without data it is that of the older gateway, and sound.
    """
    data = data or linear_model()
    (folder / file).write_bytes(data)
    card = (folder / file).with_suffix(".json")
    card.write_text(json.dumps(card_document(data, **changes)), encoding="utf-8")
    return file


def _missing(folder: Path) -> str:
    return "mine.onnx"


def _truncated(folder: Path) -> str:
    """Cut, with a card that was written for what is left."""
    return put(folder, data=linear_model()[:-20])


def _half_copied(folder: Path) -> str:
    name = put(folder)
    os.truncate(folder / name, 50)
    return name


def _wrong_shape(folder: Path) -> str:
    return put(folder, data=linear_model(((-0.06,), (0.1,))))


def _wrong_sign(folder: Path) -> str:
    data = linear_model(WRONG_WAY, (-3,))
    return put(folder, data=data, golden=WRONG_WAY_GOLDEN)


def _no_number(folder: Path) -> str:
    return put(folder, data=linear_model(bias=(float("nan"),)))


def _huge(folder: Path) -> str:
    name = put(folder)
    os.truncate(folder / name, TEN_GB)
    return name


def _long_name(folder: Path) -> str:
    return f"{'m' * 100_000}.onnx"


def _outside(folder: Path) -> str:
    return f"../../{put(folder.parent.parent)}"


def _absolute(folder: Path) -> str:
    return str(folder / put(folder))


def _link_outside(folder: Path) -> str:
    (folder / "mine.onnx").symlink_to(folder.parent.parent / put(folder.parent.parent))
    return "mine.onnx"


def _pipe(folder: Path) -> str:
    os.mkfifo(folder / "mine.onnx")
    return "mine.onnx"


def _no_card(folder: Path) -> str:
    name = put(folder)
    (folder / "mine.json").unlink()
    return name


def _wrong_purpose(folder: Path) -> str:
    return put(
        folder,
        purpose="price_forecast",
        output={
            "kind": "price_quantiles",
            "unit": "per_kwh",
            "quantiles": [0.1, 0.5, 0.9],
            "range": [-9, 9],
        },
        golden=[{"inputs": [at, 1, 0, 0], "output": [0, 0, 0]} for at in range(3)],
    )


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something wrong with a model of the owner, and why it is refused."""

    make: Callable[[Path], str]
    """Makes it in a folder, and returns what is chosen."""

    refusal: Refusal

    def __str__(self) -> str:
        """Return a name for the report of the tests."""
        return self.make.__name__.lstrip("_")


TROUBLES = [
    Trouble(_missing, Refusal.NOT_FOUND),
    Trouble(_truncated, Refusal.UNREADABLE),
    Trouble(_half_copied, Refusal.WRONG_HASH),
    Trouble(_wrong_shape, Refusal.WRONG_INPUTS),
    Trouble(_wrong_sign, Refusal.WRONG_SIGN),
    Trouble(_no_number, Refusal.NOT_FINITE),
    Trouble(_huge, Refusal.TOO_LARGE),
    Trouble(_long_name, Refusal.NOT_FOUND),
    Trouble(_outside, Refusal.OUTSIDE_FOLDER),
    Trouble(_absolute, Refusal.OUTSIDE_FOLDER),
    Trouble(_link_outside, Refusal.OUTSIDE_FOLDER),
    Trouble(_pipe, Refusal.UNREADABLE),
    Trouble(_no_card, Refusal.NO_CARD),
    Trouble(_wrong_purpose, Refusal.WRONG_PURPOSE),
]
