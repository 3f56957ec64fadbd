"""What a battery power means, and the price it turned on: the words of a plan.

With ``value`` the worth of a stored kWh later, ``in`` and ``out`` the efficiencies and
``w`` the wear cost, a kWh at the terminals is worth storing if ``value * in - w`` is
more than it costs now, and worth giving if ``value / out + w`` is less than it brings.
"""

from dataclasses import dataclass

from ..core.battery_spec import BatterySpec
from .plan import Intent, Why

NOTHING_KW = 0.01
"""Less power than this is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a power is judged against."""

    battery: BatterySpec
    import_price: float
    export_price: float
    net_load_kw: float
    """House minus panels; negative: surplus."""

    stored_kwh: float
    """Before."""

    hours: float
    """For so long the power lasts."""

    value: float
    """What one more stored kWh is worth afterwards."""

    @property
    def self_consumption_kw(self) -> float:
        """What the inverter would do by itself, as far as the battery can."""
        battery = self.battery
        if self.net_load_kw > 0:
            stock = max(0.0, self.stored_kwh - battery.min_kwh)
            most = stock * battery.discharge_efficiency / self.hours
            return min(self.net_load_kw, battery.discharge_kw, most)
        room = max(0.0, battery.max_kwh - self.stored_kwh)
        most = room / battery.charge_efficiency / self.hours
        return max(self.net_load_kw, -battery.charge_kw, -most)


def intent_of(
    power_kw: float, scene: Scene, tolerance_kw: float = NOTHING_KW
) -> Intent:
    """Return what the battery has to be told so that it does this.

    Args:
        power_kw: Positive when discharging.
        scene: What surrounds it.
        tolerance_kw: By so much a power may differ and count as the same.
    """
    if abs(power_kw - scene.self_consumption_kw) <= tolerance_kw:
        return Intent.SELF_CONSUMPTION
    if abs(power_kw) <= tolerance_kw:
        return Intent.STORE_SURPLUS if scene.net_load_kw >= 0 else Intent.KEEP
    return Intent.DISCHARGE if power_kw > 0 else Intent.CHARGE


def explain(intent: Intent, power_kw: float, scene: Scene) -> tuple[Why, float]:
    """Return why this is done, and the price that it turned on, per kWh."""
    if intent is Intent.SELF_CONSUMPTION:
        return _explain_self_consumption(scene)
    if intent is Intent.KEEP:
        return Why.EXPORT_PAYS_NOW, scene.export_price
    if intent is Intent.STORE_SURPLUS:
        return Why.WORTH_MORE_LATER, scene.import_price
    if intent is Intent.CHARGE:
        return _explain_charge(power_kw, scene)
    return _explain_discharge(power_kw, scene)


def _explain_self_consumption(scene: Scene) -> tuple[Why, float]:
    power_kw = scene.self_consumption_kw
    if scene.net_load_kw > NOTHING_KW:
        why = Why.COVERS_LOAD if power_kw > NOTHING_KW else Why.EMPTY
        return why, scene.import_price
    if scene.net_load_kw < -NOTHING_KW:
        why = Why.STORES_SURPLUS if power_kw < -NOTHING_KW else Why.FULL
        return why, scene.export_price
    return Why.NOTHING_TO_GAIN, scene.import_price


def _explain_charge(power_kw: float, scene: Scene) -> tuple[Why, float]:
    """More than the surplus comes from the grid; less leaves some for the meter."""
    if power_kw > min(scene.net_load_kw, 0.0):
        return Why.EXPORT_PAYS_NOW, scene.export_price
    if scene.import_price < 0:
        return Why.PAID_TO_IMPORT, scene.import_price
    battery = scene.battery
    worth = scene.value * battery.charge_efficiency - battery.wear_cost
    why = Why.CHEAP_NOW if scene.import_price <= worth + _ROUNDING else Why.GRID_LIMIT
    return why, scene.import_price


def _explain_discharge(power_kw: float, scene: Scene) -> tuple[Why, float]:
    """More than the house lacks goes to the grid; less leaves the rest to the grid."""
    battery = scene.battery
    cost = scene.value / battery.discharge_efficiency + battery.wear_cost
    if power_kw > max(scene.net_load_kw, 0.0) + NOTHING_KW:
        why = Why.DEAR_NOW if scene.export_price >= cost - _ROUNDING else Why.GRID_LIMIT
        return why, scene.export_price
    why = Why.COVERS_LOAD if scene.import_price >= cost - _ROUNDING else Why.GRID_LIMIT
    return why, scene.import_price


_ROUNDING = 1e-6
