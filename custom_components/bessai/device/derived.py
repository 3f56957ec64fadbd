"""Quantities that follow from what was read.

One table, one row a quantity: what it is called, whose it is and how it is computed.
A row that misses an input gives ``None``; none of them guesses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..core.telemetry import Value
from .register import Counter

type Values = Mapping[str, Value]
type Compute = Callable[[Values], Value]

PV_STRINGS = range(1, 25)
BATTERY_UNITS = (1, 2)
PACKS = (1, 2, 3)

MEASURING_ERROR_W = 100.0
"""A house that seems to give more than this has another source behind the meter,
a second inverter for example, and its load cannot be told from here."""

_TEMPERATURES = (
    *(f"battery_{unit}_temperature_c" for unit in BATTERY_UNITS),
    *(
        f"battery_{unit}_pack_{pack}_temperature_max_c"
        for unit in BATTERY_UNITS
        for pack in PACKS
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """A quantity that is computed from others of the same plant."""

    key: str
    title: str
    unit: str | None
    part: str
    needs: tuple[str, ...]
    """Without one of these the plant does not have the quantity at all."""
    compute: Compute
    counter: Counter | None = None
    today_of: str | None = None
    """The value is what this lifetime counter has gained since midnight."""
    index: int | None = None


def number(values: Values, key: str) -> float | None:
    """Return a numeric value or ``None``."""
    value = values.get(key)
    return value if isinstance(value, int | float) else None


def itself(key: str) -> Compute:
    """Return a computation that gives a value as it is."""
    return lambda values: number(values, key)


def _combine(
    values: Values, keys: tuple[str, ...], combine: Callable[..., float]
) -> float | None:
    """Apply a formula to values that must all be known."""
    known = [number(values, key) for key in keys]
    if any(value is None for value in known):
        return None
    return combine(*known)


def formula(*keys: str, of: Callable[..., float]) -> Compute:
    """Return a computation over keys that must all be known."""
    return lambda values: _combine(values, keys, of)


def _signed_sum(values: Values, terms: Mapping[str, int]) -> float | None:
    """Return the sum of terms; a term the plant does not have counts as nothing.

    The difference matters: a battery that is not fitted has no power, a battery
    that did not answer has an unknown one.
    """
    total = 0.0
    for key, sign in terms.items():
        if key not in values:
            continue
        value = number(values, key)
        if value is None:
            return None
        total += sign * value
    return total


def load_power(values: Values) -> float | None:
    """Return what the house uses, W, never negative.

    ``pv + grid + battery`` (``design.md`` 4): everything that flows towards the
    house, so the conversion loss of the inverter is in it, as it is in the home
    consumption of Home Assistant's Energy dashboard.
    """
    total = _signed_sum(
        values, {"pv_power_w": 1, "grid_power_w": 1, "battery_power_w": 1}
    )
    if total is None or total < -MEASURING_ERROR_W:
        return None
    return max(0.0, total)


def load_energy(values: Values) -> float | None:
    """Return what the house has used since the counters began, kWh."""
    total = _signed_sum(
        values,
        {
            "pv_energy_kwh": 1,
            "grid_import_energy_kwh": 1,
            "grid_export_energy_kwh": -1,
            "battery_discharge_energy_kwh": 1,
            "battery_charge_energy_kwh": -1,
        },
    )
    return None if total is None else round(total, 2)


def conversion_loss(values: Values) -> float | None:
    """Return DC power in minus AC power out, W; negative only by measuring error."""
    return _signed_sum(
        values, {"pv_power_w": 1, "battery_power_w": 1, "ac_power_w": -1}
    )


def hottest(values: Values) -> float | None:
    """Return the highest temperature of the battery units and their packs, °C."""
    known = [number(values, key) for key in _TEMPERATURES]
    return max((value for value in known if value is not None), default=None)


def full_cycles(discharged_kwh: float, rated_kwh: float) -> float:
    """Return equivalent full cycles: lifetime discharge over rated capacity."""
    return round(discharged_kwh / rated_kwh, 1) if rated_kwh > 0 else 0.0


def _power_pair(source: str, part: str, toward: str, away: str) -> tuple[Derived, ...]:
    """Split a signed power into two that are never negative."""
    titles = {key: key.removesuffix("_w").replace("_", " ") for key in (toward, away)}
    return (
        Derived(
            key=toward,
            title=titles[toward].capitalize(),
            unit="W",
            part=part,
            needs=(source,),
            compute=formula(source, of=lambda power: max(power, 0)),
        ),
        Derived(
            key=away,
            title=titles[away].capitalize(),
            unit="W",
            part=part,
            needs=(source,),
            compute=formula(source, of=lambda power: max(-power, 0)),
        ),
    )


def _string_power(index: int) -> Derived:
    voltage, current = f"pv{index}_voltage_v", f"pv{index}_current_a"
    return Derived(
        key=f"pv{index}_power_w",
        title=f"PV {index} power",
        unit="W",
        part="inverter",
        needs=(voltage, current),
        index=index,
        compute=formula(voltage, current, of=lambda v, a: round(v * a, 1)),
    )


def _today(total: str, title: str, part: str) -> Derived:
    """Count by the day what no register does.

    Huawei's own yield of today is the AC output, which has the battery in it.
    """
    return Derived(
        key=total.replace("_kwh", "_today_kwh"),
        title=title,
        unit="kWh",
        part=part,
        needs=(total,),
        compute=itself(total),
        counter=Counter.DAILY,
        today_of=total,
    )


DERIVED: tuple[Derived, ...] = (
    *(_string_power(index) for index in PV_STRINGS),
    *_power_pair(
        "battery_power_w",
        "battery",
        toward="battery_discharge_power_w",
        away="battery_charge_power_w",
    ),
    *_power_pair(
        "grid_power_w",
        "meter",
        toward="grid_import_power_w",
        away="grid_export_power_w",
    ),
    Derived(
        key="conversion_loss_w",
        title="Conversion loss",
        unit="W",
        part="inverter",
        needs=("pv_power_w", "ac_power_w"),
        compute=conversion_loss,
    ),
    Derived(
        key="battery_temperature_max_c",
        title="Highest battery temperature",
        unit="°C",
        part="battery",
        needs=("battery_1_temperature_c",),
        compute=hottest,
    ),
    Derived(
        key="battery_stored_energy_kwh",
        title="Stored energy",
        unit="kWh",
        part="battery",
        needs=("soc_pct", "battery_rated_capacity_kwh"),
        compute=formula(
            "soc_pct",
            "battery_rated_capacity_kwh",
            of=lambda soc_pct, kwh: round(soc_pct * kwh / 100, 2),
        ),
    ),
    Derived(
        key="battery_usable_capacity_kwh",
        title="Usable capacity",
        unit="kWh",
        part="battery",
        needs=(
            "battery_rated_capacity_kwh",
            "charge_cutoff_soc_pct",
            "discharge_cutoff_soc_pct",
        ),
        compute=formula(
            "battery_rated_capacity_kwh",
            "charge_cutoff_soc_pct",
            "discharge_cutoff_soc_pct",
            of=lambda kwh, upper, lower: round(kwh * (upper - lower) / 100, 2),
        ),
    ),
    Derived(
        key="battery_full_cycles",
        title="Equivalent full cycles",
        unit=None,
        part="battery",
        needs=("battery_discharge_energy_kwh", "battery_rated_capacity_kwh"),
        compute=formula(
            "battery_discharge_energy_kwh",
            "battery_rated_capacity_kwh",
            of=full_cycles,
        ),
    ),
    Derived(
        key="load_power_w",
        title="House load",
        unit="W",
        part="manager",
        needs=("pv_power_w", "grid_power_w"),
        compute=load_power,
    ),
    Derived(
        key="load_energy_kwh",
        title="House load energy",
        unit="kWh",
        part="manager",
        needs=("pv_energy_kwh", "grid_import_energy_kwh", "grid_export_energy_kwh"),
        compute=load_energy,
        counter=Counter.LIFETIME,
    ),
    _today("pv_energy_kwh", "PV energy today", "inverter"),
    _today("load_energy_kwh", "House load energy today", "manager"),
)
"""Computed in this order: a row may need an earlier one."""
