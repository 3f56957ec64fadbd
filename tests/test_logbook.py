"""The activity view tells in sentences what was commanded, and what safety said."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import ANY

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.bessai.audit import EVENT_CONTROL, AuditTrail
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.command import CommandUnsent, DispatchResult
from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEvent, SafetyEventKind
from custom_components.bessai.core.setpoint import (
    Direction,
    Hold,
    Release,
    Setpoint,
    Wish,
)
from custom_components.bessai.core.verdict import (
    Ground,
    Outcome,
    Reason,
    Verdict,
    refused,
)
from custom_components.bessai.texts import async_load_texts

from .source import INTEGRATION, read_json

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=2)
LIMIT = Ground(reason=Reason.BATTERY_LIMIT, value=2000.0, limit=1800.0)
EMPTY = Ground(reason=Reason.SOC_LOW, value=4.0, limit=5.0)
NB = "\N{NO-BREAK SPACE}"
IS_EMPTY = "The state of charge is 4 %, below the limit of 5 %."
LESS = f"1{NB}800 W instead of 2{NB}000 W"
LIMITED = f"The battery allows 1{NB}800 W at present; 2{NB}000 W were asked for."

type Told = list[dict[str, Any]]


class Book:
    """The logbook of a home with one plant."""

    def __init__(self, hass: HomeAssistant, client: WebSocketGenerator) -> None:
        self.hass = hass
        self.entry = MockConfigEntry(domain=DOMAIN, title="SUN2000-10KTL-M1")
        self.entry.add_to_hass(hass)
        self.trail = AuditTrail(hass, self.entry.entry_id)
        self._client = client

    def command(self, wish: Wish, result: DispatchResult) -> None:
        """Let the owner want something."""
        proposal = Proposal(
            source=Source.OWNER, wish=wish, made_at=NOW, expires_at=UNTIL, by="Ana"
        )
        self.trail.record_command(proposal, result)

    async def entries(self) -> Told:
        """Return what the activity view shows of us."""
        await self.hass.async_block_till_done()
        await async_wait_recording_done(self.hass)
        client = await self._client()
        begin = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        await client.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": begin}
        )
        answer = await client.receive_json()
        assert answer["success"]
        return [one for one in answer["result"] if one.get("domain") == DOMAIN]

    async def sentences(self) -> list[str]:
        """Return what is told, the oldest first."""
        return [one["message"] for one in await self.entries()]


@pytest.fixture
async def book(
    recorder_mock: Recorder, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> Book:
    """Return a logbook that has asked BESSAI how to word its events."""
    await hass.config.async_set_time_zone("Europe/Madrid")
    assert await async_setup_component(hass, "logbook", {})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    return Book(hass, hass_ws_client)


def approved(wish: Wish) -> DispatchResult:
    """Return that a wish was carried out as it was."""
    verdict = Verdict(outcome=Outcome.APPROVED, wish=wish)
    return DispatchResult(verdict=verdict, expires_at=UNTIL)


async def test_commands_are_told_with_their_verdict(book: Book) -> None:
    discharge, charge = Setpoint(power_w=2000), Setpoint(power_w=-1500)
    book.command(discharge, approved(discharge))
    verdict = Verdict(
        outcome=Outcome.CLAMPED, wish=Setpoint(power_w=1800), grounds=(LIMIT,)
    )
    book.command(discharge, DispatchResult(verdict=verdict, expires_at=UNTIL))
    book.command(discharge, DispatchResult(verdict=refused(EMPTY)))
    book.command(
        charge,
        DispatchResult(
            verdict=Verdict(outcome=Outcome.APPROVED, wish=charge),
            error=CommandUnsent("no answer within 10 s"),
        ),
    )
    book.command(Hold(), approved(Hold()))
    assert await book.sentences() == [
        f"began to discharge with 2{NB}000 W until 15:30 (by Ana)",
        f"began to discharge with {LESS} until 15:30 (by Ana): {LIMITED}",
        f"refused to discharge with 2{NB}000 W (by Ana): {IS_EMPTY}",
        f"could not charge with 1{NB}500 W: no answer within 10 s (by Ana)",
        "began to hold the stored energy until 15:30 (by Ana)",
    ]


async def test_releases_and_choices_are_told(book: Book) -> None:
    released = Verdict(outcome=Outcome.APPROVED, wish=Release())
    book.trail.record_release(
        DispatchResult(verdict=released, read_back={"forcible_command": "stop"}),
        None,
        (EMPTY,),
    )
    book.trail.record_release(
        DispatchResult(verdict=released, error=CommandUnsent("no answer")), "Ana"
    )
    book.trail.record_mode("self_consumption", "Ana")
    book.trail.record_allow(allowed=True, who="Ana")
    book.trail.record_allow(allowed=False, who=None)
    assert await book.sentences() == [
        f"left the battery to the inverter: {IS_EMPTY}",
        "could not leave the battery to the inverter: no answer (by Ana)",
        "was set to “Self-consumption” (by Ana)",
        "may command the battery from now on (by Ana)",
        "may no longer command the battery",
    ]


async def test_every_safety_event_is_told(book: Book) -> None:
    for kind in SafetyEventKind:
        book.trail.record_event(SafetyEvent(kind=kind, at=NOW))
    book.trail.record_event(
        SafetyEvent(kind=SafetyEventKind.BLOCKED, at=NOW, grounds=(EMPTY,))
    )
    assert await book.sentences() == [
        "blocked commands",
        "no longer blocks commands",
        "blocked commands",
        "has a sign of life from the plant again",
        "ended a command: its time was over",
        "gave a command up",
        f"blocked commands: {IS_EMPTY}",
    ]


async def test_findings_are_told_with_what_they_are_about(book: Book) -> None:
    finding = Finding(
        kind=FindingKind.SETTING_CHANGED,
        subject="working_mode_setting",
        measured="tou",
        expected="maximise_self_consumption",
        tolerance=None,
        unit=None,
        since=NOW,
        score=1.0,
    )
    book.trail.record_finding(finding, cleared=False)
    book.trail.record_finding(finding, cleared=True)
    book.trail.record_judgement("accepted", "Ana")
    book.trail.record_judgement("relearned", None)
    said = "Setting changed by somebody else (Working mode setting)"
    assert await book.sentences() == [
        f"finds something off: {said}",
        f"no longer finds: {said}",
        "takes the plant’s settings and identity as they are now for right (by Ana)",  # noqa: RUF001
        "began to learn the plant anew",
    ]


async def test_they_are_told_in_the_language_of_home_assistant(book: Book) -> None:
    book.hass.config.language = "es"
    await async_load_texts(book.hass)
    discharge = Setpoint(power_w=2000)
    book.command(discharge, approved(discharge))
    assert await book.sentences() == [
        f"empezó a descargar con 2{NB}000 W hasta las 15:30 (por Ana)"
    ]


async def test_an_entry_says_which_plant_it_is_about(book: Book) -> None:
    book.trail.record_mode("observe", None)
    (entry,) = await book.entries()
    assert entry["name"] == "SUN2000-10KTL-M1"
    assert entry["icon"] == "mdi:home-battery"


async def test_what_another_version_wrote_is_shown_as_it_is(book: Book) -> None:
    book.hass.bus.async_fire(EVENT_CONTROL, {"kind": "dance", "what": "waltz"})
    book.hass.bus.async_fire(EVENT_CONTROL, {})
    (entry, empty) = await book.entries()
    assert (entry["name"], entry["message"]) == ("BESSAI", "waltz")
    assert empty["message"] == "None"


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": {"power_w": "much"}},
        {"detail": {"expires_at": 5}},
        {"what": "{tune}"},
    ],
    ids=str,
)
async def test_what_cannot_be_worded_is_not_left_out(
    book: Book, changes: dict[str, Any]
) -> None:
    discharge = Setpoint(power_w=2000)
    book.command(discharge, approved(discharge))
    document = {**book.trail.entries[0].as_document(), "what": "discharge", **changes}
    book.hass.bus.async_fire(EVENT_CONTROL, document)
    assert await book.sentences() == [ANY, document["what"]]


@pytest.mark.parametrize("language", ["en", "es"])
def test_there_is_a_sentence_for_everything_that_can_be_told(language: str) -> None:
    texts = read_json(INTEGRATION / "translations" / f"{language}.json")["common"]
    outcomes = (*Outcome, "failed")
    wishes = {f"{what}_{how}" for what in Direction for how in outcomes}
    wishes |= {f"hold_{how}" for how in outcomes if how != Outcome.CLAMPED}
    others = {"release_done", "release_failed", "mode", "allowed", "forbidden", "by"}
    outcomes_of_findings = ("raised", "cleared", "accepted", "relearned")
    others |= {f"finding_{outcome}" for outcome in outcomes_of_findings}
    assert {
        key.removeprefix("log_") for key in texts if key.startswith("log_")
    } == wishes | others | set(SafetyEventKind)
