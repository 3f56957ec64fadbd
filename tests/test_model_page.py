"""A card is shown as a page: what the model wants and answers, and where it is from."""

from typing import Any

from custom_components.bessai.inference.card_parser import parse_card
from custom_components.bessai.model_page import show_card

from .inference.card_builders import card_document, column
from .test_model_texts import TEXTS, texts_of


def page(language: str = "en", **changes: Any) -> list[str]:
    """Return the lines of the page of a card that is changed."""
    card = parse_card(card_document(**changes))
    texts = TEXTS if language == "en" else texts_of(language)
    return show_card(card, "mine.onnx", "numpy", texts).splitlines()


def many(count: int, name: str = "hour_{}") -> dict[str, Any]:
    """Return changes of a card: so many inputs, and golden vectors for them."""
    inputs = [column(name.format(at), "kW", 0, 1 + at % 2) for at in range(count)]
    golden = [
        {"inputs": [0.5] * count, "output": [power], "means": means}
        for power, means in ((1.0, "charge"), (-1.0, "discharge"), (0.0, "rest"))
    ]
    return {"inputs": inputs, "golden": golden}


def test_page_shows_everything_that_a_card_says() -> None:
    shown = page()
    assert shown[0] == "**Gateway** 1.0.0"
    sha = card_document()["sha256"]
    for row in (
        "| File | mine.onnx |",
        "| Purpose | dispatch policy |",
        "| Answer | Battery power in kW: -10 to 10; positive means charging |",
        "| Looks ahead | 0 h, in steps of 15, 60 min |",
        r"| Learned from | made up \(2020-01-01 … 2020-12-31\) |",
        r"| Figures | saving\_pct 91.5 |",
        "| Licence | Apache-2.0 |",
        "| Runs on | numpy |",
        f"| SHA-256 | {sha} |",
        "| Input | Unit | Range |",
        r"| soc\_pct | % | 0 to 100 |",
        r"| power\_kw | kW | -10 to 10; positive means charging |",
        r"| temp\_c | °C | -20 to 60 |",
    ):
        assert row in shown, row
    assert not any(line.startswith("| Notes") for line in shown), "it has none"


def test_page_speaks_spanish() -> None:
    shown = page("es")
    assert "| Finalidad | política de despacho |" in shown
    answer = "| Respuesta | Potencia de la batería en kW: -10 a 10; "
    assert f"{answer}positivo significa cargar |" in shown


def test_page_says_what_a_value_is_and_what_prices_are() -> None:
    golden = [{"inputs": [10, 0, 20, 12], "output": [0.5]}] * 3
    value = {"kind": "stored_value", "unit": "import_spread", "range": [-20, 20]}
    (row,) = [
        line for line in page(output=value, golden=golden) if line[:8] == "| Answer"
    ]
    assert "What one more stored kWh is worth" in row
    assert row.endswith(": -20 to 20 |")
    golden = [{"inputs": [10, 0, 20, 12], "output": [0.1, 0.2, 0.3]}] * 3
    prices = {
        "kind": "price_quantiles",
        "unit": "per_kwh",
        "quantiles": [0.1, 0.5, 0.9],
        "range": [-1, 5],
    }
    shown = page(purpose="price_forecast", output=prices, golden=golden)
    assert r"| Answer | Prices per kWh \(p10, p50, p90\): -1 to 5 |" in shown
    assert "| Purpose | price forecast |" in shown


def test_inputs_that_differ_by_a_number_only_share_a_row() -> None:
    changes = many(24)
    for one in changes["inputs"]:
        one["range"] = [0, 1]
    rows = [line for line in page(**changes) if "hour" in line]
    assert rows == [r"| hour\_0 … hour\_23 | kW | 0 to 1 |"]


def test_inputs_without_end_are_counted() -> None:
    shown = page(**many(60))
    assert sum("hour" in line for line in shown) == 40
    assert shown[-1] == "| … and 20 more | | |"


def test_figures_without_end_are_cut() -> None:
    metrics = {f"f{at}": at for at in range(50)}
    (row,) = [line for line in page(metrics=metrics) if line[:9] == "| Figures"]
    assert row.endswith("f39 39, … |")


def test_input_without_a_unit_has_a_dash() -> None:
    inputs = card_document()["inputs"]
    inputs[3] = column("weekday", "", 0, 24)
    assert "| weekday | - | 0 to 24 |" in page(inputs=inputs)


def test_words_of_a_card_cannot_mark_up_the_page() -> None:
    """A picture would be fetched from the network, and tell somebody about it."""
    training = card_document()["training"]
    training |= {"notes": "![x](//x/y.png) | **now** # title"}
    shown = page(name="<img src=x>", training=training)
    assert shown[0] == r"**\<img src=x\>** 1.0.0"
    assert r"| Notes | \!\[x\]\(//x/y.png\) \| \*\*now\*\* \# title |" in shown
