"""What is still in memory, as Python's garbage collector sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
import gc


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector away: what nobody holds is gone, what is in a ring stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def living[T](kind: type[T]) -> list[T]:
    """Return the objects of exactly this class."""
    return [one for one in gc.get_objects() if type(one) is kind]
