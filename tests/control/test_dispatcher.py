"""The one write path, against a plant that does as it likes."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.bessai.control.command_in_force import Phase, Turn
from custom_components.bessai.core.command import (
    CommandNotPermitted,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    DispatchResult,
    ReadBackDiffers,
    Standing,
)
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.proposal import Proposal, Source
from custom_components.bessai.core.setpoint import Hold, Release, Setpoint, Wish
from custom_components.bessai.core.verdict import Outcome, Reason
from custom_components.bessai.safety.following import Following

from ..safety.builders import charge, discharge, reasons
from .bench import Bench, proposal
from .controls_fake import LIMITS

UNSENT = CommandUnsent("no answer")
REFUSED = CommandRefused("power", 2000, "illegal value")
NOT_PERMITTED = CommandNotPermitted("power", 2000, "no permission")
DIFFERS = ReadBackDiffers("power", 2000, 0)


async def pursue(bench: Bench, wish: Wish, **more: Any) -> DispatchResult:
    """Carry out what the owner wants from now on, as far as it may be."""
    return await pursue_again(bench, proposal(wish, now=bench.now, **more))


async def pursue_again(bench: Bench, wanted: Proposal) -> DispatchResult:
    """See to it that a wish is carried out, now that time has passed."""
    look = bench.look()
    return await bench.dispatcher.pursue(wanted, look.state, look.now, look.today)


async def renew(bench: Bench) -> Exception | None:
    return await bench.dispatcher.renew(bench.state(), bench.now)


async def take_note(bench: Bench) -> Turn:
    standing = await bench.plant.read_standing()
    return await bench.dispatcher.take_note(standing, bench.now, bench.now.date())


async def test_a_vetted_setpoint_is_written_and_read_back(bench: Bench) -> None:
    result = await pursue(bench, discharge(2000))
    assert result.outcome == "approved"
    assert result.read_back == {"command": "discharge", "power": 2000}
    assert result.expires_at == bench.now + timedelta(hours=1)
    assert bench.standing() is Standing.DISCHARGE
    assert bench.in_force().wish == discharge(2000)
    assert not bench.dispatcher.is_released


async def test_a_clamped_setpoint_is_written_as_clamped(bench: Bench) -> None:
    bench.readings = {"discharge_limit_w": 1500.0}
    result = await pursue(bench, discharge(2000))
    assert result.outcome == "clamped"
    assert bench.log == ["apply discharge 1500 W 120 s"]
    assert bench.in_force().verdict == result.verdict


async def test_what_is_refused_is_not_written(bench: Bench) -> None:
    result = await pursue(bench, discharge(float("nan")))
    assert reasons(result.verdict) == {Reason.INVALID_POWER}
    assert bench.log == []
    assert bench.dispatcher.is_released


async def test_what_is_refused_while_in_force_is_released(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.readings = {"battery_temperature_max_c": 46.0}
    result = await pursue(bench, charge(2000))
    assert result.outcome == "refused"
    assert reasons(result.verdict) == {Reason.BATTERY_HOT}
    assert bench.log[1:] == ["release"]
    assert bench.command is None
    assert bench.dispatcher.is_released


async def test_a_refusal_that_cannot_be_carried_out_is_a_failure(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.fail("release", UNSENT)
    bench.readings = {"battery_temperature_max_c": 46.0}
    result = await pursue(bench, charge(2000))
    assert result.error is UNSENT
    assert result.verdict.outcome is Outcome.REFUSED
    assert not bench.dispatcher.is_released


async def test_the_end_of_a_command_is_in_the_journal_with_a_period_on_top(
    bench: Bench,
) -> None:
    await pursue(bench, charge(2000), minutes=10)
    mark = bench.plant.journal.command
    assert mark is not None
    assert mark.until == bench.now + timedelta(minutes=12)


async def test_a_command_shorter_than_a_period_gets_a_shorter_one(bench: Bench) -> None:
    await pursue(bench, charge(2000), minutes=0.5)
    assert bench.plant.period_s == 60


async def test_the_period_suits_the_link() -> None:
    bench = await Bench(write_p95_s=10).recovered()
    await pursue(bench, charge(2000))
    assert bench.plant.period_s == 180


async def test_near_the_owners_limit_the_device_gets_the_shortest_period(
    bench: Bench,
) -> None:
    bench.readings = {"soc_pct": 96.8}
    await pursue(bench, charge(4000))
    assert bench.plant.period_s == 60


@pytest.mark.parametrize(
    ("wish", "pv_power_w", "grid_charge"),
    [
        (charge(2000), 1000.0, True),
        (charge(2000), None, True),
        (charge(2000), 2000.0, False),
        (discharge(2000), 0.0, False),
        (Hold(), 0.0, False),
    ],
)
async def test_only_a_charge_beyond_the_panels_gets_leave_to_draw_on_the_grid(
    bench: Bench, wish: Wish, pv_power_w: float | None, *, grid_charge: bool
) -> None:
    bench.readings = {"pv_power_w": pv_power_w}
    await pursue(bench, wish)
    assert bench.plant.orders[0].grid_charge is grid_charge
    assert bench.plant.stored["grid_charge"] == grid_charge


async def test_a_cloud_gives_a_charge_leave_to_draw_on_the_grid_and_it_keeps_that(
    bench: Bench,
) -> None:
    bench.readings = {"pv_power_w": 3000.0}
    await pursue(bench, charge(2000))
    for pv_power_w in (1000.0, 3000.0):
        bench.readings = {"pv_power_w": pv_power_w}
        await pursue(bench, charge(2000))
    bench.readings = {"charge_limit_w": 1000.0, "pv_power_w": 3000.0}
    await pursue(bench, charge(2000))
    assert [order.grid_charge for order in bench.plant.orders] == [False, True, True]


async def test_what_is_in_force_already_is_not_written_again(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.wait(5)
    later = await pursue(bench, charge(2000), minutes=10)
    assert len(bench.log) == 1
    assert later.outcome == "approved"
    assert bench.in_force().lease.until == bench.now + timedelta(minutes=10)
    assert later.expires_at == bench.now + timedelta(minutes=10)


async def test_a_command_that_is_to_last_longer_is_written_again(bench: Bench) -> None:
    await pursue(bench, charge(2000), minutes=10)
    await pursue(bench, charge(2000), minutes=11)
    assert len(bench.plant.orders) == 2
    mark = bench.plant.journal.command
    assert mark is not None
    assert mark.until == bench.now + timedelta(minutes=13)


async def test_derated_power_is_lowered_at_once_and_raised_only_slowly(
    bench: Bench,
) -> None:
    wanted = proposal(discharge(4000))
    await pursue_again(bench, wanted)
    bench.readings = {"battery_temperature_max_c": 42.5}
    bench.wait(5)
    await pursue_again(bench, wanted)
    lowered_w = bench.plant.power_w
    assert lowered_w == pytest.approx(0.55 * 5000)
    bench.readings = {}
    bench.wait(59)
    await pursue_again(bench, wanted)
    assert bench.plant.power_w == lowered_w
    bench.wait(1)
    await pursue_again(bench, wanted)
    assert bench.plant.power_w == 4000


async def test_a_limit_that_flickers_is_not_followed_with_every_poll(
    bench: Bench,
) -> None:
    wanted = proposal(charge(5000))
    for limit_w in (3000.0, 2990.0, 3010.0, 2960.0, 3200.0) * 20:
        bench.readings = {"charge_limit_w": limit_w}
        await pursue_again(bench, wanted)
        bench.wait(5)
    assert bench.log == ["apply charge 3000 W 120 s"]


@pytest.mark.parametrize("power_w", [2010, 1990, 2500])
async def test_an_owner_who_asks_anew_gets_the_power_that_was_asked_for(
    bench: Bench, power_w: float
) -> None:
    await pursue(bench, charge(2000))
    bench.wait(5)
    await pursue(bench, charge(power_w), minutes=30)
    assert bench.plant.power_w == power_w


async def test_a_plan_that_changes_its_mind_a_little_is_not_followed_at_once(
    bench: Bench,
) -> None:
    for power_w in (2000, 2010, 1990, 2500):
        await pursue(bench, charge(power_w), source=Source.PLAN)
    assert bench.log == ["apply charge 2000 W 120 s"]


async def test_another_direction_is_another_command(bench: Bench) -> None:
    await pursue(bench, discharge(2000))
    await pursue(bench, charge(2000))
    assert bench.standing() is Standing.CHARGE
    assert bench.in_force().phase is Phase.SETTLING


async def test_a_hold_ends_the_discharge_and_is_put_back_by_the_next(
    bench: Bench,
) -> None:
    await pursue(bench, discharge(2000))
    await pursue(bench, Hold(allow_charging=False))
    assert bench.standing() is Standing.NONE
    assert bench.plant.stored["discharge_limit"] == 0
    assert bench.plant.stored["charge_limit"] == 0
    await pursue(bench, Hold())
    assert bench.plant.stored["charge_limit"] == LIMITS["charge_limit"]
    await pursue(bench, discharge(2000))
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]
    assert bench.standing() is Standing.DISCHARGE


async def test_a_hold_is_as_it_should_be_at_once(bench: Bench) -> None:
    result = await pursue(bench, Hold())
    assert result.read_back == {"discharge_limit": 0}
    assert bench.in_force().phase is Phase.FOLLOWING


@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize("error", [UNSENT, REFUSED, NOT_PERMITTED, DIFFERS])
@pytest.mark.parametrize("wish", [charge(2000), Hold()])
async def test_a_command_that_fails_is_released(
    bench: Bench, wish: Wish, error: CommandUnsent, *, taken: bool
) -> None:
    bench.fail("apply", error, taken=taken)
    result = await pursue(bench, wish)
    assert (result.outcome, result.error) == ("failed", error)
    assert result.read_back == {}
    assert bench.command is None
    assert bench.standing() is Standing.NONE
    assert bench.dispatcher.is_released
    assert not bench.plant.journal.owes


async def test_a_command_that_neither_succeeds_nor_can_be_released_is_owed(
    bench: Bench,
) -> None:
    bench.fail("apply", UNSENT, taken=True)
    bench.fail("release", UNSENT)
    result = await pursue(bench, charge(2000))
    assert result.error is UNSENT
    assert bench.command is None
    assert bench.dispatcher.has_stray
    assert not bench.dispatcher.is_released


async def test_a_command_that_replaces_another_and_fails_leaves_neither(
    bench: Bench,
) -> None:
    await pursue(bench, charge(2000))
    bench.fail("apply", REFUSED)
    await pursue(bench, discharge(2000))
    assert bench.command is None
    assert bench.standing() is Standing.NONE


async def test_something_more_important_stops_a_command_midway(bench: Bench) -> None:
    bench.plant.during = bench.dispatcher.overrule
    result = await pursue(bench, charge(2000))
    assert isinstance(result.error, CommandOverruled)
    assert bench.standing() is Standing.NONE
    assert bench.dispatcher.is_released


async def test_what_was_overruled_does_not_hinder_the_next(bench: Bench) -> None:
    bench.dispatcher.overrule()
    assert (await pursue(bench, charge(2000))).error is None


async def test_a_release_that_is_refused_is_owed_until_it_is_taken(
    bench: Bench,
) -> None:
    await pursue(bench, Hold())
    bench.plant.full = True
    result = await bench.dispatcher.release(bench.now.date())
    assert isinstance(result.error, CommandRefused)
    assert not bench.dispatcher.is_released
    bench.plant.full = False
    result = await bench.dispatcher.release(bench.now.date())
    assert result.error is None
    assert result.verdict.wish == Release()
    assert bench.dispatcher.is_released
    assert bench.plant.stored["discharge_limit"] == LIMITS["discharge_limit"]


async def test_the_lease_is_renewed_when_it_is_time_and_not_before(
    bench: Bench,
) -> None:
    await pursue(bench, charge(2000))
    bench.wait(39)
    assert await renew(bench) is None
    assert len(bench.log) == 1
    bench.wait(1)
    assert await renew(bench) is None
    assert bench.log[1:] == ["renew charge 2000 W 120 s"]
    await renew(bench)
    assert len(bench.log) == 2


async def test_without_a_command_nothing_is_renewed(bench: Bench) -> None:
    bench.wait(1000)
    assert await renew(bench) is None
    assert bench.log == []


async def test_a_renewal_asks_for_no_more_time_than_is_left(bench: Bench) -> None:
    await pursue(bench, charge(2000), minutes=1.5)
    bench.wait(45)
    await renew(bench)
    assert bench.log[1:] == ["renew charge 2000 W 60 s"]


async def test_nothing_is_renewed_after_the_end(bench: Bench) -> None:
    await pursue(bench, charge(2000), minutes=1)
    bench.wait(60)
    await renew(bench)
    assert len(bench.log) == 1


async def test_a_renewal_near_a_limit_is_for_the_shortest_period(bench: Bench) -> None:
    await pursue(bench, discharge(3600))
    bench.readings = {"soc_pct": 6.0}
    bench.wait(40)
    await renew(bench)
    bench.wait(20)
    await renew(bench)
    assert bench.log[1:] == ["renew discharge 3600 W 60 s"] * 2


async def test_a_renewal_that_fails_says_why_and_stays_due(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.fail("renew", UNSENT)
    bench.wait(40)
    assert await renew(bench) is UNSENT
    assert bench.in_force().wish == charge(2000)
    bench.mend()
    assert await renew(bench) is None
    assert len(bench.log) == 3


async def test_a_hold_is_looked_after_like_any_command(bench: Bench) -> None:
    await pursue(bench, Hold())
    bench.wait(40)
    assert await renew(bench) is None
    assert bench.log[1:] == ["renew hold"]
    bench.plant.stored["discharge_limit"] = 4000.0
    bench.wait(40)
    assert isinstance(await renew(bench), ReadBackDiffers)


async def test_a_renewal_is_overruled_like_a_command(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.wait(40)
    bench.plant.force(Standing.DISCHARGE)
    assert isinstance(await renew(bench), CommandOverruled)


async def test_a_command_in_force_is_as_expected(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    before = bench.command
    assert await take_note(bench) is Turn.EXPECTED
    assert bench.command is before
    assert len(bench.log) == 1


async def test_a_countdown_that_is_over_makes_a_renewal_due_at_once() -> None:
    bench = await Bench(restarts=False).recovered()
    await pursue(bench, charge(2000))
    for _ in range(2):
        bench.wait(45)
        await renew(bench)
    bench.wait(35)
    assert bench.standing() is Standing.NONE
    assert await take_note(bench) is Turn.LAPSED
    await renew(bench)
    assert bench.standing() is Standing.CHARGE
    bench.wait(30)
    assert await take_note(bench) is Turn.EXPECTED


async def test_a_command_that_was_ended_is_given_up(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.plant.force(Standing.NONE)
    bench.wait(30)
    assert await take_note(bench) is Turn.ENDED
    assert bench.command is None
    assert bench.dispatcher.is_released
    assert not bench.plant.journal.owes


async def test_a_foreign_command_ends_ours_and_is_left_alone(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.plant.force(Standing.DISCHARGE)
    assert await take_note(bench) is Turn.FOREIGN
    assert bench.command is None
    assert bench.standing() is Standing.DISCHARGE
    assert bench.plant.power_w == 1500
    assert bench.plant.stored["grid_charge"] == 0


async def test_a_foreign_command_is_seen_without_one_of_ours(bench: Bench) -> None:
    bench.plant.force(Standing.DISCHARGE)
    assert await take_note(bench) is Turn.FOREIGN
    assert bench.log == []


async def test_what_cannot_be_given_up_in_order_is_owed(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.plant.force(Standing.NONE)
    bench.fail("recover", UNSENT)
    assert await take_note(bench) is Turn.ENDED
    assert bench.command is None
    assert not bench.dispatcher.is_released


async def test_a_plant_that_was_not_recovered_is_not_known_to_be_released() -> None:
    bench = Bench()
    assert not bench.dispatcher.is_released
    bench.fail("recover", UNSENT)
    with pytest.raises(CommandUnsent):
        await bench.dispatcher.recover(bench.now, bench.now.date())
    assert not bench.dispatcher.is_released
    bench.mend()
    found = await bench.dispatcher.recover(bench.now, bench.now.date())
    assert found is Standing.NONE
    assert bench.dispatcher.is_released


async def test_the_plant_is_seen_to_follow(bench: Bench) -> None:
    await pursue(bench, charge(2000))
    bench.wait(5)
    assert bench.dispatcher.watch(bench.state(), bench.now) is Following.FOLLOWS
    assert bench.in_force().phase is Phase.FOLLOWING
    assert bench.in_force().followed_at == bench.now


async def test_less_power_for_a_battery_that_follows_is_no_new_beginning(
    bench: Bench,
) -> None:
    await pursue(bench, charge(4000))
    bench.wait(5)
    bench.dispatcher.watch(bench.state(), bench.now)
    bench.readings = {"charge_limit_w": 2000.0}
    await pursue(bench, charge(4000))
    assert bench.in_force().phase is Phase.FOLLOWING


@pytest.mark.parametrize("poll_period_s", [5.0, 20.0, 60.0])
async def test_from_the_first_look_on_a_plant_has_a_minute_or_three_polls_to_settle(
    bench: Bench, poll_period_s: float
) -> None:
    await pursue(bench, discharge(2000))
    bench.readings = {"battery_power_w": 0.0, "poll_period_s": poll_period_s}
    bench.wait(300)
    assert bench.dispatcher.watch(bench.state(), bench.now) is Following.WAITING
    bench.wait(max(60.0, 3 * poll_period_s) - 1)
    assert bench.dispatcher.watch(bench.state(), bench.now) is Following.WAITING
    bench.wait(1)
    assert bench.dispatcher.watch(bench.state(), bench.now) is Following.DISOBEYS


async def test_a_battery_that_sleeps_is_woken(bench: Bench) -> None:
    bench.readings = {"battery": Readiness.ASLEEP, "battery_power_w": 0.0}
    await pursue(bench, charge(2000))
    bench.wait(200)
    assert bench.dispatcher.watch(bench.state(), bench.now) is Following.WAKING
    assert bench.in_force().phase is Phase.WAKING


async def test_what_was_read_before_a_command_tells_nothing_of_it(
    bench: Bench,
) -> None:
    before = bench.state()
    bench.wait(1)
    await pursue(bench, charge(2000))
    assert bench.dispatcher.watch(before, bench.now) is None


@pytest.mark.parametrize("wish", [None, Hold()])
async def test_without_a_setpoint_there_is_nothing_to_follow(
    bench: Bench, wish: Wish | None
) -> None:
    if wish is not None:
        await pursue(bench, wish)
    assert bench.dispatcher.watch(bench.state(), bench.now) is None


@pytest.mark.parametrize(
    ("wish", "soc_pct"), [(discharge(5000), 5.5), (charge(5000), 97.5)]
)
async def test_a_command_ends_before_its_limit_and_a_new_one_may_begin_nearer(
    bench: Bench, wish: Setpoint, soc_pct: float
) -> None:
    bench.readings = {"soc_pct": soc_pct}
    assert (await pursue(bench, wish)).outcome == "approved"
    assert (await pursue(bench, wish)).outcome == "refused"
