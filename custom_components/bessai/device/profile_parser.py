"""A profile from JSON: every mistake is an error that names its place and reason."""

from collections.abc import Mapping
import re
from re import Pattern

from .block_parser import parse_blocks, parse_parts
from .control_parser import parse_control
from .control_profile import ControlProfile
from .json_node import JsonNode
from .plausibility_parser import parse_plausibility
from .plausibility_profile import PlausibilityProfile
from .profile import DeviceProfile, Identity, LinkTiming, Proof, SafeSpan
from .profile_checks import check_profile
from .register import Order, Register
from .register_parser import Vocabulary, parse_registers, parse_sources
from .safety_parser import parse_safety
from .safety_profile import SafetyProfile
from .table_parser import parse_bits, parse_enums

_LONGEST_PROFILE = 5000
"""Registers, repeats written out: more would be a mistake, and slow to search."""

_REQUIRED = (
    "id",
    "version",
    "name",
    "manufacturer",
    "sources",
    "unit_ids",
    "link",
    "identity",
    "parts",
    "blocks",
    "registers",
)
_OPTIONAL = (
    "$schema",
    "byte_order",
    "word_order",
    "safe_spans",
    "enums",
    "bits",
    "safety",
    "control",
    "plausibility",
)


def parse_profile(document: object, *, writable: bool) -> DeviceProfile:
    """Return the profile that a JSON document describes.

    Args:
        document: What ``json.loads`` returned.
        writable: Whether its registers may be written: true only for profiles that
            BESSAI brings along.

    Raises:
        ProfileError: If the document is anything but a complete, consistent profile.
    """
    root = JsonNode("", document)
    fields = root.fields(_REQUIRED, _OPTIONAL)
    if "$schema" in fields:
        fields["$schema"].text()
    words = _vocabulary(fields)
    placed = _registers(fields["registers"], words)
    registers = {
        register.key: register
        for _, register in sorted(placed, key=lambda item: item[1].address)
    }
    safety = _safety(fields, registers, words)
    control = _control(fields, registers, words)
    profile = DeviceProfile(
        id=fields["id"].slug(),
        version=fields["version"].integer(1, 1_000_000),
        name=fields["name"].text(),
        manufacturer=fields["manufacturer"].text(),
        sources=words.sources,
        unit_ids=_unit_ids(fields["unit_ids"]),
        link=words.link,
        identity=_identity(fields["identity"]),
        parts=parse_parts(fields["parts"]),
        blocks=words.blocks,
        safe_spans=_spans(fields.get("safe_spans"), words),
        registers=registers,
        writable=writable,
        safety=safety,
        control=control if writable else None,
        plausibility=_plausibility(fields, registers, words),
    )
    check_profile(profile, placed)
    return profile


def _safety(
    fields: Mapping[str, JsonNode],
    registers: Mapping[str, Register],
    words: Vocabulary,
) -> SafetyProfile | None:
    node = fields.get("safety")
    return None if node is None else parse_safety(node, registers, words.sources)


def _control(
    fields: Mapping[str, JsonNode],
    registers: Mapping[str, Register],
    words: Vocabulary,
) -> ControlProfile | None:
    """Return how the device is commanded; it is checked in an owner's profile too."""
    node = fields.get("control")
    if node is None:
        return None
    if "safety" not in fields:
        raise node.fail("needs the section safety")
    return parse_control(node, registers, words.sources)


def _plausibility(
    fields: Mapping[str, JsonNode],
    registers: Mapping[str, Register],
    words: Vocabulary,
) -> PlausibilityProfile | None:
    node = fields.get("plausibility")
    if node is None:
        return None
    if "safety" not in fields:
        raise node.fail("needs the section safety")
    return parse_plausibility(node, registers, words.sources)


def _registers(node: JsonNode, words: Vocabulary) -> list[tuple[str, Register]]:
    """Return the registers in the order of the document, with their paths."""
    placed: list[tuple[str, Register]] = []
    for item in node.items():
        placed += [(item.path, register) for register in parse_registers(item, words)]
        if len(placed) > _LONGEST_PROFILE:
            raise node.fail(f"describes more than {_LONGEST_PROFILE} registers")
    return placed


