"""Counters only grow; periods begin when the inverter's clock says so."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from custom_components.bessai.simulator.balance import Flows
from custom_components.bessai.simulator.ledger import Counters, Ledger, usual_counters
from custom_components.bessai.simulator.parameters import (
    PlantParameters,
    PvParameters,
)

EXPORTING = Flows(
    pv_w=4000.0,
    battery_w=-1000.0,
    ac_w=2900.0,
    grid_w=-2400.0,
    load_w=500.0,
    loss_w=100.0,
    offered_w=4000.0,
    limited=False,
)
IMPORTING = Flows(
    pv_w=0.0,
    battery_w=1000.0,
    ac_w=960.0,
    grid_w=540.0,
    load_w=1500.0,
    loss_w=40.0,
    offered_w=0.0,
    limited=False,
)


def local(month: int, day: int, hour: int, year: int = 2026) -> datetime:
    """Return a full hour."""
    return datetime(year, month, day, hour, tzinfo=UTC)


def test_each_energy_is_counted_where_it_flows() -> None:
    counters = Counters()
    counters.add(EXPORTING, 3600.0)
    counters.add(IMPORTING, 1800.0)
    assert asdict(counters) == pytest.approx(
        {
            "pv": 4.0,
            "load": 1.25,
            "imported": 0.27,
            "exported": 2.4,
            "charged": 1.0,
            "discharged": 0.5,
            "yielded": 3.38,
            "lost": 0.12,
        }
    )


@pytest.mark.parametrize(
    ("turn", "hour", "day", "month", "year"),
    [
        (local(6, 30, 23), 5.8, 2.9, 2.9, 2.9),
        (local(7, 1, 0), 5.8, 5.8, 5.8, 2.9),
        (local(7, 2, 0), 5.8, 5.8, 5.8, 2.9),
        (local(1, 1, 0, 2027), 5.8, 5.8, 5.8, 5.8),
    ],
)
def test_periods_begin_with_their_first_hour(
    turn: datetime, hour: float, day: float, month: float, year: float
) -> None:
    ledger = Ledger(local(6, 30, 21), Counters(yielded=2.9))
    ledger.count(EXPORTING, 3600.0)
    ledger.turn(turn)
    starts = (ledger.hour, ledger.day, ledger.month, ledger.year)
    assert [start.yielded for start in starts] == pytest.approx(
        [hour, day, month, year]
    )


def test_the_peak_belongs_to_the_day() -> None:
    ledger = Ledger(local(6, 30, 21), Counters())
    ledger.count(EXPORTING, 60.0)
    ledger.count(IMPORTING, 60.0)
    assert ledger.peak_today_w == 2900.0
    ledger.turn(local(6, 30, 22))
    assert ledger.peak_today_w == 2900.0
    ledger.turn(local(7, 1, 0))
    assert ledger.peak_today_w == 0.0


@pytest.mark.parametrize(
    "parameters",
    [
        PlantParameters(),
        PlantParameters(battery=None),
        PlantParameters(pv=PvParameters(string_count=0)),
        PlantParameters(pv=PvParameters(string_count=0), battery=None),
    ],
)
def test_a_plausible_past_adds_up(parameters: PlantParameters) -> None:
    counters = usual_counters(parameters)
    assert counters.load == pytest.approx(
        counters.yielded + counters.imported - counters.exported
    )
    assert min(asdict(counters).values()) >= 0.0
    assert counters.discharged <= counters.charged
    assert (counters.pv == 0.0) is (parameters.pv.string_count == 0)
    assert (counters.charged == 0.0) is (parameters.battery is None)
