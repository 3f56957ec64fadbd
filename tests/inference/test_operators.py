"""Each operator, whatever its shapes and attributes, as onnxruntime computes it."""

from hypothesis import HealthCheck, assume, given, settings, strategies as st
import pytest

from custom_components.bessai.inference.operators import OPERATORS

from .graphs import TOLERANCE, Case, both, difference
from .operator_cases import CASES


@pytest.mark.parametrize("name", CASES)
@settings(
    max_examples=20,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_engines_agree(name: str, data: st.DataObject) -> None:
    case: Case = data.draw(CASES[name])
    other, own = both(case.model())
    assume(other is not None)  # it does not know every type of every version
    assert other is not None
    expected = other.run(case.given())
    assert difference(own.run(case.given()), expected) <= TOLERANCE


def test_every_operator_is_compared() -> None:
    """Trees and constants have tests of their own."""
    known = {name for table in OPERATORS.values() for name in table}
    compared = {name.split()[0] for name in CASES}
    assert known - compared == {"Constant", "TreeEnsembleRegressor"}
