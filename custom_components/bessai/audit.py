"""Who wanted what of the battery, what the guard said, and what became of it."""

from collections import deque
from collections.abc import Mapping
from heapq import merge
from typing import Any, Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID, ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntryType
from homeassistant.util import dt as dt_util

from .audit_entry import AuditEntry, AuditKind, parse_entry
from .const import DOMAIN, LOGGER
from .core.command import DispatchResult, Write
from .core.finding import Finding
from .core.proposal import Proposal
from .core.safety_event import SafetyEvent
from .core.setpoint import Hold, Setpoint, Wish
from .core.verdict import Ground
from .finding_words import finding_document
from .lasting_store import LastingStore

EVENT_CONTROL: Final = f"{DOMAIN}_control"
"""Fired on the bus for what people want to read about; the logbook words it."""

VERSION = 1
SAVE_DELAY_S = 10
"""A trail of what was commanded is worth a write, but not one for each line."""

KEPT = 300
"""Some days of an owner's commands, or of a plan's."""

KEPT_WRITES = 200
"""Apart from the others, which the writes of one long command would crowd out."""

PUBLIC: Final = frozenset(
    {
        AuditKind.COMMAND,
        AuditKind.EVENT,
        AuditKind.MODE,
        AuditKind.ALLOW,
        AuditKind.FINDING,
    }
)
"""What people want to read about; releases with something to release, too."""


