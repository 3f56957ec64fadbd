"""What happened to safety, and what was found, as events for automations."""

from typing import Final, override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .anomaly_entity import AnomalyEntity
from .anomaly_monitor import AnomalyMonitor
from .answers import describe_ground
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .core.finding import Finding, FindingKind
from .core.safety_event import SafetyEvent, SafetyEventKind
from .finding_words import words_of
from .runtime import BessaiConfigEntry, BessaiRuntime

PARALLEL_UPDATES = 0

CLEARED: Final = "cleared"


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of a plant: of safety if it can be commanded, and findings."""
    runtime = entry.runtime_data
    if runtime.control is not None:
        async_add_entities([SafetyEventEntity(runtime, runtime.control)])
    if runtime.anomaly is not None:
        async_add_entities([FindingEventEntity(runtime, runtime.anomaly)])


class SafetyEventEntity(ControlEntity, EventEntity):
    """Tells each safety event with its reasons and what to do about it."""

    _attr_translation_key = "safety"

    def __init__(self, runtime: BessaiRuntime, control: ControlLoop) -> None:
        """Follow the control loop."""
        super().__init__(runtime, control, "safety")
        self._attr_event_types = [kind.value for kind in SafetyEventKind]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the events."""
        await super().async_added_to_hass()
        self.async_on_remove(self.control.async_subscribe(self._async_tell))

    @callback
    def _async_tell(self, event: SafetyEvent) -> None:
        texts = self.runtime.texts
        told = () if event.kind is SafetyEventKind.CLEARED else event.grounds
        remedies = dict.fromkeys(texts.remedy(one.reason) for one in told)
        self._trigger_event(
            event.kind,
            {
                "reasons": [describe_ground(one, texts) for one in event.grounds],
                "remedy": " ".join(remedies) or None,
                "error": event.error,
                "urgent": event.urgent,
            },
        )
        self.async_write_ha_state()


class FindingEventEntity(AnomalyEntity, EventEntity):
    """Tells each finding with its evidence and what to do, and when it has cleared."""

    _attr_translation_key = "finding"

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Follow the monitor."""
        super().__init__(runtime, monitor, "finding")
        self._words = words_of(runtime.driver.profile, runtime.texts)
        self._attr_event_types = [*(kind.value for kind in FindingKind), CLEARED]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the findings."""
        await super().async_added_to_hass()
        self.async_on_remove(self.monitor.async_subscribe(self._async_tell))

    @callback
    def _async_tell(self, finding: Finding, cleared: bool) -> None:  # noqa: FBT001
        kind = CLEARED if cleared else finding.kind.value
        told = self._words.describe(finding)
        self._trigger_event(kind, {**told, "advice": None} if cleared else told)
        self.async_write_ha_state()
