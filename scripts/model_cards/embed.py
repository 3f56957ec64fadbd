"""Puts a card into its model, so that one file is all."""

from hashlib import sha256
import json

from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_loader import CARD_KEY
from custom_components.bessai.inference.model_shelf import ModelFile

_METADATA = 14
"""Field of a model; each of its entries has a key, field 1, and a value, field 2."""


def embed(file: ModelFile) -> bytes:
    """Return the model with the card inside, and with the hash of it all in the card.

    Raises:
        ModelRefused: If there is no card beside the model.
    """
    if file.card_document is None:
        raise ModelRefused(Refusal.NO_CARD, "there is none beside the model")
    digits = "0" * 64
    card = json.dumps({**file.card_document, "sha256": digits}, ensure_ascii=False)
    entry = _field(1, CARD_KEY.encode()) + _field(2, card.encode())
    # Fields of a message may come in any order: one more is written to its end.
    bare = file.data + _field(_METADATA, entry)
    return bare.replace(digits.encode(), sha256(bare).hexdigest().encode())


def _field(number: int, content: bytes) -> bytes:
    """Return a field of a protocol buffer: number and kind, length, content."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    """Return a number, seven bits a byte, the lowest first."""
    low, high = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(high) if high else bytes([low])
