"""A plan of the planner as it is told to others."""

from .core.plan_report import PlanReport, PlanStepReport, SavingReport
from .core.units import watts
from .planning.plan import Plan, PlanStep, SavingBand


def report_plan(plan: Plan) -> PlanReport:
    """Return what is meant to be done, without how it was found."""
    return PlanReport(
        made_at=plan.made_at,
        known_until=plan.known_until,
        currency=plan.currency,
        cost=plan.cost,
        idle_cost=plan.idle_cost,
        self_consumption_cost=plan.self_consumption_cost,
        saving_band=_band(plan.saving_band),
        solve_ms=plan.solve_ms,
        steps=tuple(_step(step) for step in plan.steps),
    )


def _band(band: SavingBand | None) -> SavingReport | None:
    if band is None:
        return None
    return SavingReport(p10=band.p10, p50=band.p50, p90=band.p90)


def _step(step: PlanStep) -> PlanStepReport:
    return PlanStepReport(
        interval=step.interval,
        intent=step.intent.value,
        why=step.why.value,
        battery_power_w=watts(step.power_kw),
        grid_power_w=watts(step.grid_kw),
        pv_power_w=watts(step.pv_kw),
        load_power_w=watts(step.load_kw),
        stored_kwh=step.stored_kwh,
        import_price=step.import_price,
        export_price=step.export_price,
        stored_value=step.value,
        cost=step.cost,
    )
