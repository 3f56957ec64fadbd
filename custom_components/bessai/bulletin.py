"""Tells whoever listens what happens to command and safety, and keeps a record."""

from collections.abc import Callable

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .audit import AuditTrail
from .core.command import CommandError, DispatchResult
from .core.proposal import Proposal
from .core.safety_event import SafetyEvent, SafetyEventKind
from .core.verdict import Ground

type Listener = Callable[[], None]
type EventListener = Callable[[SafetyEvent], None]
type CommandListener = Callable[[Proposal, DispatchResult], None]
type ReleaseListener = Callable[[DispatchResult, tuple[Ground, ...], str | None], None]


class Bulletin:
    """Where entities, notifications and the audit trail learn of changes."""

    def __init__(self, audit: AuditTrail) -> None:
        """Begin with nobody listening but the audit trail."""
        self.audit = audit
        self._listeners: set[Listener] = set()
        self._event_listeners: set[EventListener] = set()
        self._followers: set[tuple[CommandListener, ReleaseListener]] = set()

    @callback
    def async_add_listener(self, update: Listener) -> Callable[[], None]:
        """Call ``update`` whenever something may have changed."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @callback
    def async_subscribe(self, listener: EventListener) -> Callable[[], None]:
        """Hand every safety event to ``listener``."""
        self._event_listeners.add(listener)
        return lambda: self._event_listeners.discard(listener)

    @callback
    def async_follow_commands(
        self, dispatched: CommandListener, released: ReleaseListener
    ) -> Callable[[], None]:
        """Say what becomes of each proposal, and of each release."""
        follower = dispatched, released
        self._followers.add(follower)
        return lambda: self._followers.discard(follower)

    @callback
    def async_changed(self) -> None:
        """Say that something may have changed."""
        for update in list(self._listeners):
            update()

    @callback
    def tell(
        self,
        kind: SafetyEventKind,
        *grounds: Ground,
        urgent: bool = True,
        error: CommandError | None = None,
    ) -> None:
        """Record a safety event and hand it on."""
        event = SafetyEvent(
            kind=kind,
            at=dt_util.utcnow(),
            urgent=urgent,
            grounds=grounds,
            error=None if error is None else str(error),
        )
        self.audit.record_event(event)
        for listener in list(self._event_listeners):
            listener(event)

    @callback
    def dispatched(self, proposal: Proposal, result: DispatchResult) -> None:
        """Record what became of a proposal."""
        self.audit.record_command(proposal, result)
        for dispatched, _ in list(self._followers):
            dispatched(proposal, result)

    @callback
    def released(
        self, result: DispatchResult, why: tuple[Ground, ...], by: str | None
    ) -> None:
        """Record that the plant was left to itself."""
        self.audit.record_release(result, by, why)
        for _, released in list(self._followers):
            released(result, why, by)
