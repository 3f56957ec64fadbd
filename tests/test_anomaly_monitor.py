"""What is off about a plant is found, told and blocks, in a real home."""

from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.bessai.anomaly.detector import Detector
from custom_components.bessai.anomaly.row_store import RowStore
from custom_components.bessai.anomaly_monitor import TRY_EVERY
from custom_components.bessai.audit_entry import AuditKind
from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.lasting_store import LastingStore
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import PlantParameters

from .controlled import (
    COMMAND,
    STOP,
    allow,
    ask,
    control,
    holds,
    reasons,
    safety_block,
    safety_event,
    written,
)
from .home import Home, settle
from .watched import (
    AUDIT,
    METER,
    SELF_CONSUMPTION,
    TIME_OF_USE,
    WORKING_MODE,
    anomaly,
    finding_event,
    found,
    monitor,
    press,
    watch,
    watch_until,
    write_as_rival,
)

CHANGED = [("setting_changed", "working_mode_setting")]
FROZEN = [("frozen", "meter")]
OTHER = [("identity", "serial_number")]
HOUR = 3600
CALM = 12
"""Polls until a finding that is sound again has cleared."""

LOST = 30
"""More polls than it takes a link that was lost to find its plant again."""


@pytest.fixture
async def watched_home(controlled_home: Home) -> Home:
    """Return a home that may be commanded and is known to be as it is."""
    await watch(controlled_home, 2 * AUDIT)
    assert found(controlled_home) == []
    return controlled_home


async def intrude(home: Home) -> None:
    """Let a rival change the working mode, and let that be seen."""
    await write_as_rival(home, WORKING_MODE, [TIME_OF_USE])
    await watch_until(home, lambda: found(home) == CHANGED, LOST)


async def put_back(home: Home) -> None:
    """Let the rival put it back, and let that be seen."""
    await write_as_rival(home, WORKING_MODE, [SELF_CONSUMPTION])
    await watch_until(home, lambda: found(home) == [], LOST)


def kept(home: Home, kind: AuditKind = AuditKind.FINDING) -> list[tuple[str, str]]:
    """Return what the audit trail has of a kind."""
    return [
        (one.what, str(one.outcome))
        for one in monitor(home).audit.entries
        if one.kind is kind
    ]


# --- a plant that is well


async def test_a_sound_plant_is_no_anomaly(watched_home: Home) -> None:
    assert anomaly(watched_home).state == STATE_OFF
    assert anomaly(watched_home).attributes["kinds"] == []
    score = watched_home.state("anomaly_score")
    assert 0.0 <= float(score.state) < 0.5
    assert score.attributes["findings"] == []
    assert finding_event(watched_home).state == STATE_UNKNOWN
    learning = watched_home.state("anomaly_learning")
    assert learning.state == "0", "it takes days"
    assert learning.attributes["relearned"] == []


async def test_the_first_poll_is_looked_at_at_once(added_home: Home) -> None:
    assert anomaly(added_home).state == STATE_OFF


async def test_our_own_commands_are_no_finding(watched_home: Home) -> None:
    home = watched_home
    assert (await ask(home, "charge", power=3000, duration=HOUR))["power"] == 3000
    await watch(home, 2 * AUDIT)
    await ask(home, "release")
    await watch(home, 2 * AUDIT)
    await ask(home, "hold", duration=HOUR)
    await watch(home, 2 * AUDIT)
    await ask(home, "release")
    await watch(home, 2 * AUDIT)
    assert kept(home) == []


# --- a rival writes


async def test_a_rival_who_writes_a_setting_is_found_and_blocks(
    watched_home: Home,
) -> None:
    home = watched_home
    assert (await ask(home, "charge", power=2000, duration=HOUR))["power"]
    await watch(home, 1)
    await intrude(home)
    assert anomaly(home).state == STATE_ON
    assert anomaly(home).attributes["kinds"] == ["setting_changed"]
    event = finding_event(home).attributes
    assert event["event_type"] == "setting_changed"
    assert (event["measured"], event["expected"]) == (
        "tou",
        "maximise_self_consumption",
    )
    assert "Time of use" in event["text"]
    assert "Accept the plant as it is" in event["advice"]
    assert float(home.state("anomaly_score").state) == 1.0
    # The command that was in force is ended, and no other is taken.
    assert holds(home, COMMAND) == STOP
    assert safety_block(home).state == STATE_ON
    (block,) = control(home).blocks
    assert (block.reason, block.value) == (
        "finding",
        "setting_changed/working_mode_setting",
    )
    assert safety_event(home).attributes["event_type"] == "blocked"
    (reason,) = safety_event(home).attributes["reasons"]
    assert "Setting changed by somebody else (Working mode setting)" in reason["text"]
    with pytest.raises(Exception, match="Setting changed by somebody else"):
        await home.hass.services.async_call(
            "bessai", "discharge", {"power": 1000, "duration": 60}, blocking=True
        )


