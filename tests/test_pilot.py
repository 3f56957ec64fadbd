"""What a plan wants comes to the plant, and what comes before it."""

from datetime import datetime, timedelta

from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.control_loop import (
    PLAN_LASTS,
    RELEASE_PAUSES_PLAN,
    ControlLoop,
)
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish

from .controlled import control, pass_time
from .home import Home

CHARGE, DISCHARGE = Setpoint(power_w=-2000), Setpoint(power_w=2000)
DISCHARGE_LIMIT = 47077


class Pilot:
    """Wants what the test says."""

    source = Source.PLAN

    def __init__(self, wish: Wish | None) -> None:
        self.wish = wish

    def steer(self) -> Wish | None:
        """Return it."""
        return self.wish


async def piloted(home: Home, wish: Wish | None) -> tuple[ControlLoop, Pilot]:
    """Let a plan be carried out that wants something."""
    loop = control(home)
    loop.pilots[DispatchMode.ARBITRAGE] = pilot = Pilot(wish)
    await loop.async_set_mode(DispatchMode.ARBITRAGE)
    return loop, pilot


async def test_a_plan_is_carried_out_in_its_mode_only(controlled_home: Home) -> None:
    loop = control(controlled_home)
    loop.pilots[DispatchMode.ARBITRAGE] = Pilot(CHARGE)
    await controlled_home.poll()
    assert loop.command is None
    await loop.async_set_mode(DispatchMode.ARBITRAGE)
    assert loop.command is not None
    assert loop.command.proposal.source is Source.PLAN
    assert controlled_home.plant.truth.forcible_command == 1
    await loop.async_set_mode(DispatchMode.SELF_CONSUMPTION)
    assert loop.command is None
    assert controlled_home.plant.truth.forcible_command == 0


async def test_without_permission_a_plan_writes_nothing(added_home: Home) -> None:
    await piloted(added_home, CHARGE)
    await added_home.poll()
    assert added_home.plant.journal.entries == ()


async def test_a_plan_that_changes_its_mind_is_followed_with_the_next_poll(
    controlled_home: Home,
) -> None:
    loop, pilot = await piloted(controlled_home, CHARGE)
    pilot.wish = Hold()
    await controlled_home.poll()
    assert controlled_home.plant.truth.forcible_command == 0
    assert controlled_home.plant.read(1, DISCHARGE_LIMIT, 2) == (0, 0)
    pilot.wish = DISCHARGE
    await controlled_home.poll()
    assert controlled_home.plant.truth.forcible_command == 2
    pilot.wish = None
    await controlled_home.poll()
    assert loop.command is None
    assert controlled_home.plant.truth.forcible_command == 0
    assert controlled_home.plant.read(1, DISCHARGE_LIMIT, 2) == (0, 5000)


async def test_a_discharge_after_a_hold_is_no_reason_for_a_block(
    controlled_home: Home,
) -> None:
    """The settings were read while the hold had changed one of them."""
    loop, pilot = await piloted(controlled_home, Hold())
    await controlled_home.poll_settings()
    seen: list[object] = []
    loop.async_subscribe(seen.append)
    pilot.wish = DISCHARGE
    for _ in range(4):
        await controlled_home.poll()
    assert controlled_home.plant.truth.forcible_command == 2
    assert loop.blocks == ()
    assert seen == []


async def test_a_plan_without_end_costs_no_writes(controlled_home: Home) -> None:
    await piloted(controlled_home, Hold())
    written = len(controlled_home.plant.journal.entries)
    for _ in range(10):
        pass_time(controlled_home, 60)
        await controlled_home.poll_settings()
        await controlled_home.poll()
    assert control(controlled_home).command is not None
    assert len(controlled_home.plant.journal.entries) == written


async def test_a_plan_that_nobody_asks_any_more_is_over(controlled_home: Home) -> None:
    loop, _ = await piloted(controlled_home, CHARGE)
    pass_time(controlled_home, PLAN_LASTS.total_seconds() + 1)
    await loop.async_beat()
    assert loop.command is None
    assert controlled_home.plant.truth.forcible_command == 0


async def test_the_owner_comes_first_and_the_plan_goes_on_afterwards(
    controlled_home: Home,
) -> None:
    loop, _ = await piloted(controlled_home, CHARGE)
    await loop.async_command(DISCHARGE, timedelta(minutes=1))
    await controlled_home.poll()
    assert controlled_home.plant.truth.forcible_command == 2
    pass_time(controlled_home, 61)
    await controlled_home.poll()
    assert loop.command is not None
    assert loop.command.proposal.source is Source.PLAN
    assert controlled_home.plant.truth.forcible_command == 1


async def test_a_release_is_respected_for_a_while(controlled_home: Home) -> None:
    loop, _ = await piloted(controlled_home, CHARGE)
    assert paused_until(controlled_home) is None
    await loop.async_release("somebody")
    await controlled_home.poll()
    assert loop.command is None
    until = paused_until(controlled_home)
    assert until is not None
    left = datetime.fromisoformat(until) - dt_util.utcnow()
    assert timedelta(seconds=5) > RELEASE_PAUSES_PLAN - left >= timedelta()
    pass_time(controlled_home, RELEASE_PAUSES_PLAN.total_seconds() + 1)
    await controlled_home.poll_settings()
    await controlled_home.poll()
    assert loop.command is not None
    assert paused_until(controlled_home) is None


async def test_where_nothing_is_commanded_nothing_pauses(controlled_home: Home) -> None:
    loop, _ = await piloted(controlled_home, CHARGE)
    await loop.async_allow(allowed=False)
    assert paused_until(controlled_home) is None
    await loop.async_allow(allowed=True)
    await loop.async_release()
    assert paused_until(controlled_home) is not None
    await loop.async_set_mode(DispatchMode.OBSERVE)
    assert paused_until(controlled_home) is None


def paused_until(home: Home) -> str | None:
    """Return until when the plan commands nothing, as the sensor shows it."""
    until: str | None = home.state("control_state").attributes["paused_until"]
    return until


@pytest.mark.parametrize("again", ["mode", "permission"])
async def test_who_asks_for_the_plan_after_a_release_gets_it(
    controlled_home: Home, again: str
) -> None:
    loop, _ = await piloted(controlled_home, CHARGE)
    await loop.async_release("somebody")
    await {
        "mode": lambda: loop.async_set_mode(DispatchMode.ARBITRAGE),
        "permission": lambda: loop.async_allow(allowed=True),
    }[again]()
    assert loop.command is not None
