"""Attacks and faults that show wrong numbers."""

from .attack import (
    LEAST_SOC_PCT,
    SURE,
    Attack,
    Stage,
    number_strength,
    power_strength,
)
from .shown import BATTERY_TEMPERATURES, FLOW_KEYS, PHASE_KEYS, Shown

_LEAST_KELVIN = 3.0
_LEAST_KWH = 0.5
_WORTHWHILE_W = 300.0
_AC_SHARE = 0.98


class OutOfRange(Attack):
    """A number that the equipment cannot have."""

    name = "out of range"

    def begin(self, stage: Stage) -> None:
        """Choose the number."""
        home = stage.home
        most_w, peak_w = home.maximum_power_w, home.parameters.pv.peak_w
        self._key, least, most = stage.chance.choice(
            (
                ("soc_pct", 101.0, 1_000.0),
                ("battery_1_temperature_c", 110.0, 200.0),
                ("inverter_temperature_c", -120.0, -70.0),
                ("ac_l1_voltage_v", 320.0, 900.0),
                ("grid_l1_voltage_v", 320.0, 900.0),
                ("ac_frequency_hz", 66.0, 90.0),
                ("pv_power_w", 4.0 * peak_w, 40.0 * peak_w),
                ("battery_power_w", 4.0 * most_w, 20.0 * most_w),
                ("ac_power_w", 3.0 * most_w, 20.0 * most_w),
            )
        )
        self._value = round(stage.chance.uniform(least, most), 1)

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show it."""
        if self._key in shown.numbers:
            shown.numbers[self._key] = self._value

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """No plant has it."""
        return SURE


class WrongPower(Attack):
    """A power is multiplied and moved."""

    def begin(self, stage: Stage) -> None:
        """Choose a power that flows."""
        truth = stage.truth
        flows = dict(
            zip(
                FLOW_KEYS.values(),
                (truth.pv_w, truth.battery_w, truth.ac_w, truth.grid_w),
                strict=True,
            )
        )
        flowing = [key for key, watts in flows.items() if abs(watts) > _WORTHWHILE_W]
        self._key = stage.chance.choice(self.among(flowing) or ["grid_power_w"])
        self._factor, self._offset_w = self.choose(stage)

    def among(self, keys: list[str]) -> list[str]:
        """Return which of some powers come into question."""
        return keys

    def choose(self, stage: Stage) -> tuple[float, float]:
        """Return a factor, and what is added, W."""
        raise NotImplementedError

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong power, on all phases where it has phases."""
        keys = (self._key, *PHASE_KEYS) if self._key == "grid_power_w" else (self._key,)
        phases = sum(key in shown.numbers for key in PHASE_KEYS)
        for key in keys:
            if key in shown.numbers:
                share = 1 / phases if key in PHASE_KEYS else 1.0
                wrong = self._factor * shown.numbers[key] + share * self._offset_w
                shown.numbers[key] = float(round(wrong))

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It is a matter of watts."""
        return power_strength(shown, stage)


class WrongScale(WrongPower):
    """A power is ten times too high or too low."""

    name = "power x10 or x0.1"

    def choose(self, stage: Stage) -> tuple[float, float]:
        """Return the factor."""
        return stage.chance.choice((10.0, 0.1)), 0.0


class WrongSign(WrongPower):
    """A power flows the other way."""

    name = "sign of a power"

    def among(self, keys: list[str]) -> list[str]:
        """What the panels give has no sign."""
        return [key for key in keys if key != "pv_power_w"]

    def choose(self, stage: Stage) -> tuple[float, float]:
        """Return the factor."""
        return -1.0, 0.0


class Offset(WrongPower):
    """Some watts are added to a power."""

    name = "watts added to a power"

    def choose(self, stage: Stage) -> tuple[float, float]:
        """Return the watts."""
        sign = stage.chance.choice((-1.0, 1.0))
        return 1.0, sign * round(10.0 ** stage.chance.uniform(2.5, 3.5))


class Consistent(Attack):
    """Battery, AC and grid are wrong together, so that they add up."""

    name = "powers wrong, adding up"

    def begin(self, stage: Stage) -> None:
        """Choose how far."""
        most_w = stage.home.battery.discharge_power_w
        sign = stage.chance.choice((-1.0, 1.0))
        self._watts = sign * stage.chance.uniform(0.1, 0.7) * most_w

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong powers."""
        ac_w = round(_AC_SHARE * self._watts)
        changes = {
            "battery_power_w": round(self._watts),
            "ac_power_w": ac_w,
            "grid_power_w": -ac_w,
        } | dict.fromkeys(PHASE_KEYS, -ac_w / 3.0)
        if "battery_power_w" in shown.numbers and "grid_power_w" in shown.numbers:
            for key in changes.keys() & shown.numbers.keys():
                shown.numbers[key] = float(round(shown.numbers[key] + changes[key]))

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It is a matter of watts."""
        return power_strength(shown, stage)


class SocJump(Attack):
    """The state of charge is suddenly another one."""

    name = "state of charge jumps"

    def begin(self, stage: Stage) -> None:
        """Choose how far."""
        sign = stage.chance.choice((-1.0, 1.0))
        self._points = sign * stage.chance.uniform(2.0, 40.0)

    def error_pct(self, stage: Stage) -> float:
        """Return how wrong it is now."""
        return self._points

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong one."""
        if "soc_pct" in shown.numbers:
            wrong = shown.numbers["soc_pct"] + self.error_pct(stage)
            shown.numbers["soc_pct"] = round(min(max(wrong, 0.0), 100.0), 1)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It is a matter of points."""
        return number_strength(honest, shown, ("soc_pct",), LEAST_SOC_PCT)


class SocRamp(SocJump):
    """The state of charge goes wrong little by little."""

    name = "state of charge creeps"

    def begin(self, stage: Stage) -> None:
        """Choose how fast."""
        sign = stage.chance.choice((-1.0, 1.0))
        self._points_per_min = sign * stage.chance.uniform(0.2, 1.5)

    def error_pct(self, stage: Stage) -> float:
        """Return how wrong it is now."""
        return self._points_per_min * stage.minutes


class Temperature(Attack):
    """The battery seems cooler, or warmer, than it is, little by little."""

    name = "temperature masked"

    def begin(self, stage: Stage) -> None:
        """Choose how fast."""
        sign = stage.chance.choice((-1.0, -1.0, 1.0))
        self._kelvin_per_min = sign * stage.chance.uniform(0.1, 0.8)

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong temperatures."""
        error = self._kelvin_per_min * stage.minutes
        for key in BATTERY_TEMPERATURES:
            if key in shown.numbers:
                shown.numbers[key] = round(shown.numbers[key] + error, 1)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It is a matter of kelvin; not every poll reads them."""
        return abs(self._kelvin_per_min * stage.minutes) / _LEAST_KELVIN


class Counter(Attack):
    """An energy counter goes back, jumps or runs too fast."""

    name = "counter"

    def begin(self, stage: Stage) -> None:
        """Choose the counter and what it does."""
        chance = stage.chance
        self._key = chance.choice(
            (
                "ac_energy_kwh",
                "pv_energy_kwh",
                "grid_export_energy_kwh",
                "grid_import_energy_kwh",
                "battery_charge_energy_kwh",
                "battery_discharge_energy_kwh",
                "ac_energy_today_kwh",
            )
        )
        size = 10.0 ** chance.uniform(-0.5, 1.7)
        way = chance.choice(("back", "jump", "fast"))
        self._kwh = {"back": -size, "jump": size, "fast": 0.0}[way]
        self._kwh_per_min = 0.02 * size if way == "fast" else 0.0

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong energy."""
        if self._key in shown.numbers:
            error = self._kwh + self._kwh_per_min * stage.minutes
            wrong = max(shown.numbers[self._key] + error, 0.0)
            shown.numbers[self._key] = round(wrong, 2)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It is a matter of energy."""
        return number_strength(honest, shown, (self._key,), _LEAST_KWH)
