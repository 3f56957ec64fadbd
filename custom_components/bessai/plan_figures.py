"""Figures of the plan as sensors: one line of a table each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfPower, UnitOfTime
from homeassistant.helpers.typing import StateType

from .core.power_forecast import PowerForecast
from .core.price_curve import PriceStep
from .core.price_outlook import ExpectedPrice
from .plan_entity import PlanEntity
from .plan_listing import (
    clock_time,
    describe_band,
    describe_costs,
    money,
    power_w,
    price,
)
from .plan_moment import Moment
from .planner import Planner
from .price_listing import describe_expected, unpublished
from .runtime import BessaiRuntime


@dataclass(frozen=True, kw_only=True)
class PlanSensorDescription(SensorEntityDescription):
    """A sensor over the plan as it is at a moment."""

    value_fn: Callable[[Moment], StateType | datetime]
    attributes_fn: Callable[[PlanSensor], Mapping[str, Any] | None] = lambda _: None
    per_currency: str | None = None
    """The unit, with ``{}`` for the currency."""


class PlanSensor(PlanEntity, SensorEntity):
    """Shows one figure of the plan."""

    entity_description: PlanSensorDescription
    _unrecorded_attributes = frozenset({"prices"})

    def __init__(
        self,
        runtime: BessaiRuntime,
        planner: Planner,
        description: PlanSensorDescription,
    ) -> None:
        """Follow the plan."""
        super().__init__(runtime, planner, description.key)
        self.entity_description = description

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit; that of money is the currency of the plan."""
        unit = self.entity_description.per_currency
        if unit is None:
            return self.entity_description.native_unit_of_measurement
        return unit.format(self.currency)

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """Return the figure as it stands now."""
        return self.entity_description.value_fn(self.moment)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what belongs to the figure."""
        return self.entity_description.attributes_fn(self)

    @property
    def listed_prices(self) -> list[dict[str, Any]]:
        """The prices that are known, and those that are expected."""
        return self._listing.prices(self.planner.market.curve)


def _planned_power(moment: Moment) -> float | None:
    return power_w(moment.step.power_kw) if moment.step else None


def _energy_value(moment: Moment) -> float | None:
    return price(moment.step.value) if moment.step else None


def _saving(moment: Moment) -> float | None:
    return money(moment.plan.saving) if moment.plan else None


def _solve_ms(moment: Moment) -> float | None:
    return round(moment.plan.solve_ms, 2) if moment.plan else None


def _import_price(moment: Moment) -> float | None:
    return price(moment.price.import_price) if moment.price else None


def _export_price(moment: Moment) -> float | None:
    return price(moment.price.export_price) if moment.price else None


def _error_of(forecast: PowerForecast | None) -> float | None:
    if forecast is None or forecast.error_w is None:
        return None
    return round(forecast.error_w)


def _about_saving(sensor: PlanSensor) -> dict[str, Any]:
    """Return how sure the saving is, and what it is a difference of."""
    plan = sensor.planner.plan
    if plan is None:
        return {}
    costs = describe_costs(plan)
    return {
        **(describe_band(plan.saving_band) or dict.fromkeys(("p10", "p50", "p90"))),
        "until": clock_time(plan.end),
        **{key: costs[key] for key in ("cost", "idle_cost", "self_consumption_cost")},
    }


def _about_price(sensor: PlanSensor) -> dict[str, Any]:
    """Return all prices, and how sure that of now is."""
    now: PriceStep | None = sensor.moment.price
    return {
        "source": sensor.planner.market.source_name,
        "spot_price": now.spot_price if now else None,
        "confidence": now.confidence if now else None,
        "prices": sensor.listed_prices,
    }


def _unpublished(planner: Planner) -> tuple[ExpectedPrice, ...]:
    return tuple(unpublished(planner.market.curve, planner.market.outlook))


def _expected_price(moment: Moment) -> float | None:
    steps = _unpublished(moment.planner)
    return price(fmean(step.p50 for step in steps)) if steps else None


def _about_expected_prices(sensor: PlanSensor) -> dict[str, Any]:
    """Return the prices that nobody has published, each with its band."""
    outlook = sensor.planner.market.outlook
    steps = _unpublished(sensor.planner)
    return {
        "method": None if outlook is None else outlook.source,
        "made_at": None if outlook is None else clock_time(outlook.made_at),
        "confidence": round(fmean(one.confidence for one in steps), 3)
        if steps
        else None,
        "prices": [describe_expected(step) for step in steps],
    }


def _about_solution(sensor: PlanSensor) -> dict[str, Any]:
    """Return how much was solved, and how exactly."""
    plan = sensor.planner.plan
    if plan is None:
        return {}
    return {"steps": len(plan.steps), "gap_bound": plan.solution.gap_bound}


def _about_pv(sensor: PlanSensor) -> dict[str, Any]:
    return _about_forecast(sensor.planner.forecasts.pv)


def _about_load(sensor: PlanSensor) -> dict[str, Any]:
    return _about_forecast(sensor.planner.forecasts.load)


def _about_forecast(forecast: PowerForecast | None) -> dict[str, Any]:
    return {"source": forecast.source if forecast else None}


MONEY: Final = "{}"
PRICE: Final = "{}/kWh"

PLAN_SENSORS: Final = (
    PlanSensorDescription(
        key="plan_next_change",
        translation_key="plan_next_change",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda moment: moment.next_change,
    ),
    PlanSensorDescription(
        key="planned_power",
        translation_key="planned_power",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_planned_power,
    ),
    PlanSensorDescription(
        key="stored_energy_value",
        translation_key="stored_energy_value",
        per_currency=PRICE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        value_fn=_energy_value,
    ),
    PlanSensorDescription(
        key="expected_saving",
        translation_key="expected_saving",
        device_class=SensorDeviceClass.MONETARY,
        per_currency=MONEY,
        suggested_display_precision=2,
        value_fn=_saving,
        attributes_fn=_about_saving,
    ),
    PlanSensorDescription(
        key="import_price",
        translation_key="import_price",
        per_currency=PRICE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        value_fn=_import_price,
        attributes_fn=_about_price,
    ),
    PlanSensorDescription(
        key="export_price",
        translation_key="export_price",
        per_currency=PRICE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        value_fn=_export_price,
        attributes_fn=_about_price,
    ),
    PlanSensorDescription(
        key="expected_price",
        translation_key="expected_price",
        per_currency=PRICE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=3,
        value_fn=_expected_price,
        attributes_fn=_about_expected_prices,
    ),
    PlanSensorDescription(
        key="plan_solve_time",
        translation_key="plan_solve_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_solve_ms,
        attributes_fn=_about_solution,
    ),
    PlanSensorDescription(
        key="pv_forecast_error",
        translation_key="pv_forecast_error",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda moment: _error_of(moment.planner.forecasts.pv),
        attributes_fn=_about_pv,
    ),
    PlanSensorDescription(
        key="load_forecast_error",
        translation_key="load_forecast_error",
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda moment: _error_of(moment.planner.forecasts.load),
        attributes_fn=_about_load,
    ),
)
