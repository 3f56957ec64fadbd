"""Numbers become words as Huawei lays them."""

import pytest

from custom_components.bessai.simulator.image import Image


def laid(kind: str, value: float | None, gain: int = 1) -> list[int]:
    """Return the words of one number."""
    image = Image()
    getattr(image, kind)(100, value, gain)
    return list(image.words.values())


@pytest.mark.parametrize(
    ("kind", "value", "gain", "words"),
    [
        ("u16", 49.96, 10, [500]),
        ("u16", None, 1, [0xFFFF]),
        ("u16", -5.0, 1, [0]),
        ("u16", 1e9, 1, [0xFFFE]),
        ("i16", -7.69, 10, [0xFFB3]),
        ("i16", None, 1, [0x7FFF]),
        ("i16", 1e9, 1, [0x7FFE]),
        ("i16", -1e9, 1, [0x8000]),
        ("u32", 7283.87, 100, [0x000B, 0x1D43]),
        ("u32", None, 1, [0xFFFF, 0xFFFF]),
        ("u32", 1e12, 1, [0xFFFF, 0xFFFE]),
        ("i32", -3000.0, 1, [0xFFFF, 0xF448]),
        ("i32", None, 1, [0x7FFF, 0xFFFF]),
        ("i32", 1e12, 1, [0x7FFF, 0xFFFE]),
    ],
)
def test_numbers(kind: str, value: float | None, gain: int, words: list[int]) -> None:
    assert laid(kind, value, gain) == words


def test_text_is_ascii_padded_with_nul_and_cut() -> None:
    image = Image()
    image.text(10, 3, "LUNA")
    image.text(13, 1, "LUNA")
    assert image.words == {10: 0x4C55, 11: 0x4E41, 12: 0, 13: 0x4C55}


def test_bits_have_no_marker() -> None:
    image = Image()
    image.bits(1, 0xFFFF)
    image.bits(2, 0x00010002, words=2)
    image.u16(4, 0)
    assert image.words == {1: 0xFFFF, 2: 1, 3: 2, 4: 0}
    assert image.markers == {4: 0xFFFF}
