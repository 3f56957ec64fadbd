"""The recorder teaches what a sensor with only the current price cannot."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import SQLAlchemyError

from custom_components.bessai.const import DOMAIN
from custom_components.bessai.market_data import MarketData
from custom_components.bessai.price_options import PriceOptions

NOW = datetime(2026, 11, 21, 12, 5, tzinfo=UTC)
SENSOR = "sensor.price"
H = timedelta(hours=1)


@pytest.fixture
async def market(
    recorder_mock: Recorder, hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> MarketData:
    """Return prices of a sensor that shows only the current one, in UTC."""
    freezer.move_to(NOW)
    await hass.config.async_set_time_zone("UTC")
    await hass.config.async_update(currency="EUR")
    hass.states.async_set(SENSOR, "30", {"unit_of_measurement": "ct/kWh"})
    entry = MockConfigEntry(domain=DOMAIN)
    entry.add_to_hass(hass)
    return MarketData(hass, entry, PriceOptions(source=SENSOR))


async def record(hass: HomeAssistant, unit: str) -> None:
    """Let ten days of statistics be there: cents that rise with the hour."""
    midnight = NOW.replace(hour=0, minute=0)
    async_import_statistics(
        hass,
        {
            "mean_type": StatisticMeanType.ARITHMETIC,
            "has_sum": False,
            "name": None,
            "source": "recorder",
            "statistic_id": SENSOR,
            "unit_class": None,
            "unit_of_measurement": unit,
        },
        [
            {"start": midnight - timedelta(days=10) + hour * H, "mean": hour % 24}
            for hour in range(240)
        ],
    )
    await async_wait_recording_done(hass)


async def test_its_statistics_make_the_forecast(
    hass: HomeAssistant, market: MarketData
) -> None:
    await record(hass, "ct/kWh")
    await market.async_refresh()
    step = market.current(NOW + 6 * H)
    assert step is not None
    assert step.spot_price == pytest.approx(0.18)
    assert step.confidence > 0.9, "these days repeat exactly"
    assert market.current(NOW + 24 * H) is not None


async def test_statistics_in_another_currency_are_of_no_use(
    hass: HomeAssistant, market: MarketData
) -> None:
    await record(hass, "SEK/kWh")
    await market.async_refresh()
    step = market.current(NOW + 6 * H)
    assert step is not None
    assert step.spot_price == pytest.approx(0.3)


async def test_without_statistics_the_price_of_now_is_all(
    hass: HomeAssistant, market: MarketData
) -> None:
    await market.async_refresh()
    step = market.current(NOW + 6 * H)
    assert step is not None
    assert step.spot_price == pytest.approx(0.3)
    assert step.confidence == 0


async def test_a_broken_recorder_is_survived(
    hass: HomeAssistant,
    market: MarketData,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SQLAlchemyError("the disk is full")

    monkeypatch.setattr(
        "homeassistant.components.recorder.statistics.get_metadata", fail
    )
    await market.async_refresh()
    assert market.curve is not None
    assert "the disk is full" in caplog.text
