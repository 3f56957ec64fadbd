"""Load and PV of the next days, kept up to date in Home Assistant."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import threading
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import CoreState, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.bessai import forecasts as forecasts_module
from custom_components.bessai.const import DOMAIN
from custom_components.bessai.core.interval import Interval
from custom_components.bessai.forecast_notes import ForecastTrouble
from custom_components.bessai.forecast_run import (
    RunInputs,
    RunResult,
    run_forecasts,
)
from custom_components.bessai.forecasts import (
    ForecastOptions,
    Forecasts,
    forecast_store,
)
from custom_components.bessai.planning.quarters import QUARTER
from custom_components.bessai.texts import async_load_texts

from .forecasting import (
    HOUR,
    SERIAL_NUMBER,
    SolarService,
    add_entity,
    add_own_sensor,
    record,
    solcast_day,
    telemetry,
    wh_hours,
)
from .home import settle

NOW = datetime(2026, 6, 10, 12, 0, 30, tzinfo=UTC)
NOON = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(freezer: FrozenDateTimeFactory) -> None:
    freezer.move_to(NOW)


@pytest.fixture
def entry(hass: HomeAssistant) -> MockConfigEntry:
    entry = MockConfigEntry(domain=DOMAIN, title="Home")
    entry.add_to_hass(hass)
    return entry


class Started:
    """Makes forecasts and stops them at the end of a test."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        self.hass = hass
        self.entry = entry
        self.made: list[Forecasts] = []

    async def __call__(self, **options: str) -> Forecasts:
        chosen = ForecastOptions(**options)
        forecasts = Forecasts(self.hass, self.entry, SERIAL_NUMBER, chosen)
        self.made.append(forecasts)
        await forecasts.async_start()
        await settle(self.hass)
        return forecasts


