"""What else answers on the bus: SDongle, EMMA, SmartLogger."""

from .grid import whole_powers
from .image import Image
from .snapshot import Snapshot


def build_sdongle(snapshot: Snapshot) -> Image:
    """Return the registers of the SDongle; its grid power is positive on import."""
    image, truth = Image(), snapshot.truth
    ac_w, grid_w = whole_powers(truth.ac_w, truth.load_w)
    _lay_names(image, "SDongleA-05", "SD2301000001")
    image.u16(37410, 4)
    image.u16(37411, 0)
    image.u32(37498, truth.pv_w)
    image.u32(37500, ac_w + grid_w)
    image.i32(37502, grid_w)
    image.i32(37504, -truth.battery_w)
    image.i32(37516, ac_w)
    image.u16(43064, 5)
    image.u16(43065, 60)
    return image


def build_emma(snapshot: Snapshot) -> Image:
    """Return the registers of the EMMA; its feed-in power is positive on export."""
    image, truth = Image(), snapshot.truth
    ac_w, grid_w = whole_powers(truth.ac_w, truth.load_w)
    _lay_names(image, "EMMA-A02", "EM2301000001")
    image.text(30222, 20, "EMMA-A02")
    image.u32(30354, truth.pv_w)
    image.u32(30356, ac_w + grid_w)
    image.i32(30358, -grid_w)
    image.i32(30360, -truth.battery_w)
    image.i32(30364, ac_w)
    image.u16(30368, truth.soc_pct, 100)
    return image


def build_smartlogger(snapshot: Snapshot) -> Image:
    """Return the registers of the SmartLogger, which command plants from outside."""
    image, truth = Image(), snapshot.truth
    ac_w, _ = whole_powers(truth.ac_w, truth.load_w)
    _lay_names(image, "SmartLogger3000", "SL2301000001")
    image.u16(40515, truth.soc_pct, 10)
    image.i32(40525, ac_w)
    image.u16(40737, 4)
    return image


def _lay_names(image: Image, model: str, serial_number: str) -> None:
    """Lay down who it is."""
    image.text(30000, 15, model)
    image.text(30015, 10, serial_number)
    image.text(30035, 15, "V200R022C10")
    image.text(30050, 15, "V200R022C10SPC310")
