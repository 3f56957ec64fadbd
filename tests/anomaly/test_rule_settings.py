"""Control registers that were written, and not by us."""

import json
from math import inf, nan
from typing import Any

import pytest

from custom_components.bessai.anomaly.own_writes import OwnWrites
from custom_components.bessai.anomaly.rule_settings import SettingsRule
from custom_components.bessai.core.command import Write
from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.core.telemetry import Value

from .observations import EXPECTATIONS, observe

KEPT: dict[str, Value] = {
    "working_mode": "self_consumption",
    "discharge_limit_w": 5000,
    "charge_limit_w": 5000,
    "cutoff_pct": 10.0,
    "command": "stop",
    "periods": (1, 2),
}


class Plant:
    """A plant whose settings are read each minute."""

    def __init__(self) -> None:
        self.rule, self.now_s, self.settings = SettingsRule(EXPECTATIONS), 0.0, {**KEPT}
        self.off()

    def off(self, passed_s: float = 60.0, **more: Any) -> dict[str, tuple[Any, Any]]:
        """Let time pass and look; return measured and expected of what is off."""
        self.now_s += passed_s
        more = {"settings": {**self.settings}} | more
        residuals = list(self.rule.look(observe(self.now_s, **more)))
        assert all(one.kind is FindingKind.SETTING_CHANGED for one in residuals)
        return {
            one.subject: (one.measured, one.expected)
            for one in residuals
            if one.deviation == inf
        }

    def write(self, **values: Value) -> tuple[Write, ...]:
        """Return our writes of values."""
        return tuple(
            Write(key=key, address=1, value=value, stored=True)
            for key, value in values.items()
        )

    def restart(self) -> None:
        """Restart Home Assistant."""
        document = json.loads(json.dumps(self.rule.document()))
        self.rule, self.now_s = SettingsRule(EXPECTATIONS), 5.0
        self.rule.restore(document)


@pytest.fixture
def plant() -> Plant:
    """Return a plant whose settings are known."""
    return Plant()


def test_a_foreign_write_is_found_at_once_and_until_it_is_back(plant: Plant) -> None:
    plant.settings["working_mode"] = "tou"
    expected = {"working_mode": ("tou", "self_consumption")}
    assert plant.off() == expected
    assert plant.off(settings=None) == expected
    assert plant.off(settings={"working_mode": None}) == expected
    plant.settings["working_mode"] = "self_consumption"
    assert plant.off() == {}


def test_tables_are_shown_in_words(plant: Plant) -> None:
    plant.settings["periods"] = (1, 3)
    assert plant.off() == {"periods": ("1, 3", "1, 2")}


def test_the_owner_s_own_change_is_taken_over_after_an_hour(plant: Plant) -> None:
    plant.settings["cutoff_pct"] = 15.0
    assert plant.off()
    plant.settings["cutoff_pct"] = 20.0
    assert plant.off(3000.0)
    assert plant.off(3000.0)
    assert plant.off(700.0) == {}
    plant.settings["cutoff_pct"] = 10.0
    assert plant.off() == {"cutoff_pct": (10.0, 20.0)}


def test_the_owner_may_accept_it_sooner(plant: Plant) -> None:
    plant.settings["cutoff_pct"] = 15.0
    assert plant.off()
    plant.rule.accept()
    assert plant.off() == {}


@pytest.mark.parametrize("read_first", [True, False])
def test_our_own_writes_and_their_end_are_benign(
    plant: Plant,
    read_first: bool,
) -> None:
    wrote = plant.write(discharge_limit_w=0, command="charge")
    lagging = {**plant.settings}
    plant.settings |= {"discharge_limit_w": 0, "command": "charge"}
    if read_first:
        assert plant.off(settings=lagging, writes=wrote) == {}
    else:
        assert plant.off(settings=None, writes=wrote) == {}
    assert plant.off() == {}
    assert plant.off(5000.0) == {}
    plant.settings |= {"discharge_limit_w": 5000, "command": "stop"}
    assert plant.off(5000.0) == {}


def test_a_write_of_ours_explains_no_other_value_and_not_for_ever(
    plant: Plant,
) -> None:
    writes = plant.write(command="charge", charge_limit_w=4000)
    plant.settings |= {"command": "discharge", "charge_limit_w": 4500}
    assert plant.off(writes=writes).keys() == {"command", "charge_limit_w"}
    plant.settings |= {"command": "stop", "charge_limit_w": 5000}
    assert plant.off() == {}
    assert plant.off(700.0) == {}
    plant.settings["command"] = "charge"
    assert plant.off().keys() == {"command"}


