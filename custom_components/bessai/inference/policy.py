"""Asks a dispatch policy, and puts its answer into our words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ..core.battery_spec import BatterySpec
from ..core.policy_observation import PolicyObservation
from ..core.units import kw
from .errors import ModelRefused, Refusal
from .model_card import ModelCard, PowerOutput, PowerSign, PowerUnit, StoredValueOutput
from .policy_features import PriceScale, observe, price_scale, stored_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class AskedModel(Protocol):
    """What a policy needs of a loaded model."""

    @property
    def card(self) -> ModelCard:
        """What it says of itself."""
        ...

    @property
    def backend(self) -> str:
        """What it runs on."""
        ...

    def ask(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.floating]:
        """Return its answers, a row for each row of features."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """What a policy wants; one of the first two is a number, the other ``None``."""

    power_kw: float | None
    """Of the battery, positive when discharging; not yet within any limit."""

    value_per_kwh: float | None
    """What one more stored kWh is worth, in the currency of the prices; the battery
    then does what is the best for the load that is measured."""

    features: Mapping[str, float]
    """What the model was told, before scaling."""


type _Translation = Callable[[float, Mapping[str, float]], PolicyAnswer]


class Policy:
    """A dispatch policy by a model; not to be asked by two threads at a time."""

    def __init__(self, model: AskedModel) -> None:
        """Take a model whose card is that of a policy."""
        self._model = model

    @property
    def card(self) -> ModelCard:
        """What its model says of itself."""
        return self._model.card

    @property
    def backend(self) -> str:
        """What its model runs on."""
        return self._model.backend

    def ask(
        self,
        observation: PolicyObservation,
        stored_kwh: Sequence[float] = (),
        assumed: Mapping[str, float] | None = None,
    ) -> tuple[PolicyAnswer, ...]:
        """Return what the policy wants now; it blocks, so never in an event loop.

        Args:
            observation: Of the plant.
            stored_kwh: Instead of what the battery has stored; an answer for each.
                Empty: one answer for what it has.
            assumed: Features that are told to the model instead of the known ones.

        Raises:
            ModelRefused: If something it has to be told is not known or beyond its
                range, or its answer cannot be used.
        """
        known = observe(observation)
        told = [
            self._told(
                {**known, **stored_features(observation, one), **(assumed or {})}
            )
            for one in stored_kwh or (observation.stored_kwh,)
        ]
        answers = self._model.ask(told).reshape(-1)
        into = self._translation(observation)
        return tuple(
            into(float(answer), features)
            for answer, features in zip(answers, told, strict=True)
        )

    def _told(self, known: Mapping[str, float]) -> dict[str, float]:
        """Return what the model wants of all that is known."""
        return {one.feature: _known(known, one.feature) for one in self.card.inputs}

    def _translation(self, observation: PolicyObservation) -> _Translation:
        """Return what puts the model's answers into our words."""
        match self.card.output:
            case PowerOutput() as output:
                return partial(_power, output, observation.battery)
            case StoredValueOutput():
                return partial(_value, _scale_of(observation))
            case _:
                raise ModelRefused(Refusal.WRONG_PURPOSE, self.card.purpose)


def _known(known: Mapping[str, float], name: str) -> float:
    if name not in known:
        raise ModelRefused(Refusal.MISSING_INPUT, name)
    return known[name]


def _scale_of(observation: PolicyObservation) -> PriceScale:
    scale = price_scale(observation)
    if scale is None:
        raise ModelRefused(Refusal.MISSING_INPUT, "import_price")
    return scale


def _value(
    scale: PriceScale, answer: float, features: Mapping[str, float]
) -> PolicyAnswer:
    """Return what a stored kWh is worth, in the currency of the prices."""
    value = scale.mean + scale.spread * answer
    return PolicyAnswer(power_kw=None, value_per_kwh=value, features=features)


def _power(
    output: PowerOutput,
    battery: BatterySpec,
    answer: float,
    features: Mapping[str, float],
) -> PolicyAnswer:
    """Return a power in our unit and sign."""
    power_kw = answer if output.sign is PowerSign.DISCHARGING else -answer
    if output.unit is PowerUnit.W:
        power_kw = kw(power_kw)
    elif output.unit is PowerUnit.SHARE:
        power_kw *= battery.discharge_kw if power_kw > 0 else battery.charge_kw
    return PolicyAnswer(power_kw=power_kw, value_per_kwh=None, features=features)
