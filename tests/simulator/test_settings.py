"""A setting keeps what it is told, as far as it may be told."""

from collections.abc import Sequence

import pytest

from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.settings import (
    Access,
    Ceiling,
    Setting,
    Settings,
    to_number,
    to_words,
)

CEILINGS = dict.fromkeys(Ceiling, 3000)


def even(words: Sequence[int]) -> None:
    """Refuse odd words."""
    if any(word % 2 for word in words):
        raise ValueError("odd")


TABLE = (
    Setting(address=10, initial=5, maximum=100),
    Setting(address=11, words=2, minimum=-1000, maximum=70_000),
    Setting(address=13, among=frozenset({0, 5})),
    Setting(address=14, initial=7, access=Access.LOCKED),
    Setting(address=15, initial=9, access=Access.FIXED),
    Setting(address=16, maximum=0, access=Access.COMMAND),
    Setting(address=17, words=2, maximum=Ceiling.CHARGE_POWER),
    Setting(address=20, words=3, check=even),
)


def refusal(address: int, *words: int, clamps: bool = False) -> int:
    """Return the code with which a write is refused."""
    with pytest.raises(RegisterFault) as caught:
        Settings(TABLE, clamps=clamps).write(address, words, CEILINGS)
    return caught.value.code


def test_settings_begin_with_their_initial_values() -> None:
    settings = Settings(TABLE)
    assert settings.value(10) == 5
    assert settings.words(20) == (0, 0, 0)


def test_a_written_value_is_kept_with_its_sign() -> None:
    settings = Settings(TABLE)
    assert settings.write(11, (0xFFFF, 0xFFF6), CEILINGS) == (11,)
    assert settings.value(11) == -10
    assert settings.image[12] == 0xFFF6


def test_one_request_may_fill_several_settings() -> None:
    settings = Settings(TABLE)
    assert settings.write(10, (8, 0, 1, 5), CEILINGS) == (10, 11, 13)
    assert [settings.value(address) for address in (10, 11, 13)] == [8, 1, 5]


def test_a_request_is_taken_whole_or_not_at_all() -> None:
    settings = Settings(TABLE)
    with pytest.raises(RegisterFault):
        settings.write(10, (8, 0, 1, 4), CEILINGS)
    assert settings.value(10) == 5


@pytest.mark.parametrize(
    ("address", "words"),
    [(10, (101,)), (11, (1, 4465)), (11, (0xFFFF, 0xFC17)), (13, (1,)), (16, (1,))],
)
def test_values_out_of_range_are_illegal(address: int, words: tuple[int, ...]) -> None:
    assert refusal(address, *words) == ExceptionCode.ILLEGAL_VALUE


def test_half_a_setting_is_an_illegal_value() -> None:
    assert refusal(11, 1) == ExceptionCode.ILLEGAL_VALUE


def test_unknown_addresses_and_measurements_are_illegal_addresses() -> None:
    assert refusal(9, 1) == ExceptionCode.ILLEGAL_ADDRESS
    assert refusal(12, 1) == ExceptionCode.ILLEGAL_ADDRESS
    assert refusal(15, 1) == ExceptionCode.ILLEGAL_ADDRESS


def test_a_locked_setting_takes_only_what_it_has() -> None:
    assert Settings(TABLE).write(14, (7,), CEILINGS) == (14,)
    assert refusal(14, 8) == ExceptionCode.NO_PERMISSION


def test_a_command_is_taken_and_cannot_be_read() -> None:
    settings = Settings(TABLE)
    assert settings.write(16, (0,), CEILINGS) == (16,)
    assert 16 not in settings.image


def test_a_table_is_judged_by_its_check() -> None:
    settings = Settings(TABLE)
    settings.write(20, (2, 4, 6), CEILINGS)
    assert settings.words(20) == (2, 4, 6)
    assert refusal(20, 2, 3, 4) == ExceptionCode.ILLEGAL_VALUE


def test_power_beyond_its_ceiling_is_refused_or_clamped() -> None:
    assert refusal(17, 0, 3001) == ExceptionCode.ILLEGAL_VALUE
    old = Settings(TABLE, clamps=True)
    old.write(17, (0, 3001), CEILINGS)
    assert old.value(17) == 3000


def test_the_device_changes_its_own_settings_unasked() -> None:
    settings = Settings(TABLE)
    settings.put(15, 11)
    assert settings.value(15) == 11


def test_numbers_and_words_are_inverse() -> None:
    assert to_words(-2, 2) == (0xFFFF, 0xFFFE)
    assert to_number((0xFFFF, 0xFFFE), signed=True) == -2
    assert to_number((0x0001, 0x0002)) == 0x10002
