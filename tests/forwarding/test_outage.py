"""A service out of reach and a process that is killed meanwhile lose nothing.

``scripts/soak forward`` does the same for a day.
"""

from pathlib import Path

import pytest

from ..soak.outage import BATCH, Plan, suffer


@pytest.mark.slow
async def test_an_outage_with_a_kill_loses_nothing(tmp_path: Path) -> None:
    plan = Plan(folder=tmp_path, messages=300, pace=600, pace_after=600)
    outcome = await suffer(plan)
    assert outcome.put > plan.messages
    assert outcome.killed_at > plan.messages // 2
    assert outcome.lost == set()
    assert outcome.is_in_order
    assert outcome.repeated <= BATCH
