"""Which requests the inverter answers: holes, ends, spans."""

import pytest

from custom_components.bessai.simulator.errors import ExceptionCode, RegisterFault
from custom_components.bessai.simulator.parameters import FirmwareQuirks
from custom_components.bessai.simulator.register_file import RegisterFile

from .builders import plant

FIELD_PROVEN = [
    *((30000, 71), (30000, 83), (32000, 11), (32000, 20), (32016, 48)),
    *((32064, 52), (32066, 50), (37000, 23), (37046, 4), (37052, 10)),
    *((37100, 38), (37101, 37), (37113, 25), (37200, 3), (37700, 10)),
    *((37738, 15), (37758, 30), (37760, 24), (37760, 28), (38200, 10)),
    *((38229, 13), (38271, 13), (38452, 6), (38458, 6), (40125, 3)),
    *((47075, 14), (47075, 27), (47101, 6), (47242, 58), (47415, 4), (47956, 64)),
]
LONG = [(32000, 95), (32000, 116), (37000, 70), (37100, 39), (38452, 12)]


@pytest.mark.parametrize(("address", "count"), FIELD_PROVEN)
@pytest.mark.parametrize("bridges", [True, False])
def test_spans_proven_in_the_field_are_answered(
    address: int, count: int, bridges: bool
) -> None:
    of = plant(quirks=FirmwareQuirks(bridges_holes=bridges))
    assert len(of.read(1, address, count)) == count


@pytest.mark.parametrize(("address", "count"), LONG[:3])
def test_longer_spans_are_answered_by_some_firmware_only(
    address: int, count: int
) -> None:
    assert len(plant().read(1, address, count)) == count
    strict = plant(quirks=FirmwareQuirks(bridges_holes=False))
    with pytest.raises(RegisterFault) as caught:
        strict.read(1, address, count)
    assert caught.value.code == ExceptionCode.ILLEGAL_ADDRESS


@pytest.mark.parametrize(("address", "count"), LONG[3:])
def test_spans_without_holes_are_always_answered(address: int, count: int) -> None:
    strict = plant(quirks=FirmwareQuirks(bridges_holes=False))
    assert len(strict.read(1, address, count)) == count


@pytest.mark.parametrize(
    ("address", "count"), [(29999, 2), (31999, 1), (37787, 2), (40900, 1), (0, 1)]
)
def test_a_request_begins_and_ends_on_registers(address: int, count: int) -> None:
    with pytest.raises(RegisterFault):
        plant().read(1, address, count)


def test_holes_read_zero() -> None:
    words = RegisterFile(bridges_holes=True).read({5: 7, 8: 9}, 5, 4)
    assert words == (7, 0, 0, 9)


def test_a_pinned_word_makes_a_register() -> None:
    file = RegisterFile(bridges_holes=False)
    file.poke(6, (1, 2))
    assert file.read({5: 7, 8: 9}, 5, 4) == (7, 1, 2, 9)
