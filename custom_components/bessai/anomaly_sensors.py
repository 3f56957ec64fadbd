"""How far the plant is from what it should be, and how well it is known by now."""

from collections.abc import Iterator
from typing import Any, override

from homeassistant.components.sensor import SensorEntity, SensorStateClass
from homeassistant.const import PERCENTAGE, EntityCategory

from .anomaly_entity import AnomalyEntity
from .anomaly_monitor import AnomalyMonitor
from .finding_words import words_of
from .runtime import BessaiRuntime


def anomaly_sensors(
    runtime: BessaiRuntime, monitor: AnomalyMonitor
) -> Iterator[AnomalyEntity]:
    """Yield the sensors of a plant that is watched."""
    yield AnomalyScoreSensor(runtime, monitor)
    yield AnomalyLearningSensor(runtime, monitor)


class AnomalyScoreSensor(AnomalyEntity, SensorEntity):
    """The strongest deviation: 0 none, 0.5 at its tolerance, 1 at twice that."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_suggested_display_precision = 2
    _attr_translation_key = "anomaly_score"
    _unrecorded_attributes = frozenset({"findings"})

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Follow the monitor."""
        super().__init__(runtime, monitor, "anomaly_score")

    @property
    @override
    def native_value(self) -> float | None:
        """Return the score, with two decimals."""
        judgement = self.monitor.judgement
        return None if judgement is None else round(judgement.score, 2)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what is off, with the evidence, the strongest first."""
        words = words_of(self.runtime.driver.profile, self.runtime.texts)
        return {
            "findings": [words.describe(one) for one in self.monitor.findings],
            "learned": percent(self.monitor.learned),
        }


class AnomalyLearningSensor(AnomalyEntity, SensorEntity):
    """How much of what is usual for this plant has been learned."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = PERCENTAGE
    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_translation_key = "anomaly_learning"

    def __init__(self, runtime: BessaiRuntime, monitor: AnomalyMonitor) -> None:
        """Follow the monitor."""
        super().__init__(runtime, monitor, "anomaly_learning")

    @property
    @override
    def native_value(self) -> int | None:
        """Return whole percent."""
        return percent(self.monitor.learned)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what was learned before, and could not be read at the start."""
        return {"relearned": list(self.monitor.relearned)}


def percent(share: float | None) -> int | None:
    """Return whole percent; 100 only when nothing is left to learn."""
    return None if share is None else int(100 * share)
