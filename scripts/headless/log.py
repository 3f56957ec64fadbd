"""Reads what Home Assistant has logged, for what has to do with us."""

from collections.abc import Iterable
from pathlib import Path
import re

RECORD = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \(.*?\) \[(?P<logger>[^\]]+)\]")
OURS = re.compile(
    r"custom_components[./]bessai|(?<![\w/.-])bessai(?![\w/-])", re.IGNORECASE
)
"""The module, or the name where it is not a part of some path."""

LOADER = "homeassistant.loader"
"""Tells of every custom integration that it is none of Home Assistant's own."""


def complaints(log: Path) -> list[str]:
    """Return the warnings and errors in a log that have to do with us."""
    if not log.exists():
        return []
    lines = log.read_text(encoding="utf-8").splitlines()
    return [record for record in _records(lines) if _is_complaint(record)]


def _records(lines: Iterable[str]) -> list[str]:
    """Return whole records: a traceback belongs to the line above it."""
    records: list[str] = []
    for line in lines:
        if RECORD.match(line) or not records:
            records.append(line)
        else:
            records[-1] += f"\n      {line}"
    return records


def _is_complaint(record: str) -> bool:
    head = RECORD.match(record)
    if head is None or head["level"] not in {"WARNING", "ERROR", "CRITICAL"}:
        return False
    return head["logger"] != LOADER and OURS.search(record) is not None
