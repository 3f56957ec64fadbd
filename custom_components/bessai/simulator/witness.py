"""From the engine's state to the truth that is told about it."""

from datetime import UTC, datetime

from .balance import Flows
from .engine import Engine
from .physics import DROWSY_S
from .truth import PlantTruth

ON_GRID = 0x0200
POWER_LIMITED = 0x0201
COMMANDED_OFF = 0x0301
LOOKING_FOR_LIGHT = 0x0002
NO_LIGHT = 0xA000

OFFLINE, STANDBY, RUNNING, ASLEEP = 0, 1, 2, 4


def build_truth(engine: Engine) -> PlantTruth:
    """Return what is so at the engine's time."""
    outcome = engine.instant()
    flows, limits = outcome.flows, outcome.limits
    ledger, state, counters = engine.ledger, engine.state, engine.ledger.counters
    return PlantTruth(
        at=datetime.fromtimestamp(engine.at_s, UTC),
        pv_w=flows.pv_w,
        battery_w=flows.battery_w,
        ac_w=flows.ac_w,
        grid_w=flows.grid_w,
        load_w=flows.load_w,
        loss_w=flows.loss_w,
        soc_pct=engine.physics.soc_pct(state),
        stored_kwh=state.stored_wh / 1000.0,
        battery_temperature_c=state.battery_c,
        inverter_temperature_c=state.inverter_c,
        charge_limit_w=limits.charge_w,
        discharge_limit_w=limits.discharge_w,
        limited=flows.limited,
        forcible_command=int(engine.forcible.command),
        forcible_remaining_s=engine.forcible.remaining_s,
        working_mode=int(engine.controls.mode),
        device_status=_device_status(engine, flows),
        battery_status=_battery_status(engine, flows),
        pv_kwh=counters.pv,
        load_kwh=counters.load,
        import_kwh=counters.imported,
        export_kwh=counters.exported,
        charge_kwh=counters.charged,
        discharge_kwh=counters.discharged,
        yield_kwh=counters.yielded,
        loss_kwh=counters.lost,
        yield_hour_kwh=counters.yielded - ledger.hour.yielded,
        yield_today_kwh=counters.yielded - ledger.day.yielded,
        yield_month_kwh=counters.yielded - ledger.month.yielded,
        yield_year_kwh=counters.yielded - ledger.year.yielded,
        peak_today_w=ledger.peak_today_w,
        charge_today_kwh=counters.charged - ledger.day.charged,
        discharge_today_kwh=counters.discharged - ledger.day.discharged,
    )


def _device_status(engine: Engine, flows: Flows) -> int:
    """Return what register 32089 reports."""
    if not engine.running:
        return COMMANDED_OFF
    if flows.offered_w > 0.0 or flows.battery_w != 0.0:
        return POWER_LIMITED if flows.limited else ON_GRID
    return NO_LIGHT if engine.state.idle_s >= DROWSY_S else LOOKING_FOR_LIGHT


def _battery_status(engine: Engine, flows: Flows) -> int:
    """Return what register 37762 reports."""
    if engine.parameters.battery is None:
        return OFFLINE
    if flows.battery_w != 0.0:
        return RUNNING
    empty = engine.state.stored_wh <= engine.physics.bounds(engine.controls).floor_wh
    dark = engine.physics.asleep(engine.state)
    return ASLEEP if engine.condition.battery_asleep or (empty and dark) else STANDBY
