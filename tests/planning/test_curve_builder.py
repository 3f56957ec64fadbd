"""The curve begins now, has no hole, and says which prices are guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import nan
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.interval import Interval
from custom_components.bessai.core.price_curve import PriceCurve, PriceCurveError
from custom_components.bessai.planning.curve_builder import (
    PriceFunction,
    Pricing,
    Track,
    build_curve,
    flat_track,
    judge,
)
from custom_components.bessai.planning.price_forecast import (
    ForecastPrice,
    PriceForecaster,
    remember,
)
from custom_components.bessai.planning.price_series import (
    HOUR,
    QUARTER,
    NoteKind,
    PriceSeries,
    SeriesPrice,
)
from custom_components.bessai.planning.tariff import parse_periods, price_at

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 11, 20, 23, tzinfo=UTC)
NOW = MIDNIGHT + 12 * HOUR + timedelta(minutes=20)
DAY = timedelta(hours=24)


def hourly(
    start: datetime, *values: float, confidence: float = 1.0
) -> list[SeriesPrice]:
    """Return prices hour by hour."""
    return [
        SeriesPrice(
            interval=Interval(start=start + i * HOUR, end=start + (i + 1) * HOUR),
            value=value,
            confidence=confidence,
        )
        for i, value in enumerate(values)
    ]


def track(*prices: SeriesPrice) -> Track:
    """Return a market that remembers what it knows."""
    history = remember({}, prices, NOW)
    return Track(prices=prices, forecaster=PriceForecaster(history, BERLIN))


def pricing(lines: str = "") -> Pricing:
    """Return prices with a fee that depends on the hour."""
    periods = parse_periods(lines)
    return Pricing(
        currency="EUR",
        periods=periods,
        zone=BERLIN,
        import_price=lambda price, start: (
            price + price_at(periods, start.astimezone(BERLIN), 0.1)
        ),
        export_price=lambda price, _: price - 0.01,
    )


def build(prices: Track, export: Track | None = None, lines: str = "") -> PriceCurve:
    curve = build_curve(prices, export, pricing(lines), NOW, 2 * DAY)
    assert curve is not None
    return curve


TODAY = hourly(MIDNIGHT, *(hour / 100 for hour in range(24)))


def test_it_begins_with_the_interval_of_now_and_ends_at_the_horizon() -> None:
    curve = build(track(*TODAY))
    assert curve.start == MIDNIGHT + 12 * HOUR
    assert curve.end == NOW + 2 * DAY
    assert curve.known_until == MIDNIGHT + DAY
    step = curve.at(NOW)
    assert step is not None
    assert step.spot_price == 0.12
    assert step.import_price == pytest.approx(0.22)
    assert step.export_price == pytest.approx(0.11)


def test_beyond_what_is_known_it_is_forecast_in_quarter_hours() -> None:
    curve = build(track(*TODAY))
    step = curve.at(MIDNIGHT + DAY + 8 * HOUR)
    assert step is not None
    assert step.interval.duration == QUARTER
    assert step.spot_price == pytest.approx(0.08), "as at this time today"
    assert step.confidence < 1


class Banded:
    """A forecaster that knows how sure it is."""

    def at(self, moment: datetime) -> ForecastPrice:
        """Return always the same."""
        return ForecastPrice(value=0.2, confidence=0.5, band=(0.1, 0.4))


def test_the_band_of_a_forecast_becomes_one_of_the_import_price() -> None:
    curve = build(Track(prices=tuple(TODAY), forecaster=Banded()))
    known, expected = curve.at(NOW), curve.at(MIDNIGHT + DAY)
    assert known is not None
    assert known.import_band is None
    assert expected is not None
    assert expected.import_band == pytest.approx((0.2, 0.5))


@pytest.mark.parametrize(
    ("import_price", "band"),
    [
        (lambda market, _: 1 - market, (0.6, 0.9)),
        (lambda market, _: nan if market == 0.4 else market, None),
    ],
    ids=["falls where the market rises", "no number"],
)
def test_a_formula_may_turn_the_band_around_but_not_break_it(
    import_price: PriceFunction, band: tuple[float, float] | None
) -> None:
    prices = Track(prices=tuple(TODAY), forecaster=Banded())
    formula = replace(pricing(), import_price=import_price)
    curve = build_curve(prices, None, formula, NOW, DAY)
    assert curve is not None
    step = curve.at(MIDNIGHT + DAY)
    assert step is not None
    assert step.import_band == (band and pytest.approx(band))


def test_a_gap_is_forecast_and_what_comes_after_it_is_known() -> None:
    curve = build(track(*TODAY[:14], *TODAY[16:]))
    gap, after = curve.at(MIDNIGHT + 14 * HOUR), curve.at(MIDNIGHT + 16 * HOUR)
    assert gap is not None
    assert after is not None
    assert gap.confidence < 1
    assert (after.confidence, after.spot_price) == (1, 0.16)
    assert curve.known_until == MIDNIGHT + 14 * HOUR


def test_without_a_price_for_now_there_is_no_curve() -> None:
    yesterday = track(*hourly(MIDNIGHT - DAY, *[0.1] * 24))
    tomorrow = track(*hourly(MIDNIGHT + DAY, *[0.1] * 24))
    assert build_curve(yesterday, None, pricing(), NOW, DAY) is None
    assert build_curve(tomorrow, None, pricing(), NOW, DAY) is None
    assert build_curve(track(), None, pricing(), NOW, DAY) is None


def test_periods_cut_the_curve() -> None:
    curve = build(track(*TODAY), lines="13:30-14:15 0.5")
    starts = [step.interval.start for step in curve][:5]
    assert starts == [
        MIDNIGHT + timedelta(hours=hours) for hours in (12, 13, 13.5, 14, 14.25)
    ]
    step = curve.at(MIDNIGHT + timedelta(hours=13.75))
    assert step is not None
    assert step.import_price == pytest.approx(0.63)


def test_export_market_has_prices_and_intervals_of_its_own() -> None:
    halves = [
        SeriesPrice(
            interval=Interval(
                start=MIDNIGHT + i * 2 * QUARTER, end=MIDNIGHT + (i + 1) * 2 * QUARTER
            ),
            value=float(i),
        )
        for i in range(30)
    ]
    curve = build(track(*TODAY), track(*halves))
    first, second = curve.steps[:2]
    assert (first.export_price, second.export_price) == (23.99, 24.99)
    assert first.spot_price == second.spot_price == 0.12
    late = curve.at(MIDNIGHT + 16 * HOUR)
    assert late is not None
    assert late.confidence < 1, "importing is known then, exporting is not"


def test_estimates_of_the_supplier_keep_their_confidence() -> None:
    estimated = hourly(MIDNIGHT, *[0.3] * 24, confidence=0.9)
    bare = Track(prices=tuple(estimated), forecaster=PriceForecaster({}, BERLIN))
    curve = build(bare)
    assert curve.steps[0].confidence == 0.9
    last = curve.steps[-1]
    assert last.spot_price == pytest.approx(0.3)
    assert last.confidence == 0


def test_nothing_known_of_an_export_market_counts_as_worthless() -> None:
    curve = build(track(*TODAY), track())
    assert {step.export_price for step in curve} == {-0.01}
    assert {step.confidence for step in curve} == {0}


def test_a_tariff_is_certain_to_the_end_and_has_no_market() -> None:
    flat = flat_track(0.3, NOW, DAY)
    plain = Pricing(
        currency="EUR",
        periods=parse_periods("07:00-22:00 1"),
        zone=BERLIN,
        import_price=lambda price, _: price,
        export_price=lambda _, __: 0.08,
        has_market=False,
    )
    curve = build_curve(flat, None, plain, NOW, DAY)
    assert curve is not None
    assert curve.start == MIDNIGHT + timedelta(hours=12.25)
    assert curve.known_until == curve.end == NOW + DAY
    assert {step.spot_price for step in curve} == {None}
    assert len(curve.steps) == 4, "22 and 7 o'clock, and midnight"


def test_a_price_that_is_no_number_is_refused() -> None:
    broken = Pricing(
        currency="EUR",
        periods=(),
        zone=BERLIN,
        import_price=lambda _, __: float("nan"),
        export_price=lambda price, _: price,
    )
    with pytest.raises(PriceCurveError, match="no price"):
        build_curve(track(*TODAY), None, broken, NOW, DAY)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 23), ("2026-10-24", 25)], ids=["spring", "autumn"]
)
def test_days_of_other_lengths_have_all_their_hours(day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=BERLIN)
    flat = flat_track(0.3, noon, 2 * DAY)
    curve = build_curve(flat, None, pricing("00:00-24:00 1"), noon, 2 * DAY)
    assert curve is not None
    days = [step.interval.duration for step in curve]
    assert timedelta(hours=hours) in {
        sum(days[1:stop], timedelta()) for stop in range(2, len(days))
    }


def series(*prices: SeriesPrice) -> PriceSeries:
    return PriceSeries(currency="EUR", prices=prices)


def test_fresh_prices_need_no_word() -> None:
    assert judge(series(*TODAY), NOW, BERLIN) == ()
    assert judge(series(), NOW, BERLIN) == ()


def test_stale_prices_are_named_with_their_end() -> None:
    (note,) = judge(series(*TODAY), NOW + DAY, BERLIN)
    assert (note.kind, note.end) == (NoteKind.STALE, MIDNIGHT + DAY)
    (note,) = judge(series(*hourly(NOW + HOUR, 0.1)), NOW, BERLIN)
    assert (note.kind, note.end) == (NoteKind.STALE, None)


def test_tomorrow_is_missed_from_the_afternoon_on() -> None:
    afternoon = MIDNIGHT + 15 * HOUR
    (note,) = judge(series(*TODAY), afternoon, BERLIN)
    assert (note.kind, note.end) == (NoteKind.ENDS_EARLY, MIDNIGHT + DAY)
    assert judge(series(*TODAY), afternoon - QUARTER, BERLIN) == ()
    both = hourly(MIDNIGHT, *[0.1] * 48)
    assert judge(series(*both), afternoon, BERLIN) == ()
