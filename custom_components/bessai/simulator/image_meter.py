"""What the power meter tells through the inverter: registers 37100 to 37138."""

import math

from .grid import (
    PHASES,
    PhasePower,
    frequency_hz,
    grid_on_phases,
    line_voltage_v,
    phase_voltages_v,
)
from .image import Image
from .snapshot import Snapshot

_THREE = range(PHASES)


def lay_meter(image: Image, snapshot: Snapshot) -> None:
    """Lay down the meter; Huawei counts what is exported as positive.

    Without a meter its values read the markers.
    """
    image.u16(37100, int(snapshot.meter_online))
    image.u16(37125, int(snapshot.parameters.three_phase))
    image.u16(37138, int(snapshot.meter_online))
    powers = grid_on_phases(
        snapshot.parameters,
        snapshot.truth.ac_w,
        snapshot.truth.load_w,
        snapshot.at_s,
    )
    _lay_totals(image, snapshot, powers.total_w)
    _lay_phases(image, snapshot, powers)


def _lay_totals(image: Image, snapshot: Snapshot, grid_w: int) -> None:
    """Lay down what is not per phase."""
    online, truth = snapshot.meter_online, snapshot.truth
    sign = -1.0 if snapshot.parameters.quirks.meter_exports_negative else 1.0
    frequency = frequency_hz(snapshot.parameters.seed, snapshot.at_s)
    image.i32(37113, -grid_w if online else None)
    image.i32(37115, 0 if online else None)
    image.i16(37117, math.copysign(1.0, -grid_w) if online else None, 1000)
    image.i16(37118, frequency if online else None, 100)
    image.i32(37119, sign * truth.export_kwh if online else None, 100)
    image.i32(37121, truth.import_kwh if online else None, 100)
    image.i32(37123, 0 if online else None, 100)


def _lay_phases(image: Image, snapshot: Snapshot, powers: PhasePower) -> None:
    """Lay down voltages, currents and powers; absent phases read the marker."""
    three = snapshot.parameters.three_phase
    voltages = phase_voltages_v(snapshot.parameters.seed, snapshot.at_s)
    for phase in _THREE:
        present = snapshot.meter_online and (three or phase == 0)
        voltage_v = voltages[phase] if present else None
        power_w = -powers.phases_w[phase] if present else None
        image.i32(37101 + 2 * phase, voltage_v, 10)
        image.i32(37107 + 2 * phase, _current_a(power_w, voltage_v), 100)
        image.i32(37132 + 2 * phase, power_w if three else None)
        line_v = line_voltage_v(voltages, phase) if present and three else None
        image.i32(37126 + 2 * phase, line_v, 10)


def _current_a(power_w: int | None, voltage_v: float | None) -> float | None:
    """Return a current signed like its power."""
    return power_w / voltage_v if power_w is not None and voltage_v else None
