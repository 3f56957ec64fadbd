"""Figures in grounds."""

import json

import pytest

from custom_components.bessai.core.verdict import Ground, Reason
from custom_components.bessai.safety.grounds import because


def test_numbers_are_rounded_to_one_decimal() -> None:
    ground = because(Reason.SOC_LOW, 4.9499, 5)
    assert ground == Ground(reason=Reason.SOC_LOW, value=4.9, limit=5)


def test_names_stay_and_what_is_missing_is_none() -> None:
    assert because(Reason.ALARM, "battery_abnormal").value == "battery_abnormal"
    assert because(Reason.ALARM).value is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_becomes_a_word(value: float) -> None:
    """Else a ground would differ from itself, and be no JSON."""
    ground = because(Reason.INVALID_POWER, value)
    assert ground == because(Reason.INVALID_POWER, value)
    assert json.loads(json.dumps(ground.value)) == str(value)
