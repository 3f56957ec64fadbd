"""What the guard's reasons are called for people, in the language of Home Assistant."""

from collections import ChainMap
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)

from .const import DOMAIN
from .core.verdict import Ground, Reason

CATEGORIES: Final = ("exceptions", "common", "entity")
PREFIX: Final = f"component.{DOMAIN}."

WORDS: Final[Mapping[Reason, str]] = {
    Reason.TELEMETRY_MISSING: "common.input_{}",
    Reason.TELEMETRY_IMPLAUSIBLE: "common.input_{}",
    Reason.NOT_ON_GRID: "entity.sensor.device_status.state.{}",
    Reason.BATTERY_NOT_READY: "entity.sensor.battery_status.state.{}",
    Reason.BATTERY_ASLEEP: "entity.sensor.battery_status.state.{}",
    Reason.ALARM: "entity.sensor.alarms.state.{}",
}
"""Where the words of the plant that a reason names have a translation."""

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

    def _show(self, reason: Reason, value: float | str | None) -> str:
        if value is None:
            return UNKNOWN
        if isinstance(value, str):
            return ", ".join(self._word(reason, word) for word in value.split(", "))
        return show_number(value)

    def _word(self, reason: Reason, word: str) -> str:
        return self.name(WORDS.get(reason, "").format(word), word)

    def _fill(self, key: str, instead: str, words: Mapping[str, str]) -> str:
        return self.name(key, instead).format_map(words)


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
