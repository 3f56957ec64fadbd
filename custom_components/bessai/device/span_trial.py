"""Whether a long read is worth having on this device.

Some dongles answer one long request faster than two short ones, some slower, some
refuse to cross undocumented addresses. Nobody has a list, so each device is asked.
"""

from collections.abc import Mapping
from statistics import median

from .profile import SafeSpan

SAMPLES = 3
"""Enough for a median; a single slow answer must not decide for the years to come."""

SLOWER_BY = 1.05
"""Above this ratio the long read counts as slower; below lies measuring noise."""


class SpanTrials:
    """Collects comparisons and keeps the verdicts."""

    def __init__(self, verdicts: Mapping[tuple[int, int], bool] | None = None) -> None:
        self._verdicts = dict(verdicts or {})
        self._ratios: dict[tuple[int, int], list[float]] = {}

    @property
    def verdicts(self) -> Mapping[tuple[int, int], bool]:
        """Start and count of a span to whether it is used, for storage."""
        return dict(self._verdicts)

    def is_accepted(self, span: SafeSpan) -> bool:
        """Return whether the span proved itself on this device."""
        return self._verdicts.get((span.start, span.count), False)

    def is_open(self, span: SafeSpan) -> bool:
        """Return whether the span still has to be tried."""
        return (span.start, span.count) not in self._verdicts

    def record_failed(self, span: SafeSpan) -> None:
        """Reject a span that the device did not answer."""
        self._verdicts[span.start, span.count] = False

    def record(self, span: SafeSpan, took_s: float, instead_of_s: float) -> None:
        """Add a comparison; the verdict falls with the last sample.

        Args:
            span: The long read.
            took_s: How long its answer took, s.
            instead_of_s: How long the reads it replaces took together, s.
        """
        ratios = self._ratios.setdefault((span.start, span.count), [])
        ratios.append(took_s / max(instead_of_s, 1e-6))
        if len(ratios) >= SAMPLES:
            self._verdicts[span.start, span.count] = median(ratios) <= SLOWER_BY
