"""Temperatures of battery and inverter against what heats them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from .heat_model import Body, HeatModel
from .residual import Residual
from .window import Pace, usable

_BATTERY = Body(
    follow_s=1500.0,
    drift_s=7200.0,
    most_drift_k_per_h=4.0,
    unlearned_k=6.0,
    learned_k=1.0,
)
_INVERTER = Body(
    follow_s=900.0,
    drift_s=5400.0,
    most_drift_k_per_h=40.0,
    unlearned_k=16.0,
    learned_k=2.0,
)
_COLD_C = 8.0
"""Below, batteries warm themselves."""

_COLD_K = 4.0
_MOST_KW = 40.0
_SETTLE_S = 900.0
"""After waking up a temperature may have been old, and electronics warm by
themselves."""


class HeatRule:
    """A temperature that is held, drifts or jumps; two residuals, K.

    Until a model was learned, some 40 hours, gross limits only. Then a jump of 2 K
    (inverter 4 K) is told at the second poll, a drift of 0.3 K a minute after about 6
    (12) minutes, a held one as soon as the load should have warmed it by as much.
    """

    name: ClassVar[str] = "heat"

    def __init__(self, expectations: Expectations) -> None:
        self._battery, self._inverter = HeatModel(_BATTERY, 2), HeatModel(_INVERTER, 3)
        self._pace = Pace()
        self._slept_s: float | None = None

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return what can be told of both temperatures."""
        if seen.stranger is not None:
            return ()
        self._pace.add(seen.uptime_s)
        found = [self._of_battery(seen), self._of_inverter(seen)]
        return [residual for residual in found if residual is not None]

    def document(self) -> Mapping[str, Any]:
        """Return both models."""
        return {
            "battery": self._battery.document(),
            "inverter": self._inverter.document(),
        }

    def restore(self, document: Mapping[str, Any]) -> None:
        """Take both models, or none."""
        battery, inverter = HeatModel(_BATTERY, 2), HeatModel(_INVERTER, 3)
        battery.restore(document["battery"])
        inverter.restore(document["inverter"])
        self._battery, self._inverter = battery, inverter

    def _of_battery(self, seen: Observation) -> Residual | None:
        temperature_c = usable(seen.battery_temperature_c)
        power_kw = _battery_kw(seen)
        if temperature_c is None or power_kw is None:
            return None
        if seen.battery not in {Readiness.READY, None}:
            self._battery.forget()
            return None
        more_k = _COLD_K if temperature_c < _COLD_C else 0.0
        heats = (power_kw, power_kw * power_kw)
        return self._residual(
            seen, self._battery, "battery_temperature_c", temperature_c, heats, more_k
        )

    def _of_inverter(self, seen: Observation) -> Residual | None:
        temperature_c = usable(seen.inverter_temperature_c)
        power_kw = _inverter_kw(seen)
        if temperature_c is None or power_kw is None:
            return None
        if seen.inverter not in {Readiness.READY, None}:
            self._slept_s = seen.uptime_s
        since_s = None if self._slept_s is None else seen.uptime_s - self._slept_s
        if since_s is not None and 0.0 <= since_s <= _SETTLE_S:
            self._inverter.forget()
            return None
        heats = (power_kw, power_kw * power_kw, _battery_kw(seen) or 0.0)
        return self._residual(
            seen, self._inverter, "inverter_temperature_c", temperature_c, heats, 0.0
        )

    def _residual(
        self,
        seen: Observation,
        model: HeatModel,
        subject: str,
        temperature_c: float,
        heats: Sequence[float],
        more_k: float,
    ) -> Residual:
        deviation_k = model.deviation_k(seen.uptime_s, temperature_c, heats)
        return Residual(
            kind=FindingKind.HEAT_MISMATCH,
            subject=subject,
            measured=temperature_c,
            expected=temperature_c - deviation_k,
            deviation=abs(deviation_k),
            floor=model.tolerance_k + more_k,
            unit="°C",
            hold_s=max(15.0, 0.5 * self._pace.period_s),
        )


def _agreed_kw(first_w: float | None, second_w: float | None) -> float | None:
    """Return the size of a power that is known in two ways: the smaller one.

    A power that is read wrong is another rule's, and must not look like heat.
    """
    known = [abs(power_w) for power_w in (first_w, second_w) if power_w is not None]
    return min(min(known) / 1000.0, _MOST_KW) if known else None


def _inverter_kw(seen: Observation) -> float | None:
    pv, battery = _power(seen, Flow.PV), _power(seen, Flow.BATTERY)
    dc_w = None if pv is None else pv + (battery or 0.0)
    return _agreed_kw(_power(seen, Flow.AC), dc_w)


def _battery_kw(seen: Observation) -> float | None:
    battery, ac, pv = (_power(seen, flow) for flow in (Flow.BATTERY, Flow.AC, Flow.PV))
    if battery is None:
        return None
    return _agreed_kw(battery, None if ac is None or pv is None else ac - pv)


def _power(seen: Observation, flow: Flow) -> float | None:
    return usable(seen.powers.get(flow))