def _vocabulary(fields: Mapping[str, JsonNode]) -> Vocabulary:
    sources = _sources(fields["sources"])
    return Vocabulary(
        blocks=parse_blocks(fields["blocks"], fields["parts"].entries()),
        enums=parse_enums(_or_empty(fields, "enums")),
        bits=parse_bits(_or_empty(fields, "bits")),
        sources=sources,
        link=_link(fields["link"]),
        byte_order=_order(fields.get("byte_order")),
        word_order=_order(fields.get("word_order")),
    )


def _or_empty(fields: Mapping[str, JsonNode], name: str) -> JsonNode:
    return fields.get(name, JsonNode(name, {}))


def _order(node: JsonNode | None) -> Order:
    return Order.BIG if node is None else Order(node.choice(*Order))


def _sources(node: JsonNode) -> Mapping[str, str]:
    entries = node.entries()
    for letter, source in entries.items():
        if not re.fullmatch("[A-Z]", letter):
            raise source.fail("the name of a source must be one capital letter")
    return {letter: source.text() for letter, source in entries.items()}


def _unit_ids(node: JsonNode) -> tuple[int, ...]:
    unit_ids = tuple(item.integer(0, 255) for item in node.items())
    if not unit_ids or len(set(unit_ids)) < len(unit_ids):
        raise node.fail("must name at least one unit id and none twice")
    return unit_ids


def _link(node: JsonNode) -> LinkTiming:
    fields = node.fields(
        [
            "connect_pause_s",
            "request_pause_s",
            "timeout_s",
            "retry_pauses_s",
            "max_read_words",
            "max_write_words",
            "poll_period_s",
            "settings_period_s",
        ]
    )
    retries = fields["retry_pauses_s"].items()
    if len(retries) > 10:
        raise fields["retry_pauses_s"].fail("must not be longer than 10")
    return LinkTiming(
        connect_pause_s=fields["connect_pause_s"].number(0, 60),
        request_pause_s=fields["request_pause_s"].number(0, 60),
        timeout_s=fields["timeout_s"].number(0.1, 120),
        retry_pauses_s=tuple(pause.number(0, 600) for pause in retries),
        max_read_words=fields["max_read_words"].integer(1, 125),
        max_write_words=fields["max_write_words"].integer(1, 123),
        poll_period_s=fields["poll_period_s"].number(1, 3600),
        settings_period_s=fields["settings_period_s"].number(1, 86_400),
    )


def _identity(node: JsonNode) -> Identity:
    fields = node.fields(["model", "serial_number", "firmware", "match"], ["refuse"])
    refuse = fields.get("refuse", JsonNode("identity.refuse", {})).entries()
    return Identity(
        model=fields["model"].slug(),
        serial_number=fields["serial_number"].slug(),
        firmware=fields["firmware"].slug(),
        match=_pattern(fields["match"]),
        refuse={name: _pattern(pattern) for name, pattern in refuse.items()},
    )


def _pattern(node: JsonNode) -> Pattern[str]:
    try:
        return re.compile(node.text())
    except (re.PatternError, OverflowError, RecursionError, FutureWarning) as err:
        raise node.fail(f"is not a regular expression: {err}") from err


def _spans(node: JsonNode | None, words: Vocabulary) -> tuple[SafeSpan, ...]:
    items = () if node is None else node.items()
    return tuple(_span(item, words) for item in items)


def _span(node: JsonNode, words: Vocabulary) -> SafeSpan:
    fields = node.fields(["start", "count", "proof"], ["sources"])
    start = fields["start"].integer(0, 0xFFFF)
    longest = min(words.link.max_read_words, 0x1_0000 - start)
    proof = Proof(fields["proof"].choice(*Proof))
    sources = fields.get("sources")
    if proof is Proof.PROVEN and sources is None:
        raise node.fail("a proven span lacks the field sources")
    return SafeSpan(
        start=start,
        count=fields["count"].integer(1, longest),
        proof=proof,
        sources="" if sources is None else parse_sources(sources, words.sources),
    )
