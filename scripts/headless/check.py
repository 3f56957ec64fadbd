"""Judges a running scene: are the values there, and do they add up?"""

from collections.abc import Iterable, Sequence
from pathlib import Path
import re

from . import balance, energy_dashboard
from .entities import Entity, numbers, table
from .scene import Scene

LIVE_ENTITIES = 60
"""Fewer would mean that a whole part of the plant is missing."""

RECORD = re.compile(r"^\S+ \S+ (?P<level>[A-Z]+) \(.*?\) \[(?P<logger>[^\]]+)\]")
OURS = re.compile(
    r"custom_components[./]bessai|(?<![\w/.-])bessai(?![\w/-])", re.IGNORECASE
)
"""The module, or the name where it is not a part of some path."""

LOADER = "homeassistant.loader"
"""Tells of every custom integration that it is none of Home Assistant's own."""


def report(entities: Sequence[Entity]) -> str:
    """Return every entity and what they add up to, for a person."""
    live = sum(entity.is_live for entity in entities)
    lines = [f"{live} of {len(entities)} enabled entities are live"]
    lines += balance.describe(numbers(entities))
    return f"{table(entities)}\n\n  " + "\n  ".join(lines) + "\n"


async def problems(scene: Scene, entities: Sequence[Entity]) -> list[str]:
    """Return everything that is wrong."""
    live = [entity for entity in entities if entity.is_live]
    wrong = [f"{one.entity_id} is {one.state}" for one in entities if not one.is_live]
    if len(live) < LIVE_ENTITIES:
        wrong.append(f"{len(live)} live entities, at least {LIVE_ENTITIES} wanted")
    wrong += balance.contradictions(numbers(entities))
    dashboard = await energy_dashboard.issues(scene.home.client)
    wrong += [f"Energy dashboard: {issue}" for issue in dashboard]
    wrong += [f"log: {record}" for record in complaints(scene.home.log)]
    return wrong


def complaints(log: Path) -> list[str]:
    """Return the warnings and errors in a log that have to do with us."""
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
