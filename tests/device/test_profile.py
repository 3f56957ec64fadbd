"""What a profile answers about itself."""

import pytest

from custom_components.bessai.device.profile import ProfileError

from .profile_builders import document, entry, parse


def test_error_says_where_and_why() -> None:
    error = ProfileError("registers[17].type", "is odd")
    assert (error.path, error.reason) == ("registers[17].type", "is odd")
    assert str(error) == "registers[17].type: is odd"


def test_alarms_are_the_bits_with_a_severity() -> None:
    bits = document()["bits"] | {"flags": {"0": {"name": "door_open"}}}
    profile = parse(
        entry("faults", 100, type="BITS16", bits="faults"),
        entry("flags", 101, type="BITS16", bits="flags"),
        bits=bits,
    )
    assert {name: bit.id for name, bit in profile.alarms.items()} == {"hot": 7}


@pytest.mark.parametrize("change", ["key", "address"])
def test_registers_can_be_told_apart_and_looked_up(change: str) -> None:
    """The plan of a poll is the key to how long it took."""
    register = parse(entry("a", 100, type="ENUM16", enum="mode")).registers["a"]
    again = parse(entry("a", 100, type="ENUM16", enum="mode")).registers["a"]
    other = {"key": "b", "address": 101}[change]
    changed = entry("a", 100, type="ENUM16", enum="mode") | {change: other}
    assert len({register, again, *parse(changed).registers.values()}) == 5
