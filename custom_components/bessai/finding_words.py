"""What a finding is called for people: name, sentence and advice, and as JSON."""

from collections.abc import Mapping
from math import isfinite
from typing import Any, Final

from homeassistant.util import dt as dt_util

from .core.finding import Finding
from .core.observation import Flow
from .device.derived import DERIVED, Derived
from .device.profile import DeviceProfile
from .device.register import Register
from .texts import NO_BREAK, Texts, show_number

FINE: Final = 10.0
"""Numbers below this have two decimals: of seconds and kWh the first says too little.
"""


class FindingWords:
    """Words for findings in the language of some texts."""

    def __init__(self, texts: Texts, values: Mapping[str, Register | Derived]) -> None:
        """Speak with these texts about the values of a plant, by their keys."""
        self._texts, self._values = texts, values

    def say(self, key: str, **words: str) -> str:
        """Return one of the common texts, filled."""
        return self._texts.say(key, **words)

    def name(self, finding: Finding) -> str:
        """Return what it is about in some words: kind and subject."""
        kind = self._texts.say(f"finding_{finding.kind}")
        return f"{kind} ({self.about(finding)})"

    def about(self, finding: Finding) -> str:
        """Return what it is about, as Home Assistant shows it: device and value."""
        said = self._texts.quantity(finding.subject)
        value = self._values.get(finding.subject)
        return said if value is None else f"{self._texts.part(value.part)}: {said}"

    def text(self, finding: Finding) -> str:
        """Return it as a sentence with its evidence."""
        return self._texts.say(
            f"finding_{finding.kind}_text",
            subject=self.about(finding),
            measured=self._value(finding, finding.measured),
            expected=self._value(finding, finding.expected),
            tolerance=self._texts.say("finding_none")
            if finding.tolerance is None
            else _number(finding.tolerance, self._unit(finding)),
            since=f"{dt_util.as_local(finding.since):%Y-%m-%d %H:%M}",
        )

    def advice(self, finding: Finding) -> str:
        """Return what a person can do about it."""
        return self._texts.say(f"finding_{finding.kind}_advice")

    def describe(self, finding: Finding) -> dict[str, Any]:
        """Return it as entities show it: for automations and for people."""
        return {
            **finding_document(finding),
            "name": self._texts.say(f"finding_{finding.kind}"),
            "about": self.about(finding),
            "text": self.text(finding),
            "advice": self.advice(finding),
        }

    def _value(self, finding: Finding, value: float | str | None) -> str:
        if value is None:
            return self._texts.say("finding_unknown")
        if isinstance(value, str):
            return self._texts.state(finding.subject, value)
        return _number(value, self._unit(finding))

    def _unit(self, finding: Finding) -> str | None:
        """Return the unit of a finding, or that of the value which it is about."""
        if finding.unit is not None:
            return finding.unit
        if finding.subject in Flow:
            return "W"
        value = self._values.get(finding.subject)
        return None if value is None else value.unit


def words_of(profile: DeviceProfile, texts: Texts) -> FindingWords:
    """Return words for findings about a plant of a profile."""
    derived = {one.key: one for one in DERIVED}
    return FindingWords(texts, {**derived, **profile.registers})


def finding_document(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON has it, without what is no number."""
    return {
        "kind": finding.kind.value,
        "subject": finding.subject,
        "measured": _plain(finding.measured),
        "expected": _plain(finding.expected),
        "tolerance": _plain(finding.tolerance),
        "unit": finding.unit,
        "since": finding.since.isoformat(timespec="seconds"),
        "score": round(finding.score, 2),
    }


def _plain(value: float | str | None) -> float | str | None:
    """Return a value without digits that say nothing; ``None`` for NaN and infinity."""
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if isfinite(value) else None


def _number(value: float, unit: str | None) -> str:
    """Return a number with its unit."""
    if isfinite(value) and abs(value) < FINE:
        said = f"{value:.2f}".rstrip("0").rstrip(".")
    else:
        said = show_number(value)
    return f"{said}{NO_BREAK}{unit}" if unit else said
