"""Who waits to hear that a message was taken."""

import asyncio
from collections.abc import Iterable

from .forwarding.parcel import Parcel
from .forwarding.publisher import PublishError


class Answers:
    """Those who wait, by the message that they wait for."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._awaited: dict[str, asyncio.Future[None]] = {}

    def expect(self, event_id: str) -> asyncio.Future[None]:
        """Return what is done when this message was taken, or is not for now."""
        answer = asyncio.get_running_loop().create_future()
        self._awaited[event_id] = answer
        answer.add_done_callback(lambda _: self._awaited.pop(event_id, None))
        return answer

    def taken(self, parcels: Iterable[Parcel]) -> None:
        """Tell whoever waits for one of these."""
        for parcel in parcels:
            if (answer := self._awaited.get(parcel.event_id)) and not answer.done():
                answer.set_result(None)

    def failed(self, error: PublishError) -> None:
        """Tell everybody that nothing is taken now, and why."""
        for answer in self._awaited.values():
            if not answer.done():
                answer.set_exception(error)
