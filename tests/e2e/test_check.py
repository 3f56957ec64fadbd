"""The scene of ``scripts/develop --check``: everything is there and adds up."""

import pytest
from scripts.headless.check import problems, report
from scripts.headless.scene import Scene

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]


async def test_every_entity_is_live_and_the_energy_adds_up(scene: Scene) -> None:
    entities = await scene.wait_until_live()
    assert await problems(scene, entities) == [], report(entities)
