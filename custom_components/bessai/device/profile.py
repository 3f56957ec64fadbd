"""A device family as values: registers, blocks, timing and how to recognise it.

Made by ``profile_parser.parse_profile`` and valid by construction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from re import Pattern

from ..core.errors import BessaiError
from .condition import Condition
from .control_profile import ControlProfile
from .plausibility_profile import PlausibilityProfile
from .register import Bit, Group, Register
from .safety_profile import SafetyProfile


class ProfileError(BessaiError):
    """A profile that does not say what a profile must say.

    Attributes:
        path: Where the mistake is, like ``registers[17].type``; ``profile`` for the
            document as a whole.
        reason: What is wrong, in plain words.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Proof(StrEnum):
    """Whether a span is known to be answered as one request."""

    PROVEN = "proven"
    TRIAL = "trial"
    """To be tried once on each device and kept only where it is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeSpan:
    """Addresses that may be read in one request although not all are documented."""

    start: int
    count: int
    proof: Proof
    sources: str = ""

    @property
    def end(self) -> int:
        """The first address behind the span."""
        return self.start + self.count


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTiming:
    """How patiently the device must be spoken to."""

    connect_pause_s: float
    """Silence after the connection is open."""
    request_pause_s: float
    """Silence between two requests."""
    timeout_s: float
    retry_pauses_s: tuple[float, ...]
    """Pause before each further try; as many tries after the first as pauses."""
    max_read_words: int
    max_write_words: int
    poll_period_s: float
    settings_period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """How a device of this family is recognised."""

    model: str
    """Key of the register that holds the model's name."""
    serial_number: str
    firmware: str
    match: Pattern[str]
    """Searched in the model's name: this profile fits."""
    refuse: Mapping[str, Pattern[str]]
    """Another kind of device (``emma``) to the pattern its model's name shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of the plant that becomes a device: inverter, battery, meter."""

    name: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Registers that are read at the same time, exist together and fail together."""

    name: str
    group: Group
    part: str
    required: bool = False
    """Without it the poll has failed."""
    when: Condition | None = None
    """Whether this plant has it; judged like the ``when`` of a register."""
    gate: Condition | None = None
    """Whether it may be read just now; judged on the latest values before each read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """Everything BESSAI knows of a device family."""

    id: str
    version: int
    name: str
    manufacturer: str
    sources: Mapping[str, str]
    """Letter to the source that it stands for."""
    unit_ids: tuple[int, ...]
    """Unit ids to try, in this order."""
    link: LinkTiming
    identity: Identity
    parts: Mapping[str, Part]
    blocks: Mapping[str, Block]
    safe_spans: tuple[SafeSpan, ...]
    registers: Mapping[str, Register]
    """Key to register, in order of address, repeats written out."""
    writable: bool
    """Whether a register of it may be written at all: never for an owner's profile."""

    safety: SafetyProfile | None = None
    """``None``: nothing is known that commands could be judged by."""

    control: ControlProfile | None = None
    """``None``: the device is not commanded, as with every owner's profile."""

    plausibility: PlausibilityProfile | None = None
    """``None``: nothing is known that its answers could be judged by."""

    @property
    def proven_spans(self) -> tuple[SafeSpan, ...]:
        """Spans known from the field."""
        return tuple(span for span in self.safe_spans if span.proof is Proof.PROVEN)

    @property
    def trial_spans(self) -> tuple[SafeSpan, ...]:
        """Spans to be tried on the device before they are used."""
        return tuple(span for span in self.safe_spans if span.proof is Proof.TRIAL)

    @property
    def alarms(self) -> Mapping[str, Bit]:
        """Name to meaning of each bit that is an alarm: one with a severity."""
        return {
            bit.name: bit
            for register in self.registers.values()
            for bit in (register.bits or {}).values()
            if bit.severity is not None
        }
