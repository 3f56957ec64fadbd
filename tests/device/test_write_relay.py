"""Everybody who wants to know of the writes is told of each."""

from custom_components.bessai.core.command import Write
from custom_components.bessai.device.write_relay import WriteRelay

TAKEN = Write(key="forcible_command", address=47100, value="stop", stored=False)
FAILED = Write(
    key="charge_power_limit_w", address=47075, value=0, stored=True, error="late"
)


def test_everybody_is_told_in_the_order_they_came() -> None:
    relay, heard = WriteRelay(), list[tuple[str, Write]]()
    relay(TAKEN)
    relay.add(lambda write: heard.append(("audit", write)))
    relay.add(lambda write: heard.append(("monitor", write)))
    relay(FAILED)
    assert heard == [("audit", FAILED), ("monitor", FAILED)]


def test_who_has_enough_is_told_no_more() -> None:
    relay, heard = WriteRelay(), list[Write]()
    stop = relay.add(heard.append)
    relay(TAKEN)
    stop()
    relay(FAILED)
    assert heard == [TAKEN]
