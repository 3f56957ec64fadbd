"""The tables of periods, as the device judges them."""

import pytest

from custom_components.bessai.simulator.periods import (
    FixedPeriod,
    TouPeriod,
    parse_fixed,
    parse_tou,
    signed32,
)

ALL_WEEK = 0x7F


def tou(*rows: int, count: int | None = None) -> tuple[int, ...]:
    """Return a whole time-of-use table of these words."""
    used = (len(rows) // 3 if count is None else count, *rows)
    return used + (0,) * (43 - len(used))


def test_a_table_reads_as_periods() -> None:
    assert parse_tou(tou(0, 360, ALL_WEEK, 1020, 1320, 0x0100 | 0b0111110)) == (
        TouPeriod(0, 360, discharge=False, weekdays=ALL_WEEK),
        TouPeriod(1020, 1320, discharge=True, weekdays=0b0111110),
    )


def test_a_period_covers_its_minutes_on_its_weekdays() -> None:
    workdays = TouPeriod(60, 120, discharge=True, weekdays=0b0111110)
    assert workdays.covers(60, 1)
    assert not workdays.covers(120, 1)
    assert not workdays.covers(60, 0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (tou(count=15), "15 periods"),
        (tou(0, 60, ALL_WEEK, count=0), "not zero"),
        (tou(60, 60, ALL_WEEK), "period from"),
        (tou(1400, 1441, ALL_WEEK), "period from"),
        (tou(0, 60, 0x0200 | ALL_WEEK), "no such flag"),
        (tou(0, 60, 0x0080), "no such flag"),
        (tou(0, 60, ALL_WEEK, 30, 90, 0x0001), "overlaps"),
    ],
)
def test_a_table_that_breaks_a_rule_is_refused(
    words: tuple[int, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_tou(words)


def test_periods_may_overlap_on_different_weekdays() -> None:
    assert len(parse_tou(tou(0, 60, 0x01, 30, 90, 0x02))) == 2


def test_fixed_periods_carry_a_signed_power() -> None:
    words = (2, 0, 60, 0, 1500, 60, 120, 0xFFFF, 0xFC18, *(0,) * 32)
    assert parse_fixed(words) == (FixedPeriod(0, 60, 1500), FixedPeriod(60, 120, -1000))


def test_a_fixed_period_must_lie_forwards() -> None:
    with pytest.raises(ValueError, match="period from"):
        parse_fixed((1, 60, 60, 0, 1, *(0,) * 36))


def test_two_words_make_a_signed_number() -> None:
    assert signed32(0x7FFF, 0xFFFF) == 2**31 - 1
    assert signed32(0x8000, 0x0000) == -(2**31)
