"""Which messages go into the next request, and how a refused one is found."""

from collections.abc import Iterable

from .parcel import Parcel


class Batcher:
    """Takes messages from the front, fewer of them where one is suspected.

    A refused batch is suspected up to its last number. Half of what is suspected is
    sent next: refused, the suspicion is on that half; accepted, on the rest. So one
    message in a hundred is alone after seven requests, and order is kept throughout.
    """

    def __init__(self, count: int, max_bytes: int) -> None:
        """Take the bounds of a request; ``max_bytes`` of data and attributes."""
        self._count = count
        self._max_bytes = max_bytes
        self._suspect_until = 0

    def take(self, parcels: Iterable[Parcel]) -> tuple[Parcel, ...]:
        """Return the next batch from the front, at least one if there is any."""
        taken: list[Parcel] = []
        room = self._max_bytes
        for parcel in parcels:
            room -= parcel.size
            if taken and (room < 0 or len(taken) == self._count):
                break
            taken.append(parcel)
        suspects = sum(parcel.seq <= self._suspect_until for parcel in taken)
        return tuple(taken[: (suspects + 1) // 2 or None])

    def suspect(self, batch: tuple[Parcel, ...]) -> None:
        """Look for what is refused in this batch, not behind it."""
        self._suspect_until = batch[-1].seq
