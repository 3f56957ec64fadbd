"""How plans are listed for cards, scripts and automations."""

from datetime import UTC, datetime, timedelta

from homeassistant.core import HomeAssistant

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceStep
from custom_components.bessai.plan_listing import clock_time, describe_prices


async def test_times_are_those_of_the_home_to_the_second(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("America/Santiago")
    when = datetime(2026, 11, 21, 16, 7, 13, 773989, tzinfo=UTC)
    assert clock_time(when) == "2026-11-21T13:07:13-03:00"


async def test_the_hour_that_comes_twice_is_told_apart(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    first, second = (
        clock_time(datetime(2026, 10, 25, hour, tzinfo=UTC)) for hour in (0, 1)
    )
    assert first == "2026-10-25T02:00:00+02:00"
    assert second == "2026-10-25T02:00:00+01:00"


def test_a_price_has_a_band_where_it_is_known_how_sure_it_is() -> None:
    start = datetime(2026, 11, 21, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    bands = (None, (0.10000149, 0.3))
    steps = tuple(
        PriceStep(
            interval=Interval(start=start + i * hour, end=start + (i + 1) * hour),
            import_price=0.2,
            export_price=0.1,
            import_band=band,
        )
        for i, band in enumerate(bands)
    )
    known, expected = describe_prices(PriceCurve(currency="EUR", steps=steps))
    assert "import_price_p10" not in known
    assert expected["import_price_p10"] == 0.1
    assert expected["import_price_p90"] == 0.3
