"""A disk without room: nothing that was kept is lost, and it goes on when there is."""

from contextlib import closing
from pathlib import Path
import subprocess
import sys
import textwrap

import pytest

from custom_components.bessai.forwarding import outbox_file
from custom_components.bessai.forwarding.outbox import Outbox
from custom_components.bessai.forwarding.outbox_values import OutboxError, OutboxFault

from ..source import ROOT
from .outbox_builders import BARE, MEGABYTE, NOW, numbers_in, opened, parcel, parcels

FILL = """
    import errno, sys
    from pathlib import Path
    from custom_components.bessai.forwarding.outbox_values import OutboxError
    from tests.forwarding.outbox_builders import numbers_in, opened, parcels

    path = Path(sys.argv[1]) / "outbox.db"
    outbox = opened(path)
    kept, kind = 0, None
    while kind is None:
        try:
            outbox.append(parcels(range(kept + 1, kept + 101)))
            kept += 100
        except OutboxError as err:
            kind = err.kind
    assert numbers_in(outbox) == list(range(1, kept + 1)), "lost while full"
    assert outbox.state().rows == kept
    {make_room}
    outbox.append(parcels(range(kept + 1, kept + 101)))
    outbox.close()
    assert numbers_in(opened(path)) == list(range(1, kept + 101)), "lost afterwards"
    print(kind)
"""
MAKE_TMPFS = """
set -e
mount -t tmpfs -o size=2m bessai-test "$0"
shift 0
exec "$@"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.db"


def limit_pages(outbox: Outbox, pages: int) -> None:
    """Let SQLite behave as on a disk with so many pages, or with room again."""
    outbox._connection.execute(f"PRAGMA max_page_count = {pages}")


def run(*command: str, make_room: str, folder: Path) -> str:
    """Fill an outbox in another process until it fails; return how it failed."""
    code = textwrap.dedent(BARE + FILL).format(make_room=make_room)
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [*command, sys.executable, "-W", "ignore", "-c", code, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_does_not_fit_is_refused_and_what_was_kept_stays(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 51)))
        before = outbox.state()
        limit_pages(outbox, 10)
        with pytest.raises(OutboxError) as caught:
            outbox.append(parcels(range(51, 151)), dropped=3)
        assert caught.value.kind is OutboxFault.DISK_FULL
        assert outbox.state() == before
        assert numbers_in(outbox) == list(range(1, 51))
        limit_pages(outbox, 1_000_000)
        outbox.append(parcels(range(51, 151)), dropped=3)
        assert numbers_in(outbox) == list(range(1, 151))
        assert outbox.state().dropped == 3


def test_a_full_disk_does_not_keep_accepted_messages(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 51)))
        limit_pages(outbox, 10)
        outbox.remove(range(1, 41))
        outbox.append(parcels(range(51, 71)))
        assert numbers_in(outbox) == list(range(41, 71))


def test_a_poison_message_that_cannot_be_laid_aside_stays(path: Path) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels([1]))
        limit_pages(outbox, 5)
        with pytest.raises(OutboxError):
            outbox.park(parcel(2, size=MEGABYTE))
        assert numbers_in(outbox) == [1]
        assert outbox.state().parked == 0


def test_a_full_disk_while_rescuing_leaves_everything_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(opened(path)) as outbox:
        outbox.append(parcels(range(1, 201)))
        outbox._connection.execute("PRAGMA user_version = 2")
    before = path.read_bytes()
    pragmas = outbox_file._PRAGMAS
    with monkeypatch.context() as patch:
        full = (*pragmas, "max_page_count = 12")
        patch.setattr(outbox_file, "_PRAGMAS", full)
        with pytest.raises(OutboxError) as caught:
            Outbox.open(path, now=NOW)
    assert caught.value.kind is OutboxFault.DISK_FULL
    assert path.read_bytes() == before
    outbox, recovery = Outbox.open(path, now=NOW)
    outbox.close()
    assert recovery
    assert recovery.rescued == 200


def test_a_disk_that_is_full_to_the_system_as_well(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    target = "custom_components.bessai.forwarding.outbox.finish_replacing"
    monkeypatch.setattr(target, full)
    with pytest.raises(OutboxError, match="No space left") as caught:
        Outbox.open(path, now=NOW)
    assert caught.value.kind is OutboxFault.DISK_FULL


@pytest.mark.slow
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The system refuses the write; SQLite cannot know that room would help."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, -1))"
    code = f"{limit}; import os, sys; os.execv(sys.executable, sys.argv[1:])"
    make_room = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))"
    kind = run(sys.executable, "-c", code, make_room=make_room, folder=tmp_path)
    assert kind == OutboxFault.UNAVAILABLE


@pytest.mark.slow
def test_a_real_disk_that_is_full(tmp_path: Path) -> None:
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = [*namespace, "sh", "-c", MAKE_TMPFS, str(tmp_path)]
    try:
        subprocess.run([*mount, "true"], check=True, capture_output=True)  # noqa: S603
    except OSError, subprocess.CalledProcessError:
        pytest.skip("no file system can be mounted here")
    ballast = f"{tmp_path}/ballast"
    make_room = f"Path({ballast!r}).unlink()"
    fill = ["sh", "-c", f'head -c 1000000 /dev/zero > {ballast}; exec "$@"', "sh"]
    assert run(*mount, *fill, make_room=make_room, folder=tmp_path) == "disk_full"
