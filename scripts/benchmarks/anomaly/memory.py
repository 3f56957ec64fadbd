"""What the detector holds in memory."""

import tracemalloc

from custom_components.bessai.anomaly.detector import Detector

from .conversation import Conversation
from .expected import expectations
from .home import build_home

_DAY_S = 86_400.0


def held_bytes(days: float) -> tuple[int, int]:
    """Return what a detector holds after days of polls, and its peak, by tracemalloc.

    The polls are lived through beforehand, so that only the detector is traced.
    """
    home = build_home(1)
    talk = Conversation(home, home.start.timestamp() + days * _DAY_S)
    observations = [poll.observation for poll in talk.polls()]
    told = expectations()
    tracemalloc.start()
    detector = Detector(told)
    for seen in observations:
        detector.look(seen)
    held = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held
