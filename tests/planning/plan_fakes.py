"""Plans whose value of stored energy is a plain number, for tests of execution."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from custom_components.bessai.core.battery_spec import BatterySpec
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.mean_value import Prospect
from custom_components.bessai.planning.plan import Intent, Plan, PlanStep, Why
from custom_components.bessai.planning.present import Measurement
from custom_components.bessai.planning.problem import GridSpec, Problem, ProblemStep
from custom_components.bessai.planning.solution import Solution
from custom_components.bessai.planning.value_function import ValueFunction

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
BATTERY = BatterySpec(
    min_kwh=1.0,
    own_floor_kwh=1.0,
    max_kwh=10.0,
    charge_kw=5.0,
    discharge_kw=5.0,
    charge_efficiency=0.95,
    discharge_efficiency=0.95,
    wear_cost=0.02,
)


def measured(
    net_load_kw: float, *, pv_kw: float = 0.0, stored_kwh: float = 5.0
) -> Measurement:
    """Return what house and battery do."""
    return Measurement(
        net_load_kw=net_load_kw,
        pv_kw=max(pv_kw, -net_load_kw),
        stored_kwh=stored_kwh,
    )


def worth(value: float) -> ValueFunction:
    """Return a value function whose every kWh is worth so much."""
    return ValueFunction(kinks_kwh=(1.0, 10.0), starts=(9 * value,), ends=(0.0,))


def worth_up_to(kwh: float, value: float, beyond: float) -> ValueFunction:
    """Return a value function whose kWh are worth less beyond an amount."""
    rest = (10.0 - kwh) * beyond
    return ValueFunction(
        kinks_kwh=(1.0, kwh, 10.0),
        starts=((kwh - 1.0) * value + rest, rest),
        ends=(rest, 0.0),
    )


def solution(*values: ValueFunction) -> Solution:
    """Return a solution of which only the values matter."""
    return Solution(
        powers_kw=(0.0,) * (len(values) - 1),
        stored_kwh=(5.0,) * len(values),
        objective=0.0,
        gap_bound=0.0,
        values=values,
        floor_missing_kwh=0.0,
    )


def plan(
    value: float | ValueFunction,
    *,
    import_price: float = 0.30,
    export_price: float = 0.08,
    count: int = 4,
    **problem: object,
) -> Plan:
    """Return a plan of some quarters in which a stored kWh is worth so much."""
    after = worth(value) if isinstance(value, float) else value
    steps = tuple(
        ProblemStep(
            interval=Interval(start=NOW + i * QUARTER, end=NOW + (i + 1) * QUARTER),
            import_price=import_price,
            export_price=export_price,
            pv_kw=0.0,
            load_kw=1.0,
        )
        for i in range(count)
    )
    asked = Problem(
        steps=steps, battery=BATTERY, stored_kwh=5.0, grid=GridSpec(can_curtail=False)
    )
    posed = replace(asked, **problem)  # type: ignore[arg-type]
    return Plan(
        made_at=NOW,
        currency="EUR",
        battery=posed.battery,
        problem=posed,
        solution=solution(*[after] * (count + 1)),
        steps=tuple(_plan_step(step) for step in steps),
        known_until=steps[-1].interval.end,
        cost=0.0,
        idle_cost=0.0,
        self_consumption_cost=0.0,
        saving_band=None,
    )


def with_prospects(base: Plan, *values: tuple[float, float]) -> Plan:
    """Return the plan with prospects: their weights and what a kWh is worth in them."""
    count = len(base.solution.values)
    prospects = tuple(
        Prospect(weight=weight, solution=solution(*[worth(value)] * count))
        for weight, value in values
    )
    return replace(base, prospects=prospects)


def _plan_step(step: ProblemStep) -> PlanStep:
    return PlanStep(
        interval=step.interval,
        intent=Intent.SELF_CONSUMPTION,
        why=Why.NOTHING_TO_GAIN,
        price=step.import_price,
        value=0.0,
        power_kw=0.0,
        stored_kwh=5.0,
        grid_kw=0.0,
        pv_kw=step.pv_kw,
        load_kw=step.load_kw,
        import_price=step.import_price,
        export_price=step.export_price,
        cost=0.0,
    )
