"""What a profile may ask of values, and what silence means."""

import pytest

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Is,
    IsNot,
)

NORMAL = Is(key="status", wanted=("normal", "idle"))
FITTED = IsNot(key="product", unwanted=("none",))
TWO = AtLeast(key="strings", minimum=2)


@pytest.mark.parametrize(
    ("condition", "values", "expected"),
    [
        (NORMAL, {"status": "idle"}, True),
        (NORMAL, {"status": "offline"}, False),
        (FITTED, {"product": "luna2000"}, True),
        (FITTED, {"product": "none"}, False),
        (TWO, {"strings": 2}, True),
        (TWO, {"strings": 1.9}, False),
        (TWO, {"strings": "2"}, False),
    ],
)
def test_comparison_judges_a_value(
    condition: Condition, values: dict[str, Value], *, expected: bool
) -> None:
    assert condition.holds(values) is expected


@pytest.mark.parametrize("condition", [NORMAL, FITTED, TWO])
@pytest.mark.parametrize("absence", [{}, {"status": None, "product": None}])
def test_what_is_not_known_is_not_relied_upon(
    condition: Condition, absence: dict[str, Value]
) -> None:
    assert not condition.holds(absence)


def test_any_and_all_combine() -> None:
    values: dict[str, Value] = {"status": "normal", "strings": 1}
    assert AnyOf(conditions=(TWO, NORMAL)).holds(values)
    assert not AllOf(conditions=(TWO, NORMAL)).holds(values)
    assert AllOf(conditions=(NORMAL,)).holds(values)
    assert not AnyOf(conditions=(TWO, FITTED)).holds(values)


def test_keys_name_every_register_that_is_asked() -> None:
    inner = AllOf(conditions=(FITTED, TWO))
    condition = AnyOf(conditions=(NORMAL, inner))
    assert condition.keys == {"status", "product", "strings"}