async def test_what_is_put_back_clears_and_lets_commands_pass(
    watched_home: Home,
) -> None:
    home = watched_home
    await intrude(home)
    await put_back(home)
    assert anomaly(home).state == STATE_OFF
    event = finding_event(home).attributes
    assert (event["event_type"], event["kind"]) == ("cleared", "setting_changed")
    assert event["advice"] is None
    assert safety_event(home).attributes["event_type"] == "cleared"
    assert control(home).blocks == ()
    assert (await ask(home, "charge", power=2000, duration=HOUR))["power"] == 2000
    assert kept(home) == [("setting_changed", "raised"), ("setting_changed", "cleared")]


async def test_a_suspended_command_goes_on_when_the_finding_clears(
    watched_home: Home,
) -> None:
    home = watched_home
    await ask(home, "charge", power=2000, duration=HOUR)
    await intrude(home)
    assert control(home).command is None
    await put_back(home)
    await watch(home, 1)
    command = control(home).command
    assert command is not None
    assert command.wish == Setpoint(power_w=-2000)


async def test_where_control_is_off_it_is_found_and_nothing_is_written(
    added_home: Home,
) -> None:
    home = added_home
    await watch(home, 2 * AUDIT)
    before = written(home)
    await intrude(home)
    assert anomaly(home).state == STATE_ON
    assert safety_block(home).state == STATE_OFF
    assert written(home) == [*before, (WORKING_MODE, (TIME_OF_USE,))]
    # It blocks as soon as somebody allows commands.
    await allow(home)
    await watch(home, 1)
    assert reasons(safety_block(home).attributes) == ["finding"]


async def test_kinds_that_the_owner_does_not_mind_block_nothing(home: Home) -> None:
    home.options = {"anomaly": {"blocking": ["identity"]}, "control": {"allow": True}}
    await home.add()
    await watch(home, 2 * AUDIT)
    await intrude(home)
    assert control(home).blocks == ()
    assert (await ask(home, "charge", power=2000, duration=HOUR))["power"] == 2000


async def test_the_owner_accepts_the_plant_as_it_is(
    watched_home: Home, hass_admin_user: MockUser
) -> None:
    home = watched_home
    await intrude(home)
    await home.hass.services.async_call(
        "button",
        "press",
        {"entity_id": home.entity_id("accept_plant", "button")},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    assert monitor(home).audit.entries[-1].who == hass_admin_user.name
    await watch(home, 2 * AUDIT)
    assert found(home) == []
    assert control(home).blocks == ()
    assert finding_event(home).attributes["event_type"] == "cleared"
    assert kept(home)[1:] == [("plant", "accepted"), ("setting_changed", "cleared")]
    # From now on the other mode is the change.
    await write_as_rival(home, WORKING_MODE, [SELF_CONSUMPTION])
    await watch_until(home, lambda: found(home) == CHANGED, LOST)


# --- other findings


async def test_a_meter_that_freezes_is_found_and_blocks_nothing(
    watched_home: Home,
) -> None:
    home = watched_home
    frozen = home.plant.read(1, METER[0], METER[1] - METER[0] + 1)
    home.plant.poke(METER[0], frozen)
    await watch_until(home, lambda: found(home) == FROZEN, 100)
    event = finding_event(home).attributes
    assert (event["event_type"], event["unit"]) == ("frozen", "s")
    assert event["measured"] > event["tolerance"]
    assert "power meter" in event["text"]
    assert control(home).blocks == ()
    home.plant.unpoke()
    await watch_until(home, lambda: found(home) == [], CALM)


async def test_a_swapped_inverter_is_found_and_blocks(watched_home: Home) -> None:
    home = watched_home
    home.server.scenario = Scenario.SWAPPED_INVERTER
    await watch_until(home, lambda: found(home) == OTHER, LOST)
    assert not home.runtime.readings.last_update_success
    event = finding_event(home).attributes
    assert event["measured"] == "BS2301009999"
    assert event["expected"] == home.serial_number
    assert "finding" in reasons(safety_block(home).attributes)
    home.server.scenario = Scenario.NONE
    await watch_until(home, lambda: found(home) == [], LOST)
    assert control(home).blocks == ()


async def test_a_silent_plant_keeps_what_was_found(watched_home: Home) -> None:
    home = watched_home
    await intrude(home)
    home.server.scenario = Scenario.REFUSED_CONNECTION
    await watch(home, 2)
    assert anomaly(home).state == STATE_ON
    home.server.scenario = Scenario.NONE


# --- plants that cannot be commanded, and owners who want none of it


async def test_a_plant_without_a_battery_is_watched_too(
    hass: HomeAssistant, prompt_link: None
) -> None:
    home = await Home(hass, PlantParameters(battery=None)).switch_on()
    await home.add()
    assert home.runtime.control is None
    await watch(home, 2 * AUDIT)
    assert found(home) == []
    home.server.scenario = Scenario.SWAPPED_INVERTER
    await watch_until(home, lambda: found(home) == OTHER, LOST)
    assert anomaly(home).state == STATE_ON
    assert kept(home) == [("identity", "raised")]
    assert await hass.config_entries.async_unload(home.entry.entry_id)
    home.server.scenario = Scenario.NONE
    await hass.config_entries.async_setup(home.entry.entry_id)
    await settle(hass)
    assert kept(home) == [("identity", "raised")], "it was saved"
    await home.server.stop()


async def test_an_owner_who_wants_none_gets_none(home: Home) -> None:
    home.options = {"anomaly": {"detect": False}}
    await home.add()
    assert home.runtime.anomaly is None
    names = ("anomaly", "binary_sensor"), ("finding", "event"), ("relearn", "button")
    for name, platform in (*names, ("anomaly_score", "sensor")):
        assert home.entity_id(name, platform) is None
    await home.poll()
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)


