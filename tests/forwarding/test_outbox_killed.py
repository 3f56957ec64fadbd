"""A process that is killed while it writes loses nothing of what it had kept."""

from contextlib import closing
from pathlib import Path
import random
import subprocess
import sys
import textwrap

import pytest

from ..source import ROOT
from .outbox_builders import BARE, numbers_in, opened

WRITER = """
    import sys
    from pathlib import Path
    from tests.forwarding.outbox_builders import numbers_in, opened, parcels

    outbox = opened(Path(sys.argv[1]))
    print("begun", *numbers_in(outbox), flush=True)
    while True:
        numbers = outbox.reserve(12)
        print("given", *numbers, flush=True)
        outbox.append(parcels(numbers, size=900))
        print("kept", *numbers, flush=True)
        if len(first := outbox.first(100, 10**9)) == 100:
            done = [each.seq for each in first]
            print("accepted", *done, flush=True)
            outbox.remove(done)
            print("removed", *done, flush=True)
"""


class Account:
    """What the writer said before it was killed."""

    def __init__(self) -> None:
        self.given: set[int] = set()
        self.kept: set[int] = set()
        self.accepted: list[int] = []

    def read(self, lines: list[str]) -> None:
        """Take in what one process said; the last line may be cut short."""
        for line in lines:
            word, *rest = line.split()
            numbers = [int(number) for number in rest]
            match word:
                case "given":
                    assert not self.given & set(numbers), "a number was given twice"
                    self.given |= set(numbers)
                case "kept":
                    self.kept |= set(numbers)
                case "accepted":
                    self.accepted += numbers


def life(path: Path, lines: int) -> list[str]:
    """Let the writer say so many lines, kill it, and return all whole ones."""
    command = [sys.executable, "-c", textwrap.dedent(BARE + WRITER), str(path)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    return [line for line in said if line.endswith("\n")]


@pytest.mark.slow
def test_a_kill_loses_nothing_and_repeats_one_batch_at_most(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    account = Account()
    chance = random.Random(7)  # noqa: S311 - which moments are hit is no secret
    for _ in range(6):
        account.read(life(path, chance.randint(30, 120)))
        with closing(opened(path)) as outbox:
            left = numbers_in(outbox)
        assert account.kept <= {*left, *account.accepted}, "something kept is lost"
        assert set(left) <= account.given
        assert left == sorted(left)
        repeated = set(left) & set(account.accepted)
        assert repeated <= set(account.accepted[-100:]), "more than the last batch"
    assert len(account.accepted) > 500
