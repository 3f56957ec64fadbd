"""Attacks on what the plant is told, with their real effect."""

from dataclasses import replace
from typing import ClassVar

from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.simulator.truth import PlantTruth

from .attack import SURE, Attack, Stage, least_power_w
from .shown import Shown

_HOUR_MIN = 60.0
_PRESSED_EVERY_S = 60.0
_WAYS = ("charge", "discharge")
_POWER_LIMITS = ("charge_power_limit_w", "discharge_power_limit_w")


class RogueSetting(Attack):
    """Somebody else writes a setting, and later puts it back."""

    name = "setting written"
    physical = True

    def begin(self, stage: Stage) -> None:
        """Write it."""
        chance, most_w = stage.chance, stage.home.battery.charge_power_w
        choices: tuple[tuple[str, tuple[float | str, ...]], ...] = (
            ("working_mode_setting", ("adaptive", "fully_fed_to_grid", "tou")),
            ("charge_power_limit_w", (0.0, round(most_w / 2.0))),
            ("discharge_power_limit_w", (0.0, round(most_w / 2.0))),
            ("charge_cutoff_soc_pct", (90.0, 95.0)),
            ("discharge_cutoff_soc_pct", (0.0, 12.0, 20.0)),
            ("charge_from_grid_enabled", (1.0,)),
            ("grid_charge_cutoff_soc_pct", (50.0,)),
            ("backup_reserve_soc_pct", (30.0, 80.0)),
            ("grid_charge_power_w", (0.0, 500.0)),
            ("tou_surplus_pv_use", ("feed_to_grid",)),
            ("active_power_control_mode", ("zero_export", "limit_in_watts")),
            ("active_power_limit_relative_pct", (0.0, 40.0)),
            ("feed_in_limit_w", (0.0, 1_000.0)),
        )
        self._key, values = chance.choice(choices)
        self._original = stage.life.board.values[self._key]
        self._set(stage, chance.choice(values))

    def _set(self, stage: Stage, value: Value) -> None:
        """Limits of power are only shown: near full the plant refuses them back."""
        if self._key in _POWER_LIMITS:
            stage.life.board.values[self._key] = value
        elif isinstance(value, int | float | str):
            stage.life.board.write(self._key, value)

    def end(self, stage: Stage) -> None:
        """Put it back."""
        self._set(stage, self._original)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It differs from what it was, whether anybody asks or not."""
        present = stage.life.board.values[self._key]
        return SURE if present != self._original else 0.0


class RogueCommand(Attack):
    """Somebody else charges or discharges the battery."""

    name = "foreign command"
    physical = True
    hidden: ClassVar[bool] = False

    def begin(self, stage: Stage) -> None:
        """Give the command."""
        truth, board = stage.truth, stage.life.board
        way = "discharge" if truth.soc_pct > 45.0 else "charge"
        most_w = truth.charge_limit_w if way == "charge" else truth.discharge_limit_w
        self._settings = dict(board.values)
        for key, value in (
            (f"forcible_{way}_power_w", int(stage.chance.uniform(0.4, 1.0) * most_w)),
            ("forcible_duration_min", _HOUR_MIN),
            ("forcible_end_condition", "duration"),
            ("forcible_command", way),
        ):
            board.write(key, value)

    def end(self, stage: Stage) -> None:
        """End it and clear its traces."""
        board = stage.life.board
        board.write("forcible_command", "stop")
        for way in _WAYS:
            board.write(f"forcible_{way}_power_w", 0.0)
        board.write("forcible_duration_min", 0.0)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It counts as far as the battery does something else than by itself."""
        truth = stage.truth
        error_w = abs(truth.battery_w - by_itself_w(truth))
        return error_w / least_power_w(stage.home)


class HiddenCommand(RogueCommand):
    """The same, and the registers tell that there is none."""

    name = "foreign command, hidden"
    hidden = True

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the registers as they were."""
        shown.commanded, shown.self_consuming = False, True
        if shown.settings is not None:
            shown.settings = {key: self._settings[key] for key in shown.settings}


class NotFollowing(Attack):
    """The battery does not do what we tell it, and says that it does."""

    name = "command not followed"
    physical = True

    def begin(self, stage: Stage) -> None:
        """Let us command something that is possible, and disobey."""
        truth, life = stage.truth, stage.life
        self._way = "discharge" if truth.soc_pct > 45.0 else "charge"
        most_w = stage.home.battery.discharge_power_w
        power_w = round(stage.chance.uniform(0.4, 1.0) * most_w)
        sign = 1.0 if self._way == "discharge" else -1.0
        self._manner = stage.chance.choice(("idle", "less", "opposite"))
        life.commander.begin(
            Setpoint(power_w=sign * power_w), stage.at_s, 7_200.0, truth
        )
        self._pressed_s = 0.0
        if self._manner == "idle":
            plant = life.plant
            plant.condition = replace(plant.condition, battery_follows=False)

    def act(self, stage: Stage) -> None:
        """Disobey what was renewed."""
        if self._manner == "idle" or stage.at_s < self._pressed_s + _PRESSED_EVERY_S:
            return
        self._pressed_s = stage.at_s
        press, most_w = stage.life.board.press, stage.home.battery.discharge_power_w
        other = _WAYS[1 - _WAYS.index(self._way)]
        if self._manner == "less":
            press(f"forcible_{self._way}_power_w", round(0.1 * most_w))
        else:
            press(f"forcible_{other}_power_w", round(0.4 * most_w))
            press("forcible_command", other)

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show our command."""
        shown.commanded, shown.self_consuming = True, False

    def end(self, stage: Stage) -> None:
        """Obey again, and be released."""
        plant = stage.life.plant
        plant.condition = replace(plant.condition, battery_follows=True)
        stage.life.commander.end(stage.truth)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It counts as far as the battery is from what was possible of our wish."""
        wish, truth = stage.life.commander.wish, stage.truth
        if not isinstance(wish, Setpoint):
            return 0.0
        wanted_w = _possible_w(truth, wish.power_w)
        return abs(truth.battery_w - wanted_w) / least_power_w(stage.home)


def by_itself_w(truth: PlantTruth) -> float:
    """Return about what the battery would do in self-consumption, W."""
    return _possible_w(truth, truth.load_w - truth.pv_w)


def _possible_w(truth: PlantTruth, power_w: float) -> float:
    """Return a power as far as the battery can."""
    if (truth.soc_pct <= 5.2 and power_w > 0) or (
        truth.soc_pct >= 99.8 and power_w < 0
    ):
        return 0.0
    return min(max(power_w, -truth.charge_limit_w), truth.discharge_limit_w)
