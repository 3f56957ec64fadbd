"""The table of settings: addresses, first values, and what may be written."""

import pytest

from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    PlantParameters,
)
from custom_components.bessai.simulator.setting_table import build_settings

from .builders import plant, read_number, words_of

# address, words, lowest, highest, one beyond on either side where there is one
RANGES = [
    (40125, 1, 0, 1000),
    (40126, 2, 0, 11_000),
    (42054, 1, 0, 1),
    (42055, 1, 5, 30),
    (47075, 2, 0, 5000),
    (47077, 2, 0, 5000),
    (47081, 1, 900, 1000),
    (47082, 1, 0, 200),
    (47083, 1, 0, 1440),
    (47086, 1, 0, 6),
    (47087, 1, 0, 1),
    (47088, 1, 200, 1000),
    (47101, 1, 0, 1000),
    (47102, 1, 0, 1000),
    (47242, 2, 0, 5000),
    (47246, 1, 0, 1),
    (47247, 2, 0, 5000),
    (47249, 2, 0, 5000),
    (47299, 1, 0, 1),
    (47418, 1, 0, 1000),
    (47589, 1, 0, 5),
    (47954, 1, 0, 2),
    (47955, 1, 0, 1000),
]
INITIAL = {
    40120: 110,
    40125: 1000,
    43006: 0,
    47000: 2,
    47081: 1000,
    47082: 50,
    47083: 0,
    47086: 2,
    47087: 0,
    47088: 1000,
    47089: 0,
    47100: 0,
    47246: 0,
    47299: 1,
    47415: 0,
    47418: 1000,
    47589: 0,
    47750: 1,
    47751: 2,
    47752: 0,
    47753: 0,
    48020: 0,
}


def test_no_two_settings_share_an_address() -> None:
    places = [
        setting.address + offset
        for setting in build_settings(PlantParameters())
        for offset in range(setting.words)
    ]
    assert len(places) == len(set(places))


@pytest.mark.parametrize(("address", "words", "lowest", "highest"), RANGES)
def test_a_setting_takes_its_range_and_no_more(
    address: int, words: int, lowest: int, highest: int
) -> None:
    of = plant()
    for value in (lowest, highest):
        of.write(1, address, words_of(value, words))
        assert read_number(of, address, words) == value
    for value in {lowest - 1, highest + 1} - {-1}:
        with pytest.raises(RegisterFault) as caught:
            of.write(1, address, words_of(value, words))
        assert caught.value.code == ExceptionCode.ILLEGAL_VALUE
    assert read_number(of, address, words) == highest


@pytest.mark.parametrize(("address", "expected"), INITIAL.items())
def test_a_new_plant_is_set_as_installed(address: int, expected: int) -> None:
    assert read_number(plant(), address) == expected


@pytest.mark.parametrize("mode", [0, 1, 5, 6, 7])
def test_feed_in_modes_have_gaps(mode: int) -> None:
    plant().write(1, 47415, (mode,))
    with pytest.raises(RegisterFault):
        plant().write(1, 47415, (2,))


def test_the_feed_in_limit_may_be_negative() -> None:
    of = plant()
    of.write(1, 47416, words_of(-1000, 2))
    assert read_number(of, 47416, 2, signed=True) == -1000
    with pytest.raises(RegisterFault):
        of.write(1, 47416, words_of(-1001, 2))


@pytest.mark.parametrize("address", [40000, 42000, 42019, 45052, 47604, 48020, 47590])
def test_installer_settings_lack_permission(address: int) -> None:
    words = 2 if address in {40000, 42019, 47590} else 1
    with pytest.raises(RegisterFault) as caught:
        plant().write(1, address, words_of(3, words))
    assert caught.value.code == ExceptionCode.NO_PERMISSION


@pytest.mark.parametrize("address", [40200, 40201, 49999])
def test_buttons_cannot_be_read(address: int) -> None:
    with pytest.raises(RegisterFault) as caught:
        plant().read(1, address, 1)
    assert caught.value.code == ExceptionCode.ILLEGAL_ADDRESS


def test_the_keep_alive_takes_a_one_and_nothing_else() -> None:
    plant().write(1, 49999, (1,))
    with pytest.raises(RegisterFault):
        plant().write(1, 49999, (0,))


def test_old_firmware_knows_no_peak_shaving() -> None:
    old = plant(quirks=FirmwareQuirks(peak_shaving=False))
    with pytest.raises(RegisterFault):
        old.read(1, 47954, 1)


def test_a_peak_shaving_table_holds_fourteen_periods() -> None:
    of = plant()
    table = (14, *range(63))
    of.write(1, 47956, table)
    assert of.read(1, 47956, 64) == table
    with pytest.raises(RegisterFault):
        of.write(1, 47956, (15, *(0,) * 63))


def test_two_units_and_their_packs_are_listed() -> None:
    of = plant(battery=BatteryParameters(units=2, packs_per_unit=3))
    assert of.read(1, 47089, 1) == (2,)
    assert of.read(1, 47750, 6) == (1, 2, 3, 1, 2, 3)


def test_without_a_battery_no_power_can_be_set() -> None:
    table = {s.address: s for s in build_settings(PlantParameters(battery=None))}
    assert table[47000].initial == 0
    assert table[47750].initial == 0
    assert table[47244].initial == 0
