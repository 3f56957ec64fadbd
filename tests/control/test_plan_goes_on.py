"""A plan that wants the same for longer with every look costs no writes."""

from datetime import timedelta

from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.setpoint import Hold

from ..safety.builders import charge
from .bench import POLL_S, Bench

LASTS_MIN = 5


async def carry_out(bench: Bench, minutes: float) -> None:
    """Let a plan want a charge at each look for so long."""
    for _ in range(round(minutes * 60 / POLL_S)):
        bench.propose(charge(2000), minutes=LASTS_MIN)
        await bench.poll(POLL_S)
        await bench.beat()


async def test_a_charge_of_an_hour_is_written_once_and_renewed(bench: Bench) -> None:
    await bench.recovered()
    await carry_out(bench, 60)
    assert bench.count("apply") == 1
    assert bench.count("renew") >= 60 * 60 // 45
    assert bench.in_force().proposal.source is Source.PLAN


async def test_a_plan_that_falls_silent_is_over_within_minutes(bench: Bench) -> None:
    await bench.recovered()
    await carry_out(bench, 10)
    await bench.live(LASTS_MIN * 60 - 10)
    assert bench.command is not None
    await bench.live(20)
    assert bench.command is None
    assert bench.count("release") == 1


async def test_a_plan_that_comes_back_late_is_written_anew(bench: Bench) -> None:
    """The device was told what was left then, and would end it by itself."""
    await bench.recovered()
    await carry_out(bench, 10)
    await bench.live(LASTS_MIN * 60 - 60)
    await carry_out(bench, 5)
    assert bench.count("apply") == 2


async def test_a_hold_that_goes_on_is_not_stored_again(bench: Bench) -> None:
    await bench.recovered()
    for _ in range(100):
        bench.propose(Hold(), minutes=LASTS_MIN)
        await bench.poll(POLL_S)
        await bench.beat()
    assert bench.count("apply") == 1


async def test_a_plan_is_not_listened_to_while_it_pauses(bench: Bench) -> None:
    await bench.recovered()
    bench.conductor.pause_automatic(bench.now + timedelta(minutes=15))
    await carry_out(bench, 14)
    assert bench.command is None
    await carry_out(bench, 2)
    assert bench.command is not None
    bench.conductor.pause_automatic(bench.now + timedelta(minutes=15))
    await carry_out(bench, 1)
    assert bench.command is None
    bench.conductor.pause_automatic(bench.now)
    await carry_out(bench, 1)
    assert bench.in_force().proposal.source is Source.PLAN
