"""What is off about a plant: a finding with its evidence, never a bare score."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FindingKind(StrEnum):
    """What can be off: a closed list, each with a text and an advice for people."""

    OUT_OF_BOUNDS = "out_of_bounds"
    """A value that the equipment cannot have, by its datasheet."""

    IMPOSSIBLE_STEP = "impossible_step"
    """A value that changed faster than physics lets it."""

    FROZEN = "frozen"
    """Values that are never still stand still, while answers come."""

    COUNTER = "counter"
    """An energy counter that ran back, jumped, or counts what does not flow."""

    ENERGY_BALANCE = "energy_balance"
    """Powers that do not add up."""

    SOC_MISMATCH = "soc_mismatch"
    """The state of charge does not follow the battery's power."""

    HEAT_MISMATCH = "heat_mismatch"
    """A temperature does not follow the losses."""

    CLOCK = "clock"
    """The plant's clock jumped or stands."""

    IDENTITY = "identity"
    """Another device answers than the one we know."""

    SLOW_ANSWERS = "slow_answers"
    """Answers take longer than they ever did, all of them."""

    SETTING_CHANGED = "setting_changed"
    """A control register was written, and not by us."""

    FOREIGN_COMMAND = "foreign_command"
    """The battery obeys somebody else, or does not do as we told it."""

    UNUSUAL = "unusual"
    """Nothing is wrong by itself, but the plant was never seen like this."""


CERTAIN = frozenset(
    {FindingKind.OUT_OF_BOUNDS, FindingKind.IDENTITY, FindingKind.SETTING_CHANGED}
)
"""What keeps commands from the battery unless the owner chooses otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One named anomaly with what it was seen by."""

    kind: FindingKind
    subject: str
    """Key of the value, setting or channel that it is about; names of
    ``device`` profiles, or of :class:`~.observation.Flow`."""

    measured: float | str | None
    expected: float | str | None
    """What it should be, or the bound that it went past."""

    tolerance: float | None
    """How far the two may be apart; ``None`` where nothing but equality will do."""

    unit: str | None
    """Of the three above; ``None``: words, or a plain number."""

    since: datetime
    """When it was first seen; aware, UTC."""

    score: float
    """How strong it is, 0 to 1: 0.5 is at tolerance, 1 at twice the tolerance."""
