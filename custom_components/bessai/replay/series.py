"""What house and panels did, minute by minute or quarter by quarter, to be replayed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..core.interval import Interval
from ..core.power_forecast import PowerForecast, PowerStep


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSeries:
    """Mean powers of equal periods, without a gap."""

    start: datetime
    """Aware."""

    period: timedelta
    values_w: Sequence[float]
    """Not negative."""

    @property
    def end(self) -> datetime:
        """When the last period ends; aware."""
        return self.start + self.period * len(self.values_w)

    def at(self, moment: datetime) -> float:
        """Return the power of a moment, W; beyond the ends that of the nearer one."""
        index = (moment - self.start) // self.period
        return self.values_w[min(max(index, 0), len(self.values_w) - 1)]

    def mean_w(self, interval: Interval) -> float:
        """Return the mean power of an interval, to whole periods, at least one, W."""
        first = (interval.start - self.start) // self.period
        count = max(1, interval.duration // self.period)
        last = len(self.values_w) - 1
        places = (min(max(first + i, 0), last) for i in range(count))
        return sum(self.values_w[place] for place in places) / count

    def forecast(self, interval: Interval, step: timedelta) -> PowerForecast:
        """Return a forecast that knows the series: perfect foresight of step means."""
        steps: list[PowerStep] = []
        start = interval.start
        while start < interval.end:
            part = Interval(start=start, end=start + step)
            mean_w = self.mean_w(part)
            steps.append(
                PowerStep(interval=part, p10_w=mean_w, p50_w=mean_w, p90_w=mean_w)
            )
            start += step
        return PowerForecast(source="perfect", steps=tuple(steps))
