"""What a power means, and why."""

from typing import Any

import pytest

from custom_components.bessai.planning.explanation import Scene, explain, intent_of
from custom_components.bessai.planning.plan import Intent, Why

from .home_builders import battery


def scene(**changes: Any) -> Scene:
    """Return a house that lacks 1 kW, half a battery, and energy worth 0.27."""
    values = {
        "battery": battery(),
        "import_price": 0.31,
        "export_price": 0.08,
        "net_load_kw": 1.0,
        "stored_kwh": 5.0,
        "hours": 0.25,
        "value": 0.27,
        **changes,
    }
    return Scene(**values)


SURPLUS = {"net_load_kw": -2.0}
EMPTY = {"stored_kwh": 0.5}
FULL = {"stored_kwh": 10.0, "net_load_kw": -2.0}


@pytest.mark.parametrize(
    ("power_kw", "changes", "intent", "why", "price"),
    [
        (1.0, {}, Intent.SELF_CONSUMPTION, Why.COVERS_LOAD, 0.31),
        (-2.0, SURPLUS, Intent.SELF_CONSUMPTION, Why.STORES_SURPLUS, 0.08),
        (0.0, EMPTY, Intent.SELF_CONSUMPTION, Why.EMPTY, 0.31),
        (0.0, FULL, Intent.SELF_CONSUMPTION, Why.FULL, 0.08),
        (
            *(0.0, {"net_load_kw": 0.0}),
            *(Intent.SELF_CONSUMPTION, Why.NOTHING_TO_GAIN, 0.31),
        ),
        (0.0, {"value": 0.4}, Intent.STORE_SURPLUS, Why.WORTH_MORE_LATER, 0.31),
        (0.0, SURPLUS, Intent.KEEP, Why.EXPORT_PAYS_NOW, 0.08),
        (-1.0, SURPLUS, Intent.CHARGE, Why.EXPORT_PAYS_NOW, 0.08),
        (-4.0, {"value": 0.5}, Intent.CHARGE, Why.CHEAP_NOW, 0.31),
        (-4.0, {"value": 0.2}, Intent.CHARGE, Why.GRID_LIMIT, 0.31),
        (-4.0, {"import_price": -0.1}, Intent.CHARGE, Why.PAID_TO_IMPORT, -0.1),
        (4.0, {"export_price": 0.5}, Intent.DISCHARGE, Why.DEAR_NOW, 0.5),
        (4.0, {}, Intent.DISCHARGE, Why.GRID_LIMIT, 0.08),
        (0.5, {}, Intent.DISCHARGE, Why.COVERS_LOAD, 0.31),
        (0.5, {"value": 0.4}, Intent.DISCHARGE, Why.GRID_LIMIT, 0.31),
    ],
)
def test_a_power_is_put_into_words(
    power_kw: float, changes: dict[str, float], intent: Intent, why: Why, price: float
) -> None:
    seen = scene(**changes)
    assert intent_of(power_kw, seen) is intent
    assert explain(intent, power_kw, seen) == (why, price)


@pytest.mark.parametrize(
    ("net_load_kw", "stored_kwh", "power_kw"),
    [
        (1.0, 5.0, 1.0),
        (9.0, 5.0, 5.0),
        (1.0, 0.6, 0.38),
        (1.0, 0.2, 0.0),
        (-2.0, 5.0, -2.0),
        (-9.0, 5.0, -5.0),
        (-2.0, 9.905, -0.4),
        (-2.0, 10.5, 0.0),
    ],
)
def test_self_consumption_goes_as_far_as_the_battery_can(
    net_load_kw: float, stored_kwh: float, power_kw: float
) -> None:
    seen = scene(net_load_kw=net_load_kw, stored_kwh=stored_kwh)
    assert seen.self_consumption_kw == pytest.approx(power_kw)


def test_a_small_difference_is_none_to_who_says_so() -> None:
    assert intent_of(1.05, scene()) is Intent.DISCHARGE
    assert intent_of(1.05, scene(), tolerance_kw=0.1) is Intent.SELF_CONSUMPTION
