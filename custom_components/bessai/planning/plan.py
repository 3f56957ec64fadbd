"""A plan: what to do in each interval, why, and what it is expected to cost."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..core.battery_spec import BatterySpec
from ..core.interval import Interval
from .mean_value import Prospect
from .problem import Problem
from .solution import Solution


class Intent(StrEnum):
    """What the battery is told; powers only where they matter."""

    SELF_CONSUMPTION = "self_consumption"
    """Released: it stores surplus and covers what the house lacks."""

    STORE_SURPLUS = "store_surplus"
    """Keep what is stored; PV surplus may be added."""

    KEEP = "keep"
    """Neither charge nor discharge: surplus earns more at the meter now."""

    CHARGE = "charge"
    """Charge at a power, from the grid where the panels do not suffice."""

    DISCHARGE = "discharge"
    """Discharge at a power, to the grid where the house does not need it."""


class Why(StrEnum):
    """Why a step does what it does: a closed list, each with a text for people.

    The texts may use ``{value}``, what a stored kWh is worth later, ``{price}``, the
    price that it is compared with now, and ``{currency}``.
    """

    COVERS_LOAD = "covers_load"
    """Importing costs more now than stored energy is worth later: discharge."""

    STORES_SURPLUS = "stores_surplus"
    """Surplus is worth more later than exporting earns now: charge from it."""

    WORTH_MORE_LATER = "worth_more_later"
    """Stored energy is worth more later than importing costs now: keep it."""

    CHEAP_NOW = "cheap_now"
    """Importing costs less now than stored energy is worth later: charge."""

    DEAR_NOW = "dear_now"
    """Exporting earns more now than stored energy is worth later: discharge."""

    EXPORT_PAYS_NOW = "export_pays_now"
    """Surplus earns more at the meter now than it would be worth stored."""

    PAID_TO_IMPORT = "paid_to_import"
    """The import price is negative."""

    GRID_LIMIT = "grid_limit"
    """The battery keeps the meter within the connection's limit."""

    RESERVE = "reserve"
    """What is stored is the owner's reserve, which the inverter alone would use up."""

    MODEL_TARGET = "model_target"
    """A learned policy names this power, and gives no reason."""

    FULL = "full"
    EMPTY = "empty"
    NOTHING_TO_GAIN = "nothing_to_gain"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStep:
    """One interval of a plan."""

    interval: Interval
    intent: Intent
    why: Why
    price: float
    """The price that the decision turned on, per kWh."""

    value: float
    """Marginal value of stored energy at the end of the interval, per stored kWh."""

    power_kw: float
    """Expected mean battery power, positive when discharging."""

    stored_kwh: float
    """Expected at the end."""

    grid_kw: float
    """Expected at the meter, positive when importing."""

    pv_kw: float
    """Expected, before curtailment."""

    load_kw: float
    import_price: float
    export_price: float
    cost: float
    """Expected bill and wear of the interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingBand:
    """What a plan saves against self-consumption if sun and house turn out so."""

    p10: float
    """Only one time in ten it is less."""

    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The optimum for what was known when it was made."""

    made_at: datetime
    """Aware, UTC."""

    currency: str
    battery: BatterySpec
    """With the limits of the owner, whatever is stored."""

    problem: Problem
    solution: Solution
    steps: tuple[PlanStep, ...]
    """Consecutive."""

    known_until: datetime
    """When the last published price ends; aware, UTC."""

    cost: float
    """Expected bill and wear until the end, minus what the energy stored there is worth
    above an empty battery."""

    idle_cost: float
    """The same with a battery that does nothing."""

    self_consumption_cost: float
    """The same with the battery left to the inverter."""

    saving_band: SavingBand | None
    solve_ms: float = 0.0
    prospects: tuple[Prospect, ...] = ()
    """The optima if sun and house turn out otherwise, with the expected one among them:
    what the battery is worked by. Empty: the solution alone."""

    @property
    def saving(self) -> float:
        """What it saves against self-consumption."""
        return self.self_consumption_cost - self.cost

    @property
    def end(self) -> datetime:
        """When it ends; aware, UTC."""
        return self.steps[-1].interval.end

    def step_at(self, moment: datetime) -> PlanStep | None:
        """Return the step of an aware moment, ``None`` outside the plan."""
        return next((step for step in self.steps if step.interval.has(moment)), None)
