"""The page of the preview: hours of the clock, and what a tariff is called."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from .home import Home
from .test_options_flow import Dialog
from .test_options_prices import COMMON, choose, preview


@pytest.fixture
async def dialog(
    hass: HomeAssistant, added_home: Home, freezer: FrozenDateTimeFactory
) -> Dialog:
    """Return the opened options at 20 minutes past an hour of the clock."""
    await hass.config.async_update(currency="EUR")
    local = dt_util.now()
    freezer.move_to(local.replace(minute=0) + timedelta(hours=1, minutes=20))
    return await Dialog(added_home).open()


async def show_tariff(dialog: Dialog) -> list[str]:
    """Return the rows for a price that is dear for a quarter of each hour."""
    periods = "\n".join(f"{hour:02}:30-{hour:02}:45 0.50" for hour in range(24))
    prices = {"source": "time_of_use", "fixed_price": 0.10, "periods": periods}
    await dialog.save(prices=prices)
    return preview(dialog)["table"].splitlines()[2:]


async def test_rows_are_hours_of_the_clock(dialog: Dialog) -> None:
    rows = await show_tariff(dialog)
    starts = [row.removeprefix("| ").split(" ")[0][3:] for row in rows]
    assert starts == ["15"] + ["00"] * 23


async def test_prices_count_for_as_long_as_they_hold(dialog: Dialog) -> None:
    rows = await show_tariff(dialog)
    assert rows[0].endswith("15 | 0.2333 | 0.0000 |"), "a third of what is left"
    assert rows[1].endswith("00 | 0.2000 | 0.0000 |"), "a quarter of the hour"


async def test_a_tariff_goes_by_its_name(dialog: Dialog) -> None:
    await show_tariff(dialog)
    assert preview(dialog)["source"] == "Time of use"


async def test_an_export_that_earns_nothing_is_noticed(dialog: Dialog) -> None:
    await show_tariff(dialog)
    assert preview(dialog)["notes"] == "- " + COMMON["price_preview_no_export"]


async def test_back_leads_to_the_prices(dialog: Dialog) -> None:
    await show_tariff(dialog)
    await choose(dialog, "init")
    opened = [
        name for name, part in dialog.sections.items() if not part.options["collapsed"]
    ]
    assert opened == ["prices"]
