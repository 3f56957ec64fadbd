"""What a draft leaves to its author."""

from collections.abc import Iterator, Mapping

TODO = "TODO"
"""A text that begins so is still open; ``check`` refuses it by name."""


def todo(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a draft has left open, with its place."""
    if isinstance(value, str) and value.startswith(TODO):
        yield path, value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from todo(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from todo(item, f"{path}[{at}]")
