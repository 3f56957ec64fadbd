"""Something a plant has a value for, wherever the value comes from."""

from dataclasses import dataclass

from .derived import Derived
from .register import UNIT_SUFFIXES, Counter, Group, Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """What a person wants to know of a value before seeing it."""

    key: str
    title: str
    """English words, for a profile whose keys have no translation."""
    unit: str | None
    part: str
    group: Group
    options: tuple[str, ...] | None = None
    """The names of an enum, in the order of their codes."""
    counter: Counter | None = None
    index: int | None = None
    """Its number where the plant has several of a kind."""
    is_local_time: bool = False
    is_setting: bool = False

    @property
    def name(self) -> str:
        """The key without its unit (``battery_power``)."""
        return self.key.removesuffix(UNIT_SUFFIXES.get(self.unit or "", ""))

    @property
    def kind(self) -> str:
        """The name with ``n`` for its number: one for all of a kind (``pvn_power``)."""
        if self.index is None:
            return self.name
        head, _, tail = self.name.rpartition(str(self.index))
        return f"{head}n{tail}"


def from_register(register: Register) -> Quantity:
    """Return the quantity that a register of a profile holds."""
    options = None
    if register.enum is not None:
        options = tuple(dict.fromkeys(register.enum.values()))
    return Quantity(
        key=register.key,
        title=register.title,
        unit=register.unit,
        part=register.part,
        group=register.group,
        options=options,
        counter=register.counter,
        index=register.index,
        is_local_time=register.local_epoch,
        is_setting=register.group in (Group.SETTINGS, Group.SLOW, Group.PROBE),
    )


def from_derived(row: Derived) -> Quantity:
    """Return the quantity that is computed by a row."""
    return Quantity(
        key=row.key,
        title=row.title,
        unit=row.unit,
        part=row.part,
        group=Group.READINGS,
        counter=row.counter,
        index=row.index,
    )
