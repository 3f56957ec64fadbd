"""People are told once when safety blocks, why and what to do, and when it is over."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import logging

from homeassistant.components.notify import NotifyEntity
from homeassistant.components.notify.const import (
    DOMAIN as NOTIFY,
    NotifyEntityFeature,
)
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import (
    Context,
    CoreState,
    HomeAssistant,
    ServiceCall,
    SupportsResponse,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockUser,
    async_mock_service,
    mock_config_flow,
    mock_integration,
    mock_platform,
)

from custom_components.bessai.audit import AuditTrail
from custom_components.bessai.bulletin import Bulletin
from custom_components.bessai.control.command_in_force import Command, Phase
from custom_components.bessai.core.command import DispatchResult
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.setpoint import Release, Setpoint
from custom_components.bessai.core.verdict import Ground, Outcome, Reason, Verdict
from custom_components.bessai.notifications import EVENT_ACTION, Notifications
from custom_components.bessai.options import parse_options
from custom_components.bessai.safety.lease import grant, lease_terms
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.texts import async_load_texts

from .controlled import ask, control
from .home import Home, settle
from .test_options import BOUNDS

LOADER = "loader"
"""An integration that does nothing but be loaded."""

PHONE = "notify.mobile_app_phone"
ENTITY = "notify.family"
EMPTY = Ground(reason=Reason.SOC_LOW, value=4.0, limit=5.0)
HOT = Ground(reason=Reason.BATTERY_HOT, value=46.0, limit=45.0)
LOST = Ground(reason=Reason.HEARTBEAT_LOST)
FAILED = Ground(reason=Reason.COMMAND_FAILED, value="busy")
BLOCKED, CLEARED = SafetyEventKind.BLOCKED, SafetyEventKind.CLEARED
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class News(Bulletin):
    """A control loop, as far as notifications know one."""

    def __init__(self, audit: AuditTrail) -> None:
        super().__init__(audit)
        self.command: Command | None = None
        self.released_by: list[str | None] = []

    async def async_release(self, by: str | None = None) -> DispatchResult:
        """Note who wants the battery released."""
        self.released_by.append(by)
        verdict = Verdict(outcome=Outcome.APPROVED, wish=Release())
        return DispatchResult(verdict=verdict)


async def _done(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    return True


class Plant:
    """A plant with news, and the notifications about it."""

    def __init__(self, hass: HomeAssistant) -> None:
        self.hass = hass
        self.entry = MockConfigEntry(domain=LOADER, title="SUN2000-10KTL-M1")
        self.news = News(AuditTrail(hass, self.entry.entry_id))

    async def load(self) -> Plant:
        """Load an entry that does nothing by itself."""
        module = MockModule(LOADER, async_setup_entry=_done, async_unload_entry=_done)
        mock_integration(self.hass, module)
        mock_platform(self.hass, f"{LOADER}.config_flow", None)
        self.entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(self.entry.entry_id)
        return self

    async def unload(self) -> None:
        """Unload the entry."""
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)

    async def notify(self, *targets: str, critical: bool = False) -> Plant:
        """Begin to tell somebody."""
        chosen = {"targets": list(targets), "critical": critical}
        options = parse_options({"notifications": chosen}, BOUNDS)
        texts = await async_load_texts(self.hass)
        Notifications(self.hass, self.entry, self.news, options, texts).async_start()
        return self

    async def tell(
        self, kind: SafetyEventKind, *grounds: Ground, urgent: bool = True
    ) -> None:
        """Let something happen."""
        self.news.tell(kind, *grounds, urgent=urgent)
        await self.settle()

    async def settle(self) -> None:
        """Wait until everybody was told."""
        await settle(self.hass)

    async def carry_out(self, phase: Phase) -> None:
        """Let a new command come so far."""
        self.news.command = command(phase)
        self.news.async_changed()
        await self.settle()

    def tag(self, reason: Reason) -> str:
        """Return what a notification is taken back by."""
        return f"bessai_{self.entry.entry_id}_{reason}"


def command(phase: Phase) -> Command:
    """Return a command that has come so far."""
    wish, until = Setpoint(power_w=2000), NOW + timedelta(hours=1)
    return Command(
        proposal=Proposal(
            source=Source.OWNER, wish=wish, made_at=NOW, expires_at=until
        ),
        verdict=Verdict(outcome=Outcome.APPROVED, wish=wish),
        wish=wish,
        grid_charge=False,
        lease=grant(lease_terms(None, 2), until, NOW),
        written_at=NOW,
        followed_at=NOW,
        phase=phase,
    )


def messages(calls: Sequence[ServiceCall]) -> list[str]:
    """Return what was sent, word by word."""
    return [call.data["message"] for call in calls]


@pytest.fixture
async def plant(hass: HomeAssistant) -> AsyncIterator[Plant]:
    """Return a plant that tells nobody yet."""
    assert await async_setup_component(hass, NOTIFY, {})
    with mock_config_flow(LOADER, ConfigFlow):
        yield await Plant(hass).load()


@pytest.fixture
def phone(plant: Plant) -> list[ServiceCall]:
    """Return what a phone with the companion app gets."""
    return async_mock_service(plant.hass, NOTIFY, "mobile_app_phone")


async def test_a_block_is_told_with_its_reason_and_the_remedy(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    await plant.tell(BLOCKED, EMPTY)
    (call,) = phone
    assert call.data["title"] == "SUN2000-10KTL-M1: safety blocks commands"
    assert call.data["message"] == (
        "The state of charge is 4 %, below the limit of 5 %. Wait until the battery "
        "has been charged, or lower “Lowest state of charge” of the energy manager."
    )
    button = {
        "action": f"BESSAI_RELEASE_{plant.entry.entry_id}",
        "title": "Release now",
    }
    assert call.data["data"] == {"tag": plant.tag(Reason.SOC_LOW), "actions": [button]}


async def test_a_critical_one_wakes_a_silent_phone(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE, critical=True)
    await plant.tell(BLOCKED, EMPTY)
    data = phone[0].data["data"]
    assert data["push"]["sound"]["critical"] == 1
    assert (data["ttl"], data["priority"]) == (0, "high")
    assert data["channel"] == "alarm_stream"


async def test_each_cause_is_told_once_until_it_has_cleared(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    await plant.tell(BLOCKED, EMPTY)
    await plant.tell(BLOCKED, replace(EMPTY, value=3.9))
    await plant.tell(BLOCKED, EMPTY, HOT)
    assert len(phone) == 2
    await plant.tell(CLEARED, EMPTY)
    assert messages(phone)[2:] == ["clear_notification"]
    assert phone[2].data["data"] == {"tag": plant.tag(Reason.SOC_LOW)}
    await plant.tell(CLEARED, EMPTY)
    assert len(phone) == 3
    await plant.tell(BLOCKED, EMPTY)
    assert len(phone) == 4


async def test_a_silent_night_wakes_nobody(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    stale = Ground(reason=Reason.TELEMETRY_STALE, value=40.0, limit=30.0)
    await plant.tell(BLOCKED, stale, urgent=False)
    await plant.tell(SafetyEventKind.HEARTBEAT_LOST, LOST, urgent=False)
    await plant.tell(CLEARED, stale, urgent=False)
    assert not phone


async def test_a_lost_heartbeat_is_told_until_it_is_back(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    await plant.tell(SafetyEventKind.HEARTBEAT_LOST, LOST)
    assert messages(phone)[0].startswith("The plant has missed two signs of life")
    await plant.tell(SafetyEventKind.HEARTBEAT_RESTORED)
    assert messages(phone)[1:] == ["clear_notification"]


async def test_the_end_of_a_lease_is_no_news(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    ended = Ground(reason=Reason.ENDED_BY_PLANT)
    await plant.tell(SafetyEventKind.LEASE_EXPIRED, ended)
    assert not phone


async def test_a_failed_command_is_told_until_another_is_followed(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    await plant.notify(PHONE)
    await plant.tell(SafetyEventKind.COMMAND_FAILED, FAILED)
    assert phone[0].data["title"] == "SUN2000-10KTL-M1: a command failed"
    assert messages(phone)[0].startswith(
        "The plant did not take the last command: busy"
    )
    await plant.carry_out(Phase.SETTLING)
    await plant.tell(SafetyEventKind.COMMAND_FAILED, FAILED)
    assert len(phone) == 1
    plant.news.command = None
    await plant.carry_out(Phase.FOLLOWING)
    assert messages(phone)[1:] == ["clear_notification"]


async def test_the_command_that_fails_does_not_take_its_own_failure_back(
    plant: Plant, phone: list[ServiceCall]
) -> None:
    """It is given up while it is still in force, and was followed before."""
    await plant.notify(PHONE)
    plant.news.command = command(Phase.FOLLOWING)
    lapsed = Ground(reason=Reason.LEASE_LAPSED)
    await plant.tell(SafetyEventKind.COMMAND_FAILED, lapsed)
    plant.news.async_changed()
    plant.news.command = None
    plant.news.async_changed()
    await plant.settle()
    assert len(phone) == 1
    await plant.carry_out(Phase.FOLLOWING)
    assert len(phone) == 2


# --- recipients


class FamilyEntity(NotifyEntity):
    """A notify entity that remembers what it was given."""

    _attr_supported_features = NotifyEntityFeature.TITLE

    def __init__(self) -> None:
        self.entity_id = ENTITY
        self.got: list[tuple[str | None, str]] = []

    async def async_send_message(self, message: str, title: str | None = None) -> None:
        """Remember it."""
        self.got.append((title, message))


@pytest.fixture
async def family(plant: Plant) -> FamilyEntity:
    """Return a notify entity that exists."""
    entity = FamilyEntity()
    await plant.hass.data["notify"].async_add_entities([entity])
    return entity


async def test_an_entity_is_told_and_gets_an_all_clear(
    plant: Plant, family: FamilyEntity
) -> None:
    await plant.notify(ENTITY, critical=True)
    await plant.tell(BLOCKED, HOT)
    await plant.tell(CLEARED, HOT)
    reason = "The battery is at 46 °C, above the limit of 45 °C."
    remedy = "Let the battery cool down and check that air can flow around it."
    assert family.got == [
        (
            "SUN2000-10KTL-M1: safety blocks commands",
            f"{reason} {remedy}",
        ),
        ("SUN2000-10KTL-M1: all clear", f"No longer so: {reason}"),
    ]


async def test_other_actions_get_data_if_they_take_it_and_an_all_clear(
    plant: Plant,
) -> None:
    group = async_mock_service(plant.hass, NOTIFY, "everybody")
    await plant.notify("notify.everybody")
    await plant.tell(BLOCKED, EMPTY)
    await plant.tell(CLEARED, EMPTY)
    assert group[0].data["data"]["tag"] == plant.tag(Reason.SOC_LOW)
    assert messages(group)[1].startswith("No longer so: The state of charge is 4 %")


async def test_an_action_that_refuses_data_is_told_without(plant: Plant) -> None:
    got: list[ServiceCall] = []

    async def post(call: ServiceCall) -> None:
        if "data" in call.data:
            raise HomeAssistantError("extra keys not allowed")
        got.append(call)

    plant.hass.services.async_register(NOTIFY, "chat", post)
    await plant.notify("notify.chat")
    await plant.tell(BLOCKED, EMPTY)
    assert messages(got)[0].startswith("The state of charge is 4 %")


async def test_everybody_is_told_even_if_somebody_cannot_be(
    plant: Plant, phone: list[ServiceCall], caplog: pytest.LogCaptureFixture
) -> None:
    async_mock_service(
        plant.hass,
        NOTIFY,
        "mobile_app_lost",
        raise_exception=HomeAssistantError("no connection"),
    )
    await plant.notify("notify.mobile_app_lost", "notify.nowhere", PHONE)
    for ground in (EMPTY, HOT):
        await plant.tell(BLOCKED, ground)
        await plant.tell(CLEARED, ground)
    assert len(phone) == 4
    warnings = [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]
    assert len(warnings) == 2, "one line each, until they can be told again"
    assert "notify.mobile_app_lost could not be notified" in warnings[0]
    assert "notify.nowhere is not there" in warnings[1]


async def test_who_does_not_answer_holds_nobody_up(
    plant: Plant,
    phone: list[ServiceCall],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.bessai.recipient.TIMEOUT_S", 0.01)

    async def never(call: ServiceCall) -> None:
        await asyncio.Event().wait()

    plant.hass.services.async_register(NOTIFY, "mobile_app_slow", never)
    await plant.notify("notify.mobile_app_slow", PHONE)
    await plant.tell(BLOCKED, EMPTY)
    assert len(phone) == 1
    assert "notify.mobile_app_slow could not be notified: TimeoutError" in caplog.text


async def test_an_all_clear_does_not_overtake_its_alarm(plant: Plant) -> None:
    sent: list[str] = []
    gate = asyncio.Event()

    async def post(call: ServiceCall) -> None:
        await gate.wait()
        sent.append(call.data["message"])

    plant.hass.services.async_register(NOTIFY, "mobile_app_slow", post)
    await plant.notify("notify.mobile_app_slow")
    plant.news.tell(BLOCKED, EMPTY)
    plant.news.tell(CLEARED, EMPTY)
    gate.set()
    await plant.settle()
    assert sent[1:] == ["clear_notification"]


async def test_phones_that_come_later_than_the_block_are_told(plant: Plant) -> None:
    plant.hass.set_state(CoreState.starting)
    await plant.notify(PHONE)
    plant.news.tell(BLOCKED, EMPTY)
    await plant.hass.async_block_till_done()
    phone = async_mock_service(plant.hass, NOTIFY, "mobile_app_phone")
    plant.hass.set_state(CoreState.running)
    plant.hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await plant.settle()
    assert len(phone) == 1


# --- the button


async def press(plant: Plant, action: str, user: str | None = None) -> None:
    """Press a button of a notification."""
    plant.hass.bus.async_fire(
        EVENT_ACTION, {"action": action}, context=Context(user_id=user)
    )
    await plant.settle()


async def test_the_button_releases_in_the_name_of_who_pressed_it(
    plant: Plant, hass_admin_user: MockUser
) -> None:
    await plant.notify(PHONE)
    await press(plant, f"BESSAI_RELEASE_{plant.entry.entry_id}", hass_admin_user.id)
    assert plant.news.released_by == [hass_admin_user.name]


async def test_other_buttons_are_not_ours(plant: Plant) -> None:
    await plant.notify(PHONE)
    await press(plant, "BESSAI_RELEASE_another_plant")
    await press(plant, "OPEN_GATE")
    assert not plant.news.released_by


# --- unloading


async def test_phones_take_everything_back_when_nobody_watches_any_more(
    plant: Plant, phone: list[ServiceCall], family: FamilyEntity
) -> None:
    await plant.notify(PHONE, ENTITY)
    await plant.tell(BLOCKED, EMPTY, HOT)
    await plant.unload()
    assert messages(phone)[2:] == ["clear_notification"] * 2
    assert len(family.got) == 2
    await plant.tell(BLOCKED, LOST)
    await press(plant, f"BESSAI_RELEASE_{plant.entry.entry_id}")
    assert len(phone) == 4
    assert not plant.news.released_by


async def test_a_phone_that_hangs_does_not_hold_up_unloading(
    plant: Plant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("custom_components.bessai.notice_board.LAST_WORD_S", 0.01)
    hangs = asyncio.Event()

    async def post(call: ServiceCall) -> None:
        if call.data["message"] == "clear_notification":
            await hangs.wait()

    plant.hass.services.async_register(
        NOTIFY, "mobile_app_slow", post, supports_response=SupportsResponse.NONE
    )
    await plant.notify("notify.mobile_app_slow")
    await plant.tell(BLOCKED, EMPTY)
    await plant.unload()
    hangs.set()
    await plant.settle()
    assert "Traceback" not in caplog.text


# --- a plant as it is


async def test_a_real_plant_tells_what_blocks_it_and_can_be_released(
    controlled_home: Home,
) -> None:
    home, hass = controlled_home, controlled_home.hass
    phone = async_mock_service(hass, NOTIFY, "mobile_app_phone")
    chosen = {**home.entry.options, "notifications": {"targets": [PHONE]}}
    hass.config_entries.async_update_entry(home.entry, options=chosen)
    await hass.config_entries.async_reload(home.entry.entry_id)
    await settle(hass)
    assert (await ask(home, "charge", power=2000, duration=3600))["power"] == 2000
    await press_in(home, f"BESSAI_RELEASE_{home.entry.entry_id}")
    assert control(home).command is None
    home.server.scenario = Scenario.ALARM
    await home.poll()
    home.server.scenario = Scenario.NONE
    await home.poll()
    assert [message[:33] for message in messages(phone)] == [
        "The inverter reports an alarm: 20",
        "clear_notification",
    ]


async def press_in(home: Home, action: str) -> None:
    """Press a button on a phone of this home."""
    home.hass.bus.async_fire(EVENT_ACTION, {"action": action})
    await settle(home.hass)
