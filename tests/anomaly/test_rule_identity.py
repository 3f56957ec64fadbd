"""Whether the device that answers is the one we know."""

import json
from math import inf, nan
from typing import Any

import pytest

from custom_components.bessai.anomaly.rule_identity import IdentityRule
from custom_components.bessai.core.telemetry import Value

from .observations import EXPECTATIONS, observe

WHO: dict[str, Value] = {
    "model": "H6",
    "serial_number": "A1",
    "software_version": "V1",
    "rated_power_w": 6000,
    "strings": (1, 2),
}


def off(rule: IdentityRule, **more: Any) -> dict[str, tuple[Any, Any]]:
    """Look; return what is off: measured and expected by subject."""
    return {
        one.subject: (one.measured, one.expected)
        for one in rule.look(observe(**more))
        if one.deviation == inf
    }


@pytest.fixture
def rule() -> IdentityRule:
    """Return a rule that knows its device."""
    known = IdentityRule(EXPECTATIONS)
    assert off(known, identity=WHO) == {}
    return known


def test_a_stranger_is_found_at_once_while_it_answers(rule: IdentityRule) -> None:
    assert off(rule, stranger="B2") == {"serial_number": ("B2", "A1")}
    assert off(rule) == {}


def test_a_stranger_at_first_sight_is_one() -> None:
    rule = IdentityRule(EXPECTATIONS)
    assert off(rule, stranger="B2") == {"serial_number": ("B2", None)}


def test_the_serial_number_may_be_called_otherwise() -> None:
    rule = IdentityRule(EXPECTATIONS)
    off(rule, identity={"model": "H6", "inverter_serial": "A1"})
    assert off(rule, stranger="B2") == {"inverter_serial": ("B2", "A1")}


def test_another_value_is_found_until_the_old_one_is_back(rule: IdentityRule) -> None:
    swapped = WHO | {"model": "H10", "rated_power_w": 10000}
    expected = {"model": ("H10", "H6"), "rated_power_w": (10000, 6000)}
    assert off(rule, identity=swapped) == expected
    assert off(rule) == expected
    assert off(rule, identity=WHO) == {}


def test_another_serial_number_is_found(rule: IdentityRule) -> None:
    assert off(rule, identity=WHO | {"serial_number": "B2"}) == {
        "serial_number": ("B2", "A1")
    }


def test_lists_are_shown_in_words(rule: IdentityRule) -> None:
    found = off(rule, identity=WHO | {"strings": (1,)})
    assert found == {"strings": ("1", "1, 2")}


def test_the_owner_may_accept_a_new_device(rule: IdentityRule) -> None:
    assert off(rule, identity=WHO | {"model": "H10"})
    rule.accept()
    assert off(rule) == {}
    assert off(rule, identity=WHO) == {"model": ("H6", "H10")}


def test_firmware_is_updated_now_and_then(rule: IdentityRule) -> None:
    assert off(rule, identity=WHO | {"software_version": "V2"}) == {}
    assert rule.document()["software_version"] == "V2"


@pytest.mark.parametrize("nothing", ["", None, 0, nan, ()])
def test_a_device_that_wakes_says_nothing_wrong(
    rule: IdentityRule, nothing: Value
) -> None:
    assert off(rule, identity=WHO | {"rated_power_w": nothing}) == {}


def test_it_is_known_again_after_a_restart(rule: IdentityRule) -> None:
    again = IdentityRule(EXPECTATIONS)
    again.restore(json.loads(json.dumps(rule.document())))
    assert off(again, identity=WHO) == {}
    assert off(again, identity=WHO | {"model": "H10"}) == {"model": ("H10", "H6")}


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(ValueError, match="no value"):
        IdentityRule(EXPECTATIONS).restore({"model": {}})
