"""Numbers that do not all count alike."""

from hypothesis import given, strategies as st

from custom_components.bessai.planning.weighted import clamped, weighted_quantiles

VALUES = st.lists(
    st.tuples(st.floats(0, 1e6), st.floats(0.001, 1e3)), min_size=1, max_size=30
)


def test_quantile_counts_weights_not_values() -> None:
    values = [(1.0, 8.0), (2.0, 1.0), (3.0, 1.0)]
    assert weighted_quantiles(values, (0.5, 0.85, 0.95)) == (1.0, 2.0, 3.0)


def test_order_does_not_matter() -> None:
    assert weighted_quantiles([(3, 1), (1, 1), (2, 1)], (0.5,)) == (2,)


@given(VALUES)
def test_quantiles_are_values_in_rising_order(
    values: list[tuple[float, float]],
) -> None:
    found = weighted_quantiles(values, (0.1, 0.5, 0.9, 1.0))
    assert list(found) == sorted(found)
    assert set(found) <= {value for value, _ in values}
    assert found[-1] == max(value for value, _ in values)


def test_clamped_stays_in_its_range() -> None:
    assert [clamped(value, 1, 2) for value in (0, 1.5, 3)] == [1, 1.5, 2]
