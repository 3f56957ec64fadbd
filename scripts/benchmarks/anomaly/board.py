"""The settings of the plant under the names of the profile, as anybody reads them."""

from typing import NamedTuple

from custom_components.bessai.core.command import Write
from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.simulator.errors import RegisterFault
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.settings import to_words

from .home import Home

UNIT = 1
COMMANDS = ("stop", "charge", "discharge")


class Place(NamedTuple):
    """Where a setting is kept."""

    address: int
    words: int = 1
    gain: int = 1
    names: tuple[str, ...] = ()
    """Of its values, by number."""


_CONTROL_MODES = (
    "unlimited",
    "di_scheduling",
    "",
    "",
    "",
    "zero_export",
    "limit_in_watts",
    "limit_in_percent",
)
PLACES = {
    "active_power_limit_relative_pct": Place(40125, gain=10),
    "active_power_limit_w": Place(40126, words=2),
    "charge_power_limit_w": Place(47075, words=2),
    "discharge_power_limit_w": Place(47077, words=2),
    "charge_cutoff_soc_pct": Place(47081, gain=10),
    "discharge_cutoff_soc_pct": Place(47082, gain=10),
    "forcible_duration_min": Place(47083),
    "working_mode_setting": Place(
        47086,
        names=(
            "adaptive",
            "fixed_charge_discharge",
            "maximise_self_consumption",
            "tou_lg",
            "fully_fed_to_grid",
            "tou",
        ),
    ),
    "charge_from_grid_enabled": Place(47087),
    "grid_charge_cutoff_soc_pct": Place(47088, gain=10),
    "forcible_command": Place(47100, names=COMMANDS),
    "forcible_target_soc_pct": Place(47101, gain=10),
    "backup_reserve_soc_pct": Place(47102, gain=10),
    "grid_charge_power_w": Place(47242, words=2),
    "forcible_end_condition": Place(47246, names=("duration", "soc")),
    "forcible_charge_power_w": Place(47247, words=2),
    "forcible_discharge_power_w": Place(47249, words=2),
    "tou_surplus_pv_use": Place(47299, names=("feed_to_grid", "charge_battery")),
    "active_power_control_mode": Place(
        47415,
        names=_CONTROL_MODES,
    ),
    "feed_in_limit_w": Place(47416, words=2),
    "feed_in_limit_relative_pct": Place(47418, gain=10),
}
_LASTING = frozenset(PLACES) - {key for key in PLACES if key.startswith("forcible_")}
"""Kept in the plant's memory."""


def _first_values(home: Home) -> dict[str, Value]:
    most_w, battery = home.maximum_power_w, home.battery
    values: dict[str, Value] = dict.fromkeys(PLACES, 0.0)
    for key, place in PLACES.items():
        if place.names:
            values[key] = place.names[0]
        elif key.endswith("_pct"):
            values[key] = 100.0
    return values | {
        "active_power_limit_w": most_w,
        "charge_power_limit_w": battery.charge_power_w,
        "discharge_power_limit_w": battery.discharge_power_w,
        "discharge_cutoff_soc_pct": 5.0,
        "forcible_target_soc_pct": 0.0,
        "backup_reserve_soc_pct": 0.0,
        "working_mode_setting": "maximise_self_consumption",
        "grid_charge_power_w": battery.charge_power_w,
        "tou_surplus_pv_use": "charge_battery",
        "feed_in_limit_w": most_w,
    }


class Board:
    """What the registers hold; writes go through to the plant."""

    def __init__(self, home: Home, plant: SimulatedPlant) -> None:
        self._plant = plant
        self.values = _first_values(home)

    def number(self, key: str) -> float:
        """Return a setting that is a number."""
        value = self.values[key]
        return float(value) if isinstance(value, int | float) else 0.0

    def write(self, key: str, value: float | str) -> Write:
        """Write a setting, whoever does it; a refusal is in what is returned."""
        error = self.press(key, value)
        if error is None:
            self.values[key] = value
        return Write(
            key=key,
            address=PLACES[key].address,
            value=value,
            stored=key in _LASTING,
            error=error,
        )

    def press(self, key: str, value: float | str) -> str | None:
        """Write behind the back of those who read; return why it was refused."""
        place = PLACES[key]
        raw = place.names.index(value) if isinstance(value, str) else value * place.gain
        try:
            self._plant.write(UNIT, place.address, to_words(round(raw), place.words))
        except RegisterFault as fault:
            return str(fault)
        return None

    def follow(self, command: int) -> None:
        """Show what the plant itself made of the command register."""
        self.values["forcible_command"] = COMMANDS[command]
