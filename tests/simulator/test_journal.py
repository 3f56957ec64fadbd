"""The journal forgets the oldest writes first."""

from custom_components.bessai.simulator.journal import JournalEntry, PlantJournal

from .builders import START


def test_it_keeps_only_the_latest_writes() -> None:
    journal = PlantJournal(size=2)
    for address in (1, 2, 3):
        journal.add(
            JournalEntry(at=START, unit_id=1, address=address, words=(address,))
        )
    assert [entry.address for entry in journal.entries] == [2, 3]
    assert journal.to(1) == ()
    assert journal.to(3)[0].words == (3,)
