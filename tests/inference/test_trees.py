"""Ensembles of trees: as onnxruntime walks them, and what is no tree is refused."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings, strategies as st
import numpy as np
from onnx import numpy_helper
import pytest

from custom_components.bessai.inference import trees as trees_module, votes
from custom_components.bessai.inference.engines import open_engines
from custom_components.bessai.inference.errors import ModelRefused, Refusal

from .forests import BRANCHES, FEATURES, chain, random_trees, tree_model
from .graphs import TOLERANCE, both, difference

AGGREGATES = ("SUM", "AVERAGE", "MIN", "MAX")


@settings(max_examples=60, derandomize=True)
@given(
    seed=st.integers(0, 9999),
    rows=st.integers(1, 30),
    modes=st.sampled_from([*((mode,) for mode in BRANCHES), BRANCHES]),
    targets=st.integers(1, 3),
    aggregate=st.sampled_from(AGGREGATES),
    based=st.booleans(),
    missing=st.booleans(),
    dtype=st.sampled_from((np.float32, np.float64)),
)
def test_engines_agree(
    seed: int,
    rows: int,
    modes: tuple[str, ...],
    targets: int,
    aggregate: str,
    *,
    based: bool,
    missing: bool,
    dtype: type[np.floating[Any]],
) -> None:
    trees = random_trees(seed, 5, 4, modes, targets)
    attributes = trees.attributes(aggregate_function=aggregate)
    if based:
        attributes["base_values"] = [0.5] * targets
    # Whole numbers, as the values of nodes are, so that some are equal.
    x = np.rint(np.random.default_rng(seed).normal(0, 2, (rows, FEATURES)))
    if missing:
        x[x == 1] = np.nan
    other, own = both(tree_model(attributes, np.dtype(dtype)))
    assert other is not None
    inputs = {"x": x.astype(dtype)}
    assert difference(own.run(inputs), other.run(inputs)) <= TOLERANCE


def test_long_numbers_are_a_tensor() -> None:
    attributes = random_trees(3).attributes()
    x = np.random.default_rng(3).normal(0, 2, (20, FEATURES))
    short = open_engines(tree_model(attributes, x.dtype), only_numpy=True)
    for name in ("nodes_values", "target_weights"):
        array = np.array(attributes.pop(name), np.float64)
        attributes[f"{name}_as_tensor"] = numpy_helper.from_array(array)
    long = open_engines(tree_model(attributes, x.dtype), only_numpy=True)
    assert difference(short.engine.run({"x": x}), long.engine.run({"x": x})) == 0


def test_how_often_a_node_is_reached_says_nothing() -> None:
    attributes = random_trees(3).attributes()
    attributes["nodes_hitrates"] = [1.0] * len(attributes["nodes_modes"])
    open_engines(tree_model(attributes))


def refusal(attributes: dict[str, Any]) -> Refusal:
    with pytest.raises(ModelRefused) as refused:
        open_engines(tree_model(attributes))
    return refused.value.refusal


def changed(name: str, place: int, value: Any) -> Callable[[], dict[str, Any]]:
    """Return what gives the attributes of good trees, but for one of them."""

    def attributes() -> dict[str, Any]:
        given = random_trees(5, 3, 3).attributes()
        given[name] = [*given[name]]
        given[name][place] = value
        return given

    return attributes


def replaced(**more: Any) -> Callable[[], dict[str, Any]]:
    return lambda: random_trees(5, 3, 3).attributes(**more)


def shortened(name: str) -> Callable[[], dict[str, Any]]:
    def attributes() -> dict[str, Any]:
        given = random_trees(5, 3, 3).attributes()
        given[name] = given[name][:-1]
        return given

    return attributes


def of_long_weights_of_an_old_version() -> dict[str, Any]:
    weights = numpy_helper.from_array(np.ones(3))
    return random_trees(5, 3, 3).attributes(target_weights_as_tensor=weights)


SPOILT = {
    "leads back to the root": changed("nodes_truenodeids", 0, 0),
    "leads to itself": changed("nodes_truenodeids", 1, 1),
    "leads to what is not there": changed("nodes_truenodeids", 0, 999),
    "leads to two at once": changed("nodes_truenodeids", 0, 2),
    "leads to a number below 0": changed("nodes_truenodeids", 0, -1),
    "leads to a number too large": changed("nodes_truenodeids", 0, 2**40),
    "a node twice": changed("nodes_nodeids", 1, 0),
    "a feature below 0": changed("nodes_featureids", 0, -1),
    "a way of comparing unheard of": changed("nodes_modes", 0, "BRANCH_MEMBER"),
    "weight of no leaf": changed("target_nodeids", 0, 0),
    "weight of a target too many": changed("target_ids", 0, 1),
    "transformed afterwards": replaced(post_transform="SOFTMAX"),
    "another way to put together": replaced(aggregate_function="MEDIAN"),
    "base values of other targets": replaced(base_values=[1.0, 2.0]),
    "targets without end": replaced(n_targets=10**9),
    "no targets": replaced(n_targets=0),
    "no trees": lambda: {"n_targets": 1, "target_weights": [1.0]},
    "ways for missing values, too few": replaced(nodes_missing_value_tracks_true=[1]),
    "fewer leaves than weights": shortened("target_ids"),
    "fewer trees of leaves than leaves": shortened("target_treeids"),
    "fewer children than nodes": shortened("nodes_falsenodeids"),
    "fewer values than nodes": shortened("nodes_values"),
    "weights said twice": of_long_weights_of_an_old_version,
}


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_no_forest_is_refused(name: str) -> None:
    assert refusal(SPOILT[name]()) in {Refusal.UNSUPPORTED, Refusal.TOO_LARGE}


def test_a_circle_apart_from_the_roots_is_refused() -> None:
    """Each of its nodes has one parent, as it should."""
    trees = random_trees(5, 1, 2)
    trees.node(0, 50, "BRANCH_LEQ", (51, 52))
    trees.node(0, 51, "BRANCH_LEQ", (50, 53))
    trees.leaf(0, 52)
    trees.leaf(0, 53)
    assert refusal(trees.attributes()) == Refusal.UNSUPPORTED


@pytest.mark.parametrize("aggregate", ["MIN", "MAX"])
def test_the_least_of_what_is_not_said_is_refused(aggregate: str) -> None:
    attributes = random_trees(5, 3, 3).attributes(aggregate_function=aggregate)
    for name in ("treeids", "nodeids", "ids", "weights"):
        attributes[f"target_{name}"] = attributes[f"target_{name}"][:-1]
    assert refusal(attributes) == Refusal.UNSUPPORTED


def test_depth_is_bounded() -> None:
    deepest = trees_module.DEEPEST
    open_engines(tree_model(chain(deepest).attributes()))
    assert refusal(chain(deepest + 1).attributes()) == Refusal.TOO_LARGE


def test_size_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = random_trees(5).attributes()
    count = len(attributes["nodes_modes"])
    monkeypatch.setattr(trees_module, "MOST_NODES", count)
    monkeypatch.setattr(votes, "MOST_WEIGHTS", count)
    open_engines(tree_model(attributes))
    monkeypatch.setattr(trees_module, "MOST_NODES", count - 1)
    assert refusal(attributes) == Refusal.TOO_LARGE


def test_too_few_columns_fail() -> None:
    own = open_engines(tree_model(random_trees(5).attributes()), only_numpy=True).engine
    with pytest.raises(ModelRefused) as refused:
        own.run({"x": np.zeros((1, 1), np.float32)})
    assert refused.value.refusal == Refusal.FAILED
