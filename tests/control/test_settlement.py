"""What was begun is ended, at once or as soon as the plant lets us."""

from asyncio import CancelledError
from typing import Any

import pytest

from custom_components.bessai.core.command import (
    CommandError,
    CommandNotPermitted,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    Standing,
)
from custom_components.bessai.core.setpoint import Hold
from custom_components.bessai.core.verdict import Reason

from ..safety.builders import charge, discharge, reasons
from .bench import Bench
from .controls_fake import LIMITS

UNSENT = CommandUnsent("no answer")
REFUSED = CommandRefused("power", 2000, "illegal value")
NOT_PERMITTED = CommandNotPermitted("power", 2000, "no permission")

HOT: dict[str, Any] = {"battery_temperature_max_c": 46.0}


async def test_what_a_former_life_left_behind_is_ended_first() -> None:
    former = await Bench().recovered()
    await former.ask(discharge(2000))
    bench = Bench()
    bench.plant = former.plant
    bench.dispatcher._driver = former.plant
    await bench.beat(20)
    assert former.plant.standing is Standing.NONE
    assert not former.plant.journal.owes
    assert bench.conductor.is_recovered


async def test_a_plant_that_cannot_be_recovered_is_commanded_by_nobody() -> None:
    bench = Bench()
    bench.propose(charge(1000))
    bench.fail("recover", UNSENT)
    await bench.live(60)
    result = await bench.ask(discharge(2000))
    assert result.error is UNSENT
    assert bench.count("apply") == 0
    assert bench.conductor.release_error is UNSENT


async def test_a_wish_that_failed_for_that_is_not_carried_out_later() -> None:
    bench = Bench()
    bench.fail("recover", UNSENT)
    await bench.ask(discharge(2000))
    bench.mend()
    await bench.live(60)
    assert bench.log[1:] == ["dispatched owner failed", "recover"]


async def test_every_beat_tries_to_recover_a_plant_whose_link_is_broken() -> None:
    bench = Bench()
    bench.fail("recover", UNSENT)
    await bench.live(30)
    assert bench.count("recover") == 6
    bench.mend()
    await bench.beat(5)
    assert bench.conductor.is_recovered
    assert bench.conductor.release_error is None


async def test_a_plant_that_refuses_to_be_recovered_is_left_in_peace_meanwhile() -> (
    None
):
    bench = Bench()
    bench.fail("recover", NOT_PERMITTED)
    await bench.live(600)
    assert bench.count("recover") == 2
    assert bench.conductor.permission_refused


async def test_an_owner_who_asks_is_reason_enough_to_recover_at_once() -> None:
    bench = Bench()
    result = await bench.ask(charge(2000))
    assert result.error is None
    assert bench.log[0] == "recover"
    await bench.live(300)
    assert bench.standing() is Standing.CHARGE
    assert bench.count("apply") == 1


async def test_a_foreign_command_that_is_found_first_blocks() -> None:
    bench = Bench()
    bench.plant.force(Standing.CHARGE)
    result = await bench.ask(discharge(2000))
    assert reasons(result.verdict) == {Reason.FOREIGN_COMMAND}
    assert bench.conductor.foreign is Standing.CHARGE
    assert bench.standing() is Standing.CHARGE


@pytest.mark.parametrize("error", [UNSENT, REFUSED])
async def test_what_a_failed_command_left_behind_is_ended_with_the_next_beat(
    bench: Bench, error: CommandError
) -> None:
    await bench.conductor.release(bench.look())
    bench.fail("apply", error, taken=True)
    bench.fail("release", UNSENT)
    await bench.ask(charge(2000))
    assert bench.standing() is Standing.CHARGE
    bench.mend()
    await bench.beat(5)
    assert bench.standing() is Standing.NONE
    assert not bench.plant.journal.owes


async def test_a_release_that_does_not_get_through_is_tried_with_every_beat(
    bench: Bench,
) -> None:
    await bench.ask(Hold())
    bench.fail("release", UNSENT)
    bench.conductor.arbiter.withdraw_all()
    await bench.live(30)
    assert bench.count("release") == 7
    assert bench.conductor.release_error is UNSENT
    bench.mend()
    await bench.beat(5)
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]
    assert bench.conductor.release_error is None
    await bench.live(600)
    assert bench.count("release") == 8


