"""Values that are never still stand still, while answers come."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ..core.finding import FindingKind
from ..core.observation import Expectations, Flow, Observation
from ..core.plant_state import Readiness
from .residual import Residual
from .stillness import CHANNEL, DEVICE, Run, Stillness
from .window import usable

_GAP_S = 400.0
"""After that nobody knows what lay between two equal readings."""

_IDLE_W = 50.0
"""At rest a battery measures little that moves: that is learned apart."""

_BATTERY = "battery"
_IDLE = ":idle"


class FrozenRule:
    """Looks for devices, and for single channels, that repeat themselves."""

    name: ClassVar[str] = "frozen"

    def __init__(self, expectations: Expectations) -> None:
        self._devices = expectations.restless
        self._runs: dict[str, Run] = {}
        self._states: dict[str, str] = {}
        self._learned: dict[str, Stillness] = {}
        self._told: set[str] = set()
        self._last_s: float | None = None

    def look(self, seen: Observation) -> Iterable[Residual]:
        """Return how long each device has been standing still."""
        now_s, last_s = seen.uptime_s, self._last_s
        self._last_s = now_s
        elapsed_s = 0.0 if last_s is None else now_s - last_s
        # Not even the meter is trusted to move while the inverter sleeps: it is read
        # through the inverter.
        asleep = seen.inverter not in (None, Readiness.READY)
        if seen.stranger is not None or asleep or not 0.0 <= elapsed_s <= _GAP_S:
            self._runs.clear()
            return ()
        residuals: list[Residual] = []
        for device, keys in self._devices.items():
            self._look_at(device, keys, seen, elapsed_s, residuals)
        return residuals

    def document(self) -> Mapping[str, Any]:
        """Return the longest runs."""
        return {name: one.document() for name, one in self._learned.items()}

    def restore(self, document: Mapping[str, Any]) -> None:
        """Know the longest runs again."""
        for name, one in document.items():
            self._stillness(*_parted(name)).restore(one)

    def _look_at(
        self,
        device: str,
        keys: tuple[str, ...],
        seen: Observation,
        elapsed_s: float,
        residuals: list[Residual],
    ) -> None:
        """Judge one device and its channels."""
        state = _state(device, seen)
        if state is None:
            self._drop(device, keys)
            return
        values = {
            key: value
            for key in keys
            if (value := usable(seen.numbers.get(key))) is not None
        }
        if not any(values.values()):  # all 0: it is off, or its meter is
            self._drop(device, keys)
            return
        if self._states.get(device) != state:
            self._drop(device, keys)
            self._states[device] = state
        moved = self._follow(values, state, seen.uptime_s, elapsed_s)
        whole = self._advance(device, state, 1.0, seen.uptime_s, elapsed_s, moved)
        residual = self._judge(device, state, whole)
        if not state or self._stillness(device, state).learned:
            residuals.append(residual)
        if residual.deviation <= residual.floor:
            self._tell_channels(values, state, residuals)

    def _follow(
        self, values: Mapping[str, float], state: str, now_s: float, elapsed_s: float
    ) -> bool:
        """Follow each channel; return whether any of them moved."""
        moved = False
        for key, value in values.items():
            run = self._runs.get(key)
            changed = run is None or run.value != value
            moved = moved or changed
            self._advance(key, state, value, now_s, elapsed_s, changed)
        return moved

    def _advance(
        self,
        subject: str,
        state: str,
        value: float,
        now_s: float,
        elapsed_s: float,
        moved: bool,  # noqa: FBT001
    ) -> Run:
        """Go on with a run, or learn from it and begin another."""
        learned = self._stillness(subject, state)
        learned.watch(elapsed_s)
        run = self._runs.get(subject)
        if run is not None and not moved:
            run.repeat(now_s)
            return run
        if run is not None and run.value != 0.0:
            learned.learn(run.polls, run.seconds)
        self._runs[subject] = run = Run(value, now_s)
        return run

    def _tell_channels(
        self, values: Mapping[str, float], state: str, residuals: list[Residual]
    ) -> None:
        """Add the channels that stand, or have stood, for conspicuously long.

        At 0 a channel may just rest; too little is known of one that is new.
        """
        for key, value in values.items():
            learned, run = self._stillness(key, state), self._runs[key]
            if value == 0.0 or not learned.learned:
                continue
            limit_s = learned.limit_s(run.polls, run.seconds)
            if key in self._told or run.seconds > 0.5 * limit_s:
                self._told.add(key)
                residuals.append(self._judge(key, state, run))

    def _judge(self, subject: str, state: str, run: Run) -> Residual:
        learned = self._stillness(subject, state)
        usual_s = learned.longest_s
        return Residual(
            kind=FindingKind.FROZEN,
            subject=subject,
            measured=run.seconds,
            expected=usual_s,
            deviation=max(0.0, run.seconds - usual_s),
            floor=learned.limit_s(run.polls, run.seconds) - usual_s,
            unit="s",
            learns=False,
        )

    def _stillness(self, subject: str, state: str) -> Stillness:
        name = f"{subject}{state}"
        learned = self._learned.get(name)
        if learned is None:
            factor = DEVICE if subject in self._devices else CHANNEL
            learned = self._learned[name] = Stillness(factor)
        return learned

    def _drop(self, device: str, keys: tuple[str, ...]) -> None:
        """Forget runs whose end was not seen."""
        for subject in (device, *keys):
            self._runs.pop(subject, None)


def _state(device: str, seen: Observation) -> str | None:
    """Return under what suffix a device is learned now; ``None``: it need not move."""
    if device != _BATTERY:
        return ""
    if seen.battery not in (None, Readiness.READY):
        return None
    power_w = usable(seen.powers.get(Flow.BATTERY))
    return _IDLE if power_w is None or abs(power_w) < _IDLE_W else ""


def _parted(name: str) -> tuple[str, str]:
    """Return a subject and the suffix that it is learned under."""
    subject = name.removesuffix(_IDLE)
    return subject, name[len(subject) :]
