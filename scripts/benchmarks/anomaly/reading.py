"""From what is so to what the registers show: resolution, noise, and what lags."""

from collections.abc import Mapping

from custom_components.bessai.simulator.grid import frequency_hz, phase_voltages_v
from custom_components.bessai.simulator.noise import smooth
from custom_components.bessai.simulator.truth import PlantTruth
from custom_components.bessai.simulator.witness import NO_LIGHT

from .chance import chance_of
from .home import Home, Night
from .life import Life

type Group = dict[str, float]
"""Values that the plant renews together."""

INVERTER_GROUPS = ("ac", "pv", "inverter", "energies")
BATTERY_GROUPS = ("battery_system", "soc", "battery_energies", "battery_1")
METER_GROUPS = ("meter_values",)
_LAGGING = 0.25
_FRESH_S = 15.0
"""What lags is never older than this: the plant renews at its own pace."""

_SHARES = (0.37, 0.35)
_PHASE_NOISE = (61, 62)


class Reader:
    """Reads the instruments of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._chance = chance_of("reader", home.seed)
        self._before: dict[str, Group] = {}
        self._before_s = 0.0
        self._awake: dict[str, Group] = {}
        """What the inverter showed before it fell asleep."""

    def read(self, life: Life) -> dict[str, Group]:
        """Return what each group shows; a part of them shows the last cycle's."""
        fresh = self._measure(life)
        asleep = life.truth.device_status == NO_LIGHT
        if asleep and self._home.night is Night.STILL:
            fresh.update(self._awake)
        self._awake = {name: fresh[name] for name in INVERTER_GROUPS}
        before, self._before = self._before, fresh
        lag = life.at_s - self._before_s <= _FRESH_S and bool(before)
        self._before_s = life.at_s
        if not lag:
            return dict(fresh)
        chance = self._chance
        return {
            name: before[name] if chance.random() < _LAGGING else group
            for name, group in fresh.items()
        }

    def _measure(self, life: Life) -> dict[str, Group]:
        truth, at_s = life.truth, life.at_s
        seed = self._home.seed
        voltages = phase_voltages_v(seed, at_s)
        frequency = frequency_hz(seed, at_s)
        return {
            "ac": self._ac(truth),
            "pv": self._pv(truth),
            "inverter": self._inverter(truth, voltages, frequency),
            "energies": {
                "ac_energy_kwh": round(truth.yield_kwh, 2),
                "pv_energy_kwh": round(truth.pv_kwh, 2),
                "ac_energy_today_kwh": round(truth.yield_today_kwh, 2),
            },
            "meter_values": self._meter(truth, at_s, voltages, frequency),
            "battery_system": self._battery(truth),
            "soc": {"soc_pct": self._soc_pct(life)},
            "battery_energies": {
                "battery_charge_energy_kwh": round(truth.charge_kwh, 2),
                "battery_discharge_energy_kwh": round(truth.discharge_kwh, 2),
                "battery_charge_energy_today_kwh": round(truth.charge_today_kwh, 2),
                "battery_discharge_energy_today_kwh": round(
                    truth.discharge_today_kwh, 2
                ),
            },
            "battery_1": self._cells(truth),
        }

    def _noisy_w(self, power_w: float, share: float, floor_w: float) -> float:
        """Return a power in whole W; one that is 0 shows 0."""
        if not power_w:
            return 0.0
        spread = floor_w + share * abs(power_w)
        return float(round(self._chance.gauss(power_w, spread)))

    def _ac(self, truth: PlantTruth) -> Group:
        ac_w = self._noisy_w(truth.ac_w, 0.003, 1.5)
        inflow_w = truth.pv_w + truth.battery_w
        good = truth.ac_w > 0.0 and inflow_w > 0.0
        return {
            "ac_power_w": ac_w,
            "efficiency_pct": round(100.0 * truth.ac_w / inflow_w, 2) if good else 0.0,
            "ac_peak_power_today_w": float(round(truth.peak_today_w)),
        }

    def _pv(self, truth: PlantTruth) -> Group:
        pv_w = max(self._noisy_w(truth.pv_w, 0.003, 1.5), 0.0)
        volts = self._chance.gauss(420.0, 1.5) if truth.pv_w else 3.0
        return {
            "pv_power_w": pv_w,
            "pv1_voltage_v": round(volts, 1),
            "pv1_current_a": round(pv_w / 2.0 / volts, 2),
        }

    def _inverter(
        self, truth: PlantTruth, voltages: tuple[float, ...], frequency: float
    ) -> Group:
        gauss = self._chance.gauss
        group = {
            f"ac_l{phase}_voltage_v": round(gauss(volts, 0.25), 1)
            for phase, volts in enumerate(self._phases(voltages), 1)
        }
        group["ac_frequency_hz"] = round(gauss(frequency, 0.006), 2)
        group["inverter_temperature_c"] = round(
            gauss(truth.inverter_temperature_c, 0.08), 1
        )
        return group

    def _phases(self, voltages: tuple[float, ...]) -> tuple[float, ...]:
        return voltages if self._home.parameters.three_phase else voltages[:1]

    def _meter(
        self,
        truth: PlantTruth,
        at_s: float,
        voltages: tuple[float, ...],
        frequency: float,
    ) -> Group:
        gauss = self._chance.gauss
        grid_w = float(round(gauss(truth.grid_w, 2.5 + 0.005 * abs(truth.grid_w))))
        group = {
            f"grid_l{phase}_voltage_v": round(gauss(volts, 0.2), 1)
            for phase, volts in enumerate(self._phases(voltages), 1)
        }
        group |= {
            "grid_power_w": grid_w,
            "grid_frequency_hz": round(gauss(frequency, 0.006), 2),
            "grid_export_energy_kwh": round(truth.export_kwh, 2),
            "grid_import_energy_kwh": round(truth.import_kwh, 2),
        }
        if self._home.parameters.three_phase:
            group |= self._on_phases(truth, at_s, grid_w)
        return group

    def _on_phases(self, truth: PlantTruth, at_s: float, grid_w: float) -> Group:
        """Return how the grid's power lies on the phases; together the total."""
        first, second = (
            round(
                truth.load_w
                * (0.2 + share * smooth(self._home.seed, channel, at_s, 1800.0))
                - truth.ac_w / 3.0
            )
            for share, channel in zip(_SHARES, _PHASE_NOISE, strict=True)
        )
        return {
            "grid_l1_power_w": float(first),
            "grid_l2_power_w": float(second),
            "grid_l3_power_w": grid_w - first - second,
        }

    def _battery(self, truth: PlantTruth) -> Group:
        battery_w = self._noisy_w(truth.battery_w, 0.005, 2.5)
        volts = self._chance.gauss(390.0 + 12.0 * truth.soc_pct / 100.0, 0.4)
        return {
            "battery_power_w": battery_w,
            "battery_bus_voltage_v": round(volts, 1),
            "battery_current_a": round(-battery_w / volts, 1),
            "battery_rated_capacity_kwh": self._home.told_kwh,
        }

    def _cells(self, truth: PlantTruth) -> Group:
        gauss, warm_c = self._chance.gauss, truth.battery_temperature_c
        return {
            "battery_1_temperature_c": round(gauss(warm_c, 0.05), 1),
            "battery_1_pack_1_temperature_max_c": round(gauss(warm_c + 0.6, 0.05), 1),
            "battery_1_pack_1_temperature_min_c": round(gauss(warm_c - 0.6, 0.05), 1),
            "battery_max_charge_power_w": float(round(truth.charge_limit_w)),
            "battery_max_discharge_power_w": float(round(truth.discharge_limit_w)),
        }

    @staticmethod
    def _soc_pct(life: Life) -> float:
        told = life.truth.soc_pct + life.soc_error_pct
        return round(min(max(told, 0.0), 100.0), 1)


def flat(groups: Mapping[str, Group]) -> dict[str, float]:
    """Return the values of all groups."""
    return {key: value for group in groups.values() for key, value in group.items()}
