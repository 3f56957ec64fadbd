"""What is physically so in the simulated plant, in our units and signs."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantTruth:
    """One instant of the plant.

    Power towards the house is positive. Exactly:
    ``load_w = ac_w + grid_w`` and ``ac_w = pv_w + battery_w - loss_w``.
    """

    at: datetime
    """Aware, UTC."""

    pv_w: float
    """DC power the panels deliver, after curtailment."""

    battery_w: float
    """At the battery's terminals, positive when discharging."""

    ac_w: float
    """Inverter to house, negative when it draws."""

    grid_w: float
    """Positive when importing."""

    load_w: float
    loss_w: float
    """Heat made by the inverter."""

    soc_pct: float
    stored_kwh: float
    battery_temperature_c: float
    inverter_temperature_c: float
    charge_limit_w: float
    """What the battery could take now (37046)."""

    discharge_limit_w: float
    """What the battery could give now (37048)."""

    limited: bool
    """Whether a setting or the inverter's size takes power away."""

    forcible_command: int
    """47100: 0 none, 1 charge, 2 discharge."""

    forcible_remaining_s: float | None
    """Until the forcible command ends by itself; ``None``: none, or no time limit."""

    working_mode: int
    """As register 37006 reports it; 1 is forcible, 4 self-consumption."""

    device_status: int
    """As register 32089 reports it."""

    battery_status: int
    """As register 37762 reports it; 2 running, 4 asleep."""

    pv_kwh: float
    load_kwh: float
    import_kwh: float
    export_kwh: float
    charge_kwh: float
    """Into the battery's terminals, lifetime."""

    discharge_kwh: float
    """Out of the battery's terminals, lifetime."""

    yield_kwh: float
    """Out of the inverter's AC side, lifetime (drawing is not subtracted)."""

    loss_kwh: float
    yield_hour_kwh: float
    """Since the inverter's last full hour."""

    yield_today_kwh: float
    yield_month_kwh: float
    yield_year_kwh: float
    peak_today_w: float
    """Highest AC power since the inverter's midnight."""

    charge_today_kwh: float
    discharge_today_kwh: float
