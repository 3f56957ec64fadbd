"""A value of a JSON document that knows where it stands, for errors that name it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import math
import re
import reprlib

from .profile import ProfileError

_LONGEST_TEXT = 300
_LONGEST_LABEL = 60
_KINDS = (
    (bool, "true or false"),  # before int, which it is for Python
    (int, "a number"),
    (float, "a decimal number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "an object"),
)
_SLUG = re.compile(r"[a-z0-9_]+")


@dataclass(frozen=True, slots=True)
class JsonNode:
    """One JSON value and the way to it, like ``registers[17].type``.

    Each method returns the value as what was asked for or raises ``ProfileError``
    with that path and the reason.
    """

    path: str
    value: object

    def fail(self, reason: str) -> ProfileError:
        """Return the error that says what is wrong here."""
        return ProfileError(self.path or "profile", reason)

    def text(self) -> str:
        """Return a text that can be shown to people."""
        value = self.value
        if not isinstance(value, str):
            raise self.fail(f"must be a text, not {_kind(value)}")
        if not value.strip():
            raise self.fail("must not be empty")
        if len(value) > _LONGEST_TEXT or not value.isprintable():
            raise self.fail(
                f"must be printable and not longer than {_LONGEST_TEXT} characters"
            )
        return value

    def slug(self) -> str:
        """Return a name of lower-case letters, digits and underscores."""
        text = self.text()
        if not _SLUG.fullmatch(text):
            raise self.fail(
                f"{reprlib.repr(text)} is not a name of lower-case letters, digits and "
                "underscores"
            )
        return text

    def choice(self, *allowed: str) -> str:
        """Return one of a closed list of texts."""
        text = self.text()
        if text not in allowed:
            raise self.fail(f"{reprlib.repr(text)} is none of {', '.join(allowed)}")
        return text

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(f"must be a whole number, not {_kind(value)}")
        if not low <= value <= high:
            raise self.fail(f"must be from {low} to {high}")
        return value

    def number(self, low: float, high: float) -> float:
        """Return a finite number from ``low`` to ``high``."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(f"must be a number, not {_kind(value)}")
        if isinstance(value, float) and not math.isfinite(value):
            raise self.fail("must be a finite number")
        if not low <= value <= high:
            raise self.fail(f"must be from {low:g} to {high:g}")
        return value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.fail(f"must be true or false, not {_kind(self.value)}")
        return self.value

    def items(self) -> tuple[JsonNode, ...]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.fail(f"must be a list, not {_kind(self.value)}")
        return tuple(
            JsonNode(f"{self.path}[{at}]", item) for at, item in enumerate(self.value)
        )

    def entries(self) -> Mapping[str, JsonNode]:
        """Return the fields of an object whose names are free."""
        if not isinstance(self.value, dict):
            raise self.fail(f"must be an object, not {_kind(self.value)}")
        prefix = f"{self.path}." if self.path else ""
        return {
            name: JsonNode(f"{prefix}{_label(name)}", value)
            for name, value in self.value.items()
        }

    def fields(
        self, required: Iterable[str], optional: Iterable[str] = ()
    ) -> Mapping[str, JsonNode]:
        """Return the fields of an object whose names are given."""
        wanted = tuple(required)
        entries = self.entries()
        for name in wanted:
            if name not in entries:
                raise self.fail(f"lacks the field {name}")
        known = {*wanted, *optional}
        for name in entries:
            if name not in known:
                raise self.fail(f"has the unknown field {reprlib.repr(name)}")
        return entries


def _label(name: str) -> str:
    """Return a field's name fit for a path that is shown."""
    plain = name.isprintable() and 0 < len(name) <= _LONGEST_LABEL
    return name if plain else reprlib.repr(name)


def _kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "null")