class AuditTrail:
    """The newest entries of one plant, on disk too."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Name the file after the entry."""
        self._hass = hass
        self._entry_id = entry_id
        self._is_closed = False
        self._store = LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.audit")
        self._story: deque[AuditEntry] = deque(maxlen=KEPT)
        self._writes: deque[AuditEntry] = deque(maxlen=KEPT_WRITES)

    @property
    def entries(self) -> tuple[AuditEntry, ...]:
        """What is remembered, the oldest first."""
        return tuple(merge(self._story, self._writes, key=lambda entry: entry.at))

    async def async_load(self) -> None:
        """Load the trail, or begin anew where there is none that can be read."""
        document = await self._store.async_load_or_begin()
        if document is None:
            return
        try:
            entries = [parse_entry(entry) for entry in document["entries"]]
        except (KeyError, TypeError, ValueError) as err:
            LOGGER.warning("Starting with an empty audit trail: %r", err)
            return
        for entry in entries:
            self._keep(entry)

    async def async_close(self) -> None:
        """Save now; what comes later is not kept any more."""
        self._is_closed = True
        await self._store.async_save(self._document())

    async def async_remove(self) -> None:
        """Delete the file."""
        await self._store.async_remove()

    @callback
    def record_command(self, proposal: Proposal, result: DispatchResult) -> None:
        """Note a wish with its verdict, and what came to the plant of it."""
        self.record(
            AuditKind.COMMAND,
            describe_wish(proposal.wish),
            who=proposal.by or proposal.source.value,
            why=result.verdict.grounds,
            outcome=result.outcome,
            detail=_command_detail(proposal, result),
        )

    @callback
    def record_release(
        self, result: DispatchResult, who: str | None, why: tuple[Ground, ...] = ()
    ) -> None:
        """Note that the plant was released, or could not be."""
        self.record(
            AuditKind.RELEASE,
            "release",
            who=who,
            why=why,
            outcome="done" if result.error is None else "failed",
            detail={
                "read_back": dict(result.read_back),
                "error": None if result.error is None else str(result.error),
            },
        )

    @callback
    def record_write(self, write: Write) -> None:
        """Note a write; this is the witness that the command driver wants."""
        self.record(
            AuditKind.WRITE,
            write.key,
            outcome="taken" if write.error is None else "failed",
            detail={
                "address": write.address,
                "value": write.value,
                "stored": write.stored,
                "error": write.error,
            },
        )

    @callback
    def record_event(self, event: SafetyEvent) -> None:
        """Note a safety event."""
        self.record(
            AuditKind.EVENT,
            event.kind.value,
            why=event.grounds,
            detail={"error": event.error, "urgent": event.urgent},
        )

    @callback
    def record_mode(self, mode: str, who: str | None) -> None:
        """Note that another dispatch mode was chosen."""
        self.record(AuditKind.MODE, mode, who=who)

    @callback
    def record_allow(self, *, allowed: bool, who: str | None) -> None:
        """Note that control was switched on or off."""
        self.record(AuditKind.ALLOW, "allowed" if allowed else "forbidden", who=who)

    @callback
    def record_limit(self, name: str, value: float, who: str | None = None) -> None:
        """Note that a limit was set."""
        self.record(AuditKind.LIMIT, name, who=who, detail={"value": value})

    @callback
    def record_finding(self, finding: Finding, *, cleared: bool) -> None:
        """Note that something is off about the plant, or no longer."""
        self.record(
            AuditKind.FINDING,
            finding.kind.value,
            outcome="cleared" if cleared else "raised",
            detail=finding_document(finding),
        )

    @callback
    def record_judgement(self, what: str, who: str | None) -> None:
        """Note what the owner said of the plant: ``accepted`` or ``relearned``."""
        self.record(AuditKind.FINDING, "plant", who=who, outcome=what)

    @callback
    def record(
        self,
        kind: AuditKind,
        what: str,
        *,
        who: str | None = None,
        why: tuple[Ground, ...] = (),
        outcome: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Add an entry, save it soon, and tell the bus if people want to read it."""
        entry = AuditEntry(
            at=dt_util.utcnow(),
            kind=kind,
            what=what,
            who=who,
            why=why,
            outcome=outcome,
            detail=detail or {},
        )
        self._keep(entry)
        if kind is not AuditKind.WRITE and not self._is_closed:
            # A write is saved with the command that it belongs to. Those that renew one
            # have time until the next entry: one a minute would wear out a card.
            self._store.async_delay_save(self._document, SAVE_DELAY_S)
        if _is_public(entry):
            self._fire(entry)

    def _keep(self, entry: AuditEntry) -> None:
        is_write = entry.kind is AuditKind.WRITE
        (self._writes if is_write else self._story).append(entry)

    def _fire(self, entry: AuditEntry) -> None:
        data = {
            ATTR_CONFIG_ENTRY_ID: self._entry_id,
            ATTR_DEVICE_ID: _manager_of(self._hass, self._entry_id),
            **entry.as_document(),
        }
        self._hass.bus.async_fire(EVENT_CONTROL, data)

    def _document(self) -> dict[str, Any]:
        return {"entries": [entry.as_document() for entry in self.entries]}


def _is_public(entry: AuditEntry) -> bool:
    """Return whether people want to read it: not that nothing had to be released."""
    if entry.kind is AuditKind.RELEASE:
        return bool(entry.detail.get("read_back") or entry.detail.get("error"))
    return entry.kind in PUBLIC


def describe_wish(wish: Wish) -> str:
    """Return what is wished for, in one word."""
    return "hold" if isinstance(wish, Hold) else wish.direction.value


def _command_detail(proposal: Proposal, result: DispatchResult) -> dict[str, Any]:
    """Return the figures of a command; powers are not negative."""
    wish, vetted = proposal.wish, result.verdict.wish
    return {
        "wished_w": abs(wish.power_w) if isinstance(wish, Setpoint) else None,
        "power_w": abs(vetted.power_w) if isinstance(vetted, Setpoint) else None,
        "allow_charging": wish.allow_charging if isinstance(wish, Hold) else None,
        "target_soc_pct": proposal.target_soc_pct,
        "expires_at": result.expires_at.isoformat() if result.expires_at else None,
        "read_back": dict(result.read_back),
        "error": None if result.error is None else str(result.error),
    }


def _manager_of(hass: HomeAssistant, entry_id: str) -> str | None:
    """Return the id of the energy manager: the only service among the devices."""
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry_id)
    services = (one.id for one in devices if one.entry_type is DeviceEntryType.SERVICE)
    return next(services, None)
