"""Judges a running scene: are the values there, and do they add up?"""

from collections.abc import Sequence

from . import balance, energy_dashboard
from .entities import Entity, numbers, table
from .log import complaints
from .scene import Scene

LIVE_ENTITIES = 60
"""Fewer would mean that a whole part of the plant is missing."""


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
