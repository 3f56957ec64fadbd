"""The manners of the simulated link and the counters it keeps."""

from dataclasses import dataclass
from enum import StrEnum


class SecondClient(StrEnum):
    """What happens when a client connects while another is connected."""

    KICKS = "kicks"
    """The new one gets the link, the old one is disconnected."""

    REFUSED = "refused"
    """The new one is disconnected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerBehaviour:
    """The manners of the server; durations are real (not plant) seconds."""

    latency_s: float = 0.06
    connect_silence_s: float = 1.0
    """Requests that arrive this early after a connection are left unanswered."""

    second_client: SecondClient = SecondClient.KICKS
    rival_period_s: float = 5.0
    """Scenario kicked_connection: how long a connection lasts."""

    slow_s: float = 3.0
    """Scenario slow_answers: the latency."""

    late_s: float = 12.0
    """Scenario late_answers: the latency of the late ones."""

    half_pause_s: float = 0.05
    """Scenario half_frames: the pause between two halves."""

    rights_s: float = 30.0
    """How long the rights of a login last after 49999 was written, where a plant wants
    one; the usual clients write it every 15 s."""


@dataclass(slots=True, kw_only=True)
class ServerStatistics:
    """Counters since the server was made, for benches."""

    connections: int = 0
    kicks: int = 0
    """Connections closed for the sake of another client, rivals included."""

    requests: int = 0
    """Complete request frames received, answered or not."""

    read_requests: int = 0
    write_requests: int = 0
    words_read: int = 0
    """Words delivered in answers."""

    words_written: int = 0
    """Words taken."""

    exceptions: int = 0
    """Requests answered with an exception."""

    unanswered: int = 0
    """Requests met with silence or the end of the connection."""
