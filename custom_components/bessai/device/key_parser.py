"""Keys in a section of a profile, which have to be those of registers of a kind."""

from collections.abc import Mapping

from .json_node import JsonNode
from .register import Register, RegisterType

BIT_TYPES = frozenset({RegisterType.BITS16, RegisterType.BITS32})
_NOT_NUMBERS = BIT_TYPES | {
    RegisterType.STRING,
    RegisterType.WORDS,
    RegisterType.ENUM16,
}


class KeyParser:
    """Looks up what a section names, or says what is wrong with the name."""

    def __init__(self, registers: Mapping[str, Register]) -> None:
        """Look up keys among these registers."""
        self._registers = registers

    def register(self, node: JsonNode) -> Register:
        """Return the readable register of a key."""
        register = self._registers.get(node.slug())
        if register is None or not register.readable:
            raise node.fail(f"there is no readable register {node.value}")
        return register

    def number(self, node: JsonNode, unit: str | None) -> str:
        """Return the key of a number in this unit."""
        register = self.register(node)
        if register.unit != unit or register.type in _NOT_NUMBERS:
            wanted = "without a unit" if unit is None else f"in {unit}"
            raise node.fail(f"{register.key} is not a number {wanted}")
        return register.key

    def any_number(self, node: JsonNode) -> Register:
        """Return the register of a number, whatever its unit."""
        register = self.register(node)
        if register.type in _NOT_NUMBERS:
            raise node.fail(f"{register.key} is not a number")
        return register


def some(node: JsonNode, keys: list[str]) -> tuple[str, ...]:
    """Return keys of which there has to be one."""
    if not keys:
        raise node.fail("must not be empty")
    return tuple(keys)
