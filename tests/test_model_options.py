"""What is stored about models is taken as it is, or counts as not chosen."""

import logging
from typing import Any

import pytest

from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_options import ModelOptions, undefaulted_models

DEFAULT = ModelOptions(policy_model="shipped", price_model="none")


def test_what_was_not_chosen_is_the_shipped_policy_and_our_own_forecast() -> None:
    assert ModelOptions.from_mapping({}) == DEFAULT
    assert DEFAULT.as_form() == {"policy_model": "shipped", "price_model": "none"}


def test_what_was_chosen_is_kept() -> None:
    stored = {"models": {"policy_model": " mine.onnx", "price_model": "p.onnx"}}
    options = ModelOptions.from_mapping(stored)
    assert options.chosen(Purpose.DISPATCH_POLICY) == "mine.onnx"
    assert options.chosen(Purpose.PRICE_FORECAST) == "p.onnx"


@pytest.mark.parametrize("damaged", ["", " "])
def test_nothing_stands_for_the_default(damaged: str) -> None:
    assert ModelOptions.from_mapping({"models": {"policy_model": damaged}}) == DEFAULT


@pytest.mark.parametrize(
    "stored",
    [
        {"models": 5},
        {"models": ["mine.onnx"]},
        {"models": {"policy_model": 7}},
        {"models": {"policy_model": None, "price_model": "none"}},
        {"models": {"price_model": ["x" * 10_000]}},
    ],
    ids=lambda stored: repr(stored)[:40],
)
def test_what_is_damaged_counts_as_not_chosen_and_is_logged(
    stored: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    assert ModelOptions.from_mapping(stored) == DEFAULT
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "counts as not chosen" in record.message
    assert len(record.message) < 200


def test_only_what_differs_from_the_default_is_stored() -> None:
    typed = {"policy_model": "shipped", "price_model": "p.onnx"}
    assert undefaulted_models(typed) == {"price_model": "p.onnx"}
    assert undefaulted_models({"policy_model": ""}) == {}
    assert undefaulted_models({"policy_model": "none"}) == {"policy_model": "none"}
