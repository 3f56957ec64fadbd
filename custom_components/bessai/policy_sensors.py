"""What the policy wants of the battery now, and whether it is in charge."""

from collections.abc import Iterator
from typing import Any, override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo

from .devices import MANAGER, identifier
from .plan_moment import currency_of
from .planner import Planner
from .planning.plan import Intent
from .policy_pilot import InCharge, PolicyPilot
from .policy_words import describe_decision, describe_model, refusal_words
from .runtime import BessaiRuntime


def policy_sensors(
    runtime: BessaiRuntime, planner: Planner, pilot: PolicyPilot
) -> Iterator[PolicySensor]:
    """Yield the sensors of a plant for which a policy may be asked."""
    yield PolicyStepSensor(runtime, planner, pilot)
    yield PolicyInChargeSensor(runtime, planner, pilot)


class PolicySensor(SensorEntity):
    """A sensor of the energy manager that follows the policy."""

    _attr_device_class = SensorDeviceClass.ENUM
    _attr_has_entity_name = True
    _attr_should_poll = False
    _unrecorded_attributes = frozenset({"inputs", "latency_ms", "asked_at"})

    def __init__(
        self, runtime: BessaiRuntime, planner: Planner, pilot: PolicyPilot, key: str
    ) -> None:
        """Show ``key`` of the policy."""
        self.runtime, self.planner, self.pilot = runtime, planner, pilot
        driver = runtime.driver
        self._attr_translation_key = key
        self._attr_unique_id = f"{driver.identity.serial_number}_{key}"
        self._attr_device_info = DeviceInfo(identifiers={identifier(driver, MANAGER)})

    @override
    async def async_added_to_hass(self) -> None:
        """Show whatever changes from now on."""
        await super().async_added_to_hass()
        self.async_on_remove(self.pilot.async_add_listener(self.async_write_ha_state))

    @callback
    def async_entity_id_changed(self, old_entity_id: str, new_entity_id: str) -> None:
        """Accept a new id (Home Assistant 2026.11 asks); nothing hangs on it."""


class PolicyStepSensor(PolicySensor):
    """What the policy would have the battery do; the attributes say by which model."""

    def __init__(
        self, runtime: BessaiRuntime, planner: Planner, pilot: PolicyPilot
    ) -> None:
        """Follow the policy."""
        super().__init__(runtime, planner, pilot, "policy_step")
        self._attr_options = [intent.value for intent in Intent]

    @property
    @override
    def native_value(self) -> str | None:
        """Return what it wants in one word; ``None``: it does not say."""
        decision = self.pilot.decision
        return None if decision is None else decision.intent.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return reason, numbers and model."""
        pilot, texts = self.pilot, self.runtime.texts
        described = describe_model(pilot.policy, pilot.run)
        if pilot.decision is None:
            return described
        currency = currency_of(self.hass, self.planner)
        decision = describe_decision(pilot.decision, texts, currency)
        return {**decision, **described}


class PolicyInChargeSensor(PolicySensor):
    """Policy, plan or nobody: who says what is done in the mode of the policy."""

    def __init__(
        self, runtime: BessaiRuntime, planner: Planner, pilot: PolicyPilot
    ) -> None:
        """Follow the policy."""
        super().__init__(runtime, planner, pilot, "policy_in_charge")
        self._attr_options = [one.value for one in InCharge]

    @property
    @override
    def native_value(self) -> str | None:
        """Return who it is; ``None`` where nobody asks for a policy."""
        return self.pilot.in_charge and self.pilot.in_charge.value

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return why it is not the policy."""
        return refusal_words(self.runtime.texts, self.pilot.refusal)
