"""The rules that can refuse, one function each; the table is in ``design.md`` 7."""

from collections.abc import Iterator

from ..core.plant_state import PlantState, Readiness
from ..core.setpoint import Direction
from ..core.verdict import Ground, Reason
from .allowance import build_allowance
from .grounds import because
from .inputs import Inputs
from .limits import (
    LEAST_POWER_W,
    SOC_HYSTERESIS_PCT,
    TEMPERATURE_HYSTERESIS_C,
    Limits,
)
from .threshold import Threshold


def manager_present(state: PlantState) -> Ground | None:
    """Something on site commands the battery, and would override us."""
    if state.manager is None:
        return None
    return because(Reason.MANAGER_PRESENT, state.manager)


def inverter_not_ready(state: PlantState) -> Ground | None:
    """The inverter is not on the grid."""
    if state.inverter is Readiness.READY:
        return None
    if state.inverter is None:
        return because(Reason.TELEMETRY_MISSING, "inverter")
    return because(Reason.NOT_ON_GRID, state.inverter_status or state.inverter)


def battery_not_ready(direction: Direction, state: PlantState) -> Ground | None:
    """The battery cannot work; one that sleeps is woken by a charge."""
    if state.battery is Readiness.READY:
        return None
    if state.battery is None:
        return because(Reason.TELEMETRY_MISSING, "battery")
    status = state.battery_status or state.battery
    if state.battery is not Readiness.ASLEEP:
        return because(Reason.BATTERY_NOT_READY, status)
    if direction is Direction.CHARGE:
        return None
    return because(Reason.BATTERY_ASLEEP, status)


def alarm_active(state: PlantState) -> Ground | None:
    """The plant reports something that forbids any command."""
    if state.blocking_alarms is None:
        return because(Reason.TELEMETRY_MISSING, "blocking_alarms")
    if not state.blocking_alarms:
        return None
    return because(Reason.ALARM, ", ".join(state.blocking_alarms))


def battery_cold(direction: Direction, limits: Limits, inputs: Inputs) -> Ground | None:
    """A cold battery is harmed, by a charge long before by a discharge."""
    limit_c = limits.discharge_temperature_min_c
    if direction is Direction.CHARGE:
        limit_c = limits.charge_temperature_min_c
    coldest_c = inputs.battery_temperature_min_c
    if coldest_c >= limit_c:
        return None
    return because(Reason.BATTERY_COLD, coldest_c, limit_c)


def no_power(direction: Direction, limits: Limits, inputs: Inputs) -> Ground | None:
    """Nothing is left that is worth a command."""
    allowance = build_allowance(direction, limits, inputs)
    if allowance.power_w >= LEAST_POWER_W:
        return None
    if allowance.reason is Reason.STORED_LIMIT and allowance.cap_w == 0.0:
        return because(Reason.STORED_LIMIT, None, 0.0)
    return because(Reason.NO_POWER_LEFT, allowance.power_w, LEAST_POWER_W)


def battery_hot(limits: Limits, inputs: Inputs) -> Threshold:
    """Heat ages a battery, and more."""
    limit = limits.battery_temperature_max_c
    return Threshold(
        reason=Reason.BATTERY_HOT,
        value=inputs.battery_temperature_max_c,
        limit=limit,
        release=limit - TEMPERATURE_HYSTERESIS_C,
    )


def inverter_hot(limits: Limits, inputs: Inputs) -> Threshold:
    """The inverter is hot, and would soon take power back by itself."""
    limit = limits.inverter_temperature_max_c
    return Threshold(
        reason=Reason.INVERTER_HOT,
        value=inputs.inverter_temperature_c,
        limit=limit,
        release=limit - TEMPERATURE_HYSTERESIS_C,
    )


def soc_low(limits: Limits, inputs: Inputs, lead_pct: float) -> Threshold:
    """The battery is emptier than its owner wants it."""
    return Threshold(
        reason=Reason.SOC_LOW,
        direction=Direction.DISCHARGE,
        value=inputs.soc_pct,
        limit=limits.soc_min_pct,
        release=limits.soc_min_pct + SOC_HYSTERESIS_PCT,
        lead=lead_pct,
    )


def soc_high(limits: Limits, inputs: Inputs, lead_pct: float) -> Threshold:
    """The battery is fuller than its owner wants it."""
    return Threshold(
        reason=Reason.SOC_HIGH,
        direction=Direction.CHARGE,
        value=inputs.soc_pct,
        limit=limits.soc_max_pct,
        release=limits.soc_max_pct - SOC_HYSTERESIS_PCT,
        lead=lead_pct,
    )


def discharge_cutoff(inputs: Inputs, lead_pct: float) -> Threshold:
    """The inverter ends a discharge here by itself.

    With hysteresis: a command given again and again at the cut-off is one charge and
    discharge after the other (``huawei_facts.md`` 4.2).
    """
    return Threshold(
        reason=Reason.DISCHARGE_CUTOFF,
        direction=Direction.DISCHARGE,
        value=inputs.soc_pct,
        limit=inputs.discharge_cutoff_pct,
        release=inputs.discharge_cutoff_pct + SOC_HYSTERESIS_PCT,
        lead=lead_pct,
        is_cutoff=True,
    )


def charge_cutoff(inputs: Inputs, lead_pct: float) -> Threshold:
    """The inverter ends a charge here by itself; see :func:`discharge_cutoff`."""
    return Threshold(
        reason=Reason.CHARGE_CUTOFF,
        direction=Direction.CHARGE,
        value=inputs.soc_pct,
        limit=inputs.charge_cutoff_pct,
        release=inputs.charge_cutoff_pct - SOC_HYSTERESIS_PCT,
        lead=lead_pct,
        is_cutoff=True,
    )


def hold_below_reserve(limits: Limits, soc_pct: float | None) -> Ground | None:
    """Too little is stored, or nobody knows how much, to keep it from being charged."""
    if soc_pct is not None and soc_pct >= limits.hold_reserve_soc_pct:
        return None
    return because(Reason.HOLD_RESERVE, soc_pct, limits.hold_reserve_soc_pct)


def status_grounds(direction: Direction, state: PlantState) -> Iterator[Ground]:
    """Yield what the plant's own words say against a command."""
    rules = (
        manager_present(state),
        inverter_not_ready(state),
        battery_not_ready(direction, state),
        alarm_active(state),
    )
    return (one for one in rules if one is not None)


def number_grounds(
    direction: Direction, limits: Limits, inputs: Inputs
) -> Iterator[Ground]:
    """Yield what the rules without hysteresis have against a command."""
    rules = (
        battery_cold(direction, limits, inputs),
        no_power(direction, limits, inputs),
    )
    return (one for one in rules if one is not None)


def thresholds(
    limits: Limits, inputs: Inputs, *, lead_pct: float = 0.0
) -> tuple[Threshold, ...]:
    """Return the rules with hysteresis.

    Args:
        limits: Of the owner's.
        inputs: Of the plant.
        lead_pct: By how much the state of charge is about to come nearer to a limit.
    """
    return (
        battery_hot(limits, inputs),
        inverter_hot(limits, inputs),
        soc_low(limits, inputs, lead_pct),
        discharge_cutoff(inputs, lead_pct),
        soc_high(limits, inputs, lead_pct),
        charge_cutoff(inputs, lead_pct),
    )
