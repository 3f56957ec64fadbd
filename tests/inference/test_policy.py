"""A policy's answers in our words: a fake of the loaded model, and the shipped one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import (
    CardInput,
    CardOutput,
    ModelCard,
    PowerOutput,
    PowerSign,
    PowerUnit,
    PriceOutput,
    PriceUnit,
    Purpose,
    StoredValueOutput,
    Training,
)
from custom_components.bessai.inference.policy import Policy

from .observations import curve, observation

POWER = PowerOutput(unit=PowerUnit.KW, sign=PowerSign.DISCHARGING, low=-9, high=9)
VALUE = StoredValueOutput(low=-20, high=20)


def card(output: CardOutput, *features: str) -> ModelCard:
    return ModelCard(
        name="test",
        version="1",
        purpose=Purpose.DISPATCH_POLICY,
        sha256="",
        graph_sha256=None,
        inputs=tuple(
            CardInput(
                feature=name, unit="", low=0, high=1, offset=0, scale=1, sign=None
            )
            for name in features
        ),
        output=output,
        horizon_h=0,
        steps_min=(15,),
        training=Training(
            data="", start=date(2020, 1, 1), end=date(2020, 1, 2), notes=""
        ),
        metrics={},
        licence="",
        golden=(),
    )


@dataclass
class Model:
    """Answers the sum of what it is told, and remembers that."""

    card: ModelCard
    plus: float = 0.0
    backend: str = "numpy"
    told: tuple[Mapping[str, float], ...] = ()

    def ask(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        self.told = tuple(rows)
        return np.array([[sum(row.values()) + self.plus] for row in rows])


@pytest.mark.parametrize(
    ("unit", "sign", "answer", "power_kw"),
    [
        (PowerUnit.KW, PowerSign.DISCHARGING, 1.2, 1.2),
        (PowerUnit.KW, PowerSign.CHARGING, 1.2, -1.2),
        (PowerUnit.W, PowerSign.CHARGING, -800.0, 0.8),
        (PowerUnit.SHARE, PowerSign.DISCHARGING, 0.5, 1.0),
        (PowerUnit.SHARE, PowerSign.DISCHARGING, -0.5, -2.0),
        (PowerUnit.SHARE, PowerSign.CHARGING, 0.5, -2.0),
    ],
)
def test_powers_come_in_our_unit_and_sign(
    unit: PowerUnit, sign: PowerSign, answer: float, power_kw: float
) -> None:
    """Of 4 kW of charging and 2 kW of discharging."""
    model = Model(card(replace(POWER, unit=unit, sign=sign)), plus=answer)
    (told,) = Policy(model).ask(observation())
    assert told.power_kw == pytest.approx(power_kw)
    assert told.value_per_kwh is None


def test_a_value_comes_in_the_currency_of_the_prices() -> None:
    prices = curve([0.2] * 12 + [0.4] * 12, sold=0.25)
    (told,) = Policy(Model(card(VALUE), plus=-0.5)).ask(observation(prices=prices))
    assert told.value_per_kwh == pytest.approx(0.3 - 0.5 * 0.125)
    assert told.power_kw is None


def test_the_model_is_told_what_its_card_names_and_no_more() -> None:
    model = Model(card(POWER, "soc_pct", "hour"))
    (told,) = Policy(model).ask(observation())
    assert model.told == ({"soc_pct": 40.0, "hour": 13.0},)
    assert told.features == model.told[0]
    assert told.power_kw == pytest.approx(53.0)


def test_it_can_be_asked_for_other_states_of_charge_at_once() -> None:
    model = Model(card(POWER, "soc_pct", "stored_share"))
    answers = Policy(model).ask(observation(), (2.0, 10.0))
    assert [one.power_kw for one in answers] == [20.0, 101.0]


def test_what_is_assumed_counts_instead_of_what_is_known() -> None:
    model = Model(card(POWER, "hour"))
    (told,) = Policy(model).ask(observation(), assumed={"hour": 3.0})
    assert told.power_kw == pytest.approx(3.0)


def test_what_is_not_known_is_named() -> None:
    model = Model(card(POWER, "temp_c"))
    with pytest.raises(ModelRefused) as refused:
        Policy(model).ask(observation(battery_temperature_c=None))
    assert (refused.value.refusal, refused.value.detail) == (
        Refusal.MISSING_INPUT,
        "temp_c",
    )


def test_a_value_needs_prices() -> None:
    """Even where the model itself was not told any."""
    with pytest.raises(ModelRefused) as refused:
        Policy(Model(card(VALUE))).ask(observation(prices=None))
    assert refused.value.refusal is Refusal.MISSING_INPUT


def test_prices_are_no_policy() -> None:
    output = PriceOutput(
        unit=PriceUnit.PER_KWH, quantiles=(0.1, 0.5, 0.9), low=-1, high=1
    )
    with pytest.raises(ModelRefused) as refused:
        Policy(Model(card(output))).ask(observation())
    assert refused.value.refusal is Refusal.WRONG_PURPOSE


def test_card_and_backend_are_those_of_the_model() -> None:
    model = Model(card(POWER))
    policy = Policy(model)
    assert (policy.card, policy.backend) == (model.card, "numpy")
