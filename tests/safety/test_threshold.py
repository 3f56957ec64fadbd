"""A limit with hysteresis, by itself."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.core.verdict import Reason
from custom_components.bessai.safety.threshold import Threshold

from .builders import CHARGE, DISCHARGE


def floor(value: float, *, lead: float = 0.0, is_cutoff: bool = False) -> Threshold:
    """Return a value that should not be below 5, and has to come back to 7."""
    return Threshold(
        reason=Reason.SOC_LOW,
        direction=DISCHARGE,
        value=value,
        limit=5.0,
        release=7.0,
        lead=lead,
        is_cutoff=is_cutoff,
    )


def ceiling(value: float, *, lead: float = 0.0, is_cutoff: bool = False) -> Threshold:
    """Return a value that should not be above 98, and has to come back to 96."""
    return Threshold(
        reason=Reason.SOC_HIGH,
        direction=CHARGE,
        value=value,
        limit=98.0,
        release=96.0,
        lead=lead,
        is_cutoff=is_cutoff,
    )


@pytest.mark.parametrize(
    ("threshold", "fresh", "tripped"),
    [
        (floor(4.9), True, True),
        (floor(5.0), False, True),
        (floor(5.1), False, True),
        (floor(6.9), False, True),
        (floor(7.0), False, False),
        (floor(5.0, is_cutoff=True), True, True),
        (floor(5.1, is_cutoff=True), False, True),
        (floor(7.0, is_cutoff=True), False, False),
        (floor(5.4, lead=0.5), True, True),
        (floor(5.5, lead=0.5), False, True),
        (floor(5.5, lead=0.5, is_cutoff=True), True, True),
        (ceiling(98.1), True, True),
        (ceiling(98.0), False, True),
        (ceiling(97.9), False, True),
        (ceiling(96.1), False, True),
        (ceiling(96.0), False, False),
        (ceiling(98.0, is_cutoff=True), True, True),
        (ceiling(97.9, is_cutoff=True), False, True),
        (ceiling(96.0, is_cutoff=True), False, False),
        (ceiling(97.6, lead=0.5), True, True),
        (ceiling(97.5, lead=0.5), False, True),
        (ceiling(97.5, lead=0.5, is_cutoff=True), True, True),
    ],
)
def test_it_trips_beyond_the_limit_and_recovers_at_the_release(
    threshold: Threshold, *, fresh: bool, tripped: bool
) -> None:
    assert threshold.is_crossed is fresh
    assert threshold.bites(tripped=False) is fresh
    assert threshold.bites(tripped=True) is tripped


@pytest.mark.parametrize(
    ("threshold", "limit"),
    [
        (floor(4.9), 5.0),
        (floor(6.0), 7.0),
        (floor(5.2, lead=0.5), 5.5),
        (ceiling(99.0), 98.0),
        (ceiling(97.0), 96.0),
        (ceiling(97.8, lead=0.5), 97.5),
        (floor(6.0, is_cutoff=True), 5.0),
        (floor(5.2, lead=0.5, is_cutoff=True), 5.0),
        (ceiling(97.0, is_cutoff=True), 98.0),
    ],
)
def test_the_ground_names_a_limit_that_the_value_is_beyond(
    threshold: Threshold, limit: float
) -> None:
    """But the cut-off of a device is told as people have set it there."""
    ground = threshold.ground()
    assert (ground.reason, ground.value, ground.limit) == (
        threshold.reason,
        threshold.value,
        limit,
    )


def test_it_concerns_its_direction_or_both() -> None:
    both = Threshold(reason=Reason.BATTERY_HOT, value=20, limit=45, release=42)
    assert both.concerns(CHARGE)
    assert both.concerns(DISCHARGE)
    assert floor(50).concerns(DISCHARGE)
    assert not floor(50).concerns(CHARGE)


@given(
    worse=st.floats(0, 100),
    better=st.floats(0, 100),
    lead=st.floats(0, 5),
    tripped=st.booleans(),
    is_cutoff=st.booleans(),
)
def test_a_worse_value_never_recovers_what_a_better_one_does_not(
    worse: float, better: float, lead: float, *, tripped: bool, is_cutoff: bool
) -> None:
    worse, better = sorted((worse, better))
    at_worse = floor(worse, lead=lead, is_cutoff=is_cutoff)
    at_better = floor(better, lead=lead, is_cutoff=is_cutoff)
    assert at_worse.bites(tripped=tripped) >= at_better.bites(tripped=tripped)
    mirrored = ceiling(100 - worse, lead=lead, is_cutoff=is_cutoff)
    other = ceiling(100 - better, lead=lead, is_cutoff=is_cutoff)
    assert mirrored.bites(tripped=tripped) >= other.bites(tripped=tripped)


@given(value=st.floats(0, 100), lead=st.floats(0, 5), is_cutoff=st.booleans())
def test_what_has_tripped_bites_no_less_than_what_has_not(
    value: float, lead: float, *, is_cutoff: bool
) -> None:
    for make in (floor, ceiling):
        threshold = make(value, lead=lead, is_cutoff=is_cutoff)
        assert threshold.bites(tripped=True) >= threshold.bites(tripped=False)
