"""What the battery is told to do, until when, and how often settings were written."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorStateClass,
)
from homeassistant.const import EntityCategory

from .answers import power_of
from .control.command_in_force import Command, Phase
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .core.setpoint import Direction, Setpoint
from .runtime import BessaiRuntime

RELEASED: Final = "released"
HOLDING: Final = "holding"
BLOCKED: Final = "blocked"
NOT_ALLOWED: Final = "not_allowed"

UNDER_WAY: Final = {
    Direction.CHARGE: "charging",
    Direction.DISCHARGE: "discharging",
}

NOT_YET: Final = {Phase.WAKING: "waking", Phase.SETTLING: "settling"}

STATES: Final = (
    *(RELEASED, *NOT_YET.values(), *UNDER_WAY.values()),
    *(HOLDING, BLOCKED, NOT_ALLOWED),
)


STEADY: Final = timedelta(seconds=2)
"""By so much two clocks may drift apart before a time is shown anew."""


class SteadyTime:
    """Shows a moment that is computed from two clocks without its trembling."""

    def __init__(self) -> None:
        """Begin with none."""
        self._shown: datetime | None = None

    def show(self, when: datetime | None) -> datetime | None:
        """Return the moment to show; whole seconds."""
        if when is None or self._shown is None or abs(when - self._shown) > STEADY:
            self._shown = when and when.replace(microsecond=0)
        return self._shown


def control_sensors(
    runtime: BessaiRuntime, control: ControlLoop
) -> Iterator[ControlEntity]:
    """Yield the sensors of a plant that can be commanded."""
    yield ControlStateSensor(runtime, control)
    yield CommandExpiresSensor(runtime, control)
    yield StoredWritesSensor(runtime, control)


def state_of(control: ControlLoop) -> str:
    """Return in one word what the battery is told at present."""
    if control.command is not None:
        return _word_for(control.command)
    if not control.allowed:
        return NOT_ALLOWED
    return BLOCKED if control.blocks else RELEASED


def _word_for(command: Command) -> str:
    if not isinstance(command.wish, Setpoint):
        return HOLDING
    return NOT_YET.get(command.phase, UNDER_WAY[command.wish.direction])


class ControlStateSensor(ControlEntity, SensorEntity):
    """What the battery is told at present; the attributes say by whom and how long."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_translation_key = "control_state"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "control_state")
        self._attr_options = list(STATES)
        self._expires_at, self._paused_until = SteadyTime(), SteadyTime()

    @property
    @override
    def native_value(self) -> str:
        """Return the state in one word."""
        return state_of(self.control)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the command in force, how long it would outlive us, and the pause."""
        command = self.control.command
        expires_at = self._expires_at.show(self.control.command_expires_at)
        paused_until = self._paused_until.show(self.control.paused_until)
        return {
            "power": power_of(command.wish) if command else None,
            "source": command.proposal.source.value if command else None,
            "expires_at": expires_at.isoformat() if expires_at else None,
            "paused_until": paused_until.isoformat() if paused_until else None,
            "worst_overrun_s": self.control.lease_terms.period_s,
        }


class CommandExpiresSensor(ControlEntity, SensorEntity):
    """When the command in force ends; unknown while there is none."""

    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_translation_key = "command_expires"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "command_expires")
        self._expires_at = SteadyTime()

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the time by the clock on the wall."""
        return self._expires_at.show(self.control.command_expires_at)


class StoredWritesSensor(ControlEntity, SensorEntity):
    """How often settings were written today that a device keeps in its flash memory."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_state_class = SensorStateClass.TOTAL_INCREASING
    _attr_translation_key = "stored_writes_today"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "stored_writes_today")

    @property
    @override
    def native_value(self) -> int:
        """Return the count since midnight."""
        return self.control.stored_writes_today
