"""What a battery can do, as far as planning needs to know."""

from dataclasses import dataclass, replace

from .errors import BessaiError


class BatterySpecError(BessaiError):
    """A battery that cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficiencyPoint:
    """One-way efficiency at a power."""

    power_kw: float
    """At the terminals, not negative."""

    efficiency: float
    """0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerBand:
    """Power limits in a range of stored energy, where they are not the usual ones."""

    below_kwh: float
    """The band reaches from the one before it up to here."""

    charge_kw: float
    discharge_kw: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec:
    """A battery behind its terminals; powers at the terminals, energies stored.

    Raises:
        BatterySpecError: If a value is out of its range; it names value and range.
    """

    min_kwh: float
    """Nothing is discharged below this: the owner's limit, or the reserve if higher."""

    max_kwh: float
    charge_kw: float
    discharge_kw: float
    charge_efficiency: float
    """Energy stored per energy into the terminals, one way, above 0 up to 1."""

    discharge_efficiency: float
    """Energy out of the terminals per energy taken from the store, one way."""

    wear_cost: float = 0.0
    """Loss of battery value per kWh through the terminals, either way, in the prices'
    currency; not negative."""

    own_floor_kwh: float = 0.0
    """Up to here no command can keep the inverter from discharging, or none is needed;
    a higher ``min_kwh`` has to be kept by commands."""

    bands: tuple[PowerBand, ...] = ()
    """Rising; above the last one the usual limits hold."""

    charge_curve: tuple[EfficiencyPoint, ...] = ()
    """Instead of the one charge efficiency, where it is known by power; rising."""

    discharge_curve: tuple[EfficiencyPoint, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what physics does not know."""
        if not 0 <= self.min_kwh < self.max_kwh:
            raise BatterySpecError(
                f"stored energy from {self.min_kwh} to {self.max_kwh} kWh is no range"
            )
        for name in ("charge_kw", "discharge_kw", "wear_cost"):
            if not getattr(self, name) >= 0:
                raise BatterySpecError(f"{name} {getattr(self, name)} is below 0")
        for name in ("charge_efficiency", "discharge_efficiency"):
            if not 0 < getattr(self, name) <= 1:
                raise BatterySpecError(
                    f"{name} {getattr(self, name)} is not above 0 and at most 1"
                )

    def reaching(self, stored_kwh: float) -> BatterySpec:
        """Return the battery with a range that has what is stored.

        Below its range nothing more is discharged, above it nothing more is charged;
        it need not return at once, at whatever price: what the battery uses by itself,
        or the inverter does in self-consumption, does not keep to an owner's limits.
        """
        low, high = min(self.min_kwh, stored_kwh), max(self.max_kwh, stored_kwh)
        return replace(self, min_kwh=max(0.0, low), max_kwh=high)
