"""A plant tells a topic what its owner chose, and nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

import grpc  # type: ignore[import-untyped]
from homeassistant.const import (
    EVENT_HOMEASSISTANT_STOP,
    STATE_OFF,
    STATE_ON,
    STATE_UNKNOWN,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.diagnostics import async_get_config_entry_diagnostics
from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
)
from custom_components.bessai.forwarding.service_account import parse_service_account
from custom_components.bessai.forwarding_desk import outbox_files
from custom_components.bessai.forwarding_key import CloudKey
from custom_components.bessai.forwarding_options import ForwardingOptions
from custom_components.bessai.forwarding_sources import ForwardingSources

from .cloudy import (
    StubPublisher,
    choices,
    forwarder,
    frozen_meter,
    issues,
    keep_outboxes_in,
    told,
    upload,
)
from .controlled import allow, ask, control
from .forwarded import hurry, until
from .forwarding.fake_pubsub import TOPIC, FakePubSub, serving
from .forwarding.keys import EMAIL, key_file, secrets
from .home import Home, settle
from .planned import KnownPlanner
from .watched import monitor, press

NAMES = (
    "cloud_last_acknowledged",
    "cloud_backlog",
    "cloud_oldest_unsent",
    "cloud_dropped",
    "cloud_bytes_today",
    "cloud_parked",
)


@pytest.fixture
async def fake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePubSub]:
    """Return a Pub/Sub that listens."""
    keep_outboxes_in(tmp_path, monkeypatch)
    async with serving(FakePubSub()) as served:
        yield served


async def forward(home: Home, fake: FakePubSub, **changes: object) -> Home:
    """Add a plant that forwards."""
    home.options = {"forwarding": choices(fake, **changes)}
    await home.add()
    return home


def said(result: dict[str, Any]) -> str:
    """Return what a dialog is filled with."""
    return str(result["description_placeholders"])


async def unload(home: Home) -> None:
    """Unload the plant."""
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    await settle(home.hass)


# --- what is told


async def test_the_first_poll_arrives(home: Home, fake: FakePubSub) -> None:
    await forward(home, fake)
    await until(lambda: told(fake, "telemetry"))
    (request, *_), (message, *_) = fake.requests, told(fake, "telemetry")
    assert request.topic == TOPIC
    assert message["site_id"] == home.serial_number
    assert message["gateway_version"] == "0.1.0"
    assert message["payload"]["soc_pct"] == float(home.state("soc").state)
    assert fake.messages[0].ordering_key == ""
    assert fake.messages[0].attributes["event_id"] == message["event_id"]


async def test_a_plant_has_the_name_and_the_order_that_its_owner_wants(
    home: Home, fake: FakePubSub
) -> None:
    await forward(home, fake, site_id="lake-house", ordering=True)
    await until(lambda: fake.messages)
    assert told(fake)[0]["site_id"] == "lake-house"
    assert fake.messages[0].ordering_key == "lake-house"


async def test_telemetry_comes_at_the_chosen_period(
    home: Home, fake: FakePubSub
) -> None:
    await forward(home, fake)
    await home.poll()
    await home.poll()
    await until(lambda: fake.messages)
    assert len(told(fake, "telemetry")) == 1, "they were all read within a second"
    options = ForwardingOptions.from_mapping(home.options)
    sources = ForwardingSources(home.entry, options, lambda _draft: None)
    now = dt_util.utcnow()
    assert sources._is_due(now)
    sources._told_at = now
    assert not sources._is_due(now + timedelta(seconds=28))
    assert sources._is_due(now + timedelta(seconds=29.5))
    assert sources._is_due(now - timedelta(hours=1)), "the clock was set back"


async def test_commands_and_releases_are_told_without_names(
    home: Home, fake: FakePubSub
) -> None:
    await allow(await forward(home, fake, kinds=["dispatch"]))
    await ask(home, "charge", power=2000, duration=3600)
    await press(home, "release")
    await until(lambda: len(told(fake)) >= 2)
    command, release = (
        next(one for one in told(fake) if one["payload"]["wish"] == wish)["payload"]
        for wish in ("charge", "release")
    )
    assert (command["source"], command["wished_power_w"]) == ("owner", -2000)
    assert command["outcome"] == "approved"
    assert release["source"] == "owner"
    assert "by" not in command.keys() | release.keys()


async def test_the_release_at_the_end_is_told_as_well(
    home: Home, fake: FakePubSub
) -> None:
    await allow(await forward(home, fake, kinds=["dispatch"]))
    await ask(home, "charge", power=2000, duration=3600)
    await until(lambda: told(fake))
    before = len(told(fake))
    await unload(home)
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await until(lambda: len(told(fake)) > before)
    release = told(fake)[before]["payload"]
    assert (release["wish"], release["source"]) == ("release", None)


async def test_safety_events_and_findings_are_told(
    home: Home, fake: FakePubSub
) -> None:
    await forward(home, fake, kinds=["safety_event", "finding"])
    control(home).tell(SafetyEventKind.LEASE_EXPIRED, urgent=False)
    finding = frozen_meter()
    monitor(home)._tell([finding], cleared=False)
    monitor(home)._tell([finding], cleared=True)
    await until(lambda: len(told(fake)) == 3)
    event, raised, cleared = (one["payload"] for one in told(fake))
    assert (event["kind"], event["urgent"]) == ("lease_expired", False)
    assert (raised["change"], raised["subject"]) == ("raised", "meter")
    assert cleared["change"] == "cleared"


async def test_a_plan_is_told_once(home: Home, fake: FakePubSub) -> None:
    await forward(home, fake, kinds=["plan"])
    planner, plan = home.runtime.planner, KnownPlanner(home.hass).make()
    assert planner is not None
    planner.async_adopt(plan)
    planner.async_adopt(plan)
    planner.async_adopt(replace(plan, saving_band=None))
    await until(lambda: len(told(fake)) == 2)
    first, second = told(fake)
    assert first["observed_at"] == "2026-11-21T12:00:00.000000Z"
    assert len(first["payload"]["steps"]) == len(plan.steps)
    assert first["payload"]["cost"] == pytest.approx(plan.cost, abs=1e-6)
    step = first["payload"]["steps"][0]
    assert step["battery_power_w"] == pytest.approx(1000 * plan.steps[0].power_kw, 0.01)
    assert first["payload"]["saving_p50"] is not None
    assert second["payload"]["saving_p50"] is None


async def test_a_mistake_in_taking_note_is_no_affair_of_the_guard(
    home: Home,
    fake: FakePubSub,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    await allow(await forward(home, fake))
    monkeypatch.setattr(ForwardingSources, "_tell", fail)
    assert (await ask(home, "charge", power=2000, duration=3600))["power"] == 2000
    assert "was not taken note of" in caplog.text


# --- outages and ends


async def test_what_is_not_sent_before_the_end_is_sent_after_the_start(
    home: Home, fake: FakePubSub
) -> None:
    fake.is_silent = True
    await forward(home, fake)
    await until(lambda: forwarder(home).figures.backlog)
    await unload(home)
    fake.is_silent = False
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await until(lambda: len(fake.messages) == 3)
    assert [one["seq"] for one in told(fake)] == [1, 2, 3]
    assert told(fake)[1]["message_type"] == "dispatch", "the release at the end"
    await until(lambda: forwarder(home).figures.backlog == 0)


async def test_it_is_put_away_when_home_assistant_stops(
    home: Home, fake: FakePubSub, tmp_path: Path
) -> None:
    fake.is_silent = True
    await forward(home, fake)
    await until(lambda: forwarder(home).figures.backlog)
    home.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await settle(home.hass)
    path = tmp_path / f"{home.entry.entry_id}.sqlite"
    outbox, _ = Outbox.open(path, now=dt_util.utcnow())
    assert outbox.state().rows == 1
    outbox.close()


async def test_a_cloud_that_is_silent_keeps_nobody_from_commanding(
    home: Home, fake: FakePubSub
) -> None:
    fake.is_silent = True
    await allow(await forward(home, fake))
    async with asyncio.timeout(5):
        assert (await ask(home, "charge", power=2000, duration=3600))["power"] == 2000


# --- what is shown


async def test_entities_show_how_it_stands(home: Home, fake: FakePubSub) -> None:
    await forward(home, fake)

    def shown(name: str, platform: str = "sensor") -> str:
        return home.state(name, platform).state

    await until(lambda: shown("cloud_connected", "binary_sensor") == STATE_ON)
    assert shown("cloud_backlog") == "0"
    assert float(home.state("cloud_bytes_today").state) > 0
    assert home.state("cloud_last_acknowledged").state != STATE_UNKNOWN
    assert home.state("cloud_oldest_unsent").state == STATE_UNKNOWN
    assert home.state("cloud_dropped").state == "0"
    assert home.state("cloud_parked").state == "0"


async def test_whoever_does_not_forward_has_none_of_it(added_home: Home) -> None:
    assert added_home.runtime.forwarder is None
    assert not any(added_home.entity_id(name) for name in NAMES)
    assert added_home.entity_id("cloud_connected", "binary_sensor") is None
    assert added_home.entity_id("send_test_message", "button") is None


async def test_a_refusal_is_told_and_clears_when_somebody_has_acted(
    home: Home, fake: FakePubSub
) -> None:
    fake.may_publish = False
    await forward(home, fake)
    await until(lambda: issues(home.hass) == {"cloud_refuses"})
    connected = home.state("cloud_connected", "binary_sensor")
    assert connected.state == STATE_OFF
    assert connected.attributes["reason"] == "permission"
    with pytest.raises(HomeAssistantError, match="may not publish"):
        await press(home, "send_test_message")
    fake.may_publish = True
    await press(home, "send_test_message")
    await until(lambda: not issues(home.hass))
    assert len(told(fake)) == 3


async def test_a_test_message_that_waits_says_so(
    home: Home, fake: FakePubSub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.bessai.forwarding_button.TEST_S", 0.05)
    fake.is_silent = True
    await forward(home, fake)
    with pytest.raises(HomeAssistantError, match="not been taken yet"):
        await press(home, "send_test_message")


async def test_a_library_that_is_missing_is_told_and_messages_are_kept(
    home: Home, fake: FakePubSub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ImportError("no grpc")

    monkeypatch.setattr(
        "custom_components.bessai.forwarding_install.build_publisher", fail
    )
    await forward(home, fake)
    await until(lambda: issues(home.hass) == {"cloud_package_missing"})
    assert forwarder(home).figures.backlog == 1


async def test_a_message_that_was_laid_aside_is_told(
    home: Home, fake: FakePubSub
) -> None:
    fake.answers.append((grpc.StatusCode.INVALID_ARGUMENT, "field 7"))
    await forward(home, fake)
    await until(lambda: issues(home.hass) == {"cloud_parked"})
    await until(lambda: home.state("cloud_parked").state == "1")
    assert fake.messages == []


async def test_a_disk_that_fails_is_told_and_clears(
    home: Home, fake: FakePubSub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, 0.05)
    (tmp_path / "file").touch()
    keep_outboxes_in(tmp_path / "file", monkeypatch)
    await forward(home, fake)
    await until(lambda: issues(home.hass) == {"cloud_storage"})
    (tmp_path / "file").unlink()
    await until(lambda: fake.messages and not issues(home.hass))


async def test_a_key_that_is_missing_is_asked_for_once(
    home: Home, fake: FakePubSub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await forward(home, fake, authentication="key")
    await until(home.hass.config_entries.flow.async_progress)
    (flow,) = home.hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "cloud_key"
    assert issues(home.hass) == set(), "the dialog asks already"

    async def answer(file_id: str) -> dict[str, Any]:
        result = await home.hass.config_entries.flow.async_configure(
            flow["flow_id"], {"key_file": file_id}
        )
        await settle(home.hass)
        return dict(result)

    file_id = upload(b'{"type": "authorized_user"}', tmp_path, monkeypatch)
    result = await answer(file_id)
    assert result["errors"] == {"base": "cloud_key_refused"}
    assert "not the key of a service account" in said(result)
    result = await answer("11111111-1111-4111-8111-111111111111")
    assert "not there any more" in said(result)
    good = upload(json.dumps(key_file()).encode(), tmp_path, monkeypatch)
    cloud = StubPublisher()
    cloud.failure = LastingFailure(FailureReason.PERMISSION)
    monkeypatch.setattr(
        "custom_components.bessai.forwarding_install.build_publisher", cloud.build
    )
    result = await answer(good)
    assert result["errors"] == {"base": "cloud_refused"}
    cloud.failure = None
    assert (await answer(good))["reason"] == "reauth_successful"
    await until(lambda: cloud.published)
    assert not home.hass.config_entries.flow.async_progress()


async def test_a_key_that_is_accepted_after_all_is_asked_for_no_more(
    home: Home, fake: FakePubSub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await forward(home, fake, authentication="key")
    flows = home.hass.config_entries.flow
    await until(flows.async_progress)
    cloud = StubPublisher()
    monkeypatch.setattr(
        "custom_components.bessai.forwarding_install.build_publisher", cloud.build
    )
    key = parse_service_account(key_file())
    await CloudKey(home.hass, home.entry.entry_id).async_keep(key)
    await press(home, "send_test_message")
    await until(lambda: not flows.async_progress())


# --- what is kept to ourselves


async def test_diagnostics_say_how_it_stands_and_not_where(
    home: Home, fake: FakePubSub
) -> None:
    fake.topics = set()
    await forward(home, fake, site_id="lake-house")
    await until(lambda: forwarder(home).figures.trouble)
    document = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert document["forwarding"]["trouble"]["reason"] == "topic"
    said = str(document)
    for secret in ("a-project", "lake-house", fake.address, EMAIL, *secrets()):
        assert secret not in said


async def test_a_name_that_begins_another_does_not_uncover_it(
    home: Home, fake: FakePubSub
) -> None:
    fake.topics = set()
    await forward(home, fake, topic="a-project-lake-house")
    await until(lambda: forwarder(home).figures.trouble)
    document = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert "lake-house" not in str(document)


async def test_a_removed_plant_leaves_nothing_behind(
    home: Home, fake: FakePubSub, tmp_path: Path, hass_storage: dict[str, Any]
) -> None:
    fake.is_silent = True
    await forward(home, fake)
    await until(lambda: forwarder(home).figures.backlog)
    entry_id = home.entry.entry_id
    await home.hass.config_entries.async_remove(entry_id)
    await settle(home.hass)
    assert not outbox_files(tmp_path / f"{entry_id}.sqlite")
    assert not [key for key in hass_storage if key.startswith(f"bessai.{entry_id}")]
