"""The owner's limits that are changed often; the others are in the options."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import PERCENTAGE, EntityCategory, UnitOfPower
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .answers import translated_errors
from .control_entity import ControlEntity
from .control_loop import ControlLoop
from .runtime import BessaiConfigEntry, BessaiRuntime
from .safety.limits import Limits

PARALLEL_UPDATES = 1

LEAST_CAP_W: Final = 100.0
"""Below that the guard finds no power left to command."""

UNCHECKED_CAP_W: Final = 100_000.0
"""Where a plant does not say what it is made for: more than any home has."""


@dataclass(frozen=True, kw_only=True)
class LimitDescription(NumberEntityDescription):
    """One limit of the owner's."""

    limit: str
    """Its name among the options."""

    value_fn: Callable[[Limits], float | None]
    rated: str = ""
    """For a cap: the reading that says what one battery unit is made for."""


LIMITS: Final = (
    LimitDescription(
        key="charge_cap",
        translation_key="charge_cap",
        limit="charge_cap_w",
        value_fn=lambda limits: limits.charge_cap_w,
        rated="battery_1_rated_charge_power_w",
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=100,
    ),
    LimitDescription(
        key="discharge_cap",
        translation_key="discharge_cap",
        limit="discharge_cap_w",
        value_fn=lambda limits: limits.discharge_cap_w,
        rated="battery_1_rated_discharge_power_w",
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_step=100,
    ),
    LimitDescription(
        key="soc_min",
        translation_key="soc_min",
        limit="soc_min_pct",
        value_fn=lambda limits: limits.soc_min_pct,
        native_unit_of_measurement=PERCENTAGE,
        native_step=1,
    ),
    LimitDescription(
        key="soc_max",
        translation_key="soc_max",
        limit="soc_max_pct",
        value_fn=lambda limits: limits.soc_max_pct,
        native_unit_of_measurement=PERCENTAGE,
        native_step=1,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: BessaiConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the limits of a plant that can be commanded."""
    runtime = entry.runtime_data
    if (control := runtime.control) is not None:
        async_add_entities(LimitNumber(runtime, control, row) for row in LIMITS)


class LimitNumber(ControlEntity, NumberEntity):
    """One limit of the owner's, in force at once."""

    entity_description: LimitDescription
    _attr_entity_category = EntityCategory.CONFIG
    # A slider would not show the value it stands at.
    _attr_mode = NumberMode.BOX

    def __init__(
        self, runtime: BessaiRuntime, control: ControlLoop, row: LimitDescription
    ) -> None:
        """Take the range from the profile; a cap's is what the plant is made for."""
        super().__init__(runtime, control, row.key)
        self.entity_description = row
        safety = runtime.driver.profile.safety
        self._bounds = safety.limits.get(row.limit) if safety else None

    @property
    @override
    def native_min_value(self) -> float:
        """Return the least that the owner may choose."""
        return self._bounds.low if self._bounds else LEAST_CAP_W

    @property
    @override
    def native_max_value(self) -> float:
        """Return the most that the owner may choose."""
        if self._bounds:
            return self._bounds.high
        return self._rated_w or UNCHECKED_CAP_W

    @property
    def _rated_w(self) -> float | None:
        """Return what the plant is made for.

        Only the first battery unit tells; two are bounded by their inverter.
        """
        driver = self.runtime.driver
        if driver.memory.facts.get("battery_2_product") in {None, "none"}:
            return driver.number(self.entity_description.rated)
        return driver.number("rated_power_w")

    @property
    @override
    def native_value(self) -> float | None:
        """Return the limit in force; without a cap of the owner's, the plant's own."""
        row = self.entity_description
        value = row.value_fn(self.control.options.limits)
        if value is None:
            return self.native_max_value
        # A number that was typed is a float, and "50.0 %" is nothing to read.
        return int(value) if value.is_integer() else value

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Put another limit in force."""
        with translated_errors():
            await self.control.async_set_limit(self.entity_description.limit, value)
