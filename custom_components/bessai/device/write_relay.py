"""Hands each write to the plant to everybody who wants to know of it."""

from collections.abc import Callable

from ..core.command import Write

type Witness = Callable[[Write], None]
"""Is told of a write when it is over, also of one that failed; must not raise."""


class WriteRelay:
    """The one witness that the command driver has, for as many as there are."""

    def __init__(self) -> None:
        """Tell nobody yet."""
        self._witnesses: list[Witness] = []

    def __call__(self, write: Write) -> None:
        """Tell everybody, in the order they came."""
        for witness in tuple(self._witnesses):
            witness(write)

    def add(self, witness: Witness) -> Callable[[], None]:
        """Tell one more from now on; return what ends it."""
        self._witnesses.append(witness)
        return lambda: self._witnesses.remove(witness)
