"""The highest of very many positive numbers, but for a few: kept in little space."""

from collections.abc import Mapping
from math import floor, isfinite, log10
from typing import Any

_BIN = 0.02
"""Decades: within 5 %."""

_SHARE = 1e-4
_MOST = 400_000.0
"""About two months of polls; then everything counts half."""

_EACH = 50


class HighQuantile:
    """All but one number in ten thousand are below it."""

    def __init__(self) -> None:
        self._bins: dict[int, float] = {}
        self.count = 0.0
        self._value: float | None = None
        self._new = 0

    @property
    def value(self) -> float | None:
        """The upper end of its bin; ``None``: there are no numbers."""
        return self._value

    def add(self, number: float) -> None:
        """Take a number > 0."""
        place = floor(log10(number) / _BIN)
        self._bins[place] = self._bins.get(place, 0.0) + 1.0
        self.count += 1.0
        self._new += 1
        if self.count > _MOST:
            self._forget()
        if self._new >= _EACH or self._value is None:
            self._refresh()

    def document(self) -> Mapping[str, Any]:
        """Return it, fit for JSON."""
        return {"bins": {str(place): many for place, many in self._bins.items()}}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> HighQuantile:
        """Return it as it was.

        Raises:
            AttributeError, LookupError, TypeError, ValueError: If the document is not
                one of these.
        """
        made = cls()
        for place, many in document["bins"].items():
            if not (isfinite(many) and many > 0 and abs(int(place)) <= 1000):
                raise ValueError(f"{many} numbers in bin {place}")
            made._bins[int(place)] = float(many)
        made.count = sum(made._bins.values())
        if made._bins:
            made._refresh()
        return made

    def _forget(self) -> None:
        self._bins = {place: many / 2 for place, many in self._bins.items()}
        self.count /= 2

    def _refresh(self) -> None:
        self._new = 0
        left, places = _SHARE * self.count, sorted(self._bins)
        while left >= self._bins[places[-1]]:
            left -= self._bins[places.pop()]
        self._value = 10 ** ((places[-1] + 1) * _BIN)
