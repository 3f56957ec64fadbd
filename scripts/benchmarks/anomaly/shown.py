"""What a poll shows, before it is an observation: the place where attacks lie."""

from dataclasses import dataclass, field, replace

from custom_components.bessai.core.observation import Flow
from custom_components.bessai.core.telemetry import Value

FLOW_KEYS = {
    Flow.PV: "pv_power_w",
    Flow.BATTERY: "battery_power_w",
    Flow.AC: "ac_power_w",
    Flow.GRID: "grid_power_w",
}
PHASE_KEYS = tuple(f"grid_l{phase}_power_w" for phase in (1, 2, 3))
BATTERY_TEMPERATURES = (
    "battery_1_temperature_c",
    "battery_1_pack_1_temperature_max_c",
    "battery_1_pack_1_temperature_min_c",
)


@dataclass(slots=True, kw_only=True)
class Shown:
    """The answers of one poll; may be changed."""

    numbers: dict[str, float]
    inverter_status: str
    battery_running: bool
    battery_asleep: bool
    limited: bool
    commanded: bool
    self_consuming: bool
    response_s: float
    floor_pct: float
    ceiling_pct: float
    plant_clock_s: float | None = None
    identity: dict[str, Value] | None = None
    settings: dict[str, Value] | None = None
    stranger: str | None = None
    reconnected: bool = False
    failed: frozenset[str] = field(default_factory=frozenset)

    def copy(self) -> Shown:
        """Return one that can be changed without this one changing."""
        settings = None if self.settings is None else dict(self.settings)
        return replace(self, numbers=dict(self.numbers), settings=settings)