# --- what is learned


async def reload(home: Home) -> None:
    """Restart, as far as the plant can tell."""
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await settle(home.hass)
    assert home.entry.state is ConfigEntryState.LOADED


async def test_a_change_while_nobody_looked_is_found_after_the_restart(
    watched_home: Home,
) -> None:
    home = watched_home
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    await write_as_rival(home, WORKING_MODE, [TIME_OF_USE])
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await settle(home.hass)
    await watch_until(home, lambda: found(home) == CHANGED, 60)
    assert reasons(safety_block(home).attributes) == ["finding"]


async def test_learning_goes_on_where_it_was_interrupted(watched_home: Home) -> None:
    home = watched_home
    await watch(home, 2 * AUDIT)
    before = monitor(home).learned
    assert before
    await reload(home)
    after = monitor(home).learned
    assert after is not None
    assert after >= before - 1e-5  # stored in whole seconds
    assert monitor(home).relearned == ()


@pytest.mark.parametrize(
    ("stored", "lost"),
    [
        ({"tolerances": 7}, "tolerances"),
        ({"novelty": {"rows": "?"}}, "novelty"),
        ({"rules": {"identity": [1]}}, "identity"),
        ({"rules": {"settings": {"known": 3}}}, "settings"),
    ],
)
async def test_a_part_that_is_unreadable_is_learned_anew_and_said(
    home: Home,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stored: dict[str, Any],
    lost: str,
) -> None:
    await home.add()
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    file = hass_storage[f"bessai.{home.entry.entry_id}.anomaly"]
    file["data"] = file["data"] | stored
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await settle(home.hass)
    assert monitor(home).relearned == (lost,)
    assert home.state("anomaly_learning").attributes["relearned"] == [lost]
    assert f"cannot be read and is learned anew: {lost}" in caplog.text


async def test_what_breaks_the_reading_altogether_is_learned_anew(
    home: Home, hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await home.add()
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)

    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(Detector, "restore", fail)
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await settle(home.hass)
    assert monitor(home).relearned == ("everything",)
    await watch(home, 1)
    assert anomaly(home).state == STATE_OFF


