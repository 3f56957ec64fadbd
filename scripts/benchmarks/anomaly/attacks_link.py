"""Attacks on who answers, and how fast."""

from custom_components.bessai.core.telemetry import Value

from .attack import SURE, Attack, Stage
from .shown import Shown

_LEAST_TIMES = 1.6


class ChangedIdentity(Attack):
    """Somebody else answers after a new connection, under the right serial number."""

    name = "another identity"
    breaks = True

    def begin(self, stage: Stage) -> None:
        """Choose what differs; a version alone is what any update changes."""
        changes: tuple[dict[str, Value], ...] = (
            {"model": "SUN2000-3KTL-L1"},
            {"model": "SUN2000-6KTL-L1", "software_version": "V200R001C00SPC999"},
            {"rated_power_w": 3_000.0, "maximum_active_power_w": 3_300.0},
            {"model": "SUN2000-20KTL-M3", "rated_power_w": 20_000.0},
        )
        self._changes = stage.chance.choice(changes)
        self._told = False

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Break the connection and tell it when asked."""
        shown.reconnected = shown.reconnected or not self._told
        if not self._told and shown.identity is None:
            shown.identity = dict(stage.past_identity)
        if shown.identity is not None:
            shown.identity = shown.identity | self._changes
        self._told = True

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It was told."""
        return SURE


class Stranger(Attack):
    """Another device answers at the address."""

    name = "a stranger answers"
    breaks = True

    def begin(self, stage: Stage) -> None:
        """Choose its name."""
        self._serial_number = f"XX{stage.chance.randrange(10**10):010d}"
        self._met = False

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Tell its name."""
        shown.reconnected = shown.reconnected or not self._met
        shown.stranger = self._serial_number
        shown.identity = None
        self._met = True

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It answers."""
        return SURE


class Latency(Attack):
    """Somebody sits in between, which takes time."""

    name = "somebody in between"

    def begin(self, stage: Stage) -> None:
        """Choose how long it takes."""
        self._seconds = stage.chance.uniform(0.15, 1.0)

    def spoof(self, shown: Shown, stage: Stage) -> None:
        """Answer later."""
        shown.response_s += self._seconds * stage.chance.uniform(0.9, 1.1)

    def strength(self, honest: Shown, shown: Shown, stage: Stage) -> float:
        """It counts from 1.6 times the usual on."""
        usual_s = stage.home.link.median_s
        return (usual_s + self._seconds) / usual_s / _LEAST_TIMES
