"""The border between those who decide about commands and the device that takes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from .errors import BessaiError
from .setpoint import Direction, Wish
from .telemetry import Value
from .verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A vetted wish, ready to be written."""

    wish: Wish
    period_s: int
    """After so long the device ends a setpoint by itself; whole minutes."""

    grid_charge: bool = False
    """Whether a charge needs more than the panels give now."""


class Standing(StrEnum):
    """What the device says of its command register."""

    NONE = "none"
    CHARGE = "charge"
    DISCHARGE = "discharge"


STANDING: Mapping[Direction, Standing] = {
    Direction.CHARGE: Standing.CHARGE,
    Direction.DISCHARGE: Standing.DISCHARGE,
}
"""What the device says of its command register while a direction is commanded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A stored setting that we changed."""

    value: float
    """As it was before, in the register's unit."""

    written: float
    """What we wrote instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandMark:
    """A forcible command of ours: what to know it by after a restart."""

    standing: Standing
    power_w: float
    """As written to the device, not negative."""

    until: datetime
    """The device has ended it by then, whatever becomes of us; aware, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlJournal:
    """What we owe the plant: kept on disk before anything is written."""

    originals: Mapping[str, Original] = field(default_factory=dict)
    """Key of a stored setting to what has to be put back."""

    command: CommandMark | None = None
    """The last forcible command that is not known to have ended."""

    stored_writes: Mapping[date, int] = field(default_factory=dict)
    """Calendar day to writes of stored settings on it; the last days only."""

    @property
    def owes(self) -> bool:
        """Whether something has to be ended or put back."""
        return bool(self.originals) or self.command is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write to the plant and what came of it, for the audit trail."""

    key: str
    address: int
    value: Value
    stored: bool
    error: str | None = None
    """``None``: taken, as far as the answer goes."""


type ReadBack = Mapping[str, Value]
"""Key to the value that the plant returned after it was written."""


class CommandError(BessaiError):
    """A command that did not reach the plant as it should."""


class CommandUnsent(CommandError):  # noqa: N818 - named after what happened
    """The link failed; what was written so far ends by itself or is in the journal."""


class CommandRefused(CommandError):  # noqa: N818 - named after what happened
    """The device did not take a value.

    Attributes:
        key: The register's key.
        value: What was written.
    """

    def __init__(self, key: str, value: Value, reason: str) -> None:
        super().__init__(f"{key} = {value}: {reason}")
        self.key, self.value = key, value


class CommandNotPermitted(CommandRefused):
    """The device wants the installer's consent first."""


class ReadBackDiffers(CommandError):  # noqa: N818 - named after what happened
    """The device took a value and holds another."""

    def __init__(self, key: str, value: Value, found: Value) -> None:
        super().__init__(f"{key}: wrote {value}, read back {found}")
        self.key, self.value, self.found = key, value, found


class CommandOverruled(CommandError):  # noqa: N818 - named after what happened
    """Something more important came in between two writes."""


FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchResult:
    """What became of a proposal."""

    verdict: Verdict
    read_back: ReadBack = field(default_factory=dict)
    expires_at: datetime | None = None
    """When the plant is released again, if it was dispatched; aware, UTC."""

    error: CommandError | None = None
    """Why a wish that the guard let pass did not come to the plant."""

    @property
    def outcome(self) -> str:
        """``approved``, ``clamped``, ``refused`` or ``failed``."""
        return FAILED if self.error else self.verdict.outcome.value
