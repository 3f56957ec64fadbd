"""What people are told when messages are not taken."""

import pytest

from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    PublishError,
    RefusedContent,
)


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_has_a_text_and_a_remedy(reason: FailureReason) -> None:
    assert reason.text[0].islower()
    assert not reason.text.endswith(".")
    assert reason.remedy[0].isupper()
    assert reason.remedy.endswith(".")


@pytest.mark.parametrize("kind", [PassingFailure, LastingFailure, RefusedContent])
def test_failure_tells_its_reason_and_what_the_service_said(
    kind: type[PublishError],
) -> None:
    failure = kind(FailureReason.TOPIC, "projects/p/topics/t")
    assert isinstance(failure, BessaiError)
    assert failure.reason is FailureReason.TOPIC
    assert str(failure) == "the topic does not exist: projects/p/topics/t"
    assert str(kind(FailureReason.TOPIC)) == "the topic does not exist"
