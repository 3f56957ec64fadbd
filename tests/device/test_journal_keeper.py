"""What is on disk is what is owed, whatever came in between."""

import asyncio

import pytest

from custom_components.bessai.core.command import ControlJournal, Original
from custom_components.bessai.device.journal_keeper import JournalKeeper

LIMIT = "battery_discharge_power_limit_w"


async def test_a_debt_that_came_to_disk_though_its_caller_had_gone_is_taken_back() -> (
    None
):
    """Else the next start would put back over a value that the owner chose since."""
    disk = ControlJournal()
    is_hasty = True

    async def keep(journal: ControlJournal) -> None:
        nonlocal disk
        disk = journal
        if is_hasty:
            raise asyncio.CancelledError

    keeper = JournalKeeper(disk, keep)
    keeper.owe(LIMIT, Original(value=5000, written=0))
    with pytest.raises(asyncio.CancelledError):
        await keeper.save()
    is_hasty = False
    keeper.settle(LIMIT)
    await keeper.save()
    assert not disk.owes
