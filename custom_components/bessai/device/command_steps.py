"""From a vetted wish to the writes that carry it out; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
import math

from ..core.command import STANDING, CommandRefused, Order, Standing
from ..core.setpoint import Direction, Setpoint
from ..core.telemetry import Value
from .control_profile import Argument, ControlProfile, Steps
from .profile import DeviceProfile

type Writes = Mapping[str, Value]
"""Key to value, in the order in which they are written; the command comes last."""

_ROUNDING = 1e-6
"""2300.0 W at gain 1000 may be 2299999.9999999995 steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetpointWrites:
    """A setpoint as the device is told it."""

    direction: Direction
    power_w: float
    """In steps of the register, not negative."""

    parameters: Writes
    """What has to be there before the command is given."""

    command: Writes
    renewal: Writes
    """The parameters that are written anew for another period."""

    @property
    def standing(self) -> Standing:
        """What the command register says once it is in force."""
        return STANDING[self.direction]


def setpoint_writes(
    profile: DeviceProfile, control: ControlProfile, order: Order, setpoint: Setpoint
) -> SetpointWrites:
    """Return what has to be written for a setpoint.

    Raises:
        CommandRefused: If the device cannot be told so little power, or the period.
    """
    direction = setpoint.direction
    power_w = _power_w(profile, control.powers[direction], setpoint)
    arguments: dict[Argument, Value] = {
        Argument.POWER_W: power_w,
        Argument.PERIOD_MIN: _period(control, order),
    }
    begin = resolve(control.begin[direction], arguments)
    command = {control.command: begin[control.command]}
    return SetpointWrites(
        direction=direction,
        power_w=power_w,
        parameters=_without(begin, control.command),
        command=command,
        renewal=_without(resolve(control.renew[direction], arguments), control.command),
    )


def resolve(steps: Steps, arguments: Mapping[Argument, Value]) -> Writes:
    """Return the writes of a sequence with the arguments of a command put in."""
    return {
        step.key: arguments[step.value]
        if isinstance(step.value, Argument)
        else step.value
        for step in steps
    }


def _without(writes: Writes, key: str) -> Writes:
    return {other: value for other, value in writes.items() if other != key}


def _power_w(profile: DeviceProfile, key: str, setpoint: Setpoint) -> float:
    """Return the power in steps of its register, never more than was wished."""
    gain = profile.registers[key].gain
    steps = math.floor(abs(setpoint.power_w) * gain + _ROUNDING)
    if steps < 1:
        raise CommandRefused(key, setpoint.power_w, "less than one step")
    return steps / gain


def _period(control: ControlProfile, order: Order) -> int:
    """Return the period in the device's units."""
    period = order.period_s // control.period.unit_s
    if not control.period.low <= period <= control.period.high:
        raise CommandRefused(
            control.command, period, "the device counts no such period"
        )
    return period
