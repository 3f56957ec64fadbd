"""The errors of the border say what happened."""

import pytest

from custom_components.bessai.core.errors import BessaiError
from custom_components.bessai.device.link import (
    Acknowledged,
    BrokenAnswer,
    Busy,
    DeviceFailure,
    DeviceRefusal,
    GatewayUnreachable,
    IllegalAddress,
    IllegalFunction,
    IllegalValue,
    LinkDown,
    LinkError,
    NoAnswer,
    NotPermitted,
    refusal,
)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, IllegalFunction),
        (2, IllegalAddress),
        (3, IllegalValue),
        (4, DeviceFailure),
        (5, Acknowledged),
        (6, Busy),
        (10, GatewayUnreachable),
        (11, GatewayUnreachable),
        (0x80, NotPermitted),
    ],
)
def test_each_code_has_its_own_error(code: int, kind: type[DeviceRefusal]) -> None:
    error = refusal(code, "host:502, unit 1, reading 2 registers at 30000")
    assert type(error) is kind
    assert error.code == code


def test_a_refusal_is_a_sentence_about_the_request() -> None:
    assert str(refusal(6, "host:502, unit 1, writing register 47100")) == (
        "host:502, unit 1, writing register 47100: the device is busy (exception 0x06)"
    )


def test_a_code_without_a_meaning_is_still_a_refusal() -> None:
    error = refusal(0x7F)
    assert type(error) is DeviceRefusal
    assert str(error) == "the device refused (exception 0x7F)"


@pytest.mark.parametrize("kind", [LinkDown, NoAnswer, BrokenAnswer])
def test_every_error_is_one_of_ours(kind: type[LinkError]) -> None:
    assert issubclass(kind, LinkError)
    assert issubclass(kind, BessaiError)
    assert str(kind("silence")) == "silence"


def test_a_link_that_is_down_tells_a_refusal_from_an_absence_and_a_loss() -> None:
    assert LinkDown("nobody listens", refused=True).refused
    assert LinkDown("it hung up", lost=True).lost
    absence = LinkDown("nobody is there")
    assert not absence.refused
    assert not absence.lost
