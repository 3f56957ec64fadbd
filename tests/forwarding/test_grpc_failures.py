"""Every status of gRPC means one thing to who publishes."""

import grpc  # type: ignore[import-untyped]
from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.forwarding.grpc_failures import failure_of
from custom_components.bessai.forwarding.publisher import (
    FailureReason as Reason,
    LastingFailure,
    PassingFailure,
    PublishError,
    RefusedContent,
)

EXPECTED: dict[str, tuple[type[PublishError], Reason]] = {
    "CANCELLED": (PassingFailure, Reason.UNAVAILABLE),
    "UNKNOWN": (PassingFailure, Reason.INTERNAL),
    "INVALID_ARGUMENT": (RefusedContent, Reason.CONTENT),
    "DEADLINE_EXCEEDED": (PassingFailure, Reason.TIMEOUT),
    "NOT_FOUND": (LastingFailure, Reason.TOPIC),
    "ALREADY_EXISTS": (PassingFailure, Reason.INTERNAL),
    "PERMISSION_DENIED": (LastingFailure, Reason.PERMISSION),
    "RESOURCE_EXHAUSTED": (PassingFailure, Reason.QUOTA),
    "FAILED_PRECONDITION": (LastingFailure, Reason.PRECONDITION),
    "ABORTED": (PassingFailure, Reason.UNAVAILABLE),
    "OUT_OF_RANGE": (RefusedContent, Reason.CONTENT),
    "UNIMPLEMENTED": (PassingFailure, Reason.UNAVAILABLE),
    "INTERNAL": (PassingFailure, Reason.INTERNAL),
    "UNAVAILABLE": (PassingFailure, Reason.UNAVAILABLE),
    "DATA_LOSS": (PassingFailure, Reason.INTERNAL),
    "UNAUTHENTICATED": (LastingFailure, Reason.CREDENTIALS),
}


def test_every_status_is_thought_of() -> None:
    assert set(EXPECTED) == {code.name for code in grpc.StatusCode} - {"OK"}


@pytest.mark.parametrize("status", EXPECTED)
def test_a_status_means_one_thing(status: str) -> None:
    failure = failure_of(status, "what was said")
    assert (type(failure), failure.reason) == EXPECTED[status]
    assert str(failure).endswith(": what was said")


def test_a_request_too_large_for_the_server_is_no_quota() -> None:
    failure = failure_of(
        "RESOURCE_EXHAUSTED", "Received message larger than max (12 vs. 4)"
    )
    assert isinstance(failure, RefusedContent)
    assert failure.reason is Reason.TOO_LARGE


def test_a_status_of_the_future_is_worth_another_try() -> None:
    assert isinstance(failure_of("TOO_EARLY", ""), PassingFailure)


@given(status=st.sampled_from(sorted(EXPECTED)), detail=st.text(max_size=2000))
def test_what_is_said_is_one_short_line(status: str, detail: str) -> None:
    text = str(failure_of(status, detail))
    assert len(text) < 300
    assert len(text.splitlines()) == 1
