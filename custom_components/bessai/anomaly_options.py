"""What the owner chose about findings, as it is stored and as it is used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from .core.finding import CERTAIN, FindingKind
from .stored_options import complain, stored_section

SECTION_ANOMALY: Final = "anomaly"
CONF_DETECT: Final = "detect"
CONF_BLOCKING: Final = "blocking"

BLOCKABLE: Final = tuple(one for one in FindingKind if one is not FindingKind.UNUSUAL)
"""What may keep commands from the battery. That a plant was never seen like this is
no reason: nothing is wrong by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalyOptions:
    """Whether to look for findings, and which of them block commands."""

    detect: bool = True
    blocking: frozenset[FindingKind] = CERTAIN

    @classmethod
    def from_mapping(cls, options: Mapping[str, Any]) -> Self:
        """Return the choices of an entry; what is damaged counts as not chosen."""
        section = stored_section(options, SECTION_ANOMALY)
        return cls(
            detect=_detect(section.get(CONF_DETECT, True)),
            blocking=_blocking(section.get(CONF_BLOCKING)),
        )

    def as_form(self) -> dict[str, Any]:
        """Return the choices as the form takes them."""
        chosen = [kind.value for kind in BLOCKABLE if kind in self.blocking]
        return {CONF_DETECT: self.detect, CONF_BLOCKING: chosen}


def undefaulted_anomaly(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed in the section of findings, without defaults.

    That nothing blocks is a choice: an empty list stays.
    """
    shown = AnomalyOptions.from_mapping({SECTION_ANOMALY: typed}).as_form()
    default = AnomalyOptions().as_form()
    return {
        name: value
        for name, value in shown.items()
        if name in typed and value != default[name]
    }


def _detect(value: Any) -> bool:
    """Only a clear no switches it off."""
    if isinstance(value, bool):
        return value
    complain(CONF_DETECT, value)
    return True


def _blocking(value: Any) -> frozenset[FindingKind]:
    if value is None:
        return CERTAIN
    if isinstance(value, list | tuple) and all(kind in BLOCKABLE for kind in value):
        return frozenset(FindingKind(kind) for kind in value)
    complain(CONF_BLOCKING, value)
    return CERTAIN
