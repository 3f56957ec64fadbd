"""What becomes of everybody's wishes while things go wrong."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.bessai.control.command_in_force import Phase
from custom_components.bessai.core.command import (
    CommandError,
    CommandNotPermitted,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    ReadBackDiffers,
    Standing,
)
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.safety_event import SafetyEventKind as Kind
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.verdict import Ground, Reason

from ..safety.builders import charge, discharge, reasons
from .bench import Bench
from .controls_fake import LIMITS

UNSENT = CommandUnsent("no answer")
REFUSED = CommandRefused("power", 2000, "illegal value")
NOT_PERMITTED = CommandNotPermitted("power", 2000, "no permission")
DIFFERS = ReadBackDiffers("power", 2000, 0)

HOT: dict[str, Any] = {"battery_temperature_max_c": 46.0}
OFF_GRID: dict[str, Any] = {"inverter": Readiness.NOT_READY}


async def test_an_owner_is_obeyed_at_once(bench: Bench) -> None:
    result = await bench.ask(discharge(2000))
    assert result.outcome == "approved"
    assert bench.standing() is Standing.DISCHARGE
    assert bench.log == ["apply discharge 2000 W 120 s", "dispatched owner approved"]
    assert bench.record.events == []


async def test_an_owner_who_asks_for_what_is_in_force_is_answered_and_recorded(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    result = await bench.ask(discharge(2000), minutes=30)
    assert result.outcome == "approved"
    assert bench.count("apply") == 1
    assert bench.count("dispatched") == 2


async def test_without_the_owners_permission_nothing_is_written(bench: Bench) -> None:
    bench.conductor.is_allowed = False
    result = await bench.ask(discharge(2000))
    assert reasons(result.verdict) == {Reason.CONTROL_OFF}
    await bench.live(60)
    assert bench.log == ["dispatched owner refused"]
    assert bench.blocks == set()


async def test_a_wish_that_is_refused_leaves_the_former_one_in_force(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    bench.readings = {"soc_pct": 4.0}
    result = await bench.ask(discharge(2000))
    assert reasons(result.verdict) == {Reason.SOC_LOW}
    await bench.live(300)
    assert bench.in_force().wish == charge(2000)
    assert bench.standing() is Standing.CHARGE


async def test_more_power_than_a_limit_allows_leaves_the_former_power_in_force(
    bench: Bench,
) -> None:
    bench.readings = {"soc_pct": 5.6}
    await bench.ask(discharge(300))
    result = await bench.ask(discharge(5000))
    assert reasons(result.verdict) == {Reason.SOC_LOW}
    await bench.live(60)
    assert bench.in_force().wish == discharge(300)


async def test_a_wish_that_is_refused_is_not_carried_out_later(bench: Bench) -> None:
    bench.readings = OFF_GRID
    await bench.ask(discharge(2000))
    bench.readings = {}
    await bench.live(60)
    assert bench.count("apply") == 0


async def test_the_owner_comes_before_the_plan_until_the_wish_is_over(
    bench: Bench,
) -> None:
    bench.propose(charge(1000))
    await bench.poll()
    await bench.ask(discharge(2000), minutes=5)
    await bench.live(60)
    assert bench.standing() is Standing.DISCHARGE
    await bench.live(300)
    assert bench.standing() is Standing.CHARGE
    assert bench.record.kinds == [Kind.LEASE_EXPIRED]


async def test_a_wish_while_a_release_is_owed_is_carried_out(bench: Bench) -> None:
    await bench.ask(Hold())
    bench.plant.full = True
    await bench.conductor.release(bench.look())
    bench.plant.full = False
    result = await bench.ask(discharge(1000))
    assert result.error is None
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]


@pytest.mark.parametrize("restarts", [True, False])
@pytest.mark.parametrize("wish", [charge(2000), discharge(2000)])
async def test_a_command_lasts_as_long_as_it_was_wanted_and_no_longer(
    wish: Setpoint, *, restarts: bool
) -> None:
    bench = await Bench(restarts=restarts).recovered()
    await bench.ask(wish, minutes=30)
    await bench.live(30 * 60 - 5)
    assert bench.in_force().wish == wish
    assert bench.standing() is not Standing.NONE
    await bench.live(5)
    assert bench.command is None
    assert bench.standing() is Standing.NONE
    assert bench.record.kinds == [Kind.LEASE_EXPIRED]
    assert bench.record.events[0].grounds == ()
    assert not bench.plant.journal.owes


async def test_a_command_is_renewed_every_third_of_its_period(bench: Bench) -> None:
    await bench.ask(charge(2000), minutes=10)
    await bench.live(595)
    renewals = ["renew charge 2000 W 120 s"] * 13 + ["renew charge 2000 W 60 s"]
    assert bench.log[2:] == renewals


async def test_a_device_that_does_not_restart_its_countdown_is_armed_anew() -> None:
    bench = await Bench(restarts=False).recovered()
    await bench.ask(charge(2000))
    gap_s = 0
    for _ in range(360):
        gap_s = 0 if bench.standing() is Standing.CHARGE else gap_s + 5
        assert gap_s <= bench.in_force().lease.terms.renewal_s
        await bench.live(5)
    assert bench.record.events == []


async def test_a_device_that_is_not_to_be_armed_anew_stays_as_it_is() -> None:
    bench = await Bench(restarts=False).recovered()
    await bench.ask(charge(2000))
    await bench.live(115)
    bench.readings = HOT
    await bench.beat(10)
    assert bench.standing() is Standing.NONE
    assert bench.count("renew") == 2
    assert bench.count("apply") == 1


async def test_a_device_that_ends_a_command_by_itself_is_not_commanded_again(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    await bench.live(30)
    bench.plant.force(Standing.NONE)
    await bench.live(600)
    assert bench.standing() is Standing.NONE
    assert bench.count("apply") == 1
    assert bench.record.kinds == [Kind.LEASE_EXPIRED]
    assert bench.record.why == [Reason.ENDED_BY_PLANT]
    assert bench.dispatcher.is_released


async def test_a_device_that_ends_a_command_again_and_again_gets_its_way(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    for _ in range(60):
        await bench.live(10)
        bench.plant.force(Standing.NONE)
    assert bench.command is None
    assert bench.count("renew") <= 1


async def test_a_plan_whose_command_the_plant_ended_pauses(bench: Bench) -> None:
    bench.propose(charge(2000))
    await bench.live(30)
    bench.plant.force(Standing.NONE)
    await bench.beat(5)
    bench.propose(charge(2000))
    await bench.live(295)
    assert bench.count("apply") == 1
    await bench.live(5)
    assert bench.count("apply") == 2


async def test_a_renewal_that_does_not_get_through_is_tried_again(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    await bench.live(35)
    bench.fail("renew", UNSENT)
    await bench.live(40)
    bench.mend()
    await bench.live(300)
    assert bench.in_force().wish == charge(2000)
    assert bench.standing() is Standing.CHARGE
    assert bench.record.events == []


@pytest.mark.parametrize("wish", [charge(2000), Hold()])
@pytest.mark.parametrize("error", [UNSENT, CommandOverruled("not in force")])
async def test_a_command_that_cannot_be_renewed_in_time_lapses(
    bench: Bench, wish: Wish, error: CommandError
) -> None:
    await bench.ask(wish)
    bench.fail("renew", error)
    await bench.live(115)
    assert bench.command is not None
    await bench.live(300)
    assert bench.command is None
    assert bench.record.kinds == [Kind.COMMAND_FAILED]
    assert bench.record.why == [Reason.LEASE_LAPSED]
    assert not bench.plant.journal.owes


@pytest.mark.parametrize("error", [REFUSED, NOT_PERMITTED, DIFFERS])
async def test_a_renewal_that_is_refused_ends_the_command(
    bench: Bench, error: CommandError
) -> None:
    await bench.ask(charge(2000))
    bench.fail("renew", error)
    await bench.live(600)
    assert bench.count("renew") == 1
    assert bench.standing() is Standing.NONE
    assert bench.record.kinds == [Kind.COMMAND_FAILED]
    assert bench.record.events[0].error == str(error)


async def test_a_hold_lasts_for_as_long_as_it_was_wanted(bench: Bench) -> None:
    await bench.ask(Hold(), minutes=30)
    await bench.live(30 * 60 - 5)
    assert bench.plant.stored["discharge_limit"] == 0
    assert bench.record.events == []
    await bench.live(5)
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]
    assert bench.record.kinds == [Kind.LEASE_EXPIRED]


async def test_a_hold_that_somebody_undid_is_given_up(bench: Bench) -> None:
    await bench.ask(Hold())
    bench.plant.stored["discharge_limit"] = 3000.0
    await bench.live(60)
    assert bench.command is None
    assert bench.plant.stored["discharge_limit"] == 3000.0
    assert bench.record.kinds == [Kind.COMMAND_FAILED]


@pytest.mark.parametrize("error", [UNSENT, REFUSED, NOT_PERMITTED, DIFFERS])
async def test_a_command_of_the_owners_that_fails_is_told_and_not_tried_again(
    bench: Bench, error: CommandError
) -> None:
    bench.fail("apply", error)
    result = await bench.ask(charge(2000))
    assert result.error is error
    bench.mend()
    await bench.live(600)
    assert bench.log == [
        "apply charge 2000 W 120 s",
        "release",
        "dispatched owner failed",
        "command_failed command_failed",
    ]
    assert bench.record.events[0].error == str(error)


async def test_an_owner_whose_command_failed_may_ask_again_at_once(
    bench: Bench,
) -> None:
    bench.fail("apply", UNSENT)
    await bench.ask(charge(2000))
    bench.mend()
    await bench.ask(charge(2000))
    await bench.live(60)
    assert bench.standing() is Standing.CHARGE


async def test_a_plan_whose_command_fails_pauses_for_five_minutes(
    bench: Bench,
) -> None:
    bench.fail("apply", REFUSED)
    bench.propose(charge(1000))
    await bench.poll()
    bench.mend()
    for _ in range(59):
        bench.propose(charge(1000))
        await bench.live(5)
    assert bench.count("apply") == 1
    await bench.live(5)
    assert bench.count("apply") == 2


async def test_the_owner_is_heard_while_a_plan_pauses(bench: Bench) -> None:
    bench.fail("apply", REFUSED)
    bench.propose(charge(1000))
    await bench.poll()
    bench.mend()
    assert (await bench.ask(charge(1000))).outcome == "approved"


async def test_what_was_overruled_is_no_failure(bench: Bench) -> None:
    def release() -> None:
        bench.conductor.arbiter.withdraw_all()
        bench.dispatcher.overrule()

    bench.plant.during = release
    result = await bench.ask(charge(2000))
    assert isinstance(result.error, CommandOverruled)
    assert bench.standing() is Standing.NONE
    await bench.live(60)
    assert bench.record.events == []
    assert bench.count("apply") == 1


async def test_a_wish_that_another_controller_overruled_does_not_begin_later(
    bench: Bench,
) -> None:
    bench.plant.force(Standing.CHARGE, period_s=60)
    result = await bench.ask(discharge(2000))
    assert isinstance(result.error, CommandOverruled)
    await bench.live(120)
    assert bench.count("apply") == 1
    assert bench.record.why == [Reason.FOREIGN_COMMAND] * 2


async def test_a_plan_that_was_overruled_is_carried_out_when_it_can_be(
    bench: Bench,
) -> None:
    bench.plant.force(Standing.CHARGE, period_s=60)
    bench.propose(discharge(1000))
    await bench.live(55)
    assert bench.standing() is Standing.CHARGE
    assert bench.count("apply") <= 1
    await bench.live(10)
    assert bench.standing() is Standing.DISCHARGE


async def test_a_foreign_command_ends_ours_and_blocks_until_it_is_gone(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    await bench.live(10)
    bench.plant.force(Standing.DISCHARGE, period_s=60)
    await bench.live(50)
    assert bench.standing() is Standing.DISCHARGE
    assert bench.conductor.foreign is Standing.DISCHARGE
    assert bench.blocks == {Reason.FOREIGN_COMMAND}
    await bench.live(10)
    assert bench.blocks == set()
    assert bench.record.kinds == [Kind.LEASE_EXPIRED, Kind.BLOCKED, Kind.CLEARED]
    assert bench.record.why[0] is Reason.ENDED_BY_PLANT
    assert bench.count("apply") == 1


async def test_a_plant_that_does_not_follow_is_released_after_a_minute(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    bench.readings = {"battery_power_w": 300.0}
    await bench.live(60)
    assert bench.in_force().phase is Phase.SETTLING
    await bench.live(5)
    assert bench.standing() is Standing.NONE
    assert bench.record.kinds == [Kind.COMMAND_FAILED]
    ground = Ground(reason=Reason.NOT_FOLLOWING, value=300.0, limit=2000.0)
    assert bench.record.events[0].grounds == (ground,)
    assert bench.record.releases == [((ground,), None)]
    await bench.live(300)
    assert bench.count("apply") == 1


async def test_a_plant_that_followed_and_stops_is_released_as_well(
    bench: Bench,
) -> None:
    await bench.ask(discharge(2000))
    await bench.live(300)
    bench.readings = {"battery_power_w": -500.0}
    await bench.live(55)
    assert bench.command is not None
    await bench.live(10)
    assert bench.command is None
    assert bench.record.why == [Reason.NOT_FOLLOWING]


async def test_a_battery_that_wakes_up_late_is_waited_for(bench: Bench) -> None:
    asleep = {"battery": Readiness.ASLEEP, "battery_power_w": 0.0}
    bench.readings = asleep
    await bench.ask(charge(2000))
    await bench.live(240)
    assert bench.in_force().phase is Phase.WAKING
    bench.readings = {}
    await bench.live(10)
    assert bench.in_force().phase is Phase.FOLLOWING
    assert bench.record.events == []


async def test_a_release_says_who_asked_for_it_and_ends_all_wishes(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    bench.propose(charge(1000))
    result = await bench.conductor.release(bench.look(), by="owner")
    assert result.error is None
    assert bench.record.releases == [((), "owner")]
    await bench.live(60)
    assert bench.standing() is Standing.NONE


async def test_a_source_that_takes_its_wish_back_is_no_event(bench: Bench) -> None:
    bench.propose(charge(1000))
    await bench.live(10)
    bench.conductor.arbiter.withdraw(Source.PLAN)
    await bench.live(10)
    assert bench.standing() is Standing.NONE
    assert bench.record.events == []


async def test_a_plan_that_goes_on_is_not_written_again(bench: Bench) -> None:
    bench.propose(charge(1000), minutes=60)
    await bench.live(10)
    end = bench.now + timedelta(minutes=30)
    minutes = (end - bench.now) / timedelta(minutes=1)
    bench.propose(charge(1000), minutes=minutes)
    await bench.live(20)
    assert bench.count("apply") == 1
    assert bench.in_force().lease.until == end
