"""Watches one plant for what cannot be, or was never so, while its entry is loaded.

It sees only our own conversation with the plant, and never writes. It sits between
polls and guard, so nothing of it may raise.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sized
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .anomaly.detector import Detector, Judgement
from .audit import AuditTrail
from .const import CONF_TIME_FACTOR, DOMAIN, LOGGER
from .coordinator import PlantCoordinator
from .core.finding import Finding, FindingKind
from .core.observation import Expectations, Observation
from .core.telemetry import Telemetry
from .device.driver import WrongPlant
from .finding_words import finding_document
from .lasting_store import LastingStore

if TYPE_CHECKING:
    from .anomaly.forest import Forest
    from .anomaly.row_store import Columns, RowStore

VERSION: Final = 1

SAVE_DELAY_S: Final = 1800
"""What is learned in half an hour is quickly learned again, and a card lasts longer."""

TRY_EVERY: Final = timedelta(hours=1)
"""How often to ask the detector whether it wants to learn what is usual."""

SEED: Final = 20261121
"""The same rows make the same forest."""

REMEMBERED: Final = 20
EVERYTHING: Final = "everything"

type Listener = Callable[[], None]
type FindingListener = Callable[[Finding, bool], None]
"""Is told of each finding, and whether it has cleared."""


class Witness(Protocol):
    """Knows what was seen of the plant at the last poll."""

    def observe(self, readings: Telemetry) -> Observation | None:
        """Return what a poll saw; ``None``: nothing that could be judged."""
        ...

    def stranger(self, serial_number: str) -> Observation:
        """Return that another device has answered."""
        ...


def anomaly_store(hass: HomeAssistant, entry_id: str) -> LastingStore:
    """Return the file of what was learned about the plant of an entry."""
    return LastingStore(hass, VERSION, f"{DOMAIN}.{entry_id}.anomaly")


class AnomalyMonitor:
    """Hands each poll to the detector, and what it finds to everybody else."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        witness: Witness,
        expectations: Expectations,
        audit: AuditTrail,
    ) -> None:
        """Prepare; nothing is loaded yet.

        Args:
            hass: Home Assistant.
            entry: Of the plant.
            witness: Says what was seen of it.
            expectations: What is known beforehand of such a plant.
            audit: Keeps what is found.
        """
        self.judgement: Judgement | None = None
        """Of the last poll; ``None``: nothing was looked at yet."""

        self.relearned: tuple[str, ...] = ()
        """Parts of what was learned before that could not be read at the start."""

        self.fitted_at: datetime | None = None
        """When what is usual was learned last, since the start; aware, UTC."""

        self.history: deque[tuple[Finding, bool]] = deque(maxlen=REMEMBERED)
        """The last findings, the oldest first, and whether they were cleared."""

        self._hass, self._entry = hass, entry
        self.audit = audit
        self._witness = witness
        self._expectations = expectations
        self._detector = Detector(expectations)
        self._store = anomaly_store(hass, entry.entry_id)
        self._pace = float(entry.data.get(CONF_TIME_FACTOR, 1))
        self._listeners: set[Listener] = set()
        self._finding_listeners: set[FindingListener] = set()
        self._stop: Listener | None = None
        self._is_fitting = False
        self._tried_at: datetime | None = None
        self._has_failed = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is off now, the strongest first."""
        return () if self.judgement is None else self.judgement.findings

    @property
    def learned(self) -> float | None:
        """How much of the learning is done, 0 to 1; ``None`` before the first poll."""
        return None if self.judgement is None else self.judgement.learned

    def standing(self, kinds: Collection[FindingKind]) -> tuple[Finding, ...]:
        """Return what is off now of some kinds."""
        return tuple(one for one in self.findings if one.kind in kinds)

    async def async_load(self) -> None:
        """Load what was learned; what cannot be read is learned anew."""
        file = Path(self._store.path)
        had_file = await self._hass.async_add_executor_job(file.exists)
        document = await self._store.async_load_or_begin()
        if document is not None:
            await self._hass.async_add_executor_job(self._restore, document)
        elif had_file:
            self.relearned = (EVERYTHING,)
        if self.relearned:
            LOGGER.warning(
                "%s: what was learned about the plant cannot be read and is learned "
                "anew: %s",
                self._entry.title,
                ", ".join(self.relearned),
            )

    @callback
    def async_start(self, readings: PlantCoordinator) -> None:
        """Follow the readings, from the one that is there; it ends with a stop."""

        @callback
        def look() -> None:
            self.async_look(readings)

        self._stop = readings.async_add_listener(look)
        look()

    async def async_stop(self) -> None:
        """Look no more, and save."""
        if self._stop is not None:
            self._stop()
            self._stop = None
        await self._store.async_save(self._document())

    @callback
    def async_add_listener(self, update: Listener) -> Listener:
        """Call ``update`` after each look."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @callback
    def async_subscribe(self, listener: FindingListener) -> Listener:
        """Tell ``listener`` of each finding, and of its end."""
        self._finding_listeners.add(listener)
        return lambda: self._finding_listeners.discard(listener)

    @callback
    def async_look(self, readings: PlantCoordinator) -> None:
        """Judge what was read just now, or that somebody else has answered.

        Nothing is raised: others wait for the same poll, the guard among them.
        """
        try:
            seen = self._seen(readings)
            if seen is not None:
                self._take(self._detector.look(seen))
        except Exception:  # noqa: BLE001 - see above
            if not self._has_failed:
                LOGGER.exception("%s: findings cannot be looked for", self._title)
            self._has_failed = True
            return
        self._has_failed = False
        self._async_fit_soon()

    async def async_accept(self, by: str | None) -> None:
        """Take settings and identity of the plant as they are now for right."""
        self._detector.accept()
        self.audit.record_judgement("accepted", by)
        await self._store.async_save(self._document())

    async def async_relearn(self, by: str | None) -> None:
        """Forget everything that was learned about the plant."""
        gone = self.findings
        self._detector = Detector(self._expectations)
        self.judgement, self.relearned, self.fitted_at = None, (), None
        self.audit.record_judgement("relearned", by)
        self._tell(gone, cleared=True)
        self._changed()
        await self._store.async_save(self._document())

    def summary(self) -> dict[str, Any]:
        """Return what diagnostics say of it: what is learned by its size only."""
        learned = self._detector.document()
        return {
            "score": None if self.judgement is None else self.judgement.score,
            "learned": self.learned,
            "relearned": list(self.relearned),
            "fitted_at": self.fitted_at,
            "baseline": {name: _size(part) for name, part in learned.items()},
            "troubles": dict(self._detector.troubles),
            "findings": [finding_document(one) for one in self.findings],
            "last": [
                {**finding_document(one), "cleared": cleared}
                for one, cleared in self.history
            ],
        }

    def _seen(self, readings: PlantCoordinator) -> Observation | None:
        if readings.last_update_success:
            return self._witness.observe(readings.data)
        cause = getattr(readings.last_exception, "__cause__", None)
        if isinstance(cause, WrongPlant):
            return self._witness.stranger(cause.found)
        return None

    def _take(self, judgement: Judgement) -> None:
        self.judgement = judgement
        self._tell(judgement.raised, cleared=False)
        self._tell(judgement.cleared, cleared=True)
        self._store.async_save_within(self._document, SAVE_DELAY_S)
        self._changed()

    def _tell(self, findings: Iterable[Finding], *, cleared: bool) -> None:
        for finding in findings:
            self.history.append((finding, cleared))
            self.audit.record_finding(finding, cleared=cleared)
            for listener in list(self._finding_listeners):
                self._safely(partial(listener, finding, cleared))

    def _changed(self) -> None:
        for update in list(self._listeners):
            self._safely(update)

    def _safely(self, call: Listener) -> None:
        """Let what goes wrong with one of those who listen be its own affair."""
        try:
            call()
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("%s: a finding cannot be shown", self._title)

    @callback
    def _async_fit_soon(self) -> None:
        """Learn what is usual, where the detector says that it is time.

        By the clock on the wall: when it is set, once more or less does no harm.
        """
        now = dt_util.utcnow()
        tried_at = self._tried_at
        pause = TRY_EVERY / self._pace
        if self._is_fitting or (tried_at and timedelta() <= now - tried_at < pause):
            return
        self._tried_at = now
        rows = self._detector.training_rows()
        if rows is None:
            return
        self._is_fitting = True
        self._entry.async_create_background_task(
            self._hass, self._async_fit(self._detector, rows), f"{self._title} forest"
        )

    async def _async_fit(self, detector: Detector, rows: RowStore) -> None:
        try:
            learned = await self._hass.async_add_executor_job(_learn, rows)
            if detector is self._detector:
                detector.adopt(*learned)
                self.fitted_at = dt_util.utcnow()
        except Exception:  # noqa: BLE001 - the rules do without it
            LOGGER.exception("%s: what is usual cannot be learned", self._title)
        finally:
            self._is_fitting = False

    def _document(self) -> dict[str, Any]:
        return self._detector.document()

    def _restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was learned; in the executor, for a forest needs numpy."""
        try:
            self.relearned = self._detector.restore(document)
        except Exception:  # noqa: BLE001 - whatever is in a file
            self._detector = Detector(self._expectations)
            self.relearned = (EVERYTHING,)

    @property
    def _title(self) -> str:
        return self._entry.title


def _learn(rows: RowStore) -> tuple[Columns, Forest]:
    """Learn a forest; in the executor: it needs numpy."""
    from .anomaly.forest import learn  # noqa: PLC0415 - numpy

    return learn(rows, SEED)


def _size(part: Any) -> int:
    """Return how many things a part of a document has."""
    return len(part) if isinstance(part, Sized) else 1
