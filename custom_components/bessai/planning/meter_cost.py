"""What the meter costs, with PV curtailed as is cheapest."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

from .problem import GridSpec, ProblemStep


@dataclass(slots=True, kw_only=True)
class MeterCost:
    """The cost per hour of an interval by the battery's power, piecewise linear."""

    lit_kw: float
    """At the meter without the battery, with all the PV there is."""

    dark_kw: float
    """The same with as much curtailed as can be."""

    import_price: float
    export_price: float
    import_cap_kw: float
    """Infinite without a cap."""

    export_cap_kw: float
    penalty: float
    """Per kWh beyond a cap."""

    @classmethod
    def of(cls, step: ProblemStep, grid: GridSpec) -> MeterCost:
        """Return what the meter costs in an interval."""
        lit = step.load_kw - step.pv_kw
        return cls(
            lit_kw=lit,
            dark_kw=step.load_kw if grid.can_curtail else lit,
            import_price=step.import_price,
            export_price=step.export_price,
            import_cap_kw=inf if grid.import_cap_kw is None else grid.import_cap_kw,
            export_cap_kw=inf if grid.export_cap_kw is None else grid.export_cap_kw,
            penalty=grid.cap_penalty,
        )

    def kinks_kw(self) -> list[float]:
        """Return the battery powers at which the rate may bend."""
        corners = (-self.export_cap_kw, 0.0, self.import_cap_kw)
        return [kw - corner for kw in (self.lit_kw, self.dark_kw) for corner in corners]

    def rates(self, powers_kw: list[float]) -> list[float]:
        """Return the costs per hour with battery powers, positive when discharging."""
        ways = [[self._rate(kw, rest) for kw in powers_kw] for rest in self._rests_kw()]
        return ways[0] if len(ways) == 1 else list(map(min, *ways, strict=True))

    def with_turns(self, kinks_kw: list[float]) -> list[float]:
        """Return the kinks and the powers between them where the rate bends too.

        That is where exporting as much as may be and importing as much as may be, both
        with curtailment, are equally cheap.
        """
        rests = self._rests_kw()
        if len(rests) < 2:
            return kinks_kw
        leads = [self._rate(kw, rests[0]) - self._rate(kw, rests[1]) for kw in kinks_kw]
        turns = [
            left + before / (before - after) * (right - left)
            for (left, right), (before, after) in zip(
                pairwise(kinks_kw), pairwise(leads), strict=True
            )
            if before * after < 0
        ]
        return sorted(kinks_kw + turns)

    def _rests_kw(self) -> list[float]:
        """Return the meter powers that curtailment aims at: one, or one each side."""
        if self.lit_kw == self.dark_kw:
            return [0.0]
        rests = []
        if self.export_price >= 0:
            endless = self.export_price > self.penalty
            rests.append(-inf if endless else -self.export_cap_kw)
        if self.import_price < 0:
            endless = -self.import_price > self.penalty
            rests.append(inf if endless else self.import_cap_kw)
        return rests or [0.0]

    def _rate(self, power_kw: float, rest_kw: float) -> float:
        """Return the cost per hour if curtailment goes as near to a rest as it can."""
        grid_kw = min(max(rest_kw, self.lit_kw - power_kw), self.dark_kw - power_kw)
        if grid_kw > 0:
            beyond = max(0.0, grid_kw - self.import_cap_kw)
            return self.import_price * grid_kw + self.penalty * beyond
        beyond = max(0.0, -grid_kw - self.export_cap_kw)
        return self.export_price * grid_kw + self.penalty * beyond
