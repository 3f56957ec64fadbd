"""What a courier wants done next, and the bounds it keeps."""

from dataclasses import dataclass

from .parcel import Parcel
from .publisher import FailureReason


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierLimits:
    """How much is sent, how often, and how long messages may be in memory only."""

    batch: int = 100
    """Messages of one request; the service takes 1,000."""

    batch_bytes: int = 1_000_000
    """Data and attributes of one request; the service takes ten times that."""

    request_gap_s: float = 0.2
    """Five requests a second are enough for a day's backlog in 35 s."""

    commit_after_s: float = 60
    """So long a message may be in memory only while nothing waits in the outbox; a
    kill costs at most that."""

    memory: int = 500
    """More messages than that are committed at once."""

    memory_bytes: int = 1_000_000

    full_memory: int = 5_000
    """Even with a failing disk no more than that; the oldest go, and are counted.
    Seven hours at one message per 5 s."""

    full_memory_bytes: int = 8_000_000

    disk_retry_s: float = 60
    """After a failure of the disk."""

    stopped_retry_s: float = 900
    """Somebody may have acted in the cloud's console, where we do not see it."""

    poison_in_a_row: int = 10
    """Where so many messages are refused one after another, it is not the messages:
    a topic's schema has changed, and laying everything aside would lose it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Publish these in one request."""

    parcels: tuple[Parcel, ...]
    from_disk: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """Append these to the outbox, and count what memory had to drop."""

    parcels: tuple[Parcel, ...]
    dropped: int


@dataclass(frozen=True, slots=True)
class Drain:
    """Read the first messages of the outbox; the arguments of ``Outbox.first``."""

    count: int
    max_bytes: int
    after_seq: int


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove these from the outbox: they are acknowledged."""

    seqs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Park:
    """Lay this one aside in the outbox: it is refused."""

    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again at this time, or earlier if a message came."""

    until_s: float | None
    """``None``: only when a message comes."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody has to act; ask again at this time, or when somebody has."""

    reason: FailureReason
    until_s: float


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing is left to be done before the end."""


type DiskStep = Commit | Drain | Remove | Park
type Step = Send | DiskStep | Wait | Stopped | Finished
