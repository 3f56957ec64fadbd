"""What refuses commands, and that people hear of it once."""

from typing import Any

import pytest

from custom_components.bessai.core.command import (
    CommandUnsent,
    Standing,
)
from custom_components.bessai.core.finding import Finding, FindingKind
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.safety_event import SafetyEventKind as Kind
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.verdict import Reason

from ..safety.builders import NOW, charge, discharge
from .bench import Bench
from .controls_fake import LIMITS

UNSENT = CommandUnsent("no answer")

HOT: dict[str, Any] = {"battery_temperature_max_c": 46.0}
OFF_GRID: dict[str, Any] = {"inverter": Readiness.NOT_READY}
COLD: dict[str, Any] = {"battery_temperature_min_c": -5.0}


async def test_a_block_suspends_a_wish_until_it_clears(bench: Bench) -> None:
    await bench.ask(discharge(2000))
    bench.readings = OFF_GRID
    await bench.live(60)
    assert bench.standing() is Standing.NONE
    assert bench.blocks == {Reason.NOT_ON_GRID}
    bench.readings = {}
    await bench.live(5)
    assert bench.standing() is Standing.DISCHARGE
    assert bench.blocks == set()
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]


async def test_a_wish_that_is_over_while_it_is_suspended_does_not_come_back(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000), minutes=5)
    bench.readings = OFF_GRID
    await bench.live(300)
    bench.readings = {}
    await bench.live(60)
    assert bench.count("apply") == 1
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]


@pytest.mark.parametrize(
    ("wish", "readings", "reason"),
    [
        (discharge(2000), {"soc_pct": 4.0}, Reason.SOC_LOW),
        (charge(2000), {"soc_pct": 99.0}, Reason.SOC_HIGH),
        (
            discharge(2000),
            {"soc_pct": 10.0, "discharge_cutoff_pct": 12.0},
            Reason.DISCHARGE_CUTOFF,
        ),
        (
            charge(2000),
            {"soc_pct": 90.0, "charge_cutoff_pct": 90.0},
            Reason.CHARGE_CUTOFF,
        ),
        (discharge(2000), {"discharge_limit_w": 20.0}, Reason.NO_POWER_LEFT),
    ],
)
async def test_a_limit_ends_a_wish_for_good(
    bench: Bench, wish: Setpoint, readings: dict[str, Any], reason: Reason
) -> None:
    await bench.ask(wish)
    bench.readings = readings
    await bench.live(30)
    assert bench.blocks == {reason}
    bench.readings = {}
    await bench.live(60)
    assert bench.count("apply") == 1
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]


@pytest.mark.parametrize(
    ("wish", "target_pct", "soc_pct"),
    [(charge(2000), 60.0, 60.0), (discharge(2000), 40.0, 40.0)],
)
async def test_a_target_ends_a_wish_for_good_and_blocks_nothing(
    bench: Bench, wish: Setpoint, target_pct: float, soc_pct: float
) -> None:
    await bench.ask(wish, target_soc_pct=target_pct)
    bench.readings = {"soc_pct": soc_pct}
    await bench.live(10)
    assert bench.standing() is Standing.NONE
    bench.readings = {}
    await bench.live(60)
    assert bench.count("apply") == 1
    assert bench.record.kinds == [Kind.LEASE_EXPIRED]
    assert bench.record.why == [Reason.TARGET_REACHED]


async def test_a_plan_that_comes_to_a_limit_is_no_event(bench: Bench) -> None:
    bench.propose(discharge(2000))
    await bench.live(10)
    bench.readings = {"soc_pct": 4.0}
    await bench.live(60)
    assert bench.standing() is Standing.NONE
    assert bench.record.events == []
    assert bench.conductor.arbiter.proposals == ()
    assert bench.count("release") == 1


async def test_a_plan_that_is_refused_from_the_start_is_no_event(bench: Bench) -> None:
    bench.readings = {"soc_pct": 4.0}
    bench.propose(discharge(2000))
    await bench.live(60)
    assert bench.log == []


