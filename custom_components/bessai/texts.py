"""What the guard's reasons are called for people, in the language of Home Assistant."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from math import isfinite
import re
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN
from .core.verdict import Ground, Reason
from .device.register import UNIT_SUFFIXES

CATEGORIES: Final = ("exceptions", "common", "entity", "device")
PREFIX: Final = f"component.{DOMAIN}."

WORDS: Final[Mapping[Reason, str]] = {
    Reason.TELEMETRY_MISSING: "common.input_{}",
    Reason.TELEMETRY_IMPLAUSIBLE: "common.input_{}",
    Reason.NOT_ON_GRID: "entity.sensor.device_status.state.{}",
    Reason.BATTERY_NOT_READY: "entity.sensor.battery_status.state.{}",
    Reason.BATTERY_ASLEEP: "entity.sensor.battery_status.state.{}",
    Reason.ALARM: "entity.sensor.alarms.state.{}",
    Reason.FINDING: "common.finding_{}",
}
"""Where the words of the plant that a reason names have a translation."""

SUFFIXES: Final = tuple(sorted(UNIT_SUFFIXES.values(), key=len, reverse=True))
"""Ends of keys that say a unit, which names leave out."""

LAST_NUMBER: Final = re.compile(r"\d+(?=\D*$)")
"""Of a key of one of many, which share a name."""

UNKNOWN: Final = "?"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"


class Texts:
    """The texts of one language; what is missing goes by its key."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Speak with these texts, by their full keys."""
        self._texts = texts

    def ground(self, ground: Ground) -> str:
        """Return a reason as a sentence with its numbers."""
        return self._fill(
            f"exceptions.{ground.reason}.message",
            ground.reason,
            self.placeholders(ground),
        )

    def grounds(self, grounds: Iterable[Ground]) -> str:
        """Return reasons as sentences, one after another."""
        return " ".join(self.ground(ground) for ground in grounds)

    def remedy(self, reason: Reason) -> str:
        """Return what a person can do about a reason."""
        key = f"{reason}_remedy"
        return self._fill(f"exceptions.{key}.message", reason, {})

    def placeholders(self, ground: Ground) -> dict[str, str]:
        """Return what the text of a reason is filled with."""
        return {
            "value": self._show(ground.reason, ground.value),
            "limit": self._show(ground.reason, ground.limit),
        }

    def say(self, key: str, **words: str) -> str:
        """Return one of the common texts, filled."""
        return self._fill(f"common.{key}", key, words)

    def name(self, key: str, instead: str) -> str:
        """Return the text of a key as it stands, or something instead."""
        return self._texts.get(PREFIX + key, instead.replace("_", " "))

    def quantity(self, key: str) -> str:
        """Return what a value, a part or a flow of the plant is called."""
        number = LAST_NUMBER.search(key)
        for path in (f"common.finding_about_{key}", *_entity_paths(key)):
            if said := self.name(path, ""):
                return said.replace("{number}", number[0] if number else "")
        return key.replace("_", " ")

    def part(self, part: str) -> str:
        """Return what a device of the plant is called."""
        return self.name(f"device.{part}.name", part)

    def state(self, key: str, value: str) -> str:
        """Return what a state of a value of the plant is called."""
        states = (path.removesuffix("name") + "state." for path in _entity_paths(key))
        for path in ("common.finding_state_", *states):
            if said := self.name(path + value, ""):
                return said
        return value

    def _show(self, reason: Reason, value: float | str | None) -> str:
        if value is None:
            return UNKNOWN
        if isinstance(value, str):
            return ", ".join(self._word(reason, word) for word in value.split(", "))
        return show_number(value)

    def _word(self, reason: Reason, word: str) -> str:
        kind, subject = word, ""
        if reason is Reason.FINDING:
            kind, _, subject = word.partition("/")
        said = self.name(WORDS.get(reason, "").format(kind), kind)
        return f"{said} ({self.quantity(subject)})" if subject else said

    def _fill(self, key: str, instead: str, words: Mapping[str, str]) -> str:
        return self.name(key, instead).format_map(words)


def _entity_paths(key: str) -> tuple[str, ...]:
    """Return where the name of a value may be: its own, then that of its kind."""
    suffix = next(filter(key.endswith, SUFFIXES), "")
    name = key.removesuffix(suffix)
    kind = LAST_NUMBER.sub("n", name)
    return f"entity.sensor.{name}.name", f"entity.sensor.{kind}.name"


def show_number(value: float) -> str:
    """Return a number for people: one decimal at most, thousands set apart."""
    if not isfinite(value):
        return UNKNOWN
    return f"{value:,.1f}".removesuffix(".0").replace(",", NO_BREAK)


async def async_load_texts(hass: HomeAssistant) -> Texts:
    """Load the texts in the language of Home Assistant, English where it lacks one."""
    # Asked for one category, Home Assistant loads them all.
    await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return async_loaded_texts(hass)


@callback
def async_loaded_texts(hass: HomeAssistant) -> Texts:
    """Return the texts that were loaded before, also by Home Assistant itself."""
    language = hass.config.language
    loaded = (
        async_get_cached_translations(hass, language, category, DOMAIN)
        for category in CATEGORIES
    )
    return Texts(ChainMap(*loaded))
