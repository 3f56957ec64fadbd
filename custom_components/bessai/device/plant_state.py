"""From the values of the polls to what the safety rules look at."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from ..core.command import Original
from ..core.plant_state import PlantState, Readiness
from ..core.telemetry import Telemetry, Value
from .condition import judge
from .profile import DeviceProfile
from .register import Register
from .safety_profile import SafetyProfile, StatusWords


class KnowsPlant(Protocol):
    """Whoever polls the plant and knows what it has."""

    @property
    def profile(self) -> DeviceProfile:
        """The profile that describes the plant."""

    def has(self, key: str) -> bool:
        """Return whether the plant ever had a value for a key."""


def build_plant_state(  # noqa: PLR0913 - what the polls say, and what only the caller knows
    plant: KnowsPlant,
    readings: Telemetry,
    settings: Telemetry | None,
    *,
    read_at: datetime,
    poll_period_s: float,
    manager: str | None,
    originals: Mapping[str, Original],
) -> PlantState:
    """Return how a plant stands; what it does not say is ``None``.

    Args:
        plant: Knows what the plant has.
        readings: The latest fast poll.
        settings: The latest poll of the settings; ``None``: there was none yet.
        read_at: When the oldest of the fast values was read; aware, UTC.
        poll_period_s: At which pace these are read.
        manager: A device on site that overrides commands, as the owner's entry
            names it.
        originals: The stored settings that are changed at present: what they were
            counts.

    Raises:
        ValueError: If the profile does not say what the safety rules look at.
    """
    safety = plant.profile.safety
    if safety is None:
        raise ValueError(f"the profile {plant.profile.id} knows nothing of safety")
    seen = _Seen(plant, safety, (readings, settings))
    return PlantState(
        read_at=read_at,
        poll_period_s=poll_period_s,
        soc_pct=seen.number(safety.soc),
        battery_power_w=seen.number(safety.battery_power),
        pv_power_w=seen.number(safety.pv_power),
        battery_temperature_min_c=min(
            seen.sensors(safety.battery_temperatures_min), default=None
        ),
        battery_temperature_max_c=max(
            seen.sensors(safety.battery_temperatures_max), default=None
        ),
        inverter_temperature_c=seen.number(safety.inverter_temperature),
        charge_limit_w=seen.number(safety.charge_limit),
        discharge_limit_w=seen.number(safety.discharge_limit),
        inverter=seen.inverter(),
        inverter_status=seen.inverter_status(),
        battery=seen.readiness(safety.battery),
        battery_status=seen.text(safety.battery.key),
        blocking_alarms=seen.blocking_alarms(),
        limited=seen.is_limited(),
        commanded=seen.is_commanded(),
        capacity_kwh=seen.number(safety.capacity) or None,
        maximum_power_w=seen.number(safety.maximum_power) or None,
        stored_charge_limit_w=seen.original(safety.stored_charge_limit, originals),
        stored_discharge_limit_w=seen.original(
            safety.stored_discharge_limit, originals
        ),
        charge_cutoff_pct=seen.number(safety.charge_cutoff),
        discharge_cutoff_pct=seen.discharge_cutoff(),
        grid_charge_enabled=seen.is_grid_charge_enabled(),
        manager=manager or seen.manager(),
    )


class _Seen:
    """The values of the latest polls, as the profile wants them understood."""

    def __init__(
        self,
        plant: KnowsPlant,
        safety: SafetyProfile,
        polls: tuple[Telemetry, Telemetry | None],
    ) -> None:
        known = [poll for poll in polls if poll is not None]
        self._plant = plant
        self._safety = safety
        self._values: dict[str, Value] = {
            key: value for poll in known for key, value in poll.values.items()
        }
        self._failed = frozenset[str]().union(*(poll.failed for poll in known))

    def number(self, key: str) -> float | None:
        """Return a number, if the plant says one."""
        value = self._values.get(key)
        return value if isinstance(value, int | float) else None

    def text(self, key: str) -> str | None:
        """Return a word, if the plant says one."""
        value = self._values.get(key)
        return value if isinstance(value, str) else None

    def sensors(self, keys: Iterable[str]) -> list[float]:
        """Return the values of all sensors that are fitted, or none at all."""
        values = [self.number(key) for key in keys if self._is_fitted(key)]
        known = [value for value in values if value is not None]
        return known if len(known) == len(values) else []

    def readiness(self, words: StatusWords) -> Readiness | None:
        """Return what a status means; a word nobody knows means *not ready*."""
        word = self.text(words.key)
        if word is None:
            return None
        if word in words.asleep:
            return Readiness.ASLEEP
        return Readiness.READY if word in words.ready else Readiness.NOT_READY

    def inverter(self) -> Readiness | None:
        """Return whether the inverter can carry a command."""
        names = self._forbidding_bits()
        if names is None:
            return None
        return Readiness.NOT_READY if names else self.readiness(self._safety.inverter)

    def inverter_status(self) -> str | None:
        """Return the word for it: of the bit that forbids commands, if one is set."""
        return next(iter(self._forbidding_bits() or ()), None) or self.text(
            self._safety.inverter.key
        )

    def _forbidding_bits(self) -> list[str] | None:
        """Return the bits that are set and forbid commands, if all are known."""
        names: list[str] = []
        for key, forbidding in self._safety.forbidding_bits.items():
            bits = self._bits(key)
            if bits is None:
                return None
            names += sorted(forbidding.intersection(bits))
        return names

    def is_limited(self) -> bool | None:
        """Return whether the inverter may not give what it could."""
        word = self.text(self._safety.inverter.key)
        return None if word is None else word in self._safety.inverter.limited

    def is_commanded(self) -> bool | None:
        """Return whether the plant says that a forcible command is in force."""
        return judge(self._safety.commanded, self._values)

    def blocking_alarms(self) -> tuple[str, ...] | None:
        """Return the active alarms that forbid commands, if all words are known."""
        found: list[str] = []
        for key in self._safety.alarms.keys:
            names = self._bits(key)
            if names is None:
                return None
            register = self._plant.profile.registers[key]
            found += [name for name in names if self._blocks(register, name)]
        return tuple(found)

    def original(self, key: str, originals: Mapping[str, Original]) -> float | None:
        """Return a stored setting as it is without us."""
        value, original = self.number(key), originals.get(key)
        if original is None or value not in (0, original.written):
            return value
        return original.value

    def discharge_cutoff(self) -> float | None:
        """Return below which state of charge the device gives nothing."""
        cutoff = self.number(self._safety.discharge_cutoff)
        key = self._safety.reserve
        if cutoff is None or key is None or not self._is_fitted(key):
            return cutoff
        reserve = self.number(key)
        return None if reserve is None else max(cutoff, reserve)

    def is_grid_charge_enabled(self) -> bool | None:
        """Return whether the battery may be charged from the grid."""
        value = self.number(self._safety.grid_charge)
        return None if value is None else bool(value)

    def manager(self) -> str | None:
        """Return a device that overrides commands, if the inverter knows of one."""
        managers = self._safety.managers.items()
        present = (name for name, shown in managers if shown.holds(self._values))
        return next(present, None)

    def _bits(self, key: str) -> tuple[str, ...] | None:
        value = self._values.get(key)
        return None if not isinstance(value, tuple) else tuple(map(str, value))

    def _blocks(self, register: Register, name: str) -> bool:
        alarms = self._safety.alarms
        known = {bit.name: bit.severity for bit in (register.bits or {}).values()}
        severity = known.get(name)
        return severity is None or severity in alarms.severities or name in alarms.names

    def _is_fitted(self, key: str) -> bool:
        """Return whether a register counts: it was answered, or should have been."""
        block = self._plant.profile.registers[key].block
        return self._plant.has(key) or block in self._failed
