"""One step of the plant: from settings, sun and load to flows and a new state."""

from dataclasses import dataclass

from .balance import Flows, Situation, balance, standby
from .battery import Battery, Bounds, Range
from .condition import PlantCondition
from .controls import Command, Controls
from .inverter import Inverter
from .modes import IDLE, FollowLoad, LocalMinute, Wish, wish
from .parameters import BatteryParameters, PlantParameters
from .thermal import BATTERY, INVERTER, settle

DROWSY_S = 600.0
"""How long neither sun nor battery moves before inverter and battery fall asleep."""

_PV_START_W = 15.0
"""Panels that offer less than this do not start the inverter."""

_NOTHING = BatteryParameters(
    capacity_kwh=1.0,
    soc_pct=0.0,
    charge_power_w=0.0,
    discharge_power_w=0.0,
    standby_w=0.0,
    sleep_w=0.0,
)
"""A battery that is not there: it takes and gives nothing."""

_PCT = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicsState:
    """What the plant carries from one instant to the next."""

    stored_wh: float
    battery_c: float
    inverter_c: float
    idle_s: float = 0.0
    """How long neither sun nor battery has moved, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the plant cannot choose."""

    offered_w: float
    """DC power the panels offer."""

    load_w: float
    ambient_c: float
    when: LocalMinute


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a step came to."""

    flows: Flows
    limits: Range
    """The battery's own limits at the beginning, before settings."""


class Physics:
    """The laws of one plant; it has no memory of its own."""

    def __init__(self, parameters: PlantParameters) -> None:
        self._parameters = parameters
        self.inverter = Inverter(rated_w=parameters.rated_power_w)
        self.battery = Battery(parameters=parameters.battery or _NOTHING)

    def step(
        self,
        state: PhysicsState,
        controls: Controls,
        condition: PlantCondition,
        around: Surroundings,
        duration_s: float,
    ) -> Outcome:
        """Return the mean flows of a step; a duration of 0 asks for the instant."""
        limits = self.battery.limits(state.stored_wh, state.battery_c)
        offered_w = around.offered_w if around.offered_w >= _PV_START_W else 0.0
        situation = Situation(
            offered_w=offered_w,
            load_w=around.load_w,
            possible=self._possible(state, controls, condition, limits, duration_s),
            output_limit_w=controls.output_limit_w,
            export_limit_w=controls.export_limit_w,
        )
        if not controls.running:
            return Outcome(flows=standby(self.inverter, situation), limits=limits)
        wanted = self._wish(state, controls, condition, around.when)
        flows = balance(self.inverter, situation, wanted)
        if self.asleep(state) and offered_w == 0.0 and flows.battery_w == 0.0:
            flows = standby(self.inverter, situation)
        return Outcome(flows=flows, limits=limits)

    def after(
        self,
        state: PhysicsState,
        flows: Flows,
        around: Surroundings,
        duration_s: float,
    ) -> PhysicsState:
        """Return the state after these flows have lasted for a time."""
        idle = flows.offered_w == 0.0 and flows.battery_w == 0.0
        parameters = self.battery.parameters
        loss = 1.0 - parameters.discharge_efficiency
        if flows.battery_w < 0.0:
            loss = 1.0 - parameters.charge_efficiency
        return PhysicsState(
            stored_wh=self.battery.store(
                state.stored_wh, flows.battery_w, self.drain_w(state), duration_s
            ),
            battery_c=settle(
                BATTERY,
                state.battery_c,
                around.ambient_c,
                abs(flows.battery_w) * loss,
                duration_s,
            ),
            inverter_c=settle(
                INVERTER, state.inverter_c, around.ambient_c, flows.loss_w, duration_s
            ),
            idle_s=state.idle_s + duration_s if idle else 0.0,
        )

    def soc_pct(self, state: PhysicsState) -> float:
        """Return the state of charge, percent of the usable capacity."""
        return state.stored_wh / self.battery.capacity_wh * _PCT

    def asleep(self, state: PhysicsState) -> bool:
        """Tell whether the inverter has gone to sleep for want of sun and work."""
        return state.idle_s >= DROWSY_S

    def drain_w(self, state: PhysicsState) -> float:
        """Return the standby loss of the battery, W."""
        parameters = self.battery.parameters
        return parameters.sleep_w if self.asleep(state) else parameters.standby_w

    def bounds(self, controls: Controls) -> Bounds:
        """Return the energies between which settings let the battery be worked."""
        floor_pct = controls.discharge_cutoff_pct
        ceiling_pct = controls.charge_cutoff_pct
        if controls.target_soc_pct is not None:
            if controls.command is Command.CHARGE:
                ceiling_pct = min(ceiling_pct, controls.target_soc_pct)
            else:
                floor_pct = max(floor_pct, controls.target_soc_pct)
        per_pct = self.battery.capacity_wh / _PCT
        return Bounds(floor_pct * per_pct, ceiling_pct * per_pct)

    def _possible(
        self,
        state: PhysicsState,
        controls: Controls,
        condition: PlantCondition,
        limits: Range,
        duration_s: float,
    ) -> Range:
        """Return what the battery can be asked for in this step."""
        waking = controls.command is Command.CHARGE
        if not condition.battery_follows or (condition.battery_asleep and not waking):
            return Range(0.0, 0.0)
        allowed = Range(
            min(limits.charge_w, controls.charge_cap_w),
            min(limits.discharge_w, controls.discharge_cap_w),
        )
        return self.battery.possible(
            allowed,
            self.bounds(controls),
            state.stored_wh,
            self.drain_w(state),
            duration_s,
        )

    def _wish(
        self,
        state: PhysicsState,
        controls: Controls,
        condition: PlantCondition,
        when: LocalMinute,
    ) -> Wish:
        """Return what the battery is to do; without a meter no load is known."""
        switch = self._parameters.quirks.grid_charge_switch_rules_forcible
        wanted = wish(
            controls,
            when,
            self.soc_pct(state),
            grid_for_command=controls.grid_charge or not switch,
        )
        if isinstance(wanted, FollowLoad) and not (
            self._parameters.has_meter and condition.meter_online
        ):
            return IDLE
        return wanted
