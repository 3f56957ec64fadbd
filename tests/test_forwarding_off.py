"""Whoever does not forward has nothing of it: no library, no thread, no file."""

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
import sys
from threading import enumerate as threads
from types import ModuleType

import pytest

from .forwarded import until
from .forwarding.fake_pubsub import TOPIC
from .home import Home

ADAPTER = "custom_components.bessai.forwarding.pubsub_publisher"
GOOGLES = ("google", "grpc", "opentelemetry")
ON = {
    "enabled": True,
    "project": TOPIC.split("/")[1],
    "topic": TOPIC.split("/")[-1],
    "authentication": "emulator",
    "emulator_address": "127.0.0.1:9",
}


class Refusal(MetaPathFinder):
    """Notes what of Google's is imported, and does not let it be."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> None:
        """Pass over what is not Google's."""
        if name.split(".", maxsplit=1)[0] in GOOGLES:
            self.asked.append(name)
            raise ModuleNotFoundError(name)


@pytest.fixture
def refusal(monkeypatch: pytest.MonkeyPatch) -> Refusal:
    """Return what is asked for from now on; other tests have loaded it already."""
    for name in list(sys.modules):
        if name.split(".")[0] in GOOGLES or name == ADAPTER:
            monkeypatch.delitem(sys.modules, name)
    refusal = Refusal()
    monkeypatch.setattr(sys, "meta_path", [refusal, *sys.meta_path])
    return refusal


@pytest.fixture
def outbox(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of outboxes, in a configuration folder of this test."""
    monkeypatch.setattr(home.hass.config, "config_dir", str(tmp_path))
    return tmp_path / "bessai" / "outbox"


def outbox_threads() -> list[str]:
    """Return those that use an outbox."""
    return [one.name for one in threads() if one.name.startswith("bessai outbox")]


def files(outbox: Path) -> list[str]:
    """Return what is in a folder; nothing if there is none."""
    return [one.name for one in outbox.glob("*")]


@pytest.mark.parametrize("section", [{}, {**ON, "enabled": False}], ids=["new", "off"])
async def test_switched_off_it_leaves_no_trace(
    home: Home, refusal: Refusal, outbox: Path, section: dict[str, object]
) -> None:
    home.options = {"forwarding": section}
    await home.add()
    await home.poll()
    assert home.runtime.forwarder is None
    assert refusal.asked == []
    assert outbox_threads() == []
    assert files(outbox) == []


async def test_switched_on_it_would_be_seen(
    home: Home, refusal: Refusal, outbox: Path
) -> None:
    """Else the test above could not fail."""
    home.options = {"forwarding": ON}
    await home.add()
    await until(lambda: refusal.asked)
    assert len(outbox_threads()) == 1
    assert files(outbox)
