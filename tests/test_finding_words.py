"""Findings are told in words, in both languages, with their evidence and an advice."""

from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.core.observation import Flow
from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.finding_words import (
    FindingWords,
    finding_document,
    words_of,
)
from custom_components.bessai.runtime import BUNDLED_PROFILES
from custom_components.bessai.texts import Texts, async_load_texts

from .source import INTEGRATION, read_json

NB = "\N{NO-BREAK SPACE}"
SINCE = datetime(2026, 11, 21, 13, 5, tzinfo=UTC)
BALANCE = Finding(
    kind=FindingKind.ENERGY_BALANCE,
    subject=Flow.AC,
    measured=4200.0,
    expected=3000.0,
    tolerance=600.0,
    unit="W",
    since=SINCE,
    score=1.0,
)
TEXTS = {
    language: read_json(INTEGRATION / "translations" / f"{language}.json")
    for language in ("en", "es")
}
EXACT = {
    FindingKind.IDENTITY,
    FindingKind.SETTING_CHANGED,
    FindingKind.OUT_OF_BOUNDS,
}
"""Kinds for which there is no tolerance that would mean something to people."""

UNPLACED = {FindingKind.CLOCK, FindingKind.SLOW_ANSWERS}
"""Kinds that are always about the same."""


@pytest.fixture
async def texts(hass: HomeAssistant) -> Texts:
    """Return the English texts, of a home in Madrid."""
    await hass.config.async_set_time_zone("Europe/Madrid")
    return await async_load_texts(hass)


@pytest.fixture
def words(texts: Texts) -> FindingWords:
    """Return words for the plants of our profile."""
    (profile,) = load_profiles(BUNDLED_PROFILES, None).profiles
    return words_of(profile, texts)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("kind", FindingKind)
def test_each_kind_has_a_name_a_sentence_and_an_advice(
    language: str, kind: FindingKind
) -> None:
    common = TEXTS[language]["common"]
    assert common[f"finding_{kind}"]
    assert common[f"finding_{kind}_advice"].endswith(".")
    wanted = {"measured", "expected", "since"}
    wanted |= set() if kind in EXACT else {"tolerance"}
    wanted |= set() if kind in UNPLACED else {"subject"}
    sentence = common[f"finding_{kind}_text"]
    assert {word for word in wanted if f"{{{word}}}" in sentence} == wanted


@pytest.mark.parametrize("language", TEXTS)
def test_a_kind_is_called_the_same_everywhere(language: str) -> None:
    texts = TEXTS[language]
    names = {kind.value: texts["common"][f"finding_{kind}"] for kind in FindingKind}
    event = texts["entity"]["event"]["finding"]["state_attributes"]["event_type"]
    assert event["state"].items() - names.items() == {
        ("cleared", event["state"]["cleared"])
    }
    offered = texts["selector"]["finding_kind"]["options"]
    assert offered.items() == names.items() - {("unusual", names["unusual"])}


def test_a_finding_is_told_with_its_evidence(words: FindingWords) -> None:
    assert words.name(BALANCE) == "Powers do not add up (AC power of the inverter)"
    assert words.text(BALANCE) == (
        "What is measured does not add up at “AC power of the inverter”: "
        f"4{NB}200{NB}W where 3{NB}000{NB}W is expected (tolerance 600{NB}W). "
        "Since 2026-11-21 14:05."
    )
    assert "current transformers" in words.advice(BALANCE)


async def test_a_finding_is_told_in_spanish(hass: HomeAssistant) -> None:
    hass.config.language = "es"
    (profile,) = load_profiles(BUNDLED_PROFILES, None).profiles
    words = words_of(profile, await async_load_texts(hass))
    assert "no cuadra en «potencia CA del inversor»" in words.text(BALANCE)
    assert "transformadores de corriente" in words.advice(BALANCE)


@pytest.mark.parametrize(
    ("subject", "about"),
    [
        ("working_mode_setting", "Battery: Working mode setting"),
        ("battery_power_w", "Battery: Power"),
        ("pv3_voltage_v", "Inverter: PV 3 voltage"),
        ("load_power_w", "Energy manager: House load"),
        ("battery_temperature_c", "temperature of the battery"),
        ("meter", "power meter"),
        (Flow.GRID, "grid power"),
        ("response", "response time"),
        ("something_new", "something new"),
    ],
)
def test_a_subject_is_called_as_its_entity_is(
    words: FindingWords, subject: str, about: str
) -> None:
    assert words.about(replace(BALANCE, subject=subject)) == about


@pytest.mark.parametrize(
    ("subject", "unit", "measured", "said"),
    [
        ("response", "s", 0.254, f"0.25{NB}s"),
        ("response", "s", 2.0, f"2{NB}s"),
        ("working_mode_setting", None, "tou", "Time of use (LUNA2000)"),
        ("command", None, "forced", "forced"),
        ("command", None, "none", "no command"),
        ("serial_number", None, "BS1", "BS1"),
        ("serial_number", None, None, "nothing"),
        ("charge_power_limit_w", None, 2500.0, f"2{NB}500{NB}W"),
        (Flow.PV, None, 90000.0, f"90{NB}000{NB}W"),
        ("plant", None, 0.731, "0.73"),
        ("soc_pct", "%", inf, f"?{NB}%"),
    ],
)
def test_a_value_is_told_with_its_unit(
    words: FindingWords,
    subject: str,
    unit: str | None,
    measured: float | str | None,
    said: str,
) -> None:
    finding = replace(BALANCE, subject=subject, unit=unit, measured=measured)
    assert f": {said} where" in words.text(finding)


def test_without_a_tolerance_there_is_none(words: FindingWords) -> None:
    assert "(tolerance none)" in words.text(replace(BALANCE, tolerance=None))


def test_a_finding_is_described_for_automations(words: FindingWords) -> None:
    described = words.describe(BALANCE)
    assert described.items() >= finding_document(BALANCE).items()
    assert described["name"] == "Powers do not add up"
    assert described["text"] == words.text(BALANCE)


def test_what_is_no_number_is_none_in_json() -> None:
    odd = replace(BALANCE, measured=nan, expected=-inf, tolerance=1 / 3, score=0.666)
    assert finding_document(odd) == {
        "kind": "energy_balance",
        "subject": "ac",
        "measured": None,
        "expected": None,
        "tolerance": 0.333333,
        "unit": "W",
        "since": "2026-11-21T13:05:00+00:00",
        "score": 0.67,
    }


def test_a_block_names_the_findings(texts: Texts) -> None:
    value = "identity/serial_number, setting_changed/charge_from_grid_enabled, new_kind"
    assert texts.ground(Ground(reason=Reason.FINDING, value=value)) == (
        "Something is wrong with the plant: Another device answers (Serial number), "
        "Setting changed by somebody else (Charge from grid), new kind."
    )
    slashed = Ground(reason=Reason.ALARM, value="a/b")
    assert "a/b" in texts.ground(slashed)
