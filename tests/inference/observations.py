"""What a policy is told of a home, valid by default."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.policy_observation import PolicyObservation
from custom_components.bessai.core.power_forecast import PowerForecast, PowerStep
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BATTERY = BatterySpec(
    min_kwh=2.0,
    max_kwh=10.0,
    charge_kw=4.0,
    discharge_kw=2.0,
    charge_efficiency=0.9,
    discharge_efficiency=0.9,
    wear_cost=0.02,
)


def curve(
    bought: list[float],
    sold: float = 0.08,
    start: datetime = NOW,
    length: timedelta = HOUR,
    certain: int | None = None,
) -> PriceCurve:
    """Return prices of equal intervals, the first ones certain."""
    return PriceCurve(
        currency="EUR",
        steps=tuple(
            PriceStep(
                interval=Interval(
                    start=start + n * length, end=start + (n + 1) * length
                ),
                import_price=price,
                export_price=sold,
                confidence=1.0 if certain is None or n < certain else 0.5,
            )
            for n, price in enumerate(bought)
        ),
    )


def forecast(
    watts: list[float], start: datetime = NOW, length: timedelta = HOUR
) -> PowerForecast:
    """Return a forecast of equal intervals."""
    return PowerForecast(
        source="test",
        steps=tuple(
            PowerStep(
                interval=Interval(
                    start=start + n * length, end=start + (n + 1) * length
                ),
                p10_w=power_w,
                p50_w=power_w,
                p90_w=power_w,
            )
            for n, power_w in enumerate(watts)
        ),
    )


def observation(**changes: Any) -> PolicyObservation:
    """Return a home at noon with everything known for a day and more."""
    whole = PolicyObservation(
        now=NOW,
        zone=ZoneInfo("Europe/Berlin"),
        stored_kwh=4.0,
        capacity_kwh=10.0,
        battery_power_kw=1.5,
        battery_temperature_c=21.0,
        net_load_kw=-0.4,
        pv_kw=1.0,
        battery=BATTERY,
        prices=curve([0.3] * 36),
        pv=forecast([0.0] * 36),
        load=forecast([500.0] * 36),
    )
    return replace(whole, **changes)
