"""One register of a profile: where it is, what it means, who says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .condition import Condition

UNIT_SUFFIXES: Mapping[str, str] = {
    "W": "_w",
    "kW": "_kw",
    "var": "_var",
    "VA": "_va",
    "V": "_v",
    "A": "_a",
    "Hz": "_hz",
    "°C": "_c",
    "%": "_pct",
    "%/s": "_pct_per_s",
    "kWh": "_kwh",
    "kvarh": "_kvarh",
    "s": "_s",
    "min": "_min",
    "MΩ": "_mohm",
}
"""Each unit a register may have, and the end of its key that says so."""


class RegisterType(StrEnum):
    """How the words of a register are to be read."""

    INT16 = "INT16"
    UINT16 = "UINT16"
    INT32 = "INT32"
    UINT32 = "UINT32"
    INT64 = "INT64"
    UINT64 = "UINT64"
    FLOAT32 = "FLOAT32"
    STRING = "STRING"
    BITS16 = "BITS16"
    BITS32 = "BITS32"
    ENUM16 = "ENUM16"
    WORDS = "WORDS"


class Sign(StrEnum):
    """How the device's sign becomes ours (power towards the house is positive)."""

    AS_READ = "as_read"
    NEGATED = "negated"
    ABSOLUTE = "absolute"


class Access(StrEnum):
    """What may be done with a register."""

    READ = "read"
    READ_WRITE = "read_write"
    INSTALLER = "installer"
    """Documented as writable, and never written by us."""
    WRITE = "write"
    """Cannot be read, and is never read."""


class Group(StrEnum):
    """When a register is read."""

    IDENTITY = "identity"
    """Once."""
    PROBE = "probe"
    """Before the first poll as far as it decides what is read, then once a day."""
    READINGS = "readings"
    """In each poll."""
    GUARD = "guard"
    """In each third poll."""
    SETTINGS = "settings"
    """Every few minutes, and after a write."""
    SLOW = "slow"
    """With each sixth reading of the settings."""


class Counter(StrEnum):
    """How a total of energy counts."""

    LIFETIME = "lifetime"
    DAILY = "daily"
    """Restarts at the device's midnight."""


class Certainty(StrEnum):
    """How sure the sources are of a register."""

    CERTAIN = "certain"
    SINGLE_SOURCE = "single_source"
    DISPUTED = "disputed"


class Order(StrEnum):
    """Which of two comes first: the high one (big) or the low one (little)."""

    BIG = "big"
    LITTLE = "little"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bit:
    """What it means that one bit is set."""

    name: str
    id: int | None = None
    """The manufacturer's number of the alarm."""
    severity: str | None = None
    """``major``, ``minor`` or ``warning`` where the bit is an alarm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """One value of the device, as the profile describes it.

    The decoded value is ``raw / gain`` in ``unit``, with our sign.
    """

    key: str
    """The name of the value everywhere; ends in its unit (``battery_power_w``)."""

    title: str
    """What it is, in English words."""

    address: int
    """The address on the wire, no offset."""

    type: RegisterType
    words: int
    """How many 16-bit registers it takes."""

    block: str
    group: Group
    part: str

    gain: int = 1
    sign: Sign = Sign.AS_READ
    unit: str | None = None
    enum: Mapping[int, str] | None = field(default=None, hash=False)
    bits: Mapping[int, Bit] | None = field(default=None, hash=False)

    sentinels: frozenset[int] = frozenset()
    """Raw values, sign and gain not applied, that mean the device has no value."""

    byte_order: Order = Order.BIG
    word_order: Order = Order.BIG

    access: Access = Access.READ
    minimum: float | None = None
    """Smallest value that may be written, in ``unit``."""
    maximum: float | None = None
    """Largest value that may be written, in ``unit``."""
    persistent: bool = False
    """A stored setting: it outlives us and its writing may wear the memory."""

    optional: bool = False
    """May be absent on a model or firmware."""
    alone: bool = False
    """Never shares a request with another register: some devices refuse it or are
    slow with it, and that must not touch the others."""
    when: Condition | None = None
    """Whether this plant has it."""
    index: int | None = None
    """Its number where the profile repeats one description (string 1, 2, 3)."""

    counter: Counter | None = None
    local_epoch: bool = False
    """Seconds since 1970 counted in the device's local time."""
    secret: bool = False
    """Redacted in diagnostics."""

    sources: str = ""
    certainty: Certainty = Certainty.CERTAIN

    @property
    def end(self) -> int:
        """The first address behind the register."""
        return self.address + self.words

    @property
    def readable(self) -> bool:
        """Whether the device answers a read of it."""
        return self.access is not Access.WRITE

    @property
    def writable(self) -> bool:
        """Whether we may write it, if the profile is writable at all.

        Whatever a single source says is too little to write by.
        """
        return (
            self.access in (Access.READ_WRITE, Access.WRITE)
            and self.certainty is Certainty.CERTAIN
        )