async def test_a_plan_that_the_cold_stops_is_told_of(bench: Bench) -> None:
    bench.propose(charge(2000))
    await bench.live(10)
    bench.readings = COLD
    await bench.live(60)
    assert bench.record.kinds == [Kind.BLOCKED]
    assert bench.record.why == [Reason.BATTERY_COLD]
    bench.readings = {}
    await bench.live(5)
    assert bench.standing() is Standing.CHARGE


async def test_a_limit_with_hysteresis_is_told_once(bench: Bench) -> None:
    await bench.ask(discharge(2000))
    for soc_pct in (4.9, 5.1, 4.8, 6.9, 5.0, 6.5):
        bench.readings = {"soc_pct": soc_pct}
        await bench.live(10)
    assert bench.record.kinds == [Kind.BLOCKED]
    bench.readings = {"soc_pct": 7.0}
    await bench.live(10)
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]
    assert bench.record.why == [Reason.SOC_LOW, Reason.SOC_LOW]


async def test_heat_is_told_once_until_it_has_gone_for_certain(bench: Bench) -> None:
    for warmest_c in (44.0, 45.1, 44.9, 45.2, 43.0, 42.1):
        bench.readings = {"battery_temperature_max_c": warmest_c}
        await bench.live(10)
    assert bench.record.kinds == [Kind.BLOCKED]
    bench.readings = {"battery_temperature_max_c": 42.0}
    await bench.live(10)
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]


@pytest.mark.parametrize(
    "wish",
    [discharge(20), discharge(float("nan")), Hold(allow_charging=False)],
)
async def test_a_wish_that_cannot_be_is_answered_and_blocks_nothing(
    bench: Bench, wish: Wish
) -> None:
    bench.readings = {"soc_pct": 15.0}
    assert (await bench.ask(wish)).outcome == "refused"
    await bench.live(30)
    assert bench.blocks == set()
    assert bench.record.events == []


async def test_a_hold_is_suspended_by_what_refuses_everything(bench: Bench) -> None:
    await bench.ask(Hold())
    bench.readings = HOT
    await bench.live(10)
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]
    bench.readings = {}
    await bench.live(10)
    assert bench.plant.stored["discharge_limit"] == 0


async def test_a_hold_without_charging_ends_for_good_below_its_reserve(
    bench: Bench,
) -> None:
    await bench.ask(Hold(allow_charging=False))
    bench.readings = {"soc_pct": 19.0}
    await bench.live(10)
    assert bench.plant.stored == {**LIMITS, "grid_charge": 0}
    bench.readings = {}
    await bench.live(60)
    assert bench.count("apply") == 1


async def test_a_plant_that_is_silent_is_released_and_told_of(bench: Bench) -> None:
    await bench.ask(discharge(2000))
    last_read = bench.now
    bench.readings = {"read_at": last_read}
    await bench.live(30)
    assert bench.standing() is Standing.DISCHARGE
    await bench.live(5)
    assert bench.standing() is Standing.NONE
    assert bench.record.why == [Reason.TELEMETRY_STALE]


async def test_a_night_of_silence_is_urgent_only_while_something_is_wanted(
    bench: Bench,
) -> None:
    for _ in range(2):
        bench.readings = {"read_at": bench.now}
        await bench.live(60)
        bench.readings = {}
        await bench.live(60)
        await bench.ask(Hold(), minutes=1.5)
    told = [event.urgent for event in bench.record.events if event.grounds]
    assert told == [False, False, True, True]


async def test_what_was_wanted_long_ago_makes_no_silence_urgent(bench: Bench) -> None:
    await bench.ask(discharge(2000), minutes=5)
    bench.readings = OFF_GRID
    await bench.live(600)
    bench.readings = {"read_at": bench.now}
    await bench.live(60)
    assert bench.record.why[-1] is Reason.TELEMETRY_STALE
    assert not bench.record.events[-1].urgent


