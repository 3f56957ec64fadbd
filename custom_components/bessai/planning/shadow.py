"""What a battery and its shadow, which the inverter runs, do between two readings."""

from dataclasses import dataclass, replace

from ..core.battery_spec import BatterySpec
from ..core.setpoint import Hold, Wish
from ..core.units import kw
from .problem import GridSpec, Problem, ProblemStep
from .scoring import score


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a battery did between two readings."""

    cost: float
    stored_kwh: float
    """Added to the store; negative: taken from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Encounter:
    """What both batteries meet between two readings."""

    step: ProblemStep
    net_kw: float
    battery: BatterySpec

    def of_the_battery(self, power_kw: float) -> Outcome:
        """Return what became of a power that was measured: no limit cuts it."""
        limitless = replace(
            self.battery,
            min_kwh=0.0,
            max_kwh=2 * _PLENTY,
            charge_kw=_PLENTY,
            discharge_kw=_PLENTY,
            bands=(),
        )
        return self._play(limitless, power_kw, _PLENTY)

    def of_the_shadow(self, stored_kwh: float, ahead_kwh: float) -> Outcome:
        """Return what self-consumption would have done.

        Where the real battery goes beyond the limits, its shadow may go too.
        """
        begins_kwh = max(0.0, stored_kwh + ahead_kwh)
        bounded = replace(
            self.battery,
            min_kwh=max(0.0, min(self.battery.min_kwh, stored_kwh, begins_kwh)),
            max_kwh=max(self.battery.max_kwh, stored_kwh, begins_kwh),
        )
        return self._play(bounded, self.net_kw, begins_kwh)

    def of_the_wish(self, wish: Wish | None, stored_kwh: float) -> Outcome:
        """Return what a battery does that is told this.

        Args:
            wish: ``None``: it is left to the inverter's self-consumption.
            stored_kwh: What it has; beyond its limits it need not return at once.
        """
        battery = self.battery.reaching(stored_kwh)
        return self._play(battery, _wished_kw(wish, self.net_kw), stored_kwh)

    def _play(
        self, battery: BatterySpec, power_kw: float, begins_kwh: float
    ) -> Outcome:
        problem = Problem(
            steps=(self.step,),
            battery=battery,
            stored_kwh=begins_kwh,
            grid=GridSpec(can_curtail=False),
        )
        played = score(problem, (power_kw,))
        return Outcome(
            cost=played.bill + played.wear,
            stored_kwh=played.stored_kwh[-1] - begins_kwh,
        )


def _wished_kw(wish: Wish | None, net_kw: float) -> float:
    """Return the power that a wish comes to in a house that lacks so much."""
    if wish is None:
        return net_kw
    if isinstance(wish, Hold):
        return min(net_kw, 0.0) if wish.allow_charging else 0.0
    return kw(wish.power_w)


_PLENTY = 1e5
"""More kWh and kW than any battery has, and few enough to keep small digits."""
