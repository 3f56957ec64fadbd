"""A battery and prices, valid by default."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BATTERY = BatterySpec(
    min_kwh=0.5,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=5.0,
    charge_efficiency=0.95,
    discharge_efficiency=0.95,
    wear_cost=0.02,
)


def battery(**changes: Any) -> BatterySpec:
    """Return a battery of 10 kWh and 5 kW."""
    return replace(BATTERY, **changes)


def curve(
    import_prices: Sequence[float],
    export_prices: Sequence[float] | float = 0.08,
    *,
    start: datetime = NOW,
    length: timedelta = timedelta(hours=1),
) -> PriceCurve:
    """Return prices of consecutive intervals of one length."""
    if isinstance(export_prices, int | float):
        export_prices = [export_prices] * len(import_prices)
    return PriceCurve(
        currency="EUR",
        steps=tuple(
            PriceStep(
                interval=Interval(
                    start=start + n * length, end=start + (n + 1) * length
                ),
                import_price=bought,
                export_price=sold,
            )
            for n, (bought, sold) in enumerate(
                zip(import_prices, export_prices, strict=True)
            )
        ),
    )
