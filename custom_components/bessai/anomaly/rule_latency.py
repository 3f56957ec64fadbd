"""Answers that take longer than they ever did: somebody may sit in between."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Observation
from .high_quantile import HighQuantile
from .residual import Residual
from .window import usable

_LEAST_S = 0.06
"""A busy machine of ours answers its own cables later by so much."""

_LEARNING_S, _LEARNING_LOOKS = 2 * 86400.0, 1000.0
_GAP_S = 400.0
_RECONNECTED_S = 60.0
"""So long after it was reconnected a dongle may be slow."""

_TAKEN_OVER_S = 6 * 3600.0
_HOLD_S = 60.0
"""Dongles have slow minutes."""

SUBJECT = "response"


@dataclass(frozen=True, slots=True)
class _Span:
    """Which of the last polls stands for all of them."""

    polls: int
    least: int
    most_s: float
    share: float
    """How many of them are faster."""

    factor: float
    """By how much it may be slower than it ever was."""


_SPANS = (_Span(12, 7, 900.0, 0.5, 10**0.25), _Span(48, 5, 480.0, 0.25, 10**0.15))
"""The median sees soon what is much slower. Among the faster polls of eight minutes the
slow minutes of a dongle, five in a row at most, do not show, but what is added to each
answer does."""


class _Typical:
    """The time of a typical poll of the last ones, and how high it went in the past."""

    def __init__(self, span: _Span) -> None:
        self.span = span
        self._recent: deque[tuple[float, float]] = deque(maxlen=span.polls)
        self.usual = HighQuantile()

    def add(self, now_s: float, response_s: float) -> float | None:
        """Take a poll; return the typical time, if there are enough of them."""
        recent = self._recent
        recent.append((now_s, response_s))
        while recent[0][0] < now_s - self.span.most_s:
            recent.popleft()
        if len(recent) < self.span.least:
            return None
        return sorted(one for _, one in recent)[int(self.span.share * len(recent))]

    def clear(self) -> None:
        self._recent.clear()


class LatencyRule:
    """Learns how long answers take, slow minutes included."""

    name: ClassVar[str] = "latency"

    def __init__(self, expectations: Expectations) -> None:
        self._typical = [_Typical(span) for span in _SPANS]
        self._observed_s = 0.0
        self._last_s: float | None = None
        self._settles_at_s = -inf
        self._slow_since_s: float | None = None

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return by how much answers are slower than usual."""
        now_s, last_s = seen.uptime_s, self._last_s
        elapsed_s = 0.0 if last_s is None else now_s - last_s
        self._last_s = now_s
        if elapsed_s < 0.0:
            self._begin_anew()
        elif elapsed_s <= _GAP_S:
            self._observed_s += elapsed_s
        if seen.reconnected:
            self._settles_at_s = now_s + _RECONNECTED_S
        response_s = usable(seen.response_s)
        settling = now_s < self._settles_at_s or seen.stranger is not None
        if settling or response_s is None or response_s <= 0.0:
            return ()
        return self._judge(now_s, max(response_s, 1e-5))

    def document(self) -> Mapping[str, Any]:
        """Return how long answers take."""
        return {
            "observed_s": self._observed_s,
            "typical": [one.usual.document() for one in self._typical],
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know it again."""
        if not document:
            return
        observed_s = float(document["observed_s"])
        if not isfinite(observed_s):
            raise ValueError("learned for ever")
        usual = [HighQuantile.from_document(one) for one in document["typical"]]
        for each, one in zip(self._typical, usual, strict=True):
            each.usual = one
        self._observed_s = observed_s

    def _judge(self, now_s: float, response_s: float) -> Iterable[Residual]:
        """Return what is furthest from usual, and learn what is not far from it."""
        values = [(each, each.add(now_s, response_s)) for each in self._typical]
        found = [
            _residual(value_s, each.usual.value, each.span.factor)
            for each, value_s in values
            if value_s is not None and each.usual.value and self._knows(each.usual)
        ]
        worst = max(found, key=lambda one: one.deviation / one.floor, default=None)
        slow_s = self._slow_s(worst, now_s)
        if slow_s is None or slow_s > _TAKEN_OVER_S:
            for each, value_s in values:
                if value_s is not None:
                    each.usual.add(value_s)
        if worst is None:
            return ()
        if slow_s is not None and slow_s < _HOLD_S:
            return (replace(worst, deviation=worst.floor),)
        return (worst,)

    def _slow_s(self, worst: Residual | None, now_s: float) -> float | None:
        """Return for how long answers have been too slow; ``None``: they are not."""
        if worst is None or worst.deviation <= worst.floor:
            self._slow_since_s = None
            return None
        if self._slow_since_s is None:
            self._slow_since_s = now_s
        return now_s - self._slow_since_s

    def _knows(self, usual: HighQuantile) -> bool:
        return self._observed_s >= _LEARNING_S and usual.count >= _LEARNING_LOOKS

    def _begin_anew(self) -> None:
        self._settles_at_s = -inf
        self._slow_since_s = None
        for each in self._typical:
            each.clear()


def _residual(measured_s: float, usual_s: float, factor: float) -> Residual:
    return Residual(
        kind=FindingKind.SLOW_ANSWERS,
        subject=SUBJECT,
        measured=measured_s,
        expected=usual_s,
        deviation=max(0.0, measured_s - usual_s),
        floor=max(_LEAST_S, (factor - 1.0) * usual_s),
        unit="s",
        learns=False,
    )
