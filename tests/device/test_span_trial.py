"""A long read is kept only where it is accepted and not slower."""

import pytest

from custom_components.bessai.device.profile import Proof, SafeSpan
from custom_components.bessai.device.span_trial import SpanTrials

SPAN = SafeSpan(start=32000, count=116, proof=Proof.TRIAL)


@pytest.mark.parametrize(
    ("took_s", "accepted"),
    [
        ([0.06, 0.06, 0.06], True),
        ([0.12, 0.12, 0.12], True),
        ([0.2, 0.2, 0.2], False),
        ([9.0, 0.06, 0.06], True),
        ([0.06, 9.0, 9.0], False),
    ],
)
def test_the_median_decides(took_s: list[float], *, accepted: bool) -> None:
    trials = SpanTrials()
    for took in took_s:
        assert trials.is_open(SPAN)
        trials.record(SPAN, took, instead_of_s=0.12)
    assert not trials.is_open(SPAN)
    assert trials.is_accepted(SPAN) is accepted


def test_a_span_that_was_not_tried_is_not_used() -> None:
    assert not SpanTrials().is_accepted(SPAN)


def test_a_failure_decides_at_once() -> None:
    trials = SpanTrials()
    trials.record_failed(SPAN)
    assert not trials.is_open(SPAN)
    assert not trials.is_accepted(SPAN)


def test_a_clock_without_resolution_does_not_divide_by_zero() -> None:
    trials = SpanTrials()
    for _ in range(3):
        trials.record(SPAN, 0.0, instead_of_s=0.0)
    assert trials.is_accepted(SPAN)


def test_verdicts_outlive_a_restart() -> None:
    trials = SpanTrials()
    trials.record_failed(SPAN)
    assert not SpanTrials(trials.verdicts).is_open(SPAN)
