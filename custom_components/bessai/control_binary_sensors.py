"""Whether safety forbids commands, and whether the plant is there to take them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .answers import describe_ground
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .runtime import BessaiRuntime


def control_binary_sensors(
    runtime: BessaiRuntime, control: ControlLoop
) -> Iterator[ControlEntity]:
    """Yield the binary sensors of a plant that can be commanded."""
    yield SafetyBlockBinarySensor(runtime, control)
    yield HeartbeatBinarySensor(runtime, control)


class SafetyBlockBinarySensor(ControlEntity, BinarySensorEntity):
    """On while no command would be let through, whatever it was."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM
    _attr_translation_key = "safety_block"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "safety_block")
        self._since: datetime | None = None
        self._keep_time()

    @callback
    @override
    def _async_update(self) -> None:
        self._keep_time()
        super()._async_update()

    def _keep_time(self) -> None:
        """Note when the first ground of those that bite came up."""
        if not self.control.blocks:
            self._since = None
        elif self._since is None:
            self._since = dt_util.utcnow()

    @property
    @override
    def is_on(self) -> bool:
        """Return whether anything stands in the way."""
        return bool(self.control.blocks)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what stands in the way, what to do about it, and since when."""
        texts = self.runtime.texts
        return {
            "reasons": [
                describe_ground(one, texts) | {"remedy": texts.remedy(one.reason)}
                for one in self.control.blocks
            ],
            "since": self._since and self._since.isoformat(),
        }


class HeartbeatBinarySensor(ControlEntity, BinarySensorEntity):
    """On while the plant gives its proof of life."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_translation_key = "heartbeat"
    _unrecorded_attributes = frozenset({"counter", "misses"})

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "heartbeat")

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it was not missed twice in a row."""
        return not self.control.watchdog.is_lost

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the count, the pace and what was missed."""
        watchdog = self.control.watchdog
        return {
            "counter": watchdog.counter,
            "period_s": self.control.heartbeat_period_s,
            "misses": watchdog.misses,
        }
