"""Attacks and faults that show what was so earlier."""

from itertools import islice

from custom_components.bessai.simulator.witness import NO_LIGHT, RUNNING

from .attack import SURE, Attack, Stage, power_strength, state_strength
from .shown import Shown

_DEVICES = ("inverter", "meter", "battery")
_LEAST_CLOCK_S = 120.0
_LOOKED_BACK = 6


def device_of(key: str) -> str:
    """Return which device a number is measured by."""
    if key.startswith("grid_"):
        return "meter"
    return "battery" if key.startswith(("battery_", "soc_")) else "inverter"


def latest_numbers(stage: Stage) -> dict[str, float]:
    """Return what was shown last of each number: not all are read at every poll."""
    known: dict[str, float] = {}
    for shown in islice(reversed(stage.past), _LOOKED_BACK):
        known = shown.numbers | known
    return known


class FrozenDevice(Attack):
    """The numbers of one device stand still."""

    name = "one device frozen"

    def begin(self, stage: Stage) -> None:
        """Choose the device."""
        self._device = stage.chance.choice(_DEVICES)
        last = latest_numbers(stage)
        self._held = {k: v for k, v in last.items() if device_of(k) == self._device}

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show what it showed last."""
        for key in shown.numbers.keys() & self._held.keys():
            shown.numbers[key] = self._held[key]

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """A device that is awake never stands still."""
        truth = stage.truth
        awake = {
            "inverter": truth.device_status != NO_LIGHT,
            "meter": True,
            "battery": truth.battery_status == RUNNING,
        }
        return SURE if awake[self._device] else power_strength(shown, stage)


class FrozenAll(Attack):
    """Every number stands still, and sometimes the plant's clock."""

    name = "everything frozen"

    def begin(self, stage: Stage) -> None:
        """Keep what was shown last."""
        self._held = latest_numbers(stage)
        self._clock = stage.chance.random() < 0.5
        self._clock_s: float | None = None

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show it again."""
        held = self._held
        shown.numbers = {key: held.get(key, one) for key, one in shown.numbers.items()}
        if shown.plant_clock_s is not None and self._clock:
            self._clock_s = self._clock_s or shown.plant_clock_s
            shown.plant_clock_s = self._clock_s

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """The meter is always awake."""
        return SURE


class Replay(Attack):
    """All that was recorded earlier is shown again, counters and clock included."""

    name = "replay"
    live: tuple[str, ...] = ()
    """What the ends of keys have that are left alone."""

    def begin(self, stage: Stage) -> None:
        """Choose from where."""
        times = stage.past_times_s
        earliest_s, latest_s = times[0], stage.at_s - 3_600.0
        span_s = max(latest_s - earliest_s, 0.0)
        self._lag_s = stage.at_s - (earliest_s + stage.chance.random() * span_s)
        self._past, self._times = list(stage.past), list(times)
        self._place = 0
        self._known: dict[str, float] = {}

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the poll of so long ago."""
        wanted_s = stage.at_s - self._lag_s
        last = len(self._times) - 1
        while self._place < last and self._times[self._place] < wanted_s:
            self._place += 1
        old = self._past[self._place]
        self._known.update(old.numbers)
        for key in shown.numbers.keys() & self._known.keys():
            if not (self.live and key.endswith(self.live)):
                shown.numbers[key] = self._known[key]
        shown.inverter_status = old.inverter_status
        shown.commanded, shown.self_consuming = old.commanded, old.self_consuming
        if shown.plant_clock_s is not None and not self.live:
            shown.plant_clock_s -= self._lag_s

    def end(self, stage: Stage) -> None:
        """Let the recording go."""
        self._past, self._times = [], []

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It has to be another state of the plant."""
        return state_strength(honest, shown, stage)


class CarefulReplay(Replay):
    """The same, with living counters and clock."""

    name = "replay, counters live"
    live = ("_kwh",)


class Clock(Attack):
    """The plant's clock is set wrong, or stands still."""

    name = "clock"

    def begin(self, stage: Stage) -> None:
        """Choose how."""
        sign = stage.chance.choice((-1.0, 1.0))
        self._offset_s = sign * 10.0 ** stage.chance.uniform(2.3, 4.6)
        self._stands = stage.chance.random() < 0.3
        self._stood_s: float | None = None
        self._error_s = 0.0

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Show the wrong time."""
        if shown.plant_clock_s is None:
            return
        true_s = shown.plant_clock_s
        if self._stands:
            self._stood_s = self._stood_s or true_s
            shown.plant_clock_s = self._stood_s
        else:
            shown.plant_clock_s = float(round(true_s + self._offset_s))
        self._error_s = abs(shown.plant_clock_s - true_s)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It counts from two minutes on."""
        return self._error_s / _LEAST_CLOCK_S
