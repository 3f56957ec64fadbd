"""A policy in shadow, in control, and what happens where it cannot be asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.bessai import policy_pilot as module
from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.inference.errors import ModelRefused, Refusal
from custom_components.bessai.inference.model_card import Purpose
from custom_components.bessai.model_status import Fallback
from custom_components.bessai.planning.execution import Decision
from custom_components.bessai.planning.plan import Intent, Why
from custom_components.bessai.policy_pilot import (
    ANSWER_LASTS,
    ASK_EVERY,
    PATIENCE,
    REST,
    InCharge,
    PolicyPilot,
)
from custom_components.bessai.policy_run import PolicyQuestion, PolicyRun, ask
from custom_components.bessai.simulator.overrides import Overrides

from .controlled import allow, control, look, written
from .home import Home, settle
from .inference.card_builders import GOLDEN, card_document, column, linear_model
from .owned_models import TROUBLES, Trouble, own_folder, put
from .plants import until
from .test_planner import CHEAP, DEAR, planner_of, tariff

type Prepare = Callable[[Path], str]


def pilot_of(home: Home) -> PolicyPilot:
    """Return the pilot of a plant that has one."""
    pilot = home.runtime.policy
    assert pilot is not None
    return pilot


def in_charge(home: Home) -> InCharge | None:
    """Return who is in charge: it changes behind mypy's back."""
    return pilot_of(home).in_charge


def refusal_of(home: Home) -> Refusal | None:
    """Return why the policy is not used."""
    refused = pilot_of(home).refusal
    return None if refused is None else refused.refusal


