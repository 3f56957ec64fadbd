"""Weights are found, and do not run away without news."""

import math

import pytest

from custom_components.bessai.anomaly.least_squares import LeastSquares


def test_weights_are_found_in_spite_of_an_outlier() -> None:
    model = LeastSquares(2)
    for index in range(400):
        feature = math.sin(float(index))
        seen = 3.0 * feature - 2.0 + (500.0 if index == 300 else 0.0)
        model.learn((feature, 1.0), seen, 50)
    assert model.weights == pytest.approx([3.0, -2.0], abs=0.05)
    assert model.answer((1.0, 1.0)) == pytest.approx(1.0, abs=0.1)


def test_what_is_never_seen_does_not_grow() -> None:
    model = LeastSquares(2)
    for _ in range(5000):
        model.learn((0.0, 1.0), 1.0, 50)
    assert all(cell < 101.0 for row in model.document()["spread"] for cell in row)
    assert model.weights == pytest.approx([0.0, 1.0], abs=0.01)
