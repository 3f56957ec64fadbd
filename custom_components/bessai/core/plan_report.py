"""A plan as it is told to others: what is meant to be done, and what it should cost.

Powers have our sign (``design.md`` 4): battery power is positive when discharging,
grid power when importing. Money is in the currency of the report.
"""

from dataclasses import dataclass
from datetime import datetime

from .interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStepReport:
    """One interval of a plan, its means and its end."""

    interval: Interval
    intent: str
    """What the battery is told, in the plan's word."""

    why: str
    """Why, in the plan's word."""

    battery_power_w: float
    """Expected at the terminals, mean."""

    grid_power_w: float
    pv_power_w: float
    """Expected, before curtailment."""

    load_power_w: float
    stored_kwh: float
    """Expected at the end."""

    import_price: float
    export_price: float
    """Per kWh at the meter."""

    stored_value: float
    """Marginal value of stored energy at the end, per stored kWh."""

    cost: float
    """Expected bill and wear of the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingReport:
    """What a plan saves against self-consumption if sun and house turn out so."""

    p10: float
    """Only one time in ten it is less."""

    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanReport:
    """A plan, without how it was found."""

    made_at: datetime
    """Aware, UTC."""

    known_until: datetime
    """When the last published price ends; aware, UTC."""

    currency: str
    """ISO 4217."""

    cost: float
    """Expected bill and wear until the end, minus what the energy stored there is worth
    above an empty battery."""

    idle_cost: float
    """The same with a battery that does nothing."""

    self_consumption_cost: float
    """The same with the battery left to the inverter."""

    saving_band: SavingReport | None
    """``None``: the forecasts come without bands."""

    solve_ms: float
    steps: tuple[PlanStepReport, ...]
    """Consecutive; at least one."""

    @property
    def saving(self) -> float:
        """What it saves against self-consumption."""
        return self.self_consumption_cost - self.cost
