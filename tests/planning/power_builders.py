"""Measured powers and forecasts, made up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.planning.quarters import QUARTER, quarters_between

MADRID = ZoneInfo("Europe/Madrid")
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
"""At midnight in UTC, which is two o'clock in Madrid."""


def measured(
    start: datetime, days: float, power_w: Callable[[datetime], float]
) -> dict[datetime, float]:
    """Return a power measured in each quarter hour of so many days."""
    end = start + timedelta(days=days)
    return {quarter: power_w(quarter) for quarter in quarters_between(start, end)}


def steady(power_w: float) -> Callable[[datetime], float]:
    """Return a power that never changes."""
    return lambda _: power_w


def by_local_hour(
    zone: ZoneInfo, powers_w: dict[int, float]
) -> Callable[[datetime], float]:
    """Return a power that depends on the hour on the wall clock, else 100 W."""
    return lambda quarter: powers_w.get(quarter.astimezone(zone).hour, 100.0)


def sunny(peak_w: float) -> Callable[[datetime], float]:
    """Return the power of panels between 6 and 18 o'clock in UTC, a triangle."""

    def power_w(quarter: datetime) -> float:
        hour = quarter.hour + quarter.minute / 60
        return peak_w * max(0.0, 1 - abs(hour - 12) / 6)

    return power_w


def forecast(
    start: datetime,
    powers_w: list[float],
    *,
    length: timedelta = QUARTER,
    band: tuple[float, float] = (1.0, 1.0),
) -> PowerForecast:
    """Return a forecast of consecutive intervals; the band is a part of the middle."""
    steps = tuple(
        PowerStep(
            interval=Interval(
                start=start + index * length, end=start + (index + 1) * length
            ),
            p10_w=band[0] * power_w,
            p50_w=power_w,
            p90_w=band[1] * power_w,
        )
        for index, power_w in enumerate(powers_w)
    )
    return PowerForecast(source="test", steps=steps)
