"""What the battery tells: registers 37000 to 38463."""

from .image import Image
from .parameters import BatteryParameters
from .snapshot import Snapshot
from .witness import OFFLINE

PACKS = 3
UNITS = 2
_PACK_BASES = ((38200, 38242, 38284), (38326, 38368, 38410))
_TEMPERATURES = 38452
_BUS_VOLTAGE_V = 390.0
_PACK_VOLTAGE_V = 365.0
_VERSION = "V100R002C00SPC630"


def lay_battery(image: Image, snapshot: Snapshot) -> None:
    """Lay down system, units and packs; what is not fitted reads the markers."""
    _lay_system(image, snapshot)
    for unit in range(UNITS):
        share = _share(snapshot.battery, unit)
        _lay_unit_values(image, snapshot, unit, share)
        _lay_unit_names(image, snapshot, unit)
        for pack in range(PACKS):
            _lay_pack(image, snapshot, unit, pack)


def pack_fitted(battery: BatteryParameters | None, unit: int, pack: int) -> bool:
    """Tell whether there is a pack in a place, both counted from 0."""
    return (
        battery is not None and unit < battery.units and pack < battery.packs_per_unit
    )


def _share(battery: BatteryParameters | None, unit: int) -> float | None:
    """Return the part of the system that a unit is; ``None``: not fitted."""
    if battery is None or unit >= battery.units:
        return None
    return 1.0 / battery.units


def _of(value: float, share: float | None) -> float | None:
    """Return a unit's part of a value of the system."""
    return None if share is None else value * share


def _lay_system(image: Image, snapshot: Snapshot) -> None:
    truth, battery = snapshot.truth, snapshot.battery
    whole = None if battery is None else 1.0
    charging_w = _of(-truth.battery_w, whole)
    image.u32(37046, truth.charge_limit_w)
    image.u32(37048, truth.discharge_limit_w)
    image.u32(37758, battery.capacity_kwh if battery else 0, 1000)
    image.u16(37760, _of(truth.soc_pct, whole), 10)
    image.u16(37762, truth.battery_status)
    image.u16(37763, _of(_BUS_VOLTAGE_V, whole), 10)
    image.i16(37764, _of(-truth.battery_w / _BUS_VOLTAGE_V, whole), 10)
    image.i32(37765, charging_w)
    image.u32(37780, _of(truth.charge_kwh, whole), 100)
    image.u32(37782, _of(truth.discharge_kwh, whole), 100)
    image.u32(37784, _of(truth.charge_today_kwh, whole), 100)
    image.u32(37786, _of(truth.discharge_today_kwh, whole), 100)
    for address in range(37920, 37927):
        image.u16(address, 0)
    image.u16(37927, 0)
    image.u16(37928, 0)


class _Places:
    """Where the values of a unit lie; the two units were numbered apart."""

    POWER = (37001, 37743)
    VOLTAGE = (37003, 37750)
    SOC = (37004, 37738)
    STATUS = (37000, 37741)
    CURRENT = (37021, 37751)
    TEMPERATURE = (37022, 37752)
    CHARGED_TODAY = (37015, 37746)
    DISCHARGED_TODAY = (37017, 37748)
    CHARGED = (37066, 37753)
    DISCHARGED = (37068, 37755)
    SERIAL_NUMBER = (37052, 37700)
    SOFTWARE = (37814, 37799)


def _lay_unit_values(
    image: Image, snapshot: Snapshot, unit: int, share: float | None
) -> None:
    truth = snapshot.truth
    same = None if share is None else 1.0
    charging_w = _of(-truth.battery_w, share)
    image.u16(_Places.STATUS[unit], truth.battery_status if same else OFFLINE)
    image.i32(_Places.POWER[unit], charging_w)
    image.u16(_Places.VOLTAGE[unit], _of(_BUS_VOLTAGE_V, same), 10)
    image.u16(_Places.SOC[unit], _of(truth.soc_pct, same), 10)
    image.i16(_Places.CURRENT[unit], _of(-truth.battery_w / _BUS_VOLTAGE_V, share), 10)
    image.i16(_Places.TEMPERATURE[unit], _of(truth.battery_temperature_c, same), 10)
    image.u32(_Places.CHARGED_TODAY[unit], _of(truth.charge_today_kwh, share), 100)
    image.u32(
        _Places.DISCHARGED_TODAY[unit], _of(truth.discharge_today_kwh, share), 100
    )
    image.u32(_Places.CHARGED[unit], _of(truth.charge_kwh, share), 100)
    image.u32(_Places.DISCHARGED[unit], _of(truth.discharge_kwh, share), 100)
    if unit == 0:
        _lay_first_unit(image, snapshot, share)


def _lay_first_unit(image: Image, snapshot: Snapshot, share: float | None) -> None:
    """Lay down what only unit 1 has."""
    battery = snapshot.battery
    image.u16(37006, snapshot.truth.working_mode if battery else 0)
    image.u32(37007, _of(battery.charge_power_w, share) if battery else None)
    image.u32(37009, _of(battery.discharge_power_w, share) if battery else None)
    image.u16(37014, 0)
    image.u16(37025, 0)
    image.text(37026, 10, _VERSION if battery else "")
    image.text(37036, 10, _VERSION if battery else "")


def _lay_unit_names(image: Image, snapshot: Snapshot, unit: int) -> None:
    fitted = pack_fitted(snapshot.battery, unit, 0)
    serial = snapshot.parameters.identity.battery_serial_number
    image.text(
        _Places.SERIAL_NUMBER[unit], 10, f"{serial[:-1]}{unit + 1}" if fitted else ""
    )
    image.text(_Places.SOFTWARE[unit], 15, _VERSION if fitted else "")


def _lay_pack(image: Image, snapshot: Snapshot, unit: int, pack: int) -> None:
    """Lay down one pack; packs differ a little in charge and temperature."""
    base, truth, battery = _PACK_BASES[unit][pack], snapshot.truth, snapshot.battery
    share = None
    if battery is not None and pack_fitted(battery, unit, pack):
        share = 1.0 / (battery.units * battery.packs_per_unit)
    same = None if share is None else 1.0
    serial = snapshot.parameters.identity.battery_serial_number
    image.text(base, 10, f"{serial[:-2]}{unit + 1}{pack + 1}" if same else "")
    image.text(base + 10, 15, _VERSION if same else "")
    image.u16(base + 28, truth.battery_status if same else OFFLINE)
    image.u16(base + 29, _of(truth.soc_pct, same), 10)
    image.i32(base + 33, _of(-truth.battery_w, share))
    image.u16(base + 35, _of(_PACK_VOLTAGE_V, same), 10)
    image.i16(base + 36, _of(-truth.battery_w / _PACK_VOLTAGE_V, share), 10)
    image.u32(base + 38, _of(truth.charge_kwh, share), 100)
    image.u32(base + 40, _of(truth.discharge_kwh, share), 100)
    temperatures = _TEMPERATURES + 6 * unit + 2 * pack
    warm_c = truth.battery_temperature_c + 0.4 * pack
    image.i16(temperatures, _of(warm_c + 0.6, same), 10)
    image.i16(temperatures + 1, _of(warm_c - 0.6, same), 10)
