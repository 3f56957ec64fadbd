"""What is to be told and has no number yet: it becomes messages that are in order."""

import asyncio
from typing import Final

from .forwarding.courier import Courier
from .forwarding_draft import Draft
from .forwarding_figures import Figures
from .forwarding_news import News
from .forwarding_storeroom import Storeroom

MOST_DRAFTS: Final = 2_000
"""While the outbox cannot be used; the oldest go."""

AT_ONCE: Final = 200
"""So many drafts become messages in one go, so that the event loop is not held long."""

NUMBERS_S: Final = 60.0
"""Until the outbox is asked for numbers again that had none to give."""


class Intake:
    """Holds drafts until the outbox has numbers for them."""

    def __init__(self, storeroom: Storeroom, figures: Figures, news: News) -> None:
        """Begin with none."""
        self.woken = asyncio.Event()
        """Set when there is something new."""

        self.due_s = 0.0
        """Not before this time of the loop are there numbers."""

        self._storeroom, self._figures, self._news = storeroom, figures, news
        self._drafts: list[Draft] = []

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._drafts)

    def put(self, draft: Draft) -> None:
        """Take charge of what is to be told; this never raises."""
        self._drafts.append(draft)
        if len(self._drafts) > MOST_DRAFTS:
            del self._drafts[0]
            self._figures.lost += 1
        self._figures.drafts = len(self._drafts)
        self.woken.set()

    async def async_hand_over(self, courier: Courier, now_s: float) -> None:
        """Number and word some of what has come, and hand it to the courier."""
        if not self._drafts or now_s < self.due_s:
            return
        drafts, self._drafts = self._drafts[:AT_ONCE], self._drafts[AT_ONCE:]
        parcels = None
        try:
            parcels = await self._storeroom.async_pack(courier, drafts, now_s)
        finally:
            if parcels is None:
                self._drafts = drafts + self._drafts
        self._figures.drafts = len(self._drafts)
        if parcels is None:
            self.due_s = now_s + NUMBERS_S
            return
        # Those that cannot be worded, e.g. are too large: they are logged.
        self._figures.lost += len(drafts) - len(parcels)
        gone = [each for one in parcels for each in courier.accept(one, now_s)]
        self._figures.accepted(parcels)
        self._figures.left_memory(gone)
        self._news.is_due = True
