"""Registers of a profile from JSON, repeats written out."""

from collections.abc import Mapping
from dataclasses import dataclass

from .codec import raw_range, value_range
from .condition import Condition
from .condition_parser import numbered, parse_condition
from .json_node import JsonNode
from .number_parser import FIELDS as NUMBER_FIELDS, parse_number
from .profile import Block, LinkTiming
from .register import (
    Access,
    Bit,
    Certainty,
    Order,
    Register,
    RegisterType,
    Sign,
)

_MOST_REPEATS = 100
_HIGHEST_ADDRESS = 0xFFFF

_WORDS = {
    RegisterType.INT16: 1,
    RegisterType.UINT16: 1,
    RegisterType.INT32: 2,
    RegisterType.UINT32: 2,
    RegisterType.INT64: 4,
    RegisterType.UINT64: 4,
    RegisterType.FLOAT32: 2,
    RegisterType.BITS16: 1,
    RegisterType.BITS32: 2,
    RegisterType.ENUM16: 1,
}
_MARKERS = {
    RegisterType.INT16: 0x7FFF,
    RegisterType.UINT16: 0xFFFF,
    RegisterType.INT32: 0x7FFF_FFFF,
    RegisterType.UINT32: 0xFFFF_FFFF,
    RegisterType.INT64: 0x7FFF_FFFF_FFFF_FFFF,
    RegisterType.UINT64: 0xFFFF_FFFF_FFFF_FFFF,
    RegisterType.ENUM16: 0xFFFF,
}
_TABLES = {RegisterType.STRING, RegisterType.WORDS}
_BITS = {RegisterType.BITS16, RegisterType.BITS32}
_REQUIRED = (
    "key",
    "title",
    "address",
    "type",
    "block",
    "access",
    "sources",
    "certainty",
)
_OPTIONAL = (
    *NUMBER_FIELDS,
    "words",
    "enum",
    "bits",
    "sentinels",
    "repeat",
    "when",
    "optional",
    "alone",
    "persistent",
    "secret",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What the registers of one profile may refer to."""

    blocks: Mapping[str, Block]
    enums: Mapping[str, Mapping[int, str]]
    bits: Mapping[str, Mapping[int, Bit]]
    sources: Mapping[str, str]
    link: LinkTiming
    byte_order: Order
    word_order: Order


def parse_registers(node: JsonNode, words: Vocabulary) -> tuple[Register, ...]:
    """Return the registers that one entry of a profile describes, in order of number.

    Raises:
        ProfileError: If the entry does not describe any.
    """
    fields = node.fields(_REQUIRED, _OPTIONAL)
    kind = RegisterType(fields["type"].choice(*RegisterType))
    entry = _Entry(node=node, fields=fields, vocabulary=words, type=kind)
    if "repeat" not in fields:
        return (entry.register(None, 0),)
    repeat = fields["repeat"].fields(["count", "stride"])
    count = repeat["count"].integer(1, _MOST_REPEATS)
    stride = repeat["stride"].integer(1, _HIGHEST_ADDRESS)
    return tuple(entry.register(at + 1, at * stride) for at in range(count))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One entry of ``registers``; each method reads and checks one aspect of it."""

    node: JsonNode
    fields: Mapping[str, JsonNode]
    vocabulary: Vocabulary
    type: RegisterType

    def register(self, index: int | None, offset: int) -> Register:
        """Return the register with this number, so far behind the first."""
        block = self._block()
        access, certainty = self._access()
        number = parse_number(self.fields, self.type)
        register = Register(
            key=numbered(self.fields["key"], index).slug(),
            title=numbered(self.fields["title"], index).text(),
            address=self._address(offset),
            type=self.type,
            words=self._words(),
            block=block.name,
            group=block.group,
            part=block.part,
            gain=number.gain,
            sign=number.sign,
            unit=number.unit,
            enum=self._names("enum", self.vocabulary.enums, {RegisterType.ENUM16}),
            bits=self._bits(),
            sentinels=self._sentinels(),
            byte_order=self.vocabulary.byte_order,
            word_order=self.vocabulary.word_order,
            access=access,
            minimum=number.minimum,
            maximum=number.maximum,
            persistent=self._flag("persistent"),
            optional=self._flag("optional"),
            alone=self._flag("alone"),
            when=self._when(index),
            index=index,
            counter=number.counter,
            local_epoch=number.local_epoch,
            secret=self._flag("secret"),
            sources=self._sources(),
            certainty=certainty,
        )
        self._check(register)
        return register

    def _block(self) -> Block:
        node = self.fields["block"]
        name = node.text()
        if name not in self.vocabulary.blocks:
            raise node.fail(f"there is no block {name}")
        return self.vocabulary.blocks[name]

    def _address(self, offset: int) -> int:
        address = self.fields["address"].integer(0, _HIGHEST_ADDRESS) + offset
        if address > _HIGHEST_ADDRESS:
            raise self.fields["repeat"].fail(
                f"goes beyond the last address, {_HIGHEST_ADDRESS}"
            )
        return address

    def _words(self) -> int:
        given = self.fields.get("words")
        if self.type not in _TABLES:
            if given is not None:
                raise given.fail(f"the length of {self.type} is given by its type")
            return _WORDS[self.type]
        if given is None:
            raise self.node.fail(f"{self.type} lacks the field words")
        return given.integer(1, self.vocabulary.link.max_read_words)

    def _names[NamesT](
        self, name: str, tables: Mapping[str, NamesT], types: set[RegisterType]
    ) -> NamesT | None:
        """Return the table that gives names to the values of such types."""
        node = self.fields.get(name)
        if self.type not in types:
            if node is not None:
                raise node.fail(f"{self.type} has no names for its values")
            return None
        if node is None:
            raise self.node.fail(f"{self.type} lacks the field {name}")
        if node.text() not in tables:
            raise node.fail(f"there is no table {node.text()}")
        return tables[node.text()]

    def _bits(self) -> Mapping[int, Bit] | None:
        names = self._names("bits", self.vocabulary.bits, _BITS)
        if names is not None and max(names) >= 16 * _WORDS[self.type]:
            raise self.fields["bits"].fail(f"{self.type} has no bit {max(names)}")
        return names

    def _sentinels(self) -> frozenset[int]:
        node = self.fields.get("sentinels")
        if node is None:
            marker = _MARKERS.get(self.type)
            return frozenset() if marker is None else frozenset({marker})
        if self.type in _TABLES:
            raise node.fail(f"{self.type} has none")
        low, high = raw_range(self.type, _WORDS[self.type])
        return frozenset(item.integer(low, high) for item in node.items())

    def _access(self) -> tuple[Access, Certainty]:
        node = self.fields["access"]
        access = Access(node.choice(*Access))
        certainty = Certainty(self.fields["certainty"].choice(*Certainty))
        if access is Access.READ_WRITE and certainty is not Certainty.CERTAIN:
            raise node.fail(f"a register that is {certainty} is never written")
        if access is Access.READ_WRITE and self.type in {RegisterType.STRING, *_BITS}:
            raise node.fail(f"{self.type} is never written")
        return access, certainty

    def _flag(self, name: str) -> bool:
        node = self.fields.get(name)
        return node is not None and node.flag()

    def _when(self, index: int | None) -> Condition | None:
        node = self.fields.get("when")
        return None if node is None else parse_condition(node, index)

    def _sources(self) -> str:
        node = self.fields["sources"]
        return parse_sources(node, self.vocabulary.sources)

    def _check(self, register: Register) -> None:
        """Refuse what is right field by field and wrong together."""
        if register.persistent and register.access is Access.READ:
            raise self.fields["persistent"].fail(
                "what cannot be written is not a stored setting"
            )
        if register.minimum is not None or register.maximum is not None:
            low, high = value_range(register)
            if low > high:
                raise self.node.fail("no value is between minimum and maximum")
        self._check_length(register)
        if register.access is Access.READ_WRITE and register.sign is Sign.ABSOLUTE:
            raise self.fields["access"].fail("a value of unknown sign is never written")

    def _check_length(self, register: Register) -> None:
        link = self.vocabulary.link
        longest = link.max_write_words if register.writable else link.max_read_words
        if register.words > longest:
            raise self.node.fail(f"{register.words} words are more than one request")
        if register.end > _HIGHEST_ADDRESS + 1:
            raise self.fields["address"].fail("ends beyond the last address, 65535")


def parse_sources(node: JsonNode, known: Mapping[str, str]) -> str:
    """Return letters that each stand for a source of the profile.

    Raises:
        ProfileError: If a letter stands for none or is there twice.
    """
    letters = node.text()
    for letter in letters:
        if letter not in known:
            raise node.fail(f"there is no source {letter}")
    if len(set(letters)) < len(letters):
        raise node.fail("names a source twice")
    return letters
