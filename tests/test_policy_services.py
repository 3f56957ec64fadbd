"""Asking the policy by an action: as things are, as assumed, and carried out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.bessai.control.mode import DispatchMode
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.policy_services import LASTS

from .controlled import allow, ask, control, look, tell, written
from .home import Home
from .owned_models import own_folder, put
from .test_policy_pilot import Owner

ACTION = "run_policy"


@pytest.fixture
def owner(hass: HomeAssistant, home: Home, tmp_path: Path) -> Owner:
    """Return the owner of a home that is not added yet, with a model."""
    folder = own_folder(hass, tmp_path)
    put(folder)
    return Owner(home, folder)


async def test_the_answer_has_target_verdict_and_model(owner: Owner) -> None:
    await owner.asked()
    answer = await ask(owner.home, ACTION)
    assert answer["executed"] is False
    assert answer["in_charge"] == "policy"
    assert (answer["intent"], answer["power"]) == ("charge", pytest.approx(-2700, 0.2))
    assert answer["reason"] == "model_target"
    assert answer["why"] == "The policy names this power, and gives no reason."
    assert answer["vetted"]["verdict"] in {"approved", "clamped"}
    assert answer["vetted"]["power"] > 2000
    assert "value" not in answer  # such a model says nothing of it
    assert answer["backend"] in {"numpy", "onnxruntime"}
    assert 0 < answer["latency_ms"] < 1000
    assert answer["model"]["name"] == "Gateway"
    assert answer["inputs"].keys() == {"soc_pct", "power_kw", "temp_c", "hour"}
    assert written(owner.home) == []


async def test_what_is_assumed_is_told_to_the_model(owner: Owner) -> None:
    await owner.asked()
    answer = await ask(owner.home, ACTION, observation={"soc_pct": 95, "hour": 6})
    assert answer["intent"] == "discharge"
    assert answer["inputs"]["soc_pct"] == 95
    assert answer["inputs"]["hour"] == 6
    # The guard speaks of the plant as it is: there is hardly anything to discharge.
    assert answer["vetted"]["verdict"] in {"approved", "clamped", "refused"}


@pytest.mark.parametrize(
    "observation", [{"colour": 3}, {"soc_pct": float("nan")}, {"import_price": 0.3}]
)
async def test_what_the_model_cannot_be_told_is_named(
    owner: Owner, observation: dict[str, float]
) -> None:
    await owner.asked()
    with pytest.raises(ServiceValidationError, match="soc_pct, power_kw, temp_c, hour"):
        await ask(owner.home, ACTION, observation=observation)


async def test_an_assumption_beyond_the_card_is_refused_and_said(owner: Owner) -> None:
    await owner.asked()
    answer = await ask(owner.home, ACTION, observation={"temp_c": 200})
    assert answer["in_charge"] == "self_consumption"
    assert answer["refusal"] == "out_of_range"
    assert "temp_c" in answer["refusal_text"]
    assert (answer["intent"], answer["power"]) == ("self_consumption", None)
    assert answer["vetted"]["verdict"] == "approved"


async def test_it_can_be_carried_out_for_a_quarter_of_an_hour(owner: Owner) -> None:
    await owner.asked()
    answer = await ask(owner.home, ACTION, execute=True)
    assert answer["executed"] is True
    command = control(owner.home).command
    assert command is not None
    assert command.proposal.source is Source.OWNER
    assert command.proposal.expires_at - command.proposal.made_at == LASTS
    ends = dt_util.parse_datetime(answer["vetted"]["expires_at"])
    assert ends is not None
    assert timedelta() < ends - dt_util.utcnow() <= LASTS + timedelta(seconds=5)


async def test_self_consumption_is_carried_out_as_a_release(
    owner: Owner, hass: HomeAssistant
) -> None:
    await owner.begin("nowhere.onnx")
    await control(owner.home).async_set_mode(DispatchMode.OBSERVE)
    await ask(owner.home, "charge", power=1000, duration={"hours": 1})
    assert control(owner.home).command is not None
    answer = await ask(owner.home, ACTION, execute=True)
    assert answer["in_charge"] == "self_consumption"
    assert answer["refusal"] == "not_found"
    assert control(owner.home).command is None


async def test_the_plan_answers_where_the_policy_cannot(owner: Owner) -> None:
    await owner.begin("nowhere.onnx", prices=True)
    answer = await ask(owner.home, ACTION)
    assert answer["in_charge"] == "plan"
    assert answer["intent"] == "charge"
    assert answer["model"] is None
    assert answer["refusal"] == "not_found"


async def test_without_permission_the_guard_says_so(owner: Owner) -> None:
    await owner.asked()
    await allow(owner.home, allowed=False)
    await look(owner.home)
    with pytest.raises(ServiceValidationError):
        await tell_and_expect_nothing(owner)
    assert written(owner.home) == []


async def tell_and_expect_nothing(owner: Owner) -> None:
    """Carry out without asking for a response."""
    await tell(owner.home, ACTION, execute=True)


async def test_what_is_assumed_cannot_be_carried_out(owner: Owner) -> None:
    await owner.asked()
    with pytest.raises(ServiceValidationError, match="observation"):
        await ask(owner.home, ACTION, execute=True, observation={"soc_pct": 50})
    assert written(owner.home) == []


async def test_only_administrators_carry_out(
    owner: Owner, hass: HomeAssistant, hass_read_only_user: MockUser
) -> None:
    await owner.asked()
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await ask(owner.home, ACTION, context=context, execute=True)
    answer: dict[str, Any] = await ask(owner.home, ACTION, context=context)
    assert answer["in_charge"] == "policy"
    assert written(owner.home) == []


async def test_without_a_model_there_is_nobody_to_ask(owner: Owner) -> None:
    await owner.begin("none")
    with pytest.raises(ServiceValidationError, match="No policy is chosen"):
        await ask(owner.home, ACTION)


async def test_its_step_and_who_is_in_charge_are_sensors(owner: Owner) -> None:
    pilot = await owner.asked()
    await control(owner.home).async_set_mode(DispatchMode.POLICY)
    await owner.home.poll()
    step = owner.home.state("policy_step", "sensor")
    assert step.state == "charge"
    assert step.attributes["model"]["name"] == "Gateway"
    assert step.attributes["power"] < -2000
    assert owner.home.state("policy_in_charge", "sensor").state == "policy"
    pilot.run = None
    await control(owner.home).async_review()
    await owner.home.poll()
    step = owner.home.state("policy_step", "sensor")
    assert step.state in {"unknown", "charge"}  # it may have been asked again
