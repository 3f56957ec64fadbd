"""Every documented shape of a list of prices is read; what cannot be is counted."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.planning.price_series import HOUR, NoteKind
from custom_components.bessai.price_payloads import PayloadReader, read_attributes
from custom_components.bessai.price_values import as_date, as_number, of_epoch, of_text

BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 21)
MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

# As their documentation or source shows them; the first price is of local midnight.
NORDPOOL_HACS = {
    "currency": "SEK",
    "unit": "kWh",
    "today": [0.1, 0.2],
    "raw_today": [
        {
            "start": datetime(2026, 11, 21, 0, tzinfo=BERLIN),
            "end": datetime(2026, 11, 21, 0, 15, tzinfo=BERLIN),
            "value": 0.1,
        },
        {
            "start": datetime(2026, 11, 21, 0, 15, tzinfo=BERLIN),
            "end": datetime(2026, 11, 21, 0, 30, tzinfo=BERLIN),
            "value": 0.2,
        },
    ],
    "raw_tomorrow": [],
    "tomorrow_valid": False,
}
EPEX_SPOT = {
    "data": [
        {
            "start_time": "2026-11-21T00:00:00+01:00",
            "end_time": "2026-11-21T01:00:00+01:00",
            "price_per_kwh": 0.1,
        },
        {
            "start_time": "2026-11-21T01:00:00+01:00",
            "end_time": "2026-11-21T02:00:00+01:00",
            "price_per_kwh": 0.2,
        },
    ]
}
ENTSOE = {
    "prices_today": [
        {"time": "2026-11-21 00:00:00+01:00", "price": 0.1},
        {"time": "2026-11-21 01:00:00+01:00", "price": 0.2},
    ],
    "prices_tomorrow": [],
    "prices": [{"time": "2026-11-20 00:00:00+01:00", "price": 0.9}],
}
OCTOPUS = {
    "rates": [
        {
            "start": "2026-11-21T00:00:00+01:00",
            "end": "2026-11-21T00:30:00+01:00",
            "value_inc_vat": 0.1,
            "is_capped": False,
        },
        {
            "start": "2026-11-21T00:30:00+01:00",
            "end": "2026-11-21T01:00:00+01:00",
            "value_inc_vat": 0.2,
            "is_capped": False,
        },
    ]
}
GE_SPOT = {
    "today_interval_prices": [
        {"time": "2026-11-21T00:00:00+01:00", "value": 0.1, "raw_value": 0.08},
        {"time": "2026-11-21T00:15:00+01:00", "value": 0.2, "raw_value": 0.16},
    ],
    "tomorrow_interval_prices": [],
}
GE_SPOT_BY_CLOCK = {"today_interval_prices": {"00:00": 0.1, "00:15": 0.2}}
FRANK_ENERGIE = {
    "prices": [
        {"from": "2026-11-20T23:00:00Z", "till": "2026-11-21T00:00:00Z", "price": 0.1},
        {"from": "2026-11-21T00:00:00Z", "till": "2026-11-21T01:00:00Z", "price": 0.2},
    ]
}
ENERGI_DATA_SERVICE = {
    "raw_today": [
        {"hour": datetime(2026, 11, 21, 0, tzinfo=BERLIN), "price": 0.1},
        {"hour": datetime(2026, 11, 21, 1, tzinfo=BERLIN), "price": 0.2},
    ],
    "raw_tomorrow": None,
    "forecast": [{"hour": "2026-11-23T00:00:00+01:00", "price": 0.9}],
}
OMIE_HACS = {
    "today_hours": {
        datetime(2026, 11, 21, 0, tzinfo=BERLIN): 0.1,
        datetime(2026, 11, 21, 1, tzinfo=BERLIN): 0.2,
    }
}
TIBBER_REST = {
    "today": [
        {"total": 0.1, "startsAt": "2026-11-21T00:00:00.000+01:00"},
        {"total": 0.2, "startsAt": "2026-11-21T00:15:00.000+01:00"},
    ],
    "tomorrow": [],
}
PVPC = {"tariff": "2.0TD", "price_00h": 0.1, "price_01h": 0.2, "price_ratio": 0.3}
OWN_PAIRS = {"list": [["2026-11-21T00:00:00", 0.1], ["2026-11-21T01:00:00", "0,2"]]}
OWN_EPOCH = {"something": [[1795215600, 0.1], [1795219200000, 0.2]]}
OWN_TIMES = {"timeline": {"2026-11-20T23:00Z": 0.1, "2026-11-21T00:00Z": 0.2}}


def reader(**changes: Any) -> PayloadReader:
    """Return a reader in Germany."""
    return replace(PayloadReader(zone=BERLIN, today=DAY), **changes)


def read(attributes: Mapping[str, Any]) -> list[tuple[datetime, float | None]]:
    """Return start and value of what is read."""
    return [(item.start, item.value) for item in read_attributes(attributes, reader())]


@pytest.mark.parametrize(
    ("attributes", "apart"),
    [
        pytest.param(NORDPOOL_HACS, QUARTER, id="Nordpool (store)"),
        pytest.param(EPEX_SPOT, HOUR, id="EPEX Spot"),
        pytest.param(ENTSOE, HOUR, id="ENTSO-e"),
        pytest.param(OCTOPUS, 2 * QUARTER, id="Octopus Energy"),
        pytest.param(GE_SPOT, QUARTER, id="GE-Spot"),
        pytest.param(GE_SPOT_BY_CLOCK, QUARTER, id="GE-Spot by the clock"),
        pytest.param(FRANK_ENERGIE, HOUR, id="Frank Energie"),
        pytest.param(ENERGI_DATA_SERVICE, HOUR, id="Energi Data Service"),
        pytest.param(OMIE_HACS, HOUR, id="OMIE (store)"),
        pytest.param(TIBBER_REST, QUARTER, id="Tibber by REST"),
        pytest.param(PVPC, HOUR, id="PVPC"),
        pytest.param(OWN_PAIRS, HOUR, id="pairs"),
        pytest.param(OWN_EPOCH, HOUR, id="seconds and milliseconds"),
        pytest.param(OWN_TIMES, HOUR, id="times and values"),
    ],
)
def test_documented_shape_is_read(
    attributes: Mapping[str, Any], apart: timedelta
) -> None:
    assert read(attributes) == [(MIDNIGHT, 0.1), (MIDNIGHT + apart, 0.2)]


def test_ends_are_taken_over() -> None:
    (first, _) = read_attributes(FRANK_ENERGIE, reader())
    assert first.end == MIDNIGHT + HOUR


@pytest.mark.parametrize(
    ("item", "unit"),
    [
        ({"price_ct_per_kwh": 8.1}, "ct/kWh"),
        ({"price_eur_per_mwh": 81.0}, "EUR/MWh"),
        ({"cmg_usd_mwh_": "81,5"}, "USD/MWh"),
        ({"cmg_clp_kwh_": 50}, "CLP/kWh"),
        ({"value": 1}, None),
    ],
)
def test_items_may_say_their_unit(item: dict[str, Any], unit: str | None) -> None:
    one = reader()
    (price,) = one.items([{"start": "2026-11-21T00:00:00+01:00", **item}])
    assert price.value is not None
    assert one.unit == unit


@pytest.mark.parametrize(
    ("items", "hours"),
    [
        (
            [
                {"fecha": "2026-11-21", "hra": 0, "cmg": 1},
                {"fecha": "2026-11-21", "hra": 23, "cmg": 2},
            ],
            (0, 23),
        ),
        (
            [
                {"fecha": "2026-11-21", "hora": 1, "cmg": 1},
                {"fecha": "2026-11-21", "hora": 24, "cmg": 2},
            ],
            (0, 23),
        ),
        (
            [
                {"fecha_hora": "2026-11-21 00:00", "cmg": 1},
                {"fecha_hora": "2026-11-21 23:00:00", "cmg": 2},
            ],
            (0, 23),
        ),
        ([{"fecha": date(2026, 11, 21), "hra": 7, "min": 15, "cmg": 1}], (7.25,)),
        ([{"fecha": datetime(2026, 11, 21), "hra": "7", "cmg": 1}], (7,)),  # noqa: DTZ001
    ],
    ids=["hra from 0", "hora from 1", "fecha_hora", "quarter hours", "texts"],
)
def test_chilean_marginal_costs(
    items: list[dict[str, Any]], hours: tuple[float, ...]
) -> None:
    one = reader()
    starts = [(price.start - MIDNIGHT) / HOUR for price in one.items(items)]
    assert tuple(starts) == hours
    assert [note.kind for note in one.notes()] == [NoteKind.ZONE_ASSUMED]


NODES = [
    {"fecha_hora": "2026-11-21 00:00", "barra_transf": "QUILLOTA____220", "cmg": 1},
    {"fecha_hora": "2026-11-21 00:00", "barra_transf": "MAITENCILLO_220", "cmg": 2},
]


def test_of_several_nodes_the_first_is_read_and_that_is_said() -> None:
    one = reader()
    assert [price.value for price in one.items(NODES)] == [1]
    said = {note.kind: note.text for note in one.notes()}
    assert said[NoteKind.SEVERAL_SERIES] == "QUILLOTA____220, MAITENCILLO_220"


def test_the_owner_chooses_the_node() -> None:
    one = reader(series="MAITENCILLO_220")
    assert [price.value for price in one.items(NODES)] == [2]
    assert NoteKind.SEVERAL_SERIES not in {note.kind for note in one.notes()}


@pytest.mark.parametrize(
    ("day", "count", "length"),
    [
        (date(2026, 11, 21), 24, HOUR),
        (date(2026, 11, 21), 96, QUARTER),
        (date(2026, 3, 29), 23, HOUR),
        (date(2026, 10, 25), 25, HOUR),
        (date(2026, 10, 25), 100, QUARTER),
        (date(2026, 3, 29), 24, HOUR),
        (date(2026, 3, 29), 96, QUARTER),
    ],
)
def test_numbers_of_a_day_have_its_times(
    day: date, count: int, length: timedelta
) -> None:
    items = reader().items([0.1] * count, day)
    midnight = datetime.combine(day, datetime.min.time(), BERLIN)
    assert items[0].start == midnight
    assert {item.end - item.start for item in items if item.end} == {length}


def test_plain_numbers_of_today_and_tomorrow() -> None:
    items = read({"today": [1.0] * 24, "tomorrow": [2.0] * 23 + [None]})
    assert items[24] == (MIDNIGHT + timedelta(days=1), 2.0)
    assert items[-1] == (MIDNIGHT + timedelta(hours=47), None)


def test_an_hour_that_comes_twice_without_a_zone_is_told_apart() -> None:
    items = [
        {"start": f"2026-10-25 {hour:02d}:00", "value": hour} for hour in (1, 2, 2, 3)
    ]
    starts = [price.start for price in reader().items(items)]
    begin = datetime(2026, 10, 24, 23, tzinfo=UTC)
    assert starts == [begin + index * HOUR for index in range(4)]


def test_a_list_without_zone_in_the_wrong_order_is_not_taken_for_a_second_hour() -> (
    None
):
    items = [{"start": f"2026-11-21 {hour:02d}:00", "value": 1} for hour in (5, 4, 3)]
    starts = [price.start.hour for price in reader().items(items)]
    assert starts == [4, 3, 2]


def test_pvpc_has_the_hour_that_comes_twice_twice() -> None:
    on = reader(today=date(2026, 10, 25))
    found = read_attributes({"price_02h": 1, "price_02h_d": 2}, on)
    first, second = found
    assert second.start - first.start == HOUR
    (late,) = read_attributes({"price_next_day_05h": 0.1}, on)
    assert late.start == datetime(2026, 10, 26, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"friendly_name": "Price", "icon": "mdi:cash"},
        {"options": ["a", "b"]},
        {"today": [True, False]},
        {"data": "none", "prices": 3},
        {"one": [{"start": "2026-11-21T00:00:00Z", "value": 1}]},
        {"hours": [{"hour": 5, "value": 1}, {"hour": 6, "value": 2}]},
        {"flags": [["2026-11-21T00:00:00Z", True], ["2026-11-21T01:00:00Z", False]]},
    ],
)
def test_what_is_no_list_of_prices_is_none(attributes: dict[str, Any]) -> None:
    assert read(attributes) == []


def test_what_cannot_be_read_is_counted() -> None:
    one = reader()
    items = one.items(
        [
            {"start": "soon", "value": 1},
            {"start": "2026-11-21T00:00:00Z"},
            {"start": True, "value": 1},
            {"start": -5, "value": 1},
            {"start": "0001-01-01T00:00+14:00", "value": 1},
            {"fecha": "2026-11-21", "hora": 0, "cmg": 1},
            {"fecha": "2026-11-21", "hra": 24, "cmg": 1},
            {"fecha": "tomorrow", "hra": 4, "cmg": 1},
            "2026-11-21",
            7,
            {"start": "2026-11-21T00:00:00Z", "value": "unknown"},
        ]
    )
    assert [item.value for item in items] == [None]
    (note,) = [note for note in one.notes() if note.kind is NoteKind.UNREADABLE]
    assert note.count == 10


def test_a_list_of_thousands_is_read_up_to_a_limit() -> None:
    begin = 1795215600
    items = reader().items([[begin + 900 * i, 0.1] for i in range(20_000)])
    assert len(items) == 5000


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        ("0,25", 0.25),
        ("-1.5", -1.5),
        ("nan", None),
        (float("inf"), None),
        (None, None),
        (True, None),
        ("unavailable", None),
        ([1], None),
        (10**400, None),
    ],
)
def test_number_as_integrations_write_it(value: Any, number: float | None) -> None:
    assert as_number(value) == number


@pytest.mark.parametrize(
    "item",
    [
        {"fecha": "2026-11-21", "hra": 1e308, "cmg": 1},
        {"fecha": "2026-11-21", "hra": 1, "min": -1e308, "cmg": 1},
        {"fecha": "0001-01-01", "hora": 1, "cmg": 1},
    ],
)
def test_an_hour_beyond_all_hours_is_counted_as_unreadable(
    item: dict[str, Any],
) -> None:
    read_by = reader()
    assert (read_by.items([item]), read_by.unreadable) == ([], 1)


def test_attributes_of_hours_that_no_day_has_are_passed_over() -> None:
    found = read_attributes({"price_01h": 1, "price_25h": 2}, reader())
    assert [item.value for item in found] == [1]


def test_times_that_are_none() -> None:
    assert of_epoch(float("nan")) is None
    assert of_epoch(1e300) is None
    assert of_epoch(1e17) is None
    assert of_text("25:00", DAY) is None
    assert of_text("12:00", None) is None
    assert as_date("never") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["start", "value", "prices", "fecha", "hora", "node", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["raw_today", "data", "today", "y"]), JSON))
def test_whatever_an_entity_shows_nothing_breaks(attributes: dict[str, Any]) -> None:
    items = read_attributes(attributes, reader())
    assert all(item.start.tzinfo is not None for item in items)


@pytest.mark.parametrize("of_hour", [1, 2, 4])
def test_24_hours_on_a_day_of_23_leave_out_the_one_that_is_skipped(
    of_hour: int,
) -> None:
    numbers = [hour for hour in range(24) for _ in range(of_hour)]
    items = reader().items(numbers, date(2026, 3, 29))
    assert [item.value for item in items[::of_hour]] == [0, 1, *range(3, 24)]
    begin = datetime(2026, 3, 28, 23, tzinfo=UTC)
    length = HOUR / of_hour
    starts = [begin + index * length for index in range(23 * of_hour)]
    assert [item.start for item in items] == starts


@pytest.mark.parametrize("of_hour", [1, 2, 4])
def test_24_hours_on_a_day_of_25_repeat_the_one_that_comes_twice(of_hour: int) -> None:
    numbers = [hour for hour in range(24) for _ in range(of_hour)]
    items = reader().items(numbers, date(2026, 10, 25))
    assert [item.value for item in items[::of_hour]] == [0, 1, 2, 2, *range(3, 24)]
    begin = datetime(2026, 10, 24, 22, tzinfo=UTC)
    length = HOUR / of_hour
    starts = [begin + index * length for index in range(25 * of_hour)]
    assert [item.start for item in items] == starts
