"""A value of a card that knows where it stands, for refusals that name it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
import json
from math import isfinite
import reprlib

from .errors import ModelRefused, Refusal

LARGEST_CARD = 1024 * 1024
"""Bytes; a card of 512 inputs and 64 golden vectors has half of it."""

_LONGEST_TEXT = 500
_LARGEST_NUMBER = 1e12
"""Beyond any value in any unit, and its quotients still fit a 32-bit float."""


@dataclass(frozen=True, slots=True)
class CardNode:
    """One JSON value and the way to it, like ``inputs[2].scale``.

    Each method returns the value as what was asked for, or raises ``ModelRefused`` as
    a bad card with that path, the value and what is expected.
    """

    path: str
    value: object

    def refuse(self, expected: str) -> ModelRefused:
        """Return the refusal that says what is wrong here."""
        found = reprlib.repr(self.value)
        return ModelRefused(
            Refusal.BAD_CARD, f"{self.path or 'card'}: {found} {expected}"
        )

    def field(self, name: str) -> CardNode:
        """Return a field that has to be there."""
        found = self.optional(name)
        if found is None:
            path = self._path_of(name)
            raise ModelRefused(Refusal.BAD_CARD, f"{path} is missing")
        return found

    def optional(self, name: str) -> CardNode | None:
        """Return a field, ``None`` if it is absent."""
        fields = self._object()
        if name not in fields:
            return None
        return CardNode(self._path_of(name), fields[name])

    def entries(self, most: int) -> Mapping[str, CardNode]:
        """Return the fields of an object whose names are free."""
        fields = self._object()
        if len(fields) > most:
            raise self.refuse(f"has more than {most} fields")
        for name in fields:
            CardNode(f"a name in {self.path}", name).text()
        return {name: self.field(name) for name in fields}

    def items(self, least: int, most: int) -> tuple[CardNode, ...]:
        """Return the items of a list of a length from ``least`` to ``most``."""
        if not isinstance(self.value, list):
            raise self.refuse("is no list")
        count = len(self.value)
        if not least <= count <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise ModelRefused(
                Refusal.BAD_CARD, f"{self.path}: has {count} items, not {wanted}"
            )
        return tuple(
            CardNode(f"{self.path}[{at}]", item) for at, item in enumerate(self.value)
        )

    def text(self) -> str:
        """Return a text that can be shown to people."""
        if not isinstance(self.value, str):
            raise self.refuse("is no text")
        if not self.value.strip() or not self.value.isprintable():
            raise self.refuse("is empty or not printable")
        if len(self.value) > _LONGEST_TEXT:
            raise self.refuse(f"is longer than {_LONGEST_TEXT} characters")
        return self.value

    def choice[Choice: StrEnum](self, choices: type[Choice]) -> Choice:
        """Return one of a closed list."""
        if not isinstance(self.value, str) or self.value not in set(choices):
            raise self.refuse(f"is none of {', '.join(choices)}")
        return choices(self.value)

    def number(
        self, low: float = -_LARGEST_NUMBER, high: float = _LARGEST_NUMBER
    ) -> float:
        """Return a finite number from ``low`` to ``high``."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refuse("is no number")
        if isinstance(value, float) and not isfinite(value):
            raise self.refuse("is not finite")
        if not low <= value <= high:
            raise self.refuse(f"is not from {low:g} to {high:g}")
        return float(value)

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        number = self.number(low, high)
        if not number.is_integer():
            raise self.refuse("is no whole number")
        return int(number)

    def span(
        self, low: float = -_LARGEST_NUMBER, high: float = _LARGEST_NUMBER
    ) -> tuple[float, float]:
        """Return the two ends of a range, the lower first."""
        start, end = (item.number(low, high) for item in self.items(2, 2))
        if not start < end:
            raise self.refuse("does not begin with its lower end")
        return start, end

    def day(self) -> date:
        """Return a date."""
        text = self.text()
        try:
            return date.fromisoformat(text)
        except ValueError as err:
            raise self.refuse("is no date like 2024-12-31") from err

    def hexadecimal(self) -> str:
        """Return a SHA-256, in lower case."""
        text = self.text().lower()
        if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
            raise self.refuse("is no SHA-256 of 64 hexadecimal digits")
        return text

    def _object(self) -> dict[str, object]:
        if not isinstance(self.value, dict):
            raise self.refuse("is no object")
        return self.value

    def _path_of(self, name: str) -> str:
        shown = name if len(name) <= 60 and name.isprintable() else reprlib.repr(name)
        return f"{self.path}.{shown}" if self.path else shown


def parse_json(content: bytes) -> Mapping[str, object]:
    """Return the JSON object that a card is.

    Raises:
        ModelRefused: If it is too large, no JSON, nested too deeply or no object.
    """
    if len(content) > LARGEST_CARD:
        raise ModelRefused(Refusal.BAD_CARD, "it is larger than 1 MiB")
    try:
        # Some editors begin a file with a mark of the order of its bytes.
        document: object = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_unique
        )
    except UnicodeDecodeError as err:
        raise ModelRefused(Refusal.BAD_CARD, f"it is not UTF-8: {err.reason}") from err
    except ValueError as err:
        raise ModelRefused(Refusal.BAD_CARD, f"it is not JSON: {err}") from err
    except RecursionError as err:
        raise ModelRefused(Refusal.BAD_CARD, "it is nested too deeply") from err
    if not isinstance(document, dict):
        raise ModelRefused(Refusal.BAD_CARD, "it is no JSON object")
    return document


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, refusing the second of two fields of one name."""
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            reason = f"it has the field {reprlib.repr(name)} twice in one object"
            raise ModelRefused(Refusal.BAD_CARD, reason)
        fields[name] = value
    return fields
