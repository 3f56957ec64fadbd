"""Who the inverter is: registers 30000 to 31214."""

from .image import Image
from .setting_table import max_power_w
from .snapshot import Snapshot

_MODEL_ID = 428
_PROTOCOL_VERSION = 0x00030001
_REACTIVE_SHARE = 0.6
_MAX_TRACKERS = 10


def lay_identity(image: Image, snapshot: Snapshot) -> None:
    """Lay down names, versions and ratings."""
    _lay_names(image, snapshot)
    _lay_ratings(image, snapshot)
    _lay_versions(image, snapshot)


def tracker_count(string_count: int) -> int:
    """Return the MPP trackers: one a string up to two, then two strings each."""
    if string_count <= 2:
        return string_count
    return min((string_count + 1) // 2, _MAX_TRACKERS)


def _lay_names(image: Image, snapshot: Snapshot) -> None:
    identity = snapshot.parameters.identity
    image.text(30000, 15, identity.model)
    image.text(30015, 10, snapshot.serial_number)
    image.text(30025, 10, identity.part_number)
    image.text(30035, 15, identity.firmware)
    image.text(30050, 15, identity.software)
    image.u32(30068, _PROTOCOL_VERSION)
    image.u16(30070, _MODEL_ID)
    image.text(30105, 2, "EU")
    for address in range(30107, 30112):
        image.u16(address, 1)
    image.u16(30206, 1)
    for address in range(30207, 30218, 2):
        image.bits(address, 0, words=2)


def _lay_ratings(image: Image, snapshot: Snapshot) -> None:
    parameters = snapshot.parameters
    strings = parameters.pv.string_count
    rated_w, most_w = parameters.rated_power_w, max_power_w(parameters)
    reactive = _REACTIVE_SHARE * rated_w
    image.u16(30071, strings)
    image.u16(30072, tracker_count(strings))
    image.u32(30073, rated_w)
    image.u32(30075, most_w)
    image.u32(30077, most_w)
    image.i32(30079, reactive)
    image.i32(30081, -reactive)
    image.u32(30083, most_w)
    image.u32(30085, most_w)
    image.i32(30366, most_w)
    image.i32(30368, reactive)


def _lay_versions(image: Image, snapshot: Snapshot) -> None:
    battery = snapshot.battery
    name = f"LUNA2000-{battery.capacity_kwh:.0f}-S0" if battery else ""
    image.text(30561, 15, name)
    image.text(30576, 15, name if battery and battery.units > 1 else "")
    image.text(30591, 15, "")
    image.text(31000, 15, "A")
    image.text(31015, 10, f"M{snapshot.serial_number[1:]}")
    for address in (31025, 31040, 31070, 31085, 31115):
        image.text(address, 15, "V100R001C00SPC173")
    for address in (31055, 31100, 31130, 31145):
        image.text(address, 15, "V100R001C00")
    image.text(31200, 10, f"K{snapshot.serial_number[-8:]}")
