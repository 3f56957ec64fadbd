"""Stretches of the year: what teaches, what judges, and what is known when."""

from dataclasses import replace

import numpy as np
from numpy.random import default_rng
import pytest
from scripts.training.columns import COLUMNS, FIXED, NAMES
from scripts.training.households import DAY
from scripts.training.scaling import OFFSETS, RANGES, SCALES, plain
from scripts.training.scenarios import (
    BLOCK_DAYS,
    HELD_OUT_DAYS,
    MARGIN_DAYS,
    Stretch,
    draw_scenarios,
    starts_of,
)
from scripts.training.worlds import Unknown

from custom_components.bessai.inference import policy_columns
from custom_components.bessai.inference.policy_features import FEATURES

from .small_worlds import worlds

YEAR = 366 * DAY


@pytest.mark.parametrize("step_quarters", [1, 4])
def test_what_judges_has_taught_nothing(step_quarters: int) -> None:
    """Not even as a price that is known a day before."""
    teaching = Stretch(step_quarters=step_quarters, hours=48, starts=500)
    judging = replace(teaching, hours=192, held_out=True)
    block = BLOCK_DAYS * DAY
    border = block - HELD_OUT_DAYS * DAY
    for stretch, low, high in (
        (teaching, MARGIN_DAYS * DAY, border - MARGIN_DAYS * DAY),
        (judging, border, block),
    ):
        starts = starts_of(YEAR, stretch, default_rng(1)) % block
        lasts = (stretch.hours + stretch.tail_hours) * 4
        assert starts.min() >= low
        assert (starts + lasts).max() <= high
        assert not (starts % step_quarters).any()


@pytest.mark.parametrize("unknown", [Unknown.YESTERDAY, Unknown.MEAN])
def test_prices_that_are_not_published_are_not_told(unknown: Unknown) -> None:
    """Another future after midnight changes nothing in the morning."""
    prices = replace(worlds()[0].prices, is_fixed=False)
    world = replace(worlds()[0], unknown=unknown, prices=prices)
    day = 20 * DAY
    morning = day + np.arange(0, 13 * 4)
    later = prices.bought.copy()
    later[day + DAY :] += 1.0
    told, moved = (
        replace(world, prices=replace(prices, bought=bought)).prices_ahead(morning)
        for bought in (prices.bought, later)
    )
    assert np.array_equal(told[0], moved[0])
    afternoon = np.array([day + 13 * 4])
    assert world.prices_ahead(afternoon)[2] == pytest.approx([35.0])


def test_powers_of_the_future_are_not_told_but_for_the_sun() -> None:
    """The forecast of the load is made of the week before; that of the sun errs."""
    world = worlds()[0]
    home, now = world.household, 30 * DAY + 40
    other = home.load_kw.copy()
    other[now:] += 1.0
    told, moved = (
        replace(home, load_kw=load).expected_net_kw(np.array([now]))
        for load in (home.load_kw, other)
    )
    assert np.array_equal(told, moved)


def test_scenarios_of_worlds_lie_side_by_side() -> None:
    stretch = Stretch(step_quarters=4, hours=24, tail_hours=12, starts=3)
    drawn = draw_scenarios(worlds(), stretch, default_rng(2))
    assert drawn.columns.shape == (24, 6, len(FIXED))
    assert drawn.flows.bought.shape == (36, 6)
    assert drawn.batteries.range_kwh.shape == (6,)
    assert drawn.step_h == 1.0
    assert len(set(drawn.batteries.range_kwh.tolist())) == len(worlds())


def test_features_are_within_what_the_card_says() -> None:
    stretch = Stretch(step_quarters=1, hours=48, starts=8)
    drawn = draw_scenarios(worlds(4, 9), stretch, default_rng(3))
    for at, name in enumerate(FIXED):
        low, high = RANGES[plain(name)]
        assert low <= drawn.columns[..., at].min(), name
        assert drawn.columns[..., at].max() <= high, name


def test_the_trainer_has_the_columns_of_the_product() -> None:
    """It loads the one file by itself, as the product's package needs more."""
    assert COLUMNS.PRICE_NAMES == policy_columns.PRICE_NAMES
    assert set(NAMES) < FEATURES.keys()
    assert len(NAMES) == len(OFFSETS) == len(SCALES)
