"""The policy that is shipped: its card holds, and it earns something."""

from datetime import date, timedelta

import pytest
from scripts.benchmarks import day_ahead
from scripts.benchmarks.policy import IDLE, MODELS, OWN, POLICY, work
from scripts.benchmarks.policy_cases import (
    HOUSES,
    Case,
    best_saving,
    build_world,
    worth_of,
)
from scripts.training.columns import NAMES
from scripts.training.scaling import OFFSETS, RANGES, SCALES, plain

from custom_components.bessai.inference.model_card import Purpose, StoredValueOutput
from custom_components.bessai.inference.model_loader import load_model
from custom_components.bessai.inference.model_shelf import ModelShelf
from custom_components.bessai.inference.policy_features import FEATURES

DAYS = 3
TICK = timedelta(minutes=15)


@pytest.mark.parametrize("only_numpy", [True, False])
def test_card_hash_and_golden_vectors_hold(only_numpy: bool) -> None:
    """On our own engine and on the other."""
    file = ModelShelf(MODELS, MODELS).read("policy.onnx", shipped=True)
    card = load_model(
        file, Purpose.DISPATCH_POLICY, FEATURES, only_numpy=only_numpy
    ).card
    assert isinstance(card.output, StoredValueOutput)
    assert card.licence == "Apache-2.0"
    assert "SMARD" in card.training.data
    assert card.training.end.year == 2020  # what it is measured on is later


def test_the_card_is_that_of_the_trainer_here() -> None:
    """Else features would have been changed without training anew."""
    file = ModelShelf(MODELS, MODELS).read("policy.onnx", shipped=True)
    inputs = load_model(file, Purpose.DISPATCH_POLICY, FEATURES).card.inputs
    assert tuple(one.feature for one in inputs) == NAMES
    assert [one.offset for one in inputs] == pytest.approx(OFFSETS.tolist())
    assert [one.scale for one in inputs] == pytest.approx(SCALES.tolist())
    ranges = [RANGES[plain(name)] for name in NAMES]
    assert [(one.low, one.high) for one in inputs] == ranges


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tariff", "month", "share", "over_own"),
    [
        (day_ahead.LOW_FEE, 10, 0.80, 0.7),
        (day_ahead.SPOT, 9, 0.90, 0.5),
        (day_ahead.FEED_IN, 5, 0.90, 0.0),
    ],
)
def test_it_saves_most_of_what_can_be_saved(
    tariff: day_ahead.Tariff, month: int, share: float, over_own: float
) -> None:
    """Some days of 2024, which it has not seen, in a house that it has not seen."""
    case = Case(HOUSES[0], tariff)
    world = build_world(case, date(2024, month, 9), DAYS)
    worth = worth_of(world.prices)
    idle, own, ours = (
        work(case, world, way, TICK).cost(worth) for way in (IDLE, OWN, POLICY)
    )
    assert idle - ours >= share * best_saving(world)
    assert own - ours >= over_own
