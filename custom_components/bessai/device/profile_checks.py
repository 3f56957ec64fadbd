"""What must hold between the pieces of a profile, after each is right by itself."""

from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from .condition import AllOf, AnyOf, AtLeast, Condition, Is, IsNot
from .profile import DeviceProfile, ProfileError
from .register import Group, Register, RegisterType

type Placed = Sequence[tuple[str, Register]]
"""Registers in the order of the document, each with the path of its entry."""

_TEXTS = {RegisterType.STRING, RegisterType.ENUM16}
_NOT_COMPARABLE = {RegisterType.WORDS, RegisterType.BITS16, RegisterType.BITS32}


def check_profile(profile: DeviceProfile, placed: Placed) -> None:
    """Refuse a profile whose pieces contradict one another.

    Raises:
        ProfileError: Naming the first contradiction found.
    """
    _check_keys(placed)
    _check_overlaps(placed)
    _check_spans(profile)
    _check_identity(profile)
    for path, condition in _conditions(profile, placed):
        for comparison in _comparisons(condition):
            _check_comparison(profile, path, comparison)
    _check_decidable(profile, placed)


def _check_keys(placed: Placed) -> None:
    seen: set[str] = set()
    for path, register in placed:
        if register.key in seen:
            raise ProfileError(f"{path}.key", f"{register.key} is there twice")
        seen.add(register.key)


def _check_overlaps(placed: Placed) -> None:
    ordered = sorted(placed, key=lambda item: item[1].address)
    for (_, register), (path, following) in pairwise(ordered):
        if following.address < register.end:
            raise ProfileError(
                f"{path}.address",
                f"{following.key} at {following.address} overlaps {register.key}, "
                f"which is at {register.address} to {register.end - 1}",
            )


def _check_spans(profile: DeviceProfile) -> None:
    """Refuse a span across what must not be read, or not with anything else."""
    for at, span in enumerate(profile.safe_spans):
        for register in profile.registers.values():
            inside = register.address < span.end and span.start < register.end
            if inside and (register.alone or not register.readable):
                raise ProfileError(
                    f"safe_spans[{at}]",
                    f"crosses {register.key} at {register.address}, which must not be "
                    "read with others",
                )


def _check_identity(profile: DeviceProfile) -> None:
    identity = profile.identity
    named = {
        "model": identity.model,
        "serial_number": identity.serial_number,
        "firmware": identity.firmware,
    }
    for name, key in named.items():
        register = profile.registers.get(key)
        if (
            register is None
            or register.type is not RegisterType.STRING
            or register.group is not Group.IDENTITY
        ):
            raise ProfileError(
                f"identity.{name}", f"{key} is no STRING register of the group identity"
            )


def _conditions(
    profile: DeviceProfile, placed: Placed
) -> Iterator[tuple[str, Condition]]:
    """Yield each condition of the profile with its path."""
    for name, part in profile.parts.items():
        yield from _given(f"parts.{name}.when", part.when)
    for name, block in profile.blocks.items():
        yield from _given(f"blocks.{name}.when", block.when)
        yield from _given(f"blocks.{name}.gate", block.gate)
    for path, register in placed:
        yield from _given(f"{path}.when", register.when)
    if profile.safety is not None:
        yield "safety.commanded", profile.safety.commanded
        for name, manager in profile.safety.managers.items():
            yield f"safety.managers.{name}", manager
    if profile.plausibility is not None:
        plausibility = profile.plausibility
        yield from _given("plausibility.self_consuming", plausibility.self_consuming)
        yield from _given("plausibility.resting", plausibility.resting)
        yield from _given("plausibility.calibrating", plausibility.calibrating)


def _given(path: str, condition: Condition | None) -> Iterator[tuple[str, Condition]]:
    if condition is not None:
        yield path, condition


def _comparisons(condition: Condition) -> Iterator[Is | IsNot | AtLeast]:
    """Yield what a condition asks of single registers."""
    match condition:
        case AnyOf() | AllOf():
            for inner in condition.conditions:
                yield from _comparisons(inner)
        case _:
            yield condition


def _check_comparison(
    profile: DeviceProfile, path: str, comparison: Is | IsNot | AtLeast
) -> None:
    """Refuse a comparison that could never be true, most often a slip of the pen."""
    register = profile.registers.get(comparison.key)
    if register is None or not register.readable:
        raise ProfileError(path, f"there is no readable register {comparison.key}")
    if register.type in _NOT_COMPARABLE:
        raise ProfileError(path, f"{comparison.key} cannot be compared")
    if isinstance(comparison, AtLeast):
        if register.type in _TEXTS:
            raise ProfileError(path, f"{comparison.key} is not a number")
        return
    values = comparison.wanted if isinstance(comparison, Is) else comparison.unwanted
    for value in values:
        _check_value(register, path, value)


def _check_value(register: Register, path: str, value: float | str) -> None:
    if isinstance(value, str) is not (register.type in _TEXTS):
        raise ProfileError(path, f"{register.key} is never {value!r}")
    if register.enum is not None and value not in register.enum.values():
        raise ProfileError(path, f"{register.key} is never {value!r}")


def _check_decidable(profile: DeviceProfile, placed: Placed) -> None:
    """Refuse a register that would have to be read to learn whether to read it."""
    needs = {register.key: _needs(profile, register) for _, register in placed}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as err:
        circle: list[str] = err.args[1]
        path = next(path for path, register in placed if register.key == circle[0])
        raise ProfileError(
            path, f"whether to read it depends on itself: {' decides '.join(circle)}"
        ) from err


def _needs(profile: DeviceProfile, register: Register) -> frozenset[str]:
    """Return the keys that decide whether a register is read."""
    block = profile.blocks[register.block]
    conditions = (profile.parts[block.part].when, block.when, block.gate, register.when)
    return frozenset(
        key
        for condition in conditions
        if condition is not None
        for key in condition.keys
    )
