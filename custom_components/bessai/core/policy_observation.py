"""What a learned dispatch policy is told of the present and the hours ahead."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from .battery_spec import BatterySpec
from .power_forecast import PowerForecast
from .price_curve import PriceCurve


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyObservation:
    """Everything a policy may be told; which of it a model wants, its card says."""

    now: datetime
    """Aware, UTC."""

    zone: tzinfo
    """Of the home: a day's hours are those of its clock."""

    stored_kwh: float
    """Held by the battery, as in ``BatterySpec``: from 0 at 0 % of its capacity."""

    capacity_kwh: float
    """Of the whole battery, 0 to 100 %."""

    battery_power_kw: float | None
    """At the terminals, positive when discharging; ``None``: not known."""

    battery_temperature_c: float | None
    net_load_kw: float
    """House minus panels, mean of the last minutes; negative: surplus."""

    pv_kw: float
    battery: BatterySpec
    """What it can do, within the owner's limits."""

    prices: PriceCurve | None
    """From now on; beyond what is published with forecasts. ``None``: there are none,
    and a model that wants prices cannot be asked."""

    pv: PowerForecast | None
    load: PowerForecast | None