async def test_a_setting_that_is_not_taken_back_is_offered_every_five_minutes(
    bench: Bench,
) -> None:
    await bench.ask(Hold(), minutes=5)
    bench.plant.full = True
    await bench.live(300)
    assert bench.count("release") == 1
    assert isinstance(bench.conductor.release_error, CommandRefused)
    await bench.live(600)
    assert bench.count("release") == 3
    bench.plant.full = False
    await bench.live(300)
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]
    await bench.live(600)
    assert bench.count("release") == 4


async def test_a_setting_that_is_taken_back_in_part_is_offered_again(
    bench: Bench,
) -> None:
    await bench.ask(Hold(), minutes=5)
    bench.plant.full = bench.plant.polite = True
    await bench.live(600)
    assert bench.conductor.release_error is None
    assert not bench.dispatcher.is_released
    bench.plant.full = False
    await bench.live(300)
    assert bench.dispatcher.is_released
    assert bench.count("release") == 3


async def test_a_command_that_is_broken_off_midway_is_settled_with_the_next_beat(
    bench: Bench,
) -> None:
    """As when Home Assistant cancels the task that writes it."""

    def cancel() -> None:
        raise CancelledError

    await bench.ask(discharge(1000))
    bench.plant.during = cancel
    with pytest.raises(CancelledError):
        await bench.ask(charge(2000))
    assert bench.command is None
    assert bench.standing() is Standing.CHARGE
    bench.conductor.arbiter.withdraw_all()
    await bench.beat(5)
    assert bench.standing() is Standing.NONE
    assert not bench.plant.journal.owes


async def test_a_wish_that_is_suspended_does_not_hurry_what_is_owed(
    bench: Bench,
) -> None:
    await bench.ask(Hold())
    bench.plant.full = True
    bench.readings = HOT
    await bench.live(290)
    assert bench.count("release") == 1
    assert isinstance(bench.conductor.release_error, CommandRefused)


async def test_a_foreign_command_is_seen_to_go_while_a_setting_is_owed(
    bench: Bench,
) -> None:
    await bench.ask(Hold())
    bench.plant.full = True
    bench.plant.force(Standing.CHARGE, period_s=60)
    await bench.live(10)
    assert bench.blocks == {Reason.FOREIGN_COMMAND}
    await bench.live(60)
    assert bench.blocks == set()
    assert bench.plant.journal.owes


async def test_a_command_that_could_not_be_ended_is_not_taken_for_anothers(
    bench: Bench,
) -> None:
    await bench.ask(charge(2000))
    bench.fail("release", NOT_PERMITTED)
    bench.conductor.arbiter.withdraw_all()
    await bench.live(60)
    assert bench.standing() is Standing.CHARGE
    assert bench.conductor.foreign is Standing.NONE
    await bench.live(120)
    assert bench.standing() is Standing.NONE


async def test_a_command_that_was_ended_while_the_link_broke_is_settled_next(
    bench: Bench,
) -> None:
    await bench.conductor.release(bench.look())
    await bench.ask(charge(2000))
    bench.plant.force(Standing.NONE)
    bench.fail("recover", UNSENT)
    await bench.beat(5)
    assert bench.plant.stored["grid_charge"] == 1
    bench.mend()
    await bench.beat(5)
    assert bench.plant.stored["grid_charge"] == 0
    assert not bench.plant.journal.owes


async def test_the_installers_consent_is_missed_until_a_command_is_taken(
    bench: Bench,
) -> None:
    bench.fail("apply", NOT_PERMITTED)
    await bench.ask(charge(2000))
    assert bench.conductor.permission_refused
    for silence in (UNSENT, CommandOverruled("somebody else")):
        bench.fail("apply", silence)
        await bench.ask(charge(2000))
        assert bench.conductor.permission_refused
    bench.mend()
    await bench.ask(charge(2000))
    assert not bench.conductor.permission_refused


async def test_a_release_that_is_not_permitted_is_noted(bench: Bench) -> None:
    await bench.ask(charge(2000))
    bench.fail("release", NOT_PERMITTED)
    bench.readings = HOT
    await bench.poll(5)
    assert bench.conductor.permission_refused
    assert bench.conductor.release_error is NOT_PERMITTED
