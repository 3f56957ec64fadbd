"""Who answers is known before anything is made of it."""

from collections.abc import Sequence

import pytest

from custom_components.bessai.device.link import (
    BrokenAnswer,
    GatewayUnreachable,
    IllegalAddress,
    LinkDown,
    LinkError,
    NoAnswer,
)
from custom_components.bessai.device.probe import (
    NobodyThere,
    OtherDevice,
    ReadsRegisters,
    Survey,
    identify,
    survey,
)

from .plant_fake import HOME, SERIAL_NUMBER, FakeUnit, huawei

PROFILES = (huawei(),)


class Mute:
    """A unit id that fails always in the same way."""

    def __init__(self, err: LinkError) -> None:
        self._err = err

    async def read(self, address: int, count: int) -> Sequence[int]:
        """Fail."""
        raise self._err


SILENT = Mute(NoAnswer("silence"))


def device(model: str) -> FakeUnit:
    """Return a unit that calls itself so."""
    return FakeUnit({**HOME, "model": model})


class Bus:
    """Unit ids and what answers there; everything else is silent."""

    def __init__(self, units: dict[int, ReadsRegisters]) -> None:
        self._units = units
        self.asked: list[int] = []
        self.progress: list[float] = []

    def unit(self, unit_id: int) -> ReadsRegisters:
        """Return what is at a unit id."""
        self.asked.append(unit_id)
        return self._units.get(unit_id, SILENT)

    async def survey(self, unit_ids: Sequence[int] = (0, 1, 100, 2)) -> Survey:
        """Look for an inverter."""
        return await survey(self.unit, unit_ids, PROFILES, self.progress.append)


async def test_an_inverter_tells_who_it_is() -> None:
    plant = await identify(FakeUnit(), 1, PROFILES)
    assert plant.model == "SUN2000-10KTL-M1"
    assert plant.serial_number == SERIAL_NUMBER
    assert plant.firmware == "V100R001C00SPC173"
    assert plant.profile is huawei()


async def test_missing_firmware_is_no_obstacle() -> None:
    unit = FakeUnit({**HOME, "software_version": ""})
    assert (await identify(unit, 1, PROFILES)).firmware == ""


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("SmartLogger3000A", "smartlogger"),
        ("EMMA-A02", "emma"),
        ("SDongleA-05", "sdongle"),
        ("SG10KTL-M", "unknown"),
        ("", "unknown"),
    ],
)
async def test_anything_else_is_named(model: str, kind: str) -> None:
    with pytest.raises(OtherDevice) as other:
        await identify(device(model), 7, PROFILES)
    assert (other.value.kind, other.value.unit_id) == (kind, 7)
    assert other.value.model == (model or None)


async def test_a_device_without_a_model_register_is_no_inverter() -> None:
    with pytest.raises(OtherDevice):
        await identify(Mute(IllegalAddress(2)), 1, PROFILES)


async def test_an_inverter_without_serial_number_cannot_be_kept_apart() -> None:
    with pytest.raises(OtherDevice) as other:
        await identify(FakeUnit({**HOME, "serial_number": ""}), 1, PROFILES)
    assert other.value.kind == "nameless"


async def test_silence_is_an_error_of_the_link() -> None:
    with pytest.raises(NoAnswer):
        await identify(SILENT, 1, PROFILES)


async def test_the_first_inverter_ends_the_survey() -> None:
    bus = Bus({1: FakeUnit(), 2: FakeUnit()})
    found = await bus.survey()
    assert found.plant is not None
    assert found.plant.unit_id == 1
    assert bus.asked == [0, 1]
    assert bus.progress == [0, 0.25]


async def test_a_manager_beside_the_inverter_is_reported() -> None:
    found = await Bus({0: device("EMMA-A02"), 1: FakeUnit()}).survey()
    assert found.plant is not None
    assert [other.kind for other in found.others] == ["emma"]


async def test_a_dongle_alone_is_no_plant() -> None:
    found = await Bus({100: device("SDongleA-05")}).survey()
    assert found.plant is None
    assert [other.kind for other in found.others] == ["sdongle"]


async def test_silence_everywhere_is_said() -> None:
    with pytest.raises(NobodyThere, match="0, 1, 100, 2"):
        await Bus({}).survey()


async def test_a_gateway_without_the_unit_counts_as_silence() -> None:
    bus = Bus(dict.fromkeys((0, 1), Mute(GatewayUnreachable(0x0B))))
    with pytest.raises(NobodyThere):
        await bus.survey((0, 1))


async def test_no_connection_ends_the_survey() -> None:
    bus = Bus({0: Mute(LinkDown("refused", refused=True))})
    with pytest.raises(LinkDown):
        await bus.survey()
    assert bus.asked == [0]


async def test_a_connection_that_breaks_is_the_reason_given() -> None:
    with pytest.raises(BrokenAnswer):
        await Bus({0: Mute(BrokenAnswer("closed"))}).survey()
