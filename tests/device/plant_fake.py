"""A plant of plain dictionaries, for tests of what is made of its answers."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.link import IllegalAddress, LinkError
from custom_components.bessai.device.probe import PlantIdentity
from custom_components.bessai.device.profile import DeviceProfile
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.device.register import Register, Sign

SERIAL_NUMBER = "BS2301000001"
FIRMWARE = "V100R001C00SPC173"

HOME: Mapping[str, Value] = {
    "model": "SUN2000-10KTL-M1",
    "serial_number": SERIAL_NUMBER,
    "software_version": FIRMWARE,
    "pv_string_count": 2,
    "mppt_count": 2,
    "pv1_voltage_v": 400.0,
    "pv1_current_a": 5.0,
    "pv2_voltage_v": 300.0,
    "pv2_current_a": 4.0,
    "pv_power_w": 3200,
    "ac_power_w": 2100,
    "pv_energy_kwh": 1000.0,
    "ac_energy_today_kwh": 8.0,
    "statistics_time_s": 1_790_000_000,
    "battery_1_product": "luna2000",
    "battery_2_product": "none",
    "battery_1_pack_1_number": 1,
    "battery_1_temperature_c": 24.0,
    "battery_1_pack_1_temperature_max_c": 26.5,
    "soc_pct": 62.0,
    "battery_power_w": -1000,
    "battery_rated_capacity_kwh": 10.0,
    "battery_charge_energy_kwh": 500.0,
    "battery_discharge_energy_kwh": 450.0,
    "meter_status": "normal",
    "meter_type": "three_phase",
    "grid_power_w": -900,
    "grid_import_energy_kwh": 300.0,
    "grid_export_energy_kwh": 200.0,
    "charge_cutoff_soc_pct": 100.0,
    "discharge_cutoff_soc_pct": 5.0,
}
"""3.2 kW of sun: 1 kW into the battery, 0.9 kW to the grid, the rest to the house."""


@cache
def huawei() -> DeviceProfile:
    """Return the bundled profile."""
    folder = Path(__file__).parents[2] / "registry_profiles"
    return load_profiles(folder, None).profiles[0]


def identity() -> PlantIdentity:
    """Return the inverter of :data:`HOME`."""
    return PlantIdentity(
        unit_id=1,
        model=str(HOME["model"]),
        serial_number=SERIAL_NUMBER,
        firmware=FIRMWARE,
        profile=huawei(),
    )


def words_for(register: Register, value: Value) -> list[int]:
    """Return the words of a value: text, the name of an enum value, or a number."""
    if isinstance(value, str):
        if register.enum is not None:
            codes = {name: code for code, name in register.enum.items()}
            return [codes[value]]
        text = value.encode().ljust(2 * register.words, b"\0")
        return [
            high << 8 | low for high, low in zip(text[::2], text[1::2], strict=True)
        ]
    assert isinstance(value, int | float)
    raw = round(value * register.gain)
    if register.sign is Sign.NEGATED:
        raw = -raw
    data = raw.to_bytes(2 * register.words, "big", signed=raw < 0)
    return [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=True)]


class FakeUnit:
    """Answers from a dictionary and fails where it is told to."""

    def __init__(self, values: Mapping[str, Value] = HOME) -> None:
        self.generation = 1
        self.reads: list[tuple[int, int]] = []
        self.holding: dict[int, int] = {}
        self.absent: set[int] = set()
        self.failing: dict[int, LinkError] = {}
        """Address to what a request that touches it raises."""
        for register in huawei().registers.values():
            if register.readable:
                self.holding.update(
                    dict.fromkeys(range(register.address, register.end), 0)
                )
        self.put(values)

    def put(self, values: Mapping[str, Value]) -> None:
        """Let registers hold these values from now on."""
        for key, value in values.items():
            register = huawei().registers[key]
            words = words_for(register, value)
            self.holding.update(enumerate(words, register.address))

    def put_raw(self, key: str, *words: int) -> None:
        """Let a register hold raw words."""
        self.holding.update(enumerate(words, huawei().registers[key].address))

    def remove(self, *keys: str) -> None:
        """Make registers illegal addresses."""
        for key in keys:
            register = huawei().registers[key]
            self.absent.update(range(register.address, register.end))

    def fail(self, err: LinkError, *keys: str) -> None:
        """Let every request that touches one of the registers fail."""
        for key in keys:
            self.failing[huawei().registers[key].address] = err

    async def read(
        self, address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        """Answer a read; holes read 0, as on the inverter."""
        self.reads.append((address, count))
        asked = range(address, address + count)
        for place, err in self.failing.items():
            if place in asked:
                raise err
        if self.absent.intersection(asked):
            raise IllegalAddress(2)
        return tuple(self.holding.get(place, 0) for place in asked)

    def asked_for(self, key: str) -> bool:
        """Return whether any read so far touched the register."""
        address = huawei().registers[key].address
        return any(start <= address < start + count for start, count in self.reads)
