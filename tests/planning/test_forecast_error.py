"""What was forecast, against what came."""

from datetime import timedelta
import json

import pytest

from custom_components.bessai.core.power_forecast import PowerForecast
from custom_components.bessai.planning.forecast_error import (
    ForecastRecord,
    UnreadableRecord,
)
from custom_components.bessai.planning.quarters import QUARTER

from .power_builders import MONDAY, forecast, measured, steady

HOUR = timedelta(hours=1)


def record_of_a_week(power_w: float) -> ForecastRecord:
    """Return what a forecast said that always said the same."""
    record = ForecastRecord()
    for index in range(7 * 96):
        now = MONDAY + index * QUARTER
        record.note(forecast(now, [power_w] * 97), now)
    return record


NOW = MONDAY + timedelta(days=7)
WEEK = record_of_a_week(500.0)


@pytest.mark.parametrize(("lead_h", "quarters"), [(1, 668), (6, 648), (24, 576)])
def test_error_is_told_for_each_lead(lead_h: int, quarters: int) -> None:
    error = WEEK.error(measured(MONDAY, 7, steady(400)), NOW, lead_h)
    assert error is not None
    assert (error.mae_w, error.bias_w, error.mean_w) == (100, 100, 400)
    assert error.quarters == quarters


def test_errors_that_cancel_out_are_no_bias() -> None:
    swinging = measured(MONDAY, 7, lambda at: 400.0 if at.hour % 2 else 600.0)
    error = WEEK.error(swinging, NOW)
    assert error is not None
    assert (error.mae_w, error.bias_w) == (100, 0)


def test_two_hours_are_needed_to_tell() -> None:
    few = measured(NOW - 7 * QUARTER, 7 / 96, steady(400))
    assert WEEK.error(few, NOW) is None
    assert ForecastRecord().error(few, NOW) is None


def test_only_the_last_seven_days_count() -> None:
    assert WEEK.error(measured(MONDAY, 7, steady(400)), NOW + timedelta(days=8)) is None


def test_old_forecasts_are_forgotten() -> None:
    record = record_of_a_week(500.0)
    later = NOW + timedelta(days=9)
    record.note(forecast(later, [500.0] * 97), later)
    assert [len(record.said(lead_h)) for lead_h in (1, 6, 24)] == [1, 1, 1]


def test_later_forecast_of_the_same_quarter_hour_prevails() -> None:
    record = ForecastRecord()
    record.note(forecast(MONDAY, [1.0] * 97), MONDAY)
    record.note(forecast(MONDAY, [2.0] * 97), MONDAY + timedelta(minutes=10))
    assert record.said(6) == {MONDAY + 6 * HOUR: 2.0}


def test_what_is_not_covered_is_not_kept() -> None:
    record = ForecastRecord()
    record.note(forecast(MONDAY, [1.0] * 5), MONDAY)
    assert list(record.said(1)) == [MONDAY + HOUR]
    assert record.said(6) == {}
    record.note(PowerForecast(source="", steps=()), MONDAY)
    assert record.said(24) == {}


def test_record_outlives_a_restart() -> None:
    again = ForecastRecord()
    again.restore(json.loads(json.dumps(WEEK.as_document())))
    assert again.as_document() == WEEK.as_document()


def test_lead_that_is_no_longer_kept_is_passed_over() -> None:
    short = ForecastRecord((1,))
    short.restore(WEEK.as_document())
    assert short.said(1) == WEEK.said(1)
    empty = ForecastRecord()
    empty.restore({})
    assert empty.as_document() == {}


@pytest.mark.parametrize(
    "rows",
    [7, [7], [["a", 1]], [[1, "b"]], [[1, float("nan")]], [[1e300, 1]], [[1, 2, 3]]],
)
def test_damaged_document_is_refused_whole(rows: object) -> None:
    record = ForecastRecord()
    with pytest.raises(UnreadableRecord, match="not readable"):
        record.restore({"1": [[0, 5]], "6": rows})
    assert record.said(1) == {}


def test_document_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(UnreadableRecord):
        ForecastRecord().restore([])  # type: ignore[arg-type]
