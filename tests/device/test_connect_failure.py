"""An owner reads why there is no connection, not an error number."""

import socket

import pytest

from custom_components.bessai.device.connect_failure import link_down

REFUSED = ConnectionRefusedError(111, "Connect call failed ('192.0.2.1', 502)")
NO_ROUTE = OSError(113, "No route to host")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (REFUSED, "the host refuses the connection"),
        (TimeoutError(), "no connection within 2.5 s"),
        (socket.gaierror(-2, "Name"), "the name of the host cannot be resolved"),
        (UnicodeError("label too long"), "the name of the host cannot be resolved"),
        (NO_ROUTE, "no connection: No route to host"),
        (OSError("out of luck"), "no connection: out of luck"),
        (
            ExceptionGroup("all", [NO_ROUTE, NO_ROUTE]),
            "no connection: No route to host",
        ),
        (ExceptionGroup("all", [NO_ROUTE, REFUSED]), "the host refuses the connection"),
    ],
)
def test_the_reason_is_given_in_words(error: Exception, text: str) -> None:
    assert str(link_down("dongle:502", error, 2.5)) == f"dongle:502: {text}"


def test_only_a_host_that_is_there_refuses() -> None:
    assert link_down("dongle:502", REFUSED, 1).refused
    assert link_down("dongle:502", ExceptionGroup("", [NO_ROUTE, REFUSED]), 1).refused
    assert not link_down("dongle:502", NO_ROUTE, 1).refused
    assert not link_down("dongle:502", ExceptionGroup("", [NO_ROUTE]), 1).refused
