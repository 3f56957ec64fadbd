"""The numbers of a link."""

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.device.link import (
    Busy,
    IllegalAddress,
    LinkDown,
    NoAnswer,
)
from custom_components.bessai.device.link_statistics import (
    REMEMBERED_REQUESTS,
    LinkRecorder,
    LinkStatistics,
    percentile,
)


def snapshot(recorder: LinkRecorder) -> LinkStatistics:
    return recorder.snapshot(connected=True, contended=False)


def test_nothing_is_claimed_before_the_first_request() -> None:
    assert snapshot(LinkRecorder()) == LinkStatistics(
        connected=True,
        contended=False,
        requests=0,
        errors={},
        timeouts=0,
        reconnects=0,
        latency_p50_s=None,
        latency_p95_s=None,
        write_p95_s=None,
        last_error=None,
    )


def test_errors_are_counted_by_kind() -> None:
    recorder = LinkRecorder()
    for error in (NoAnswer("a"), NoAnswer("b"), Busy(6), LinkDown("gone")):
        recorder.failed(error)
    numbers = snapshot(recorder)
    assert numbers.errors == {"NoAnswer": 2, "Busy": 1, "LinkDown": 1}
    assert numbers.timeouts == 2
    assert numbers.last_error == "gone"


def test_a_snapshot_does_not_change_later() -> None:
    recorder = LinkRecorder()
    before = snapshot(recorder)
    recorder.failed(Busy(6))
    assert before.errors == {}


def test_the_first_connection_is_no_reconnect() -> None:
    recorder = LinkRecorder()
    recorder.opened()
    assert snapshot(recorder).reconnects == 0
    recorder.opened()
    assert snapshot(recorder).reconnects == 1


def test_latencies_of_writes_are_also_kept_apart() -> None:
    recorder = LinkRecorder()
    for seconds in (1.0, 2.0, 3.0):
        recorder.sent()
        recorder.took(seconds, writing=seconds == 2.0)
    numbers = snapshot(recorder)
    assert numbers.requests == 3
    assert numbers.latency_p50_s == 2.0
    assert numbers.latency_p95_s == 3.0
    assert numbers.write_p95_s == 2.0


def test_old_latencies_are_forgotten() -> None:
    recorder = LinkRecorder()
    recorder.took(30.0, writing=False)
    for _ in range(REMEMBERED_REQUESTS):
        recorder.took(0.06, writing=False)
    assert snapshot(recorder).latency_p95_s == pytest.approx(0.06)


@given(values=st.lists(st.floats(0, 60), min_size=1), percent=st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_covers_its_share(
    values: list[float], percent: int
) -> None:
    result = percentile(values, percent)
    assert result is not None
    assert 100 * sum(value <= result for value in values) >= percent * len(values)
    assert 100 * sum(value < result for value in values) < percent * len(values)


def test_what_the_device_does_not_have_is_no_failure_of_the_link() -> None:
    recorder = LinkRecorder()
    for error in (IllegalAddress(2), LinkDown("gone"), Busy(6), NoAnswer("late")):
        recorder.failed(error)
    assert snapshot(recorder).failed_requests == 2
