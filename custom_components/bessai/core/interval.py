"""A stretch of time, half-open: it has its start and not its end."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .errors import BessaiError


class IntervalError(BessaiError):
    """A stretch of time that cannot be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """``[start, end)``, both aware, kept in UTC: days have 24 hours there.

    Raises:
        IntervalError: If a time is naive, or the end does not come after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Take any aware times and keep them in UTC."""
        for name in ("start", "end"):
            moment: datetime = getattr(self, name)
            if moment.utcoffset() is None:
                raise IntervalError(f"{name} {moment.isoformat()} has no time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise IntervalError(
                f"it ends at {self.end.isoformat()}, "
                f"which is not after its start {self.start.isoformat()}"
            )

    @property
    def duration(self) -> timedelta:
        """How long it lasts."""
        return self.end - self.start

    def has(self, moment: datetime) -> bool:
        """Return whether an aware moment lies in it."""
        return self.start <= moment < self.end
