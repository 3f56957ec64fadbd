"""Messages that are in memory only: not accepted, not in the outbox."""

from collections import deque
from collections.abc import Iterator

from .parcel import Parcel


class Memory:
    """Parcels in the order of their numbers, with when each one came."""

    def __init__(self) -> None:
        """Begin with none."""
        self._held: deque[tuple[Parcel, float]] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._held)

    def __iter__(self) -> Iterator[Parcel]:
        """Yield them, the oldest first."""
        return (parcel for parcel, _ in self._held)

    @property
    def oldest_s(self) -> float:
        """When the oldest came; there must be one."""
        return self._held[0][1]

    def add(self, parcel: Parcel, now_s: float) -> None:
        """Put one behind the others.

        Raises:
            ValueError: If its number is not above all others: order would be lost.
        """
        if self._held and parcel.seq <= self._held[-1][0].seq:
            raise ValueError(f"number {parcel.seq} comes after a later one")
        self._held.append((parcel, now_s))
        self._bytes += parcel.size

    def is_above(self, rows: int, size: int) -> bool:
        """Return whether there is more than that; ``size`` in bytes."""
        return len(self._held) > rows or self._bytes > size

    def forget_up_to(self, seq: int) -> None:
        """Forget those up to a number."""
        while self._held and self._held[0][0].seq <= seq:
            self._forget_oldest()

    def trim(self, rows: int, size: int) -> list[Parcel]:
        """Forget the oldest until there is no more than that; return which."""
        forgotten = []
        while self._held and self.is_above(rows, size):
            forgotten.append(self._forget_oldest())
        return forgotten

    def _forget_oldest(self) -> Parcel:
        parcel, _ = self._held.popleft()
        self._bytes -= parcel.size
        return parcel
