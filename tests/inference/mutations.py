"""Files that have been damaged, or spoilt on purpose."""

from collections.abc import Iterator
import random

_LONGEST = 8


def mutations(data: bytes, seed: int) -> Iterator[bytes]:
    """Yield a file with one change or a few, without end and never the file itself."""
    rng = random.Random(seed)  # noqa: S311 - the same each time, on purpose
    while True:
        spoilt = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            _change(spoilt, rng)
        if spoilt != data:
            yield bytes(spoilt)


def _change(data: bytearray, rng: random.Random) -> None:
    """Change one byte or bit, most often; else cut, take out, insert or repeat.

    Half of it near the start: there, and not in the weights, is what tells of the
    graph.
    """
    at = rng.randrange(rng.choice((len(data), min(len(data), 400))) or 1)
    length = rng.randint(1, _LONGEST)
    match rng.randrange(11):
        case 0 | 1 | 2:
            data[at : at + 1] = rng.randbytes(1)
        case 3 | 4 | 5:
            data[at : at + 1] = bytes(
                byte ^ 1 << rng.randrange(8) for byte in data[at : at + 1]
            )
        case 6:
            del data[at:]
        case 7:
            del data[at : at + length]
        case 8:
            data[at:at] = rng.randbytes(length)
        case 9:
            data[at:at] = data[at : at + length]
        case _:
            data[at : at + length] = bytes([0xFF]) * length