@pytest.fixture
async def start(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncIterator[Started]:
    started = Started(hass, entry)
    yield started
    for forecasts in started.made:
        await forecasts.async_stop()


def kinds(forecasts: Forecasts) -> list[ForecastTrouble]:
    return [note.kind for note in forecasts.notes]


async def record_house(hass: HomeAssistant, days: int = 14) -> None:
    """Let the recorder know days of a house that uses 400 W under a sun of 3 kW."""
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    pv_id = add_own_sensor(hass, "pv_power", "sensor.pv")
    begin = NOON - days * DAY
    hours = range(days * 24)
    sun = [3000.0 if 8 <= (begin + h * HOUR).hour < 16 else 0.0 for h in hours]
    await record(hass, load_id, ("power", "W"), begin, [400.0] * len(hours))
    await record(hass, pv_id, ("power", "W"), begin, sun)


async def test_without_anything_it_says_so(hass: HomeAssistant, start: Started) -> None:
    forecasts = await start()
    assert forecasts.load is None
    assert forecasts.pv is None
    assert kinds(forecasts) == [ForecastTrouble.NO_LOAD, ForecastTrouble.NO_PV]


async def test_every_trouble_has_a_text(hass: HomeAssistant, start: Started) -> None:
    forecasts = await start(pv_forecast="sensor.gone", load_history="sensor.lost")
    texts = await async_load_texts(hass)
    said = [
        texts.say(note.translation_key, **note.placeholders) for note in forecasts.notes
    ]
    assert len(said) == 4
    assert any("sensor.gone" in text for text in said)


async def test_recorder_makes_forecasts_from_the_first_moment(
    recorder_mock: Recorder, hass: HomeAssistant, start: Started
) -> None:
    await record_house(hass)
    forecasts = await start()
    assert forecasts.load is not None
    assert forecasts.pv is not None
    for forecast in (forecasts.load, forecasts.pv):
        assert forecast.steps[0].interval.start == NOON
        assert forecast.steps[-1].interval.end >= NOW + timedelta(hours=72)
    tomorrow = Interval(start=NOON + DAY, end=NOON + DAY + HOUR)
    assert forecasts.load.mean_w(tomorrow) == pytest.approx(400)
    assert forecasts.pv.mean_w(tomorrow) == pytest.approx(3000)
    assert kinds(forecasts) == [ForecastTrouble.OWN_PV]
    assert forecasts.notes[0].placeholders["number"] == "14"


async def test_own_readings_make_a_load_forecast_within_an_hour(
    hass: HomeAssistant, start: Started, freezer: FrozenDateTimeFactory
) -> None:
    forecasts = await start()
    for minute in range(61):
        at = NOW + timedelta(minutes=minute)
        forecasts.async_observe(telemetry(at, load_power_w=500, pv_power_w=1000))
    freezer.move_to(NOW + HOUR)
    await forecasts.async_refresh(NOW + HOUR)
    assert forecasts.load is not None
    assert forecasts.load.steps[5].p50_w == pytest.approx(500)
    assert ForecastTrouble.LITTLE_LOAD in kinds(forecasts)


async def test_solar_platform_is_used_and_filled_up_by_own_weeks(
    recorder_mock: Recorder, hass: HomeAssistant, start: Started
) -> None:
    await record_house(hass)
    SolarService(hass, "sunny").add("Roof", wh_hours(NOON, *[1000] * 6))
    forecasts = await start()
    assert forecasts.pv is not None
    assert forecasts.pv.source == "Roof"
    assert forecasts.pv.steps[2].p50_w == pytest.approx(1000)
    later = Interval(start=NOON + DAY, end=NOON + DAY + HOUR)
    assert forecasts.pv.mean_w(later) == pytest.approx(3000)
    assert forecasts.notes == ()


async def test_chosen_entity_is_used(hass: HomeAssistant, start: Started) -> None:
    SolarService(hass, "sunny").add("Roof", wh_hours(NOON, *[1000] * 6))
    mine = add_entity(hass, "mine", solcast_day(NOON, *[2.0] * 12))
    forecasts = await start(pv_forecast=mine)
    assert forecasts.pv is not None
    assert forecasts.pv.steps[0].p50_w == pytest.approx(2000)
    assert forecasts.pv.steps[0].p10_w == pytest.approx(1000)


async def test_chosen_forecast_that_ended_is_named(
    hass: HomeAssistant, start: Started
) -> None:
    old = add_entity(hass, "old", solcast_day(NOON - 12 * HOUR, 1.0, 1.0))
    forecasts = await start(pv_forecast=old)
    notes = {note.kind: note.about for note in forecasts.notes}
    assert notes[ForecastTrouble.PV_STALE] == "old"
    assert forecasts.pv is None


async def test_stale_service_gives_way_to_the_next(
    hass: HomeAssistant, start: Started
) -> None:
    add_entity(hass, "old", solcast_day(NOON - 12 * HOUR, 1.0, 1.0))
    SolarService(hass, "sunny").add("Roof", wh_hours(NOON, *[1000] * 6))
    forecasts = await start()
    assert forecasts.pv is not None
    assert forecasts.pv.source == "Roof"
    assert ForecastTrouble.PV_STALE in kinds(forecasts)


async def test_chosen_forecast_with_nothing_to_read_is_named(
    hass: HomeAssistant, start: Started
) -> None:
    plain = add_entity(hass, "plain", {"unit_of_measurement": "kWh"})
    forecasts = await start(pv_forecast=plain)
    assert kinds(forecasts)[1] is ForecastTrouble.PV_UNREADABLE


async def test_chosen_config_entry_goes_by_its_title(
    hass: HomeAssistant, start: Started
) -> None:
    roof = SolarService(hass, "sunny").add("Roof", None)
    forecasts = await start(pv_forecast=roof)
    assert [note.about for note in forecasts.notes if note.about] == ["Roof"]


async def test_forecasts_are_renewed_each_quarter_hour(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start: Started,
    freezer: FrozenDateTimeFactory,
) -> None:
    await record_house(hass)
    forecasts = await start()
    calls: list[datetime] = []
    remove = forecasts.async_add_listener(lambda: calls.append(datetime.now(UTC)))
    await pass_quarters(hass, freezer, 1)
    assert len(calls) == 1
    assert forecasts.load is not None
    assert forecasts.load.steps[0].interval.start == NOON + QUARTER
    remove()
    remove()
    await pass_quarters(hass, freezer, 1)
    assert len(calls) == 1


async def pass_quarters(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, count: int
) -> None:
    """Let quarter hours pass, each with its refresh."""
    for _ in range(count):
        freezer.tick(QUARTER)
        async_fire_time_changed(hass, datetime.now(UTC))
        await settle(hass)


async def test_error_is_measured_and_shown(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start: Started,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The house uses 100 W more than it used to."""
    await record_house(hass)
    SolarService(hass, "sunny").add("Roof", wh_hours(NOON, *[1000] * 48))
    forecasts = await start()
    for _ in range(37):
        at = datetime.now(UTC)
        for minute in range(16):
            moment = at + timedelta(minutes=minute)
            read = telemetry(moment, load_power_w=500, pv_power_w=800)
            forecasts.async_observe(read)
        await pass_quarters(hass, freezer, 1)
    assert forecasts.load is not None
    assert forecasts.load.error_w == pytest.approx(100, abs=30)
    assert forecasts.pv is not None
    error = forecasts.error("pv", 1)
    assert error is not None
    assert error.bias_w > 0
    assert forecasts.pv.steps[0].p50_w < 950


async def test_what_was_learned_outlives_a_restart(
    hass: HomeAssistant, start: Started, freezer: FrozenDateTimeFactory
) -> None:
    before = await start()
    for minute in range(181):
        at = NOW + timedelta(minutes=minute)
        before.async_observe(telemetry(at, load_power_w=500))
    freezer.move_to(NOW + 3 * HOUR)
    await before.async_refresh(NOW + 3 * HOUR)
    await before.async_stop()
    after = await start()
    assert after.load is not None
    assert after.load.steps[5].p50_w == pytest.approx(500)
    history = await after.async_history(NOON, NOON + 3 * HOUR)
    assert len(history.load) == 12


async def test_stop_before_the_start_loses_nothing(
    hass: HomeAssistant, start: Started, entry: MockConfigEntry
) -> None:
    rows = [[int(NOON.timestamp()), 300]]
    store = forecast_store(hass, entry.entry_id)
    await store.async_save({"history": {"load": rows, "pv": []}})
    await Forecasts(hass, entry, SERIAL_NUMBER, ForecastOptions()).async_stop()
    forecasts = await start()
    history = await forecasts.async_history(NOON, NOON + HOUR)
    assert history.load == {NOON: 300}


async def test_store_is_written_when_home_assistant_stops(
    hass: HomeAssistant, start: Started, hass_storage: dict[str, Any]
) -> None:
    forecasts = await start()
    for minute in range(31):
        at = NOON + timedelta(minutes=minute)
        forecasts.async_observe(telemetry(at, load_power_w=500))
    hass.set_state(CoreState.final_write)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    (stored,) = [data for key, data in hass_storage.items() if "forecasts" in key]
    assert len(stored["data"]["history"]["load"]) == 2


@pytest.mark.parametrize(
    "stored",
    [
        {"history": 7},
        {"history": {"load": "x", "pv": []}},
        {"history": {"load": [], "pv": []}, "said": {"load": {"1": 7}}},
        {"history": {"load": [], "pv": []}, "said": []},
    ],
)
async def test_damaged_store_is_survived(
    hass: HomeAssistant,
    start: Started,
    entry: MockConfigEntry,
    stored: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    await forecast_store(hass, entry.entry_id).async_save(stored)
    forecasts = await start()
    assert "had learned is lost" in caplog.text
    assert forecasts.load is None


async def test_refresh_before_others_are_there_is_made_up_for(
    hass: HomeAssistant, start: Started
) -> None:
    hass.set_state(CoreState.starting)
    forecasts = await start()
    assert ForecastTrouble.NO_PV in kinds(forecasts)
    SolarService(hass, "sunny").add("Roof", wh_hours(NOON, *[1000] * 6))
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await settle(hass)
    assert forecasts.pv is not None


async def test_nothing_happens_after_the_stop(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start: Started,
    freezer: FrozenDateTimeFactory,
) -> None:
    forecasts = await start()
    await forecasts.async_stop()
    calls: list[int] = []
    forecasts.async_add_listener(lambda: calls.append(1))
    await record_house(hass)
    await pass_quarters(hass, freezer, 2)
    assert calls == []
    assert forecasts.load is None


async def test_run_that_is_under_way_at_the_stop_is_dropped(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    start: Started,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    forecasts = await start()
    await record_house(hass)
    began, go_on = asyncio.Event(), threading.Event()

    def slow(inputs: RunInputs) -> RunResult:
        hass.loop.call_soon_threadsafe(began.set)
        go_on.wait(5)
        return run_forecasts(inputs)

    monkeypatch.setattr(forecasts_module, "run_forecasts", slow)
    calls: list[int] = []
    forecasts.async_add_listener(lambda: calls.append(1))
    refresh = hass.async_create_task(forecasts.async_refresh(NOW + 7 * HOUR))
    await began.wait()
    await forecasts.async_stop()
    go_on.set()
    await refresh
    assert forecasts.load is None
    assert calls == []
