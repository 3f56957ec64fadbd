"""Every reason has words and a remedy, in each language."""

from dataclasses import fields
from string import Formatter

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.core.plant_state import PlantState
from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.texts import (
    Texts,
    async_load_texts,
    async_loaded_texts,
    show_number,
)

from .source import INTEGRATION, read_json

LANGUAGES = {
    language: read_json(INTEGRATION / "translations" / f"{language}.json")
    for language in ("en", "es")
}
SOC_LOW = Ground(reason=Reason.SOC_LOW, value=4.0, limit=5.0)


@pytest.fixture
async def texts(hass: HomeAssistant) -> Texts:
    """Return the English texts."""
    return await async_load_texts(hass)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_a_text_and_a_remedy(reason: Reason, language: str) -> None:
    texts = LANGUAGES[language]["exceptions"]
    message = texts[reason]["message"]
    assert {name for _, name, _, _ in Formatter().parse(message) if name} <= {
        "value",
        "limit",
    }
    assert "{" not in texts[f"{reason}_remedy"]["message"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_input_of_the_guard_has_a_name(language: str) -> None:
    texts = LANGUAGES[language]["common"]
    inputs = {field.name for field in fields(PlantState)} | {"telemetry"}
    assert {
        key.removeprefix("input_") for key in texts if key.startswith("input_")
    } == inputs


async def test_a_reason_is_told_with_its_numbers(texts: Texts) -> None:
    assert texts.ground(SOC_LOW) == (
        "The state of charge is 4 %, below the limit of 5 %."
    )
    assert texts.remedy(Reason.SOC_LOW) == (
        "Wait until the battery has been charged, or lower “Lowest state of charge” "
        "of the energy manager."
    )


async def test_reasons_are_told_in_the_language_of_home_assistant(
    hass: HomeAssistant,
) -> None:
    hass.config.language = "es"
    texts = await async_load_texts(hass)
    assert texts.ground(SOC_LOW) == (
        "El estado de carga es del 4 %, por debajo del límite del 5 %."
    )


async def test_what_was_loaded_once_is_there_without_waiting(
    hass: HomeAssistant, texts: Texts
) -> None:
    assert async_loaded_texts(hass).ground(SOC_LOW) == texts.ground(SOC_LOW)


async def test_a_language_we_do_not_speak_is_answered_in_english(
    hass: HomeAssistant, texts: Texts
) -> None:
    hass.config.language = "fi"
    assert (await async_load_texts(hass)).ground(SOC_LOW) == texts.ground(SOC_LOW)


async def test_several_reasons_are_told_one_after_another(texts: Texts) -> None:
    hot = Ground(reason=Reason.BATTERY_HOT, value=46.5, limit=45.0)
    assert texts.grounds([SOC_LOW, hot]) == (
        "The state of charge is 4 %, below the limit of 5 %. "
        "The battery is at 46.5 °C, above the limit of 45 °C."
    )


@pytest.mark.parametrize(
    ("ground", "words"),
    [
        (Ground(reason=Reason.NOT_ON_GRID, value="off_grid"), "Off grid"),
        (Ground(reason=Reason.BATTERY_NOT_READY, value="fault"), "Fault"),
        (Ground(reason=Reason.TELEMETRY_MISSING, value="soc_pct"), "state of charge"),
        (Ground(reason=Reason.ALARM, value="grid_loss, bit_15"), "2032 Grid loss, bit"),
        (Ground(reason=Reason.NOT_ON_GRID, value="not_ready"), "not ready"),
        (Ground(reason=Reason.TELEMETRY_MISSING), "?"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.reason,
)
async def test_words_of_the_plant_are_translated_where_they_can_be(
    texts: Texts, ground: Ground, words: str
) -> None:
    assert words in texts.ground(ground)


async def test_a_text_that_is_missing_goes_by_its_key() -> None:
    texts = Texts({})
    assert texts.ground(SOC_LOW) == "soc low"
    assert texts.remedy(Reason.SOC_LOW) == "soc low"
    assert texts.say("release_now") == "release now"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (4.0, "4"),
        (4.25, "4.2"),
        (0.0, "0"),
        (-12.34, "-12.3"),
        (1800.0, "1\N{NO-BREAK SPACE}800"),
        (1234567.8, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567.8"),
        (float("nan"), "?"),
        (float("inf"), "?"),
    ],
)
def test_numbers_are_short_and_readable(value: float, shown: str) -> None:
    assert show_number(value) == shown
