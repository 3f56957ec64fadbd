"""How plans are listed for cards, scripts and automations."""

from datetime import UTC, datetime

from homeassistant.core import HomeAssistant

from custom_components.bessai.plan_listing import clock_time


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
