"""The figures that ``scripts/evaluate_prices`` prints."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from scripts.prices.judge import judge_model, judge_ours
from scripts.prices.periods import periods_of
from scripts.prices.scores import calibration, pinball, rmae_of, score
from scripts.prices.series import HOURS, Series, read_series

from .price_builders import SMARD
from .price_models import loaded


def german(days: int) -> Series:
    """Return the beginning of 2024, with a forecast of others beside it."""
    whole = list(read_series(SMARD))[1]
    prices = whole.prices[:days]
    published = {"lear_ens": prices + 10.0}
    return Series(name="DE", first=whole.first, prices=prices, published=published)


def test_two_years_with_a_gap_are_two_series() -> None:
    first, second = read_series(SMARD)
    assert (first.name, first.first) == ("DE 2020", date(2020, 1, 1))
    assert (second.name, second.first) == ("DE 2024", date(2024, 1, 1))
    assert periods_of(first, "test") == {}
    assert periods_of(second, "validation")["DE 2024"].start == 63


def test_markets_and_forecasts_of_others_are_told_apart(tmp_path: Path) -> None:
    head = ",".join(["market", "series", "date", *HOURS])
    lines = [
        f"{market},{series},2026-01-0{day}," + ",".join([str(price)] * 24)
        for market, series, price in (
            ("A", "real", 1),
            ("A", "dnn_ens", 2),
            ("B", "real", ""),
        )
        for day in (1, 2)
    ]
    file = tmp_path / "both.csv"
    file.write_text("\n".join([head, *lines]), encoding="utf-8")
    a, b = read_series(tmp_path)
    assert (a.name, b.name) == ("A", "B")
    assert a.published["dnn_ens"].tolist() == [[2.0] * 24] * 2
    assert np.isnan(b.prices).all()
    assert periods_of(a, "test") == {"A": range(1, 2)}


def test_file_without_the_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,price\n2026-01-01,3\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.csv has no column h00"):
        list(read_series(tmp_path))


def test_days_are_judged_whose_prices_are_known_also_a_week_before() -> None:
    series = german(30)
    series.prices[12, 5] = np.nan
    assert series.judged(range(25)) == [*range(7, 12), *range(13, 19), *range(20, 25)]


def test_what_is_known_ends_with_the_day_before() -> None:
    series = german(80)
    days = series.before(70)
    assert days.start == datetime(2024, 3, 11, tzinfo=UTC)
    assert np.array_equal(days.values, series.prices[:70])


@pytest.mark.slow
def test_later_days_change_no_verdict() -> None:
    series, period = german(110), range(95, 100)
    verdict = judge_ours(series, "DE", period)
    other = german(110)
    other.prices[100:] = 500.0
    assert np.array_equal(judge_ours(other, "DE", period).said, verdict.said)
    found = score(verdict, 0)
    assert found.days == 5
    assert found.coverage + found.below + found.above == pytest.approx(1.0)
    assert found.pinball[1] == pytest.approx(
        np.abs(verdict.came[:, 0] - verdict.said[:, 0, 1]).mean() / 2
    )
    came, week_before = verdict.came[:, 0], verdict.week_before[:, 0]
    assert rmae_of(verdict, week_before) == pytest.approx(1.0)
    published = 10.0 / np.abs(came - week_before).mean()
    assert rmae_of(verdict, verdict.others["lear_ens"]) == pytest.approx(published)
    assert np.array_equal(verdict.others["day before"], series.prices[94:99])
    (group,) = calibration([verdict], [0.0, 1.0])
    assert group.claimed == pytest.approx(found.claimed)
    assert group.real == pytest.approx(found.real)


def test_model_is_judged_by_the_same_rules() -> None:
    series = german(100)
    verdict = judge_model(series, "DE", range(90, 92), loaded())
    halves = (series.prices[89] + series.prices[83]) / 2000  # per kWh
    assert verdict.said[0, 0, 1] == pytest.approx(halves)
    assert verdict.confidence[0, 0] > 0


def test_days_on_which_a_model_refuses_are_left_out() -> None:
    verdict = judge_model(german(100), "DE", range(90, 92), loaded(reach=0.001))
    assert np.isnan(verdict.said).all()


def test_pinball_loss_is_least_at_the_quantile() -> None:
    came = np.arange(101, dtype=np.float64)
    losses = [pinball(came, np.full(101, said), 0.9) for said in (50.0, 90.0, 99.0)]
    assert losses[1] == min(losses)
