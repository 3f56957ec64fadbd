"""An owner's model of prices, through the real loader and engine."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.bessai.core.price_outlook import PriceOutlook
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import ModelCard, Purpose
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelFile
from custom_components.bessai.inference.price_history import TooLittleHistory
from custom_components.bessai.inference.price_onnx import model_outlook

from .card_builders import GATEWAY, card_document, linear_model
from .price_builders import (
    BERLIN,
    DAY,
    HOUR,
    MONDAY,
    QUARTER,
    History,
    end_of,
    history,
    smard,
)
from .price_models import loaded


def outlook(model: Any, prices: History, hours: int = 24) -> PriceOutlook:
    return model_outlook(model, prices, BERLIN, end_of(prices), hours, MONDAY)


def halves(prices: History) -> list[float]:
    """Return what the model has to say of the next day."""
    end = end_of(prices)
    return [
        (prices[end + i * HOUR - DAY] + prices[end + i * HOUR - 7 * DAY]) / 2
        for i in range(24)
    ]


@pytest.mark.parametrize(
    ("unit", "features", "tolerance"),
    [
        ("normalised", ("scaled_1d", "scaled_7d"), 1e-6),
        ("per_kwh", ("lag_24h", "lag_168h"), 1e-6),
    ],
)
def test_model_is_told_the_past_of_each_hour(
    unit: str, features: Sequence[str], tolerance: float
) -> None:
    prices = history(62)
    found = outlook(loaded(unit=unit, features=features), prices)
    assert found.source == "Halves"
    assert found.steps[0].interval.start == end_of(prices)
    assert [step.p50 for step in found.steps] == pytest.approx(
        halves(prices), abs=tolerance
    )


def test_later_days_follow_on_what_was_said_of_the_first() -> None:
    prices = history(62)
    found = outlook(loaded(), prices, 48)
    first = [step.p50 for step in found.steps[:24]]
    week_ago = [prices[end_of(prices) + i * HOUR - 6 * DAY] for i in range(24)]
    wanted = [(a + b) / 2 for a, b in zip(first, week_ago, strict=True)]
    assert [step.p50 for step in found.steps[24:]] == pytest.approx(wanted, abs=1e-6)


def test_band_is_corrected_to_what_it_claims() -> None:
    """A band of nothing and one of far too much become about the same."""
    prices = smard(date(2024, 3, 1), 120)
    narrow = outlook(loaded(bias=(0.0, 0.0, 0.0)), prices)
    wide = outlook(loaded(bias=(-1.0, 0.0, 1.0)), prices)
    widths = [np.mean([s.p90 - s.p10 for s in one.steps]) for one in (narrow, wide)]
    assert widths[0] == pytest.approx(widths[1], rel=0.3)
    assert 0 < narrow.steps[0].confidence < 0.99


def test_band_of_a_model_that_was_taught_these_days_is_as_it_says() -> None:
    prices = smard(date(2024, 3, 1), 120)
    model = loaded(
        taught_to="2024-12-31",
        unit="per_kwh",
        features=("lag_24h",),
        weights=((1.0, 1.0, 1.0),),
    )
    found = outlook(model, prices)
    assert [s.p50 - s.p10 for s in found.steps] == pytest.approx([0.5] * 24, abs=1e-6)
    assert [s.p90 - s.p50 for s in found.steps] == pytest.approx([0.5] * 24, abs=1e-6)
    assert {step.confidence for step in found.steps} == {0.0}


def test_crossed_quantiles_are_put_in_order() -> None:
    found = outlook(loaded(bias=(0.5, 0.0, -0.5), taught_to="2026-12-31"), history(60))
    assert all(step.p10 < step.p50 < step.p90 for step in found.steps)


def test_quarters_of_an_hour_have_their_shape() -> None:
    prices = history(60)
    for at in prices:
        prices[at] += 0.01 * (at.minute // 15 - 1.5)
    found = outlook(loaded(), prices)
    assert len(found.steps) == 96
    assert found.steps[0].interval.duration == QUARTER


def test_past_that_the_model_refuses_only_shortens_its_test() -> None:
    prices = history(62)
    month_ago = end_of(prices) - 30 * DAY
    prices[month_ago] = 400.0
    found = outlook(
        loaded(unit="per_kwh", features=("lag_24h", "lag_168h"), reach=9.0), prices
    )
    assert found.steps[0].confidence > 0


def test_present_that_is_beyond_its_ranges_is_refused() -> None:
    prices = history(60)
    prices[end_of(prices) - HOUR] = 400.0
    model = loaded(unit="per_kwh", features=("lag_24h", "lag_168h"), reach=9.0)
    with pytest.raises(ModelRefused) as caught:
        outlook(model, prices)
    assert caught.value.refusal is Refusal.OUT_OF_RANGE


def test_the_future_is_not_looked_at() -> None:
    prices = history(70)
    until = MONDAY + 65 * DAY
    changed = {at: p if at < until else 9.0 for at, p in prices.items()}
    model = loaded()
    before, after = (
        model_outlook(model, one, BERLIN, until, 168, MONDAY)
        for one in (prices, changed)
    )
    assert before == after


def test_too_little_history_is_told_as_for_our_own_method() -> None:
    with pytest.raises(TooLittleHistory):
        outlook(loaded(), history(50))


class Fake:
    """Believed to be a model of prices."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def ask(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        return np.zeros((len(rows), 3))


def test_a_model_of_something_else_is_refused() -> None:
    data = linear_model()
    file = ModelFile(name="a.onnx", data=data, card_document=card_document(data))
    card = load_model(file, Purpose.DISPATCH_POLICY, GATEWAY).card
    with pytest.raises(ModelRefused) as caught:
        outlook(Fake(card), history(60))
    assert caught.value.refusal is Refusal.WRONG_PURPOSE
