"""What was forecast, kept until it can be compared with what came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any

from ..core.errors import BessaiError
from ..core.interval import Interval
from ..core.power_forecast import PowerForecast
from .quarters import QUARTER, Quarters, quarter_of

LEADS_H = (1, 6, 24)
"""How far ahead a forecast is looked at: the next decision, the half day over which
a battery is mostly planned, and the next day."""

LEAD_H = 6
"""The one of which a single figure is shown."""

KEPT = timedelta(days=8)
JUDGED = timedelta(days=7)
LEAST_QUARTERS = 8
"""Two hours: less is an anecdote."""


class UnreadableRecord(BessaiError):  # noqa: N818 - named after what happened
    """A document that was not written by :meth:`ForecastRecord.as_document`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastError:
    """How far forecasts were off, over at most the last seven days."""

    mae_w: float
    """Mean absolute error of quarter hours, W."""

    bias_w: float
    """Mean of forecast minus measured, W: above 0, too much was expected."""

    mean_w: float
    """Mean of what was measured, W, to see the others against."""

    quarters: int
    """How many quarter hours were compared."""


class ForecastRecord:
    """The means (p50) that one kind of forecast gave, by how far ahead they were."""

    def __init__(
        self, leads_h: tuple[int, ...] = LEADS_H, kept: timedelta = KEPT
    ) -> None:
        """Keep forecasts of these leads, h, for so long."""
        self._said: dict[int, dict[datetime, float]] = {lead: {} for lead in leads_h}
        self._kept = kept

    def note(self, forecast: PowerForecast, now: datetime) -> None:
        """Keep what a forecast says of the quarter hours that lie a lead ahead.

        To be called each quarter hour; a later call within one replaces the earlier.
        """
        for lead_h, said in self._said.items():
            start = quarter_of(now + timedelta(hours=lead_h))
            power_w = forecast.mean_w(Interval(start=start, end=start + QUARTER))
            if power_w is not None:
                said[start] = power_w
            for old in [quarter for quarter in said if quarter < now - self._kept]:
                del said[old]

    def said(self, lead_h: int) -> Quarters:
        """Return what was forecast so far ahead, also of what is yet to come."""
        return self._said[lead_h]

    def error(
        self, measured: Quarters, now: datetime, lead_h: int = LEAD_H
    ) -> ForecastError | None:
        """Return how far forecasts of a lead were off; ``None``: too few to tell."""
        pairs = [
            (power_w, measured[quarter])
            for quarter, power_w in self._said[lead_h].items()
            if now - JUDGED <= quarter < now and quarter in measured
        ]
        if len(pairs) < LEAST_QUARTERS:
            return None
        count = len(pairs)
        return ForecastError(
            mae_w=sum(abs(said - got) for said, got in pairs) / count,
            bias_w=sum(said - got for said, got in pairs) / count,
            mean_w=sum(got for _, got in pairs) / count,
            quarters=count,
        )

    def as_document(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            str(lead_h): as_rows(said) for lead_h, said in self._said.items() if said
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take back what was stored; leads that are no longer kept are passed over.

        Raises:
            UnreadableRecord: If the document is not one of :meth:`as_document`.
        """
        try:
            read = {
                lead_h: from_rows(document.get(str(lead_h), ()))
                for lead_h in self._said
            }
        except (AttributeError, TypeError, ValueError, OverflowError, OSError) as err:
            raise UnreadableRecord(
                f"stored forecasts are not readable: {err!r}"
            ) from err
        for lead_h, said in read.items():
            self._said[lead_h].update(said)


def as_rows(quarters: Quarters) -> list[list[int]]:
    """Return quarter hours as rows of seconds since 1970 and watts, for a document."""
    return [
        [int(quarter.timestamp()), round(power_w)]
        for quarter, power_w in quarters.items()
    ]


def from_rows(rows: Any) -> dict[datetime, float]:
    """Return the quarter hours of rows.

    Raises:
        TypeError: If they are not rows of two numbers.
        ValueError: Likewise, or if a number is not finite.
        OverflowError: If a time is beyond all calendars; ``OSError`` on some systems.
    """
    quarters = {}
    for seconds, power_w in rows:
        if not isfinite(power_w):
            raise ValueError(f"{power_w} W")
        quarters[quarter_of(datetime.fromtimestamp(seconds, UTC))] = float(power_w)
    return quarters
