"""Whatever order and holes a list has: the series is right, and says what was wrong."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.planning.price_series import (
    HOUR,
    QUARTER,
    NoteKind,
    PriceSeries,
    RawPrice,
    build_series,
    in_currency,
)
from custom_components.bessai.planning.price_unit import PriceUnit

T0 = datetime(2026, 3, 1, tzinfo=UTC)
EUR = PriceUnit(currency="EUR", per_kwh=1.0)
MWH = PriceUnit(currency="EUR", per_kwh=0.001)


def raw(
    after: timedelta, value: float | None, lasts: timedelta | None = None
) -> RawPrice:
    """Return an item so long after the beginning."""
    start = T0 + after
    return RawPrice(start=start, end=start + lasts if lasts else None, value=value)


def hourly(*values: float | None) -> list[RawPrice]:
    """Return one item an hour, without ends."""
    return [raw(index * HOUR, value) for index, value in enumerate(values)]


def spans(series: PriceSeries) -> list[tuple[float, float, float]]:
    """Return start, end (hours after the beginning) and price of each interval."""
    return [
        (
            (price.interval.start - T0) / HOUR,
            (price.interval.end - T0) / HOUR,
            price.value,
        )
        for price in series.prices
    ]


def kinds(series: PriceSeries) -> list[NoteKind]:
    return [note.kind for note in series.notes]


def test_missing_ends_are_the_next_start_and_the_usual_length() -> None:
    series = build_series(hourly(0.1, 0.2, 0.3), EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.2), (2, 3, 0.3)]
    assert series.notes == ()
    assert series.end == T0 + 3 * HOUR


def test_prices_per_mwh_become_prices_per_kwh() -> None:
    series = build_series(hourly(100.0, -50.0), MWH)
    assert [price.value for price in series.prices] == pytest.approx([0.1, -0.05])


def test_wrong_order_is_restored_and_named() -> None:
    series = build_series(list(reversed(hourly(0.1, 0.2, 0.3))), EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.2), (2, 3, 0.3)]
    (note,) = series.notes
    assert (note.kind, note.count) == (NoteKind.OUT_OF_ORDER, 2)


def test_a_list_given_twice_is_taken_once() -> None:
    series = build_series([*hourly(0.1, 0.2), *hourly(0.1, 0.2)], EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.2)]
    assert kinds(series) == [NoteKind.OUT_OF_ORDER]


def test_of_two_prices_of_an_hour_the_last_counts_and_is_named() -> None:
    series = build_series([*hourly(0.1, 0.2), raw(HOUR, 0.5)], EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.5)]
    (note,) = series.notes
    assert (note.kind, note.count) == (NoteKind.DUPLICATE, 1)
    assert note.start == T0 + HOUR


def test_a_missing_price_does_not_replace_one_that_is_there() -> None:
    series = build_series([*hourly(0.1, None), raw(HOUR, 0.2), raw(HOUR, None)], EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.2)]
    assert series.notes == ()


@pytest.mark.parametrize("nothing", [None, float("nan"), float("inf")])
def test_what_is_no_number_is_a_gap(nothing: float | None) -> None:
    series = build_series(hourly(0.1, nothing, 0.3), EUR)
    assert spans(series) == [(0, 1, 0.1), (2, 3, 0.3)]
    assert kinds(series) == [NoteKind.NOT_A_NUMBER, NoteKind.GAP]
    gap = series.notes[1]
    assert (gap.start, gap.end) == (T0 + HOUR, T0 + 2 * HOUR)


def test_an_hour_that_is_left_out_is_a_gap_and_not_stretched_over() -> None:
    items = hourly(0.1, 0.2, 0.3, 0.4, 0.5)
    series = build_series([*items[:2], *items[3:]], EUR)
    assert spans(series)[1] == (1, 2, 0.2)
    assert kinds(series) == [NoteKind.GAP]


def test_a_hole_before_the_last_price_is_a_gap() -> None:
    series = build_series([*hourly(0.1, 0.2, 0.3), raw(4 * HOUR, 0.5)], EUR)
    assert spans(series)[2:] == [(2, 3, 0.3), (4, 5, 0.5)]


def test_a_hole_after_the_first_price_is_a_gap() -> None:
    series = build_series([raw(-2 * HOUR, 0.5), *hourly(0.1, 0.2, 0.3)], EUR)
    assert spans(series)[0] == (-2, -1, 0.5)


def test_two_prices_far_apart_follow_each_other() -> None:
    series = build_series([raw(0 * HOUR, 0.1), raw(24 * HOUR, 0.2)], EUR)
    assert spans(series) == [(0, 24, 0.1), (24, 48, 0.2)]


def test_quarter_hours_become_hours() -> None:
    quarters = [raw(index * QUARTER, 0.1 + index / 100) for index in range(4)]
    hours = [raw(HOUR + index * HOUR, 0.2) for index in range(3)]
    series = build_series([*quarters, *hours], EUR)
    assert spans(series)[3:] == [(0.75, 1, 0.13), (1, 2, 0.2), (2, 3, 0.2), (3, 4, 0.2)]
    assert series.notes == ()


def test_hours_become_quarter_hours() -> None:
    items = hourly(0.1, 0.2) + [raw(2 * HOUR + i * QUARTER, 0.3) for i in range(3)]
    assert spans(build_series(items, EUR))[1:] == [
        (1, 2, 0.2),
        (2, 2.25, 0.3),
        (2.25, 2.5, 0.3),
        (2.5, 2.75, 0.3),
    ]


def test_periods_of_a_tariff_last_until_the_next() -> None:
    items = [raw(hour * HOUR, 0.1) for hour in (0, 6, 22, 24, 30, 46)]
    lengths = [end - start for start, end, _ in spans(build_series(items, EUR))]
    assert lengths[:5] == [6, 16, 2, 6, 16]


def test_what_overlaps_ends_where_the_next_begins() -> None:
    items = [raw(0 * HOUR, 0.1, 2 * HOUR), raw(HOUR, 0.2, HOUR)]
    series = build_series(items, EUR)
    assert spans(series) == [(0, 1, 0.1), (1, 2, 0.2)]
    assert kinds(series) == [NoteKind.OVERLAP]


def test_an_end_before_the_start_counts_as_missing() -> None:
    items = [raw(0 * HOUR, 0.1, -HOUR), raw(HOUR, 0.2)]
    assert spans(build_series(items, EUR)) == [(0, 1, 0.1), (1, 2, 0.2)]


def test_one_price_without_an_end_lasts_an_hour() -> None:
    assert spans(build_series(hourly(0.3), EUR)) == [(0, 1, 0.3)]


def test_nothing_is_no_prices() -> None:
    series = build_series([], EUR)
    assert kinds(series) == [NoteKind.NO_PRICES]
    assert series.end is None


def test_an_impossible_price_is_left_out_and_named() -> None:
    series = build_series(hourly(0.1, 99.0, 0.2), EUR)
    assert len(series.prices) == 2
    assert kinds(series) == [NoteKind.IMPLAUSIBLE, NoteKind.GAP]
    assert series.notes[0].value == 99.0


def test_a_dear_hour_among_cheap_ones_is_believed() -> None:
    assert build_series(hourly(0.0001, 0.0002, 0.9), EUR).notes == ()


def test_in_a_rarer_currency_prices_are_judged_by_their_median() -> None:
    unit = PriceUnit(currency="XYZ", per_kwh=1.0)
    assert kinds(build_series(hourly(2.0, 3.0, 4.0, 5.0, 9000.0), unit)) == [
        NoteKind.IMPLAUSIBLE
    ]
    assert build_series(hourly(0.0, 0.0, 0.0, 0.0, 9000.0), unit).notes == ()


def test_cents_called_euros_are_refused_unless_the_owner_says_so() -> None:
    items = hourly(12.0, 25.0, 31.0)
    assert kinds(build_series(items, EUR)) == [NoteKind.UNIT_WRONG]
    assert build_series(items, EUR, unit_is_certain=True).notes == ()


def test_another_currency_at_a_fixed_rate() -> None:
    usd = PriceUnit(currency="USD", per_kwh=0.001)
    series = in_currency(build_series(hourly(60.0), usd), "CLP", 950.0)
    assert series.currency == "CLP"
    assert series.prices[0].value == pytest.approx(57.0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 200),
            st.one_of(st.none(), st.integers(-3, 8)),
            st.one_of(st.none(), st.floats()),
        )
    )
)
def test_any_items_give_ordered_prices_without_overlap(
    items: list[tuple[int, int | None, float | None]],
) -> None:
    series = build_series(
        [
            raw(start * QUARTER, value, None if length is None else length * QUARTER)
            for start, length, value in items
        ],
        EUR,
    )
    ends = [price.interval.end for price in series.prices]
    starts = [price.interval.start for price in series.prices]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_what_is_beyond_the_time_asked_for_is_cut_off() -> None:
    end_of_time = datetime.max.replace(tzinfo=UTC)
    items = [raw(0 * HOUR, 0.1), RawPrice(start=T0 + HOUR, end=end_of_time, value=0.2)]
    late = RawPrice(start=end_of_time, value=0.3)
    series = build_series([*items, late], EUR, until=T0 + 3 * HOUR)
    assert spans(series) == [(0, 1, 0.1), (1, 3, 0.2)]


def test_a_price_without_an_end_is_for_a_day_at_most() -> None:
    series = build_series([raw(0 * HOUR, 0.1), raw(1000 * HOUR, 0.2)], EUR)
    assert spans(series) == [(0, 25, 0.1), (1000, 1025, 0.2)]
    assert kinds(series) == [NoteKind.GAP]
