"""What the register image is made from: one instant and what the plant is."""

from dataclasses import dataclass

from .condition import PlantCondition
from .parameters import BatteryParameters, PlantParameters
from .truth import PlantTruth


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One instant of the plant with all that its registers tell."""

    parameters: PlantParameters
    condition: PlantCondition
    truth: PlantTruth
    at_s: float
    """Seconds since 1970, UTC."""

    local_s: float
    """The same on the inverter's clock, as it counts."""

    started_local_s: float
    stopped_local_s: float | None

    @property
    def battery(self) -> BatteryParameters | None:
        """The battery, if one is fitted."""
        return self.parameters.battery

    @property
    def meter_online(self) -> bool:
        """Whether the meter answers the inverter."""
        return self.parameters.has_meter and self.condition.meter_online

    @property
    def serial_number(self) -> str:
        """The inverter's serial number."""
        return self.condition.serial_number or self.parameters.identity.serial_number