class Owner:
    """Owns a home with a model of the older gateway: + charges, by charge alone."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.home, self.folder = home, folder

    async def begin(
        self, chosen: str, *, prices: bool = False, soc_pct: float = 10.0
    ) -> PolicyPilot:
        """Return the pilot of a plant that may be commanded, at night."""
        home = self.home
        home.plant.overrides = Overrides(pv_w=0.0, load_w=800.0)
        home.plant.set_soc(soc_pct)
        home.options = {
            "models": {"policy_model": chosen},
            **(tariff(CHEAP, DEAR) if prices else {}),
        }
        await home.add()
        await allow(home)
        await look(home)
        if prices:
            planner = planner_of(home)
            await until(lambda: planner.market.curve is not None)
            await planner.async_replan()
        pilot = pilot_of(home)
        await pilot.async_ready()
        return pilot

    async def asked(self, chosen: str = "mine.onnx", **more: Any) -> PolicyPilot:
        """Return a pilot that has an answer."""
        pilot = await self.begin(chosen, **more)
        await self.ask()
        return pilot

    async def ask(self) -> None:
        """Let the policy be asked, and what it says be looked at."""
        pilot = pilot_of(self.home)
        pilot._asked_at = None
        await self.home.poll()
        await until(lambda: not pilot._is_asking)
        await self.home.poll()

    async def choose(self, mode: DispatchMode) -> None:
        """Let the owner choose a mode."""
        await control(self.home).async_set_mode(mode)
        await self.home.poll()


@pytest.fixture
def owner(hass: HomeAssistant, home: Home, tmp_path: Path) -> Owner:
    """Return the owner of a home that is not added yet."""
    return Owner(home, own_folder(hass, tmp_path))


async def test_a_policy_in_control_charges_an_empty_battery(owner: Owner) -> None:
    put(owner.folder)
    pilot = await owner.asked()
    assert written(owner.home) == []  # nobody chose the mode yet
    await owner.choose(DispatchMode.POLICY)
    assert pilot.decision is not None
    assert (pilot.decision.intent, pilot.decision.why) == (
        Intent.CHARGE,
        Why.MODEL_TARGET,
    )
    command = control(owner.home).command
    assert command is not None
    assert command.proposal.source is Source.POLICY
    assert owner.home.plant.truth.forcible_command == 1
    assert in_charge(owner.home) is InCharge.POLICY
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert (state.chosen, state.refused) == ("mine.onnx", None)


async def test_in_shadow_nothing_is_written(owner: Owner) -> None:
    put(owner.folder)
    pilot = await owner.asked(prices=True)
    await owner.choose(DispatchMode.POLICY_SHADOW)
    assert pilot.decision is not None
    assert pilot.decision.intent is Intent.CHARGE
    assert control(owner.home).command is None
    assert written(owner.home) == []


async def test_going_into_shadow_ends_what_the_policy_did(owner: Owner) -> None:
    put(owner.folder)
    await owner.asked()
    await owner.choose(DispatchMode.POLICY)
    await owner.choose(DispatchMode.POLICY_SHADOW)
    assert control(owner.home).command is None
    assert owner.home.plant.truth.forcible_command == 0


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
async def test_a_model_that_is_refused_leaves_the_plant_to_the_inverter(
    owner: Owner, trouble: Trouble
) -> None:
    await owner.begin(trouble.make(owner.folder))
    await owner.choose(DispatchMode.POLICY)
    assert refusal_of(owner.home) is trouble.refusal
    assert in_charge(owner.home) is InCharge.SELF_CONSUMPTION
    assert control(owner.home).command is None
    assert written(owner.home) == []
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert state.refused is not None
    assert state.refused.fallback is Fallback.PLAN


async def test_where_there_is_a_plan_it_takes_over(owner: Owner) -> None:
    await owner.begin("nowhere.onnx", prices=True)
    await owner.choose(DispatchMode.POLICY)
    assert in_charge(owner.home) is InCharge.PLAN
    command = control(owner.home).command
    assert command is not None
    assert command.proposal.source is Source.PLAN


async def test_without_a_model_the_mode_is_that_of_the_plan(owner: Owner) -> None:
    await owner.begin("none", prices=True)
    await owner.choose(DispatchMode.POLICY)
    assert in_charge(owner.home) is InCharge.PLAN
    assert refusal_of(owner.home) is None


async def test_an_answer_out_of_range_is_not_followed_and_asked_for_again_later(
    owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    narrow = {"kind": "power", "unit": "kW", "sign": "charging", "range": [-2.6, 2.7]}
    put(owner.folder, output=narrow)
    pilot = await owner.asked(prices=True, soc_pct=20.0)
    await owner.choose(DispatchMode.POLICY)
    assert in_charge(owner.home) is InCharge.POLICY
    owner.home.plant.set_soc(2.0)
    await look(owner.home)
    await owner.ask()
    assert refusal_of(owner.home) is Refusal.OUT_OF_RANGE
    assert in_charge(owner.home) is InCharge.PLAN
    assert "the policy is not followed: out_of_range" in caplog.text
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert state.refused is not None
    now = dt_util.utcnow()
    pilot._asked_at = now - REST + timedelta(seconds=5)
    assert not pilot._is_due(now)
    assert pilot._is_due(now + timedelta(seconds=6))
    owner.home.plant.set_soc(20.0)
    await look(owner.home)
    await owner.ask()
    assert in_charge(owner.home) is InCharge.POLICY
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert state.refused is None


async def test_inputs_that_are_not_known_yet_are_waited_for(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(owner.folder)
    pilot = await owner.begin("mine.onnx")

    def unknown(_: PolicyQuestion) -> PolicyRun:
        raise ModelRefused(Refusal.MISSING_INPUT, "temp_c")

    monkeypatch.setattr(module, "ask", unknown)
    await owner.ask()
    assert refusal_of(owner.home) is Refusal.MISSING_INPUT
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert state.refused is None  # nobody has to be called yet
    now = dt_util.utcnow()
    pilot._asked_at = now - ASK_EVERY
    assert pilot._is_due(now)
    pilot._refused_since = now - PATIENCE - timedelta(seconds=1)
    await owner.ask()
    state = owner.home.runtime.models.of(Purpose.DISPATCH_POLICY)
    assert state is not None
    assert state.refused is not None
    monkeypatch.setattr(module, "ask", ask)
    await owner.ask()
    assert refusal_of(owner.home) is None


async def test_a_mishap_of_ours_is_logged_and_the_plan_takes_over(
    owner: Owner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(owner.folder)
    pilot = await owner.asked()

    def stumble(_: PolicyQuestion) -> PolicyRun:
        raise RuntimeError("stumbled")

    monkeypatch.setattr(module, "ask", stumble)
    await owner.ask()
    assert pilot.run is None
    assert "the policy cannot be asked" in caplog.text
    await owner.choose(DispatchMode.POLICY)
    assert in_charge(owner.home) is InCharge.SELF_CONSUMPTION


async def test_a_mishap_in_deciding_is_logged_and_the_guard_goes_on(
    owner: Owner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(owner.folder)
    pilot = await owner.asked()

    def stumble(*_: object) -> Decision:
        raise RuntimeError("stumbled")

    monkeypatch.setattr(PolicyRun, "decide", stumble)
    assert pilot.steer() is None
    assert "the policy cannot be carried out" in caplog.text
    assert pilot.decision is None


async def test_an_old_answer_counts_no_more(owner: Owner) -> None:
    put(owner.folder)
    pilot = await owner.asked()
    assert pilot.run is not None
    assert pilot.steer() is not None
    earlier = pilot.run.asked_at - ANSWER_LASTS - timedelta(minutes=1)
    pilot.run = replace(pilot.run, asked_at=earlier)
    assert pilot.steer() is None
    later = dt_util.utcnow() + timedelta(minutes=1)  # the clock was put back
    pilot.run = replace(pilot.run, asked_at=later)
    assert pilot.steer() is None


async def test_a_shadow_with_another_charge_is_asked_for_too(owner: Owner) -> None:
    put(owner.folder)
    pilot = await owner.asked()
    now = dt_util.utcnow()
    measured = planner_of(owner.home).measured(now)
    assert measured is not None
    full = replace(measured, stored_kwh=9.5)
    assert pilot.decide(now, full, None) is None
    await owner.ask()
    decision = pilot.decide(dt_util.utcnow(), full, None)
    assert decision is not None
    assert decision.intent is Intent.DISCHARGE


async def test_a_shadow_beyond_the_card_does_not_silence_the_policy(
    owner: Owner,
) -> None:
    most = [column("soc_pct", "%", 5, 90), *card_document()["inputs"][1:]]
    empty, _, resting = GOLDEN
    full_enough = {
        "inputs": [85, -1, 20, 18],
        "output": [-1.84],
        "means": "discharge",
    }
    golden = [empty, full_enough, resting]
    put(owner.folder, inputs=most, golden=golden)
    pilot = await owner.asked()
    measured = planner_of(owner.home).measured(dt_util.utcnow())
    assert measured is not None
    full = replace(measured, stored_kwh=9.9)
    assert pilot.decide(dt_util.utcnow(), full, None) is None
    await owner.ask()
    assert refusal_of(owner.home) is None
    assert pilot.decision is not None
    assert pilot.decide(dt_util.utcnow(), full, None) is None


async def test_listeners_hear_of_what_has_changed(owner: Owner) -> None:
    put(owner.folder)
    heard: list[Decision | None] = []
    pilot = await owner.asked()
    await settle(owner.home.hass)
    stop = pilot.async_add_listener(lambda: heard.append(pilot.decision))
    pilot._told = None  # else it would keep what it was told for minutes
    owner.home.plant.set_soc(95.0)
    await look(owner.home)
    await owner.ask()
    await settle(owner.home.hass)
    assert [one.intent for one in heard if one] == [Intent.DISCHARGE]
    told = len(heard)
    await owner.ask()
    await settle(owner.home.hass)
    assert len(heard) == told
    stop()
    pilot.run = None
    pilot.steer()
    await settle(owner.home.hass)
    assert len(heard) == told


async def test_after_unloading_nobody_wants_anything(owner: Owner) -> None:
    put(owner.folder)
    pilot = await owner.asked()
    loop = control(owner.home)
    hass, entry = owner.home.hass, owner.home.entry
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not loop.pilots
    assert pilot.policy is None


async def test_a_model_that_wants_what_no_plant_of_ours_has_is_refused(
    owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    put(owner.folder, data=linear_model(((1.0,),) * 5))
    with caplog.at_level(logging.WARNING):
        await owner.begin("mine.onnx")
    assert refusal_of(owner.home) is Refusal.WRONG_INPUTS
    assert "the policy is not used" in caplog.text
