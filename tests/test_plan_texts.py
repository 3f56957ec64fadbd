"""Prices and amounts as people read them."""

from string import Formatter

import pytest

from custom_components.bessai.plan_texts import show_money, show_price
from custom_components.bessai.planning.plan import Why

from .source import INTEGRATION, read_json

LANGUAGES = {
    language: read_json(INTEGRATION / "translations" / f"{language}.json")
    for language in ("en", "es")
}
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.3, "0.30"),
        (0.0834, "0.083"),
        (-0.0834, "-0.083"),
        (-0.0001, "0.00"),
        (1.25, "1.25"),
        (25.44, "25.4"),
        (145.3, "145"),
        (12_345.0, f"12{NBSP}345"),
        (float("nan"), "?"),
    ],
)
def test_a_price_has_the_digits_that_matter(value: float, shown: str) -> None:
    assert show_price(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.126, "0.13"),
        (-0.001, "0.00"),
        (-1.5, "-1.50"),
        (12_345.67, f"12{NBSP}346"),
        (float("inf"), "?"),
    ],
)
def test_an_amount_has_the_digits_that_matter(value: float, shown: str) -> None:
    assert show_money(value) == shown


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", Why)
def test_a_reason_asks_for_nothing_that_is_not_there(why: Why, language: str) -> None:
    text = LANGUAGES[language]["common"][f"why_{why}"]
    asked = {name for _, name, _, _ in Formatter().parse(text) if name}
    assert asked <= {"value", "price", "currency"}
