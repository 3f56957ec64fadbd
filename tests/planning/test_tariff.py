"""A tariff switches when the wall clock says so, also when it is changed."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.planning.tariff import (
    ExportRule,
    ImportRule,
    TariffError,
    parse_periods,
    price_at,
    switch_times,
)

MADRID = ZoneInfo("Europe/Madrid")
DAY = timedelta(days=1)


def at(text: str, *, fold: int = 0) -> datetime:
    """Return a local time in Madrid."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID, fold=fold)


def price(lines: str, text: str) -> float:
    return price_at(parse_periods(lines), at(text), 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20 06:59", 0.5),  # a Friday
        ("2026-11-20 07:00", 0.12),
        ("2026-11-20 21:59", 0.12),
        ("2026-11-20 22:00", 0.5),
        ("2026-11-21 12:00", 0.5),
    ],
)
def test_period_holds_from_its_start_to_before_its_end(
    text: str, expected: float
) -> None:
    assert price("Mo-Fr 07:00-22:00 0.12", text) == expected


@pytest.mark.parametrize(
    "days", ["Mo-Fr", "Lu-Vi", "mon-fri", "lunes\N{EN DASH}viernes", "Mo,Tu,We,Th,Fr"]
)
def test_days_are_english_or_spanish(days: str) -> None:
    assert parse_periods(f"{days} 07:00-22:00 0.12") == parse_periods(
        "Mo-Fr 07:00-22:00 0.12"
    )


@pytest.mark.parametrize("days", ["Sa,Su", "Sá-Do", "sat-sun"])
def test_weekend(days: str) -> None:
    assert price(f"{days} 00:00-24:00 0.1", "2026-11-22 23:59") == 0.1
    assert price(f"{days} 00:00-24:00 0.1", "2026-11-23 00:00") == 0.5


def test_night_belongs_to_the_day_on_which_it_begins() -> None:
    lines = "Fr 22:00-06:00 0.08"
    assert price(lines, "2026-11-20 23:00") == 0.08
    assert price(lines, "2026-11-21 05:59") == 0.08
    assert price(lines, "2026-11-21 06:00") == 0.5
    assert price(lines, "2026-11-20 05:00") == 0.5


def test_without_days_it_is_every_day_and_midnight_ends_it() -> None:
    assert price("22:00-00:00 -0,05", "2026-11-22 23:30") == -0.05
    assert price("22:00-00:00 -0,05", "2026-11-22 00:00") == 0.5


def test_the_first_period_that_fits_counts() -> None:
    lines = "18:00-22:00 0.4\n00:00-24:00 0.2;"
    assert price(lines, "2026-11-22 19:00") == 0.4
    assert price(lines, "2026-11-22 22:00") == 0.2


@pytest.mark.parametrize(
    "line",
    [
        "Mo-Fr 07:00 0.12",
        "Xx 07:00-22:00 0.1",
        "07:00-25:00 0.1",
        "07:60-08:00 0.1",
        "07:00-08:00 cheap",
        "Mo- 07:00-08:00",
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(TariffError, match=line):
        parse_periods(f"00:00-01:00 1\n\n{line}")


def test_switches_of_a_plain_day() -> None:
    day = Interval(start=at("2026-11-20 00:00"), end=at("2026-11-21 00:00"))
    found = switch_times(parse_periods("07:00-22:00 1"), day, MADRID)
    assert found == (at("2026-11-20 07:00"), at("2026-11-20 22:00"))


def test_without_periods_nothing_switches() -> None:
    day = Interval(start=at("2026-11-20 00:00"), end=at("2026-11-21 00:00"))
    assert switch_times((), day, MADRID) == ()


def test_hour_that_is_skipped_in_spring_switches_right_then() -> None:
    """02:00 to 03:00 does not exist on 2026-03-29: the night tariff ends at 03:00."""
    periods = parse_periods("22:00-02:30 0.1")
    night = Interval(
        start=datetime(2026, 3, 29, 0, tzinfo=UTC),
        end=datetime(2026, 3, 29, 4, tzinfo=UTC),
    )
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert change in switch_times(periods, night, MADRID)
    before = (change - timedelta(minutes=1)).astimezone(MADRID)
    assert price_at(periods, before, 0.5) == 0.1
    assert price_at(periods, change.astimezone(MADRID), 0.5) == 0.5


def test_hour_that_comes_twice_in_autumn_is_read_off_the_wall() -> None:
    periods = parse_periods("02:00-02:30 0.1")
    night = Interval(
        start=datetime(2026, 10, 24, 23, tzinfo=UTC),
        end=datetime(2026, 10, 25, 3, tzinfo=UTC),
    )
    cuts = switch_times(periods, night, MADRID)
    prices = [price_at(periods, cut.astimezone(MADRID), 0.5) for cut in cuts]
    assert [(cut.hour, cut.minute) for cut in cuts] == [
        (0, 0),
        (0, 30),
        (1, 0),
        (1, 30),
    ]
    assert prices == [0.1, 0.5, 0.1, 0.5]


def test_between_switches_the_price_never_changes() -> None:
    """A year, to the minute of every border."""
    periods = parse_periods("Mo-Fr 07:15-22:00 1\nSa 23:00-02:30 2")
    year = Interval(start=at("2026-01-01 00:00"), end=at("2027-01-01 00:00"))
    moments = (year.start, *switch_times(periods, year, MADRID), year.end)
    for start, end in pairwise(moments):
        first = price_at(periods, start.astimezone(MADRID), 0.0)
        last = price_at(periods, (end - timedelta(minutes=1)).astimezone(MADRID), 0.0)
        assert first == last, start


def test_import_price_has_everything_in_it() -> None:
    rule = ImportRule(factor=1.1, fee=0.08, tax=0.19)
    assert rule.price(0.1, 0.02) == pytest.approx((0.11 + 0.08 + 0.02) * 1.19)
    assert rule.price(-0.3) == pytest.approx((-0.33 + 0.08) * 1.19)


def test_export_price_is_what_is_left() -> None:
    assert ExportRule(factor=0.9, fee=0.01).price(0.1) == pytest.approx(0.08)