async def test_a_file_that_holds_nothing_is_learned_anew_and_said(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Home Assistant sets a file aside that is no JSON, and finds none then."""
    broken = tmp_path / "anomaly"
    broken.touch()
    monkeypatch.setattr(LastingStore, "path", str(broken))
    await home.add()
    assert monitor(home).relearned == ("everything",)
    assert "learned anew: everything" in caplog.text


async def test_a_new_plant_has_nothing_to_learn_anew(added_home: Home) -> None:
    assert monitor(added_home).relearned == ()


async def test_the_owner_lets_it_learn_anew(watched_home: Home) -> None:
    home = watched_home
    await intrude(home)
    await press(home, "relearn")
    assert found(home) == []
    assert control(home).blocks == ()
    assert anomaly(home).state == STATE_UNKNOWN
    assert home.state("anomaly_score").state == STATE_UNKNOWN
    assert finding_event(home).attributes["event_type"] == "cleared"
    assert ("plant", "relearned") in kept(home)
    await watch(home, 2 * AUDIT)
    assert found(home) == [], "the other mode is all it knows"


async def test_a_removed_plant_is_forgotten(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    await home.add()
    key = f"bessai.{home.entry.entry_id}.anomaly"
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    assert key in hass_storage
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await settle(home.hass)
    assert key not in hass_storage


# --- the forest


def stored(count: int) -> RowStore:
    """Return rows of one residual."""
    rows = RowStore()
    for row in range(count):
        rows.add({"balance:ac": 0.1 + 0.1 * (row % 7)})
    return rows


class Grown:
    """A detector that wants a forest, and what it was given."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.rows: RowStore | None = stored(200)
        self.asked = 0
        self.forests: list[object] = []
        detector = monitor(home)._detector
        monkeypatch.setattr(detector, "training_rows", self.training_rows)
        monkeypatch.setattr(
            detector, "adopt", lambda *grown: self.forests.append(grown)
        )

    def training_rows(self) -> RowStore | None:
        """Return the rows."""
        self.asked += 1
        return self.rows

    async def look(self) -> None:
        """Let an hour be over, and a poll come."""
        monitor(self.home)._tried_at = dt_util.utcnow() - TRY_EVERY
        await watch(self.home, 1)


@pytest.fixture
def grown(added_home: Home, monkeypatch: pytest.MonkeyPatch) -> Grown:
    """Return what is grown in a home."""
    return Grown(added_home, monkeypatch)


async def test_what_is_usual_is_learned_in_the_background(grown: Grown) -> None:
    await grown.look()
    assert len(grown.forests) == 1
    assert monitor(grown.home).fitted_at is not None


async def test_it_is_asked_for_once_in_an_hour(grown: Grown) -> None:
    grown.rows = None
    await grown.look()
    await watch(grown.home, 3)
    assert grown.asked == 1
    assert grown.forests == []


async def test_rows_that_teach_nothing_disturb_nobody(
    grown: Grown, caplog: pytest.LogCaptureFixture
) -> None:
    grown.rows = stored(1)
    await grown.look()
    assert "what is usual cannot be learned" in caplog.text
    assert anomaly(grown.home).state == STATE_OFF
    assert not monitor(grown.home)._is_fitting


async def test_a_forest_of_what_was_forgotten_is_not_used(grown: Grown) -> None:
    old = monitor(grown.home)._detector
    await monitor(grown.home).async_relearn(None)
    await monitor(grown.home)._async_fit(old, stored(200))
    assert grown.forests == []


# --- nothing of it stands in the way


async def test_a_look_that_fails_is_logged_once_and_disturbs_nobody(
    watched_home: Home,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    home = watched_home
    monkeypatch.setattr(Detector, "look", fail)
    await watch(home, 3)
    assert caplog.text.count("findings cannot be looked for") == 1
    assert home.runtime.readings.last_update_success
    assert (await ask(home, "charge", power=2000, duration=HOUR))["power"] == 2000


async def test_a_listener_that_fails_is_no_affair_of_the_others(
    watched_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    home = watched_home
    for stop in (
        monitor(home).async_add_listener(fail),
        monitor(home).async_subscribe(fail),
    ):
        home.entry.async_on_unload(stop)
    await intrude(home)
    assert anomaly(home).state == STATE_ON
    assert control(home).blocks
    assert "a finding cannot be shown" in caplog.text


async def test_an_unloaded_plant_is_looked_at_no_more(watched_home: Home) -> None:
    home, runtime = watched_home, watched_home.runtime
    watching = monitor(home)
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    assert not watching._listeners
    assert not watching._finding_listeners
    assert runtime.writes._witnesses == [watching.audit.record_write]


async def test_only_some_kinds_are_standing(watched_home: Home) -> None:
    await intrude(watched_home)
    assert monitor(watched_home).standing({FindingKind.FROZEN}) == ()
    assert len(monitor(watched_home).standing({FindingKind.SETTING_CHANGED})) == 1