async def test_what_is_wrong_with_the_plant_is_urgent_in_any_case(
    bench: Bench,
) -> None:
    bench.readings = HOT
    await bench.poll()
    assert [event.urgent for event in bench.record.events] == [True]


async def test_a_plant_that_was_never_read_is_not_commanded(bench: Bench) -> None:
    bench.propose(charge(1000))
    await bench.conductor.watch(bench.blind())
    assert bench.blocks == {Reason.TELEMETRY_MISSING}
    assert bench.count("apply") == 0


async def test_blocks_are_lifted_with_the_owners_permission(bench: Bench) -> None:
    bench.readings = HOT
    await bench.poll()
    bench.conductor.is_allowed = False
    await bench.poll()
    assert bench.blocks == set()
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]


async def test_without_the_owners_permission_a_command_is_released(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    bench.conductor.is_allowed = False
    await bench.poll(5)
    assert bench.standing() is Standing.NONE
    assert bench.record.events == []


async def test_a_lost_heartbeat_releases_and_a_restored_one_resumes(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    await bench.live(35)
    bench.log.clear()
    await bench.lose_heartbeat()
    assert bench.blocks == {Reason.HEARTBEAT_LOST}
    for _ in range(30):
        await bench.poll(5)
    await bench.restore_heartbeat()
    assert bench.log == [
        "heartbeat_lost heartbeat_lost",
        "release",
        "released heartbeat_lost",
        "heartbeat_restored",
        "apply discharge 2000 W 120 s",
        "dispatched owner approved",
    ]
    assert bench.blocks == set()
    assert [event.urgent for event in bench.record.events] == [True, True]


async def test_a_dead_link_leaves_the_release_to_the_device_and_makes_up_for_it(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    bench.fail("release", UNSENT)
    await bench.lose_heartbeat()
    assert bench.conductor.release_error is UNSENT
    assert bench.standing() is Standing.DISCHARGE
    for _ in range(24):
        await bench.poll(5)
    assert bench.standing() is Standing.NONE
    assert bench.count("release") == 1
    bench.mend()
    await bench.restore_heartbeat()
    assert bench.log[-4:] == [
        "release",
        "released",
        "apply discharge 2000 W 120 s",
        "dispatched owner approved",
    ]


async def test_a_lost_heartbeat_while_nothing_is_wanted_is_not_urgent(
    bench: Bench,
) -> None:
    await bench.lose_heartbeat()
    assert [event.urgent for event in bench.record.events] == [False]


async def test_without_the_owners_permission_the_heartbeat_is_no_event(
    bench: Bench,
) -> None:
    bench.conductor.is_allowed = False
    await bench.lose_heartbeat()
    await bench.restore_heartbeat()
    assert bench.log == []


# --- findings


def finding(kind: FindingKind = FindingKind.IDENTITY) -> Finding:
    """Return that something is off about the plant."""
    return Finding(
        kind=kind,
        subject="serial_number",
        measured="B",
        expected="A",
        tolerance=None,
        unit=None,
        since=NOW,
        score=1.0,
    )


async def test_findings_end_a_command_and_let_it_go_on_when_they_are_gone(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    bench.conductor.note_findings([finding(), finding(FindingKind.SETTING_CHANGED)])
    await bench.live(5)
    assert bench.standing() is Standing.NONE
    (ground,) = bench.conductor.blocks
    assert ground.reason is Reason.FINDING
    assert ground.value == "identity/serial_number, setting_changed/serial_number"
    bench.conductor.note_findings([finding()])
    await bench.live(5)
    assert bench.blocks == {Reason.FINDING}
    bench.conductor.note_findings([])
    await bench.live(5)
    assert bench.standing() is Standing.DISCHARGE
    assert bench.record.kinds == [Kind.BLOCKED, Kind.CLEARED]
    assert all(event.urgent for event in bench.record.events)


async def test_without_the_owners_permission_findings_write_nothing(
    bench: Bench,
) -> None:
    bench.conductor.is_allowed = False
    bench.conductor.note_findings([finding()])
    await bench.live(60)
    assert bench.log == []
    assert bench.blocks == set()
