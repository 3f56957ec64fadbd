"""What the house used and the panels gave, with the real recorder."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import json
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from sqlalchemy.exc import OperationalError

from custom_components.bessai import recorder_history
from custom_components.bessai.forecast_notes import ForecastTrouble
from custom_components.bessai.planning.quarters import QUARTER
from custom_components.bessai.plant_history import PlantHistory, UnreadableHistory

from .forecasting import HOUR, SERIAL_NUMBER, add_own_sensor, record, telemetry

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
KILOWATTS = ("power", "kW")
CHOSEN = "sensor.my_load"


def history_of(hass: HomeAssistant, load_history: str | None = None) -> PlantHistory:
    return PlantHistory(hass, SERIAL_NUMBER, load_history)


def poll_for(
    history: PlantHistory, start: datetime, hours: float, **watts: float
) -> None:
    """Poll each minute."""
    for minute in range(int(hours * 60) + 1):
        history.async_observe(telemetry(start + timedelta(minutes=minute), **watts))


def troubles(history: PlantHistory) -> list[tuple[ForecastTrouble, str]]:
    return [(note.kind, note.about) for note in history.notes]


async def test_polls_become_quarter_hours(hass: HomeAssistant) -> None:
    history = history_of(hass)
    poll_for(history, NOW, 0.5, load_power_w=700, pv_power_w=2000)
    measured = history.measured
    assert measured.load == {NOW: 700, NOW + QUARTER: 700}
    assert measured.pv == {NOW: 2000, NOW + QUARTER: 2000}


async def test_reading_that_the_plant_does_not_give_is_not_nothing(
    hass: HomeAssistant,
) -> None:
    history = history_of(hass)
    poll_for(history, NOW, 0.5, pv_power_w=2000)
    assert history.measured.load == {}


async def test_time_completes_the_quarter_hour_and_forgets(
    hass: HomeAssistant,
) -> None:
    history = history_of(hass)
    poll_for(history, NOW, 0.24, load_power_w=700)
    assert history.measured.load == {}
    history.async_pass_time(NOW + QUARTER)
    assert history.measured.load == {NOW: pytest.approx(700)}
    history.async_pass_time(NOW + timedelta(days=29))
    assert history.measured.load == {}


async def test_own_readings_outlive_a_restart(hass: HomeAssistant) -> None:
    before, after = history_of(hass), history_of(hass)
    poll_for(before, NOW, 1, load_power_w=700, pv_power_w=2000)
    after.restore(json.loads(json.dumps(before.as_document())))
    assert after.measured == before.measured


@pytest.mark.parametrize(
    "document", [{}, {"load": 7, "pv": []}, {"load": [], "pv": [[1, "x"]]}]
)
async def test_damaged_store_is_refused_whole(
    hass: HomeAssistant, document: Mapping[str, Any]
) -> None:
    history = history_of(hass)
    with pytest.raises(UnreadableHistory):
        history.restore(document)
    assert history.measured.load == {}


async def test_without_a_recorder_own_readings_do(hass: HomeAssistant) -> None:
    add_own_sensor(hass, "load_power", "sensor.load")
    history = history_of(hass)
    poll_for(history, NOW - HOUR, 1, load_power_w=700)
    await history.async_read_recorder(NOW)
    assert troubles(history) == [(ForecastTrouble.NO_RECORDER, "")]
    assert len(history.measured.load) == 4
    assert len((await history.async_history(NOW - HOUR, NOW)).load) == 4


async def test_after_a_week_nobody_misses_the_recorder(hass: HomeAssistant) -> None:
    add_own_sensor(hass, "load_power", "sensor.load")
    history = history_of(hass)
    rows = [[int(NOW.timestamp()) - 900 * index, 300] for index in range(7 * 96)]
    history.restore({"load": rows, "pv": []})
    await history.async_read_recorder(NOW)
    assert troubles(history) == []


async def test_recorder_fills_what_we_have_not_read(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    """Whatever the owner calls the sensor, and whatever its unit."""
    load_id = add_own_sensor(hass, "load_power", "sensor.casa_consumo")
    pv_id = add_own_sensor(hass, "pv_power", "sensor.tejado")
    await record(hass, load_id, KILOWATTS, NOW - 3 * HOUR, [0.5, 0.6, 0.7])
    await record(hass, pv_id, ("power", "W"), NOW - HOUR, [4000])
    history = history_of(hass)
    poll_for(history, NOW - HOUR, 0.25, load_power_w=900)
    await history.async_read_recorder(NOW)
    load = history.measured.load
    assert len(load) == 12
    assert load[NOW - 3 * HOUR] == pytest.approx(500)
    assert load[NOW - HOUR] == pytest.approx(900)
    assert load[NOW - HOUR + QUARTER] == pytest.approx(700)
    assert set(history.measured.pv.values()) == {4000}
    assert troubles(history) == []


async def test_entity_that_was_renamed_keeps_its_history(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    await record(hass, load_id, KILOWATTS, NOW - HOUR, [0.5])
    er.async_get(hass).async_update_entity(load_id, new_entity_id="sensor.house")
    await hass.async_block_till_done()
    await recorder_mock.async_block_till_done()
    history = history_of(hass)
    await history.async_read_recorder(NOW)
    assert len(history.measured.load) == 4


async def test_five_minutes_prevail_over_hours(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    await record(hass, load_id, KILOWATTS, NOW - 2 * HOUR, [0.5, 0.5])
    fine = [0.2] * 6 + [0.8] * 6
    await record(hass, load_id, KILOWATTS, NOW - HOUR, fine, is_fine=True)
    history = history_of(hass)
    await history.async_read_recorder(NOW)
    found = [history.measured.load[NOW - HOUR + i * QUARTER] for i in range(-1, 4)]
    assert found == pytest.approx([500, 200, 200, 800, 800])


async def test_chosen_energy_total_is_read_by_its_change(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    """A counter that was replaced does not make a negative load."""
    totals = [10.0, 10.5, 12.5, 0.0, 1.0]
    await record(hass, CHOSEN, ("energy", "kWh"), NOW - 5 * HOUR, totals)
    history = history_of(hass, CHOSEN)
    poll_for(history, NOW - HOUR, 0.5, load_power_w=9000)
    await history.async_read_recorder(NOW)
    load = history.measured.load
    assert load[NOW - 4 * HOUR] == pytest.approx(500)
    assert load[NOW - 3 * HOUR] == pytest.approx(2000)
    assert NOW - 2 * HOUR not in load
    assert load[NOW - HOUR] == pytest.approx(1000)


async def test_chosen_megawatt_hours_are_converted(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await record(hass, CHOSEN, ("energy", "MWh"), NOW - 2 * HOUR, [1.0, 1.001])
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    assert history.measured.load[NOW - HOUR] == pytest.approx(1000)


async def test_chosen_entity_without_statistics_is_named(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    assert troubles(history) == [(ForecastTrouble.NO_STATISTICS, CHOSEN)]
    await record(hass, CHOSEN, KILOWATTS, NOW - HOUR, [0.5])
    await history.async_read_recorder(NOW)
    assert troubles(history) == []
    assert len(history.measured.load) == 4


async def test_chosen_temperature_is_refused(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await record(hass, CHOSEN, ("temperature", "°C"), NOW - HOUR, [21.0])
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    assert troubles(history) == [(ForecastTrouble.WRONG_UNIT, CHOSEN)]


async def test_own_sensor_without_statistics_is_not_complained_of(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    history = history_of(hass)
    await history.async_read_recorder(NOW)
    assert troubles(history) == []


async def test_recorder_is_asked_for_ours_now_and_then_only(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    await record(hass, load_id, KILOWATTS, NOW - HOUR, [0.5])
    history = history_of(hass)
    await history.async_read_recorder(NOW)
    await record(hass, load_id, KILOWATTS, NOW, [0.6])
    await history.async_read_recorder(NOW + HOUR)
    assert NOW not in history.measured.load
    await history.async_read_recorder(NOW + 6 * HOUR)
    assert NOW in history.measured.load


async def test_what_a_clock_ahead_made_us_forget_is_read_again(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    await record(hass, load_id, KILOWATTS, NOW - 24 * HOUR, [0.5])
    history = history_of(hass)
    await history.async_read_recorder(NOW)
    history.async_pass_time(NOW + timedelta(days=100))
    await history.async_read_recorder(NOW + timedelta(days=100))
    await history.async_read_recorder(NOW)
    assert NOW - 24 * HOUR in history.measured.load


async def test_recorder_is_asked_for_a_chosen_entity_each_time(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    await record(hass, CHOSEN, KILOWATTS, NOW - HOUR, [0.5])
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    await record(hass, CHOSEN, KILOWATTS, NOW, [0.6])
    await history.async_read_recorder(NOW + HOUR)
    assert history.measured.load[NOW] == pytest.approx(600)


async def test_absurd_and_missing_means_are_passed_over(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    values: list[Any] = [1e9, None, -0.5, 0.5]
    await record(hass, CHOSEN, KILOWATTS, NOW - 4 * HOUR, values)
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    assert min(history.measured.load) == NOW - HOUR
    assert len(history.measured.load) == 4


async def test_history_of_long_ago_is_there_for_a_backtest(
    recorder_mock: Recorder, hass: HomeAssistant
) -> None:
    load_id = add_own_sensor(hass, "load_power", "sensor.load")
    start = NOW - timedelta(days=200)
    await record(hass, load_id, KILOWATTS, start, [0.5] * 48)
    history = history_of(hass)
    found = await history.async_history(start + HOUR, start + 25 * HOUR)
    assert list(found.load) == [start + HOUR + index * QUARTER for index in range(96)]
    assert found.pv == {}


async def test_database_that_fails_is_survived(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("select", {}, Exception("disk full"))

    monkeypatch.setattr(recorder_history, "_read", fail)
    history = history_of(hass, CHOSEN)
    await history.async_read_recorder(NOW)
    assert troubles(history) == [(ForecastTrouble.NO_STATISTICS, CHOSEN)]
    assert "cannot be read" in caplog.text
