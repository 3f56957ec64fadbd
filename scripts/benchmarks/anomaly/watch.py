"""The product's detector as Home Assistant runs it, with what it costs."""

from dataclasses import dataclass, field
import json
import time

from custom_components.bessai.anomaly.detector import Detector, Judgement
from custom_components.bessai.anomaly.forest import learn

from .conversation import Poll
from .expected import expectations
from .scoring import Alarm

_FIT_EVERY_S, _TRY_EVERY_S = 86_400.0, 3_600.0
_FOREST_SEED = 1


@dataclass(slots=True, kw_only=True)
class Costs:
    """What looking took, in time of the processor: others use it too."""

    looks_s: list[float] = field(default_factory=list)
    fits_s: list[float] = field(default_factory=list)
    document_bytes: int = 0


class Watch:
    """Looks at every poll; is restarted with Home Assistant; learns a forest daily."""

    def __init__(self) -> None:
        self.detector = Detector(expectations())
        self.costs = Costs()
        self.alarms: list[Alarm] = []
        self.unreadable: tuple[str, ...] = ()
        self.learned_s: float | None = None
        """When it had learned enough."""

        self.standing = 0
        """Findings of the last look."""

        self._fitted_s = self._tried_s = 0.0

    def look(self, poll: Poll) -> Judgement:
        """Judge a poll and keep what was raised."""
        if poll.restarted:
            self._restart()
        began = time.thread_time()
        judgement = self.detector.look(poll.observation)
        self.costs.looks_s.append(time.thread_time() - began)
        self.alarms += [
            Alarm(poll.at_s, finding.kind.value, finding.subject)
            for finding in judgement.raised
        ]
        self.standing = len(judgement.findings)
        if self.learned_s is None and judgement.learned >= 1.0:
            self.learned_s = poll.at_s
        self._fit(poll.at_s)
        return judgement

    def accept(self) -> None:
        """Say that settings and identity are right as they are now."""
        self.detector.accept()

    def store(self) -> str:
        """Return everything learned, as it would be on disk."""
        text = json.dumps(self.detector.document())
        self.costs.document_bytes = len(text)
        return text

    def _restart(self) -> None:
        """Go on from what is stored."""
        text = self.store()
        self.detector = Detector(expectations())
        self.unreadable += tuple(self.detector.restore(json.loads(text)))

    def _fit(self, at_s: float) -> None:
        """Learn what is usual, once a day."""
        if at_s < max(self._fitted_s + _FIT_EVERY_S, self._tried_s + _TRY_EVERY_S):
            return
        self._tried_s = at_s
        rows = self.detector.training_rows()
        if rows is None:
            return
        began = time.thread_time()
        self.detector.adopt(*learn(rows, _FOREST_SEED))
        self.costs.fits_s.append(time.thread_time() - began)
        self._fitted_s = at_s
