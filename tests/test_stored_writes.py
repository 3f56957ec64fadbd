"""How often a day of arbitrage writes what the plant stores in its memory."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.bessai.simulator.overrides import Overrides

from .controlled import (
    CHARGE_LIMIT,
    DISCHARGE_LIMIT,
    GRID_CHARGE,
    ask,
    control,
    tell,
    written,
)
from .home import Home

STORED = {CHARGE_LIMIT, DISCHARGE_LIMIT, GRID_CHARGE}
LOOK = timedelta(seconds=10)
LOOKS = 30
"""At the plant, in each part of the day: what is written once must not be repeated."""

DAY: tuple[tuple[str, dict[str, Any], float], ...] = (
    ("charge", {"power": 3000}, 0.0),
    ("hold", {}, 0.0),
    ("discharge", {"power": 2500}, 1000.0),
    ("charge", {"power": 2000}, 5000.0),
    ("hold", {}, 3000.0),
    ("discharge", {"power": 3500}, 0.0),
    ("hold", {}, 0.0),
)
"""What is done, and the sun meanwhile, W: buy at night, keep, sell in the morning,
store the sun, keep it, sell it in the evening, keep the rest."""


@pytest.mark.timeout(120)
async def test_a_day_writes_a_stored_setting_once_for_each_change_of_it(
    hass: HomeAssistant, controlled_home: Home
) -> None:
    """The minimum: one write to change a setting and one to put it back.

    Only the night's charge needs leave to draw on the grid (2 writes), and each of the
    three holds a discharge limit of 0 (2 writes each). Commands themselves are not
    stored.
    """
    for action, fields, pv_w in DAY:
        controlled_home.plant.overrides = Overrides(pv_w=pv_w, load_w=600.0)
        await controlled_home.poll()
        response = await ask(controlled_home, action, duration={"hours": 3}, **fields)
        assert response["verdict"] == "approved", (action, response)
        for _ in range(LOOKS):
            await controlled_home.poll(after=LOOK)
            await control(controlled_home).async_beat()
    await tell(controlled_home, "release")
    stored = [address for address, _ in written(controlled_home) if address in STORED]
    assert stored.count(GRID_CHARGE) == 2
    assert stored.count(DISCHARGE_LIMIT) == 6
    assert stored.count(CHARGE_LIMIT) == 0
    assert control(controlled_home).stored_writes_today == 8