def test_a_write_that_failed_may_have_arrived(plant: Plant) -> None:
    failed = Write(
        key="command", address=1, value="charge", stored=False, error="timeout"
    )
    plant.settings["command"] = "charge"
    assert plant.off(writes=(failed,)) == {}


@pytest.mark.parametrize(
    ("wrote", "found"),
    [(4000, 3500), (-4000, -3500), (4000.7, 4001), (12.34, 12.3), (2003, 2010)],
)
def test_devices_round_and_lower_what_they_are_told(
    plant: Plant, wrote: float, found: float
) -> None:
    plant.settings["charge_limit_w"] = found
    assert plant.off(writes=plant.write(charge_limit_w=wrote)) == {}


@pytest.mark.parametrize(("wrote", "found"), [(0, 1), (1000, 1100), (12.3, 14)])
def test_no_step_is_as_coarse_as_that(plant: Plant, wrote: float, found: float) -> None:
    plant.settings["charge_limit_w"] = found
    assert plant.off(writes=plant.write(charge_limit_w=wrote))


def test_a_command_of_ours_clears_its_power_when_it_ends(plant: Plant) -> None:
    plant.settings["charge_limit_w"] = 3000
    assert plant.off(writes=plant.write(charge_limit_w=3000)) == {}
    plant.settings["charge_limit_w"] = 0
    assert plant.off(5000.0) == {}


def test_what_is_first_seen_during_a_command_is_not_learned(plant: Plant) -> None:
    wish = Setpoint(power_w=1000.0)
    plant.settings["new"] = 1
    assert plant.off(wish=wish) == {}
    plant.settings["new"] = 2
    assert plant.off() == {}
    plant.settings["new"] = 1
    assert plant.off() == {"new": (1, 2)}


def test_an_update_of_the_firmware_may_change_settings(plant: Plant) -> None:
    assert plant.off(identity={"software_version": "V1", "model": "H6"}) == {}
    plant.settings["working_mode"] = "maximum"
    assert plant.off()
    assert plant.off(identity={"software_version": "V2", "model": "H6"}) == {}
    plant.settings["cutoff_pct"] = 12.0
    assert plant.off(2000.0, identity={"software_version": ""})


def test_a_plant_that_was_away_has_time_to_tell_of_an_update(plant: Plant) -> None:
    assert plant.off(identity={"software_version": "V1"}) == {}
    plant.settings["working_mode"] = "maximum"
    assert plant.off(600.0, reconnected=True) == {}
    assert plant.off(400.0).keys() == {"working_mode"}
    assert plant.off(600.0, reconnected=True, identity={"software_version": "V2"}) == {}


def test_a_stranger_is_not_judged(plant: Plant) -> None:
    plant.settings["working_mode"] = "tou"
    assert plant.off(stranger="XY") == {}


def test_a_change_while_we_were_away_is_found(plant: Plant) -> None:
    plant.settings["working_mode"] = "tou"
    plant.restart()
    assert plant.off() == {}
    assert plant.off(200.0) == {"working_mode": ("tou", "self_consumption")}


def test_a_command_of_ours_may_end_while_we_are_away(plant: Plant) -> None:
    plant.settings["command"] = "charge"
    assert plant.off(writes=plant.write(command="charge")) == {}
    plant.restart()
    plant.settings["command"] = "stop"
    assert plant.off() == {}
    assert plant.off(300.0) == {}


def test_what_we_wrote_last_is_known_after_a_restart(plant: Plant) -> None:
    assert plant.off(settings=None, writes=plant.write(command="charge")) == {}
    plant.settings["command"] = "charge"
    plant.restart()
    assert plant.off() == {}
    assert plant.off(300.0) == {}


def test_a_new_uptime_begins_the_hour_anew(plant: Plant) -> None:
    plant.settings["working_mode"] = "tou"
    assert plant.off()
    assert plant.off(3000.0, settings=None, writes=plant.write(command="charge"))
    plant.now_s = 0.0
    plant.settings["command"] = "charge"
    assert plant.off().keys() == {"working_mode"}
    assert plant.off(3000.0)
    assert plant.off(300.0)
    assert plant.off(3000.0) == {}


def test_documents(plant: Plant) -> None:
    plant.rule.restore({})
    assert plant.off() == {}
    with pytest.raises(KeyError):
        plant.rule.restore({"known": {}})
    with pytest.raises(ValueError, match="no value"):
        OwnWrites.from_document({"recent": {"command": [{}]}, "before": {}})


def test_no_value_upsets_it(plant: Plant) -> None:
    plant.settings["charge_limit_w"] = nan
    writes = plant.write(charge_limit_w=inf)
    assert plant.off(writes=writes).keys() == {"charge_limit_w"}
