"""The registers that hold what they are told: what may be written, what is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from .errors import ExceptionCode, RegisterFault


class Access(Enum):
    """Who may write a setting."""

    OPEN = auto()
    LOCKED = auto()
    """The installer only: anything but the present value lacks permission."""

    FIXED = auto()
    """Nobody."""

    COMMAND = auto()
    """Anybody, and nobody can read it."""


class Ceiling(Enum):
    """An upper bound that changes while the plant runs."""

    CHARGE_POWER = auto()
    """Register 37046."""

    DISCHARGE_POWER = auto()
    """Register 37048."""

    GRID_CHARGE_POWER = auto()
    """Register 47244."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One register that keeps a number or, with a ``check``, a table of words."""

    address: int
    words: int = 1
    initial: int = 0
    minimum: int = 0
    maximum: int | Ceiling | None = None
    """``None``: as far as the words reach."""

    among: frozenset[int] | None = None
    """The only values allowed, where there are gaps."""

    access: Access = Access.OPEN
    check: Callable[[Sequence[int]], object] | None = None
    """Raises ``ValueError`` for a table that breaks its rules."""


def to_words(value: int, count: int) -> tuple[int, ...]:
    """Return a number as words, high one first, negative ones in two's complement."""
    return tuple(value >> 16 * (count - 1 - i) & 0xFFFF for i in range(count))


def to_number(words: Sequence[int], *, signed: bool = False) -> int:
    """Return words, high one first, as a number."""
    value = 0
    for word in words:
        value = value << 16 | word
    half = 1 << 16 * len(words) - 1
    return value - 2 * half if signed and value >= half else value


class Settings:
    """The table of settings with the words they hold at present."""

    def __init__(self, table: Sequence[Setting], *, clamps: bool = False) -> None:
        """Start with the initial values.

        Args:
            table: Every setting of the device.
            clamps: Whether a power beyond its ceiling is lowered, not refused.
        """
        self._table = {setting.address: setting for setting in table}
        self._clamps = clamps
        self._words: dict[int, int] = {}
        for setting in table:
            if setting.access is not Access.COMMAND:
                self._keep(setting, to_words(setting.initial, setting.words))

    @property
    def image(self) -> Mapping[int, int]:
        """What every readable address of the settings holds."""
        return self._words

    def words(self, address: int) -> tuple[int, ...]:
        """Return what a setting holds."""
        count = self._table[address].words
        return tuple(self._words[address + i] for i in range(count))

    def value(self, address: int) -> int:
        """Return what a setting holds, as a number of its own sign."""
        signed = self._table[address].minimum < 0
        return to_number(self.words(address), signed=signed)

    def put(self, address: int, value: int) -> None:
        """Let the device itself change a setting."""
        setting = self._table[address]
        self._keep(setting, to_words(value, setting.words))

    def write(
        self, address: int, words: Sequence[int], ceilings: Mapping[Ceiling, int]
    ) -> tuple[int, ...]:
        """Take the words of one request, all of them or none.

        Args:
            address: Of the first word.
            words: They must fill whole settings.
            ceilings: The changing bounds as they are now.

        Returns:
            The addresses of the settings written, in order.

        Raises:
            RegisterFault: The request is refused.
        """
        parts = self._split(address, words)
        taken = [(one, self._judged(one, part, ceilings)) for one, part in parts]
        for setting, part in taken:
            if setting.access is not Access.COMMAND:
                self._keep(setting, part)
        return tuple(setting.address for setting, _ in taken)

    def _split(
        self, address: int, words: Sequence[int]
    ) -> list[tuple[Setting, tuple[int, ...]]]:
        """Return the settings a request touches with the words for each."""
        parts = []
        done = 0
        while done < len(words):
            setting = self._table.get(address + done)
            if setting is None or setting.access is Access.FIXED:
                raise RegisterFault(ExceptionCode.ILLEGAL_ADDRESS)
            part = tuple(words[done : done + setting.words])
            if len(part) < setting.words:
                raise RegisterFault(ExceptionCode.ILLEGAL_VALUE)
            parts.append((setting, part))
            done += setting.words
        return parts

    def _judged(
        self,
        setting: Setting,
        words: tuple[int, ...],
        ceilings: Mapping[Ceiling, int],
    ) -> tuple[int, ...]:
        """Return the words a setting is to keep, or refuse them."""
        if setting.access is Access.LOCKED:
            if words != self.words(setting.address):
                raise RegisterFault(ExceptionCode.NO_PERMISSION)
            return words
        if setting.check is not None:
            try:
                setting.check(words)
            except ValueError as err:
                raise RegisterFault(ExceptionCode.ILLEGAL_VALUE) from err
            return words
        value = to_number(words, signed=setting.minimum < 0)
        return to_words(self._bounded(setting, value, ceilings), setting.words)

    def _bounded(
        self, setting: Setting, value: int, ceilings: Mapping[Ceiling, int]
    ) -> int:
        """Return the number a setting is to keep, or refuse it."""
        if setting.among is not None and value not in setting.among:
            raise RegisterFault(ExceptionCode.ILLEGAL_VALUE)
        maximum = setting.maximum
        if isinstance(maximum, Ceiling):
            maximum = ceilings[maximum]
            if self._clamps:
                value = min(value, maximum)
        if value < setting.minimum or (maximum is not None and value > maximum):
            raise RegisterFault(ExceptionCode.ILLEGAL_VALUE)
        return value

    def _keep(self, setting: Setting, words: Sequence[int]) -> None:
        """Store words."""
        for offset, word in enumerate(words):
            self._words[setting.address + offset] = word
