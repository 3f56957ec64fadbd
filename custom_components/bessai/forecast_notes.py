"""What the forecasts lack, named: a closed list, each with a text for people."""

from dataclasses import dataclass
from enum import StrEnum


class ForecastTrouble(StrEnum):
    """Why a forecast is missing, or not as good as it could be."""

    NO_RECORDER = "no_recorder"
    """Home Assistant keeps no history: only what was read since is known."""

    NO_LOAD = "no_load"
    """Nothing is known of the load: there is no forecast of it."""

    LITTLE_LOAD = "little_load"
    """The load is known for less than a week; ``number``: days."""

    NO_STATISTICS = "no_statistics"
    """The entity chosen for the load (``about``) has no statistics."""

    WRONG_UNIT = "wrong_unit"
    """The entity chosen for the load (``about``) is neither a power nor an energy."""

    NO_PV = "no_pv"
    """Nobody forecasts PV, and the plant's past is too short to do so."""

    OWN_PV = "own_pv"
    """Nobody forecasts PV: it is taken from the plant's past; ``number``: days."""

    PV_UNREADABLE = "pv_unreadable"
    """What was chosen or found as PV forecast (``about``) has nothing to read."""

    PV_STALE = "pv_stale"
    """The PV forecast (``about``) has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastNote:
    """Something the owner may want to know about the forecasts."""

    kind: ForecastTrouble
    about: str = ""
    """Entity or forecast it is about."""

    number: float | None = None

    @property
    def translation_key(self) -> str:
        """The key of its text among the common ones."""
        return f"forecast_{self.kind}"

    @property
    def placeholders(self) -> dict[str, str]:
        """What its text is filled with."""
        return {"about": self.about, "number": _shown(self.number)}


def _shown(number: float | None) -> str:
    """Return a number of days for people, with a decimal where it counts."""
    if number is None:
        return ""
    return f"{number:.0f}" if number >= 2 else f"{number:.1f}".removesuffix(".0")
