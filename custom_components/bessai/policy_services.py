"""The action that asks the learned policy: as things are, or as somebody assumes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError, Unauthorized
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .answers import async_asker, describe_result, raise_unless_done
from .const import DOMAIN
from .control_loop import ControlLoop
from .core.command import DispatchResult
from .inference.errors import ModelRefused
from .plan_moment import currency_of
from .planner import Planner
from .planning.execution import Decision, wish_of
from .policy_pilot import InCharge, PolicyPilot
from .policy_run import PolicyQuestion, PolicyRun
from .policy_words import describe_decision, describe_model, refusal_words
from .runtime import BessaiConfigEntry, BessaiRuntime

SERVICE_POLICY: Final = "run_policy"
OBSERVATION: Final = "observation"
EXECUTE: Final = "execute"

SOC: Final = "soc_pct"
NET_LOAD: Final = "net_load_kw"

LASTS: Final = timedelta(minutes=15)
"""What was carried out ends after so long unless the policy is run again."""

POLICY_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(OBSERVATION): {cv.string: vol.Coerce(float)},
        vol.Optional(EXECUTE, default=False): cv.boolean,
    }
)


@callback
def async_setup_policy_service(hass: HomeAssistant) -> None:
    """Register the action; whoever is at home may ask what the policy would do."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_POLICY,
        _async_run,
        POLICY_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Advice:
    """What is wanted of the battery, and by whom."""

    in_charge: InCharge
    decision: Decision | None
    run: PolicyRun | None = None
    refusal: ModelRefused | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the action works with, all of it there."""

    runtime: BessaiRuntime
    control: ControlLoop
    planner: Planner
    pilot: PolicyPilot


async def _async_run(call: ServiceCall) -> ServiceResponse:
    parts = await _async_parts(call)
    if call.data[EXECUTE]:
        await _async_check_execution(call)
    now = dt_util.utcnow()
    advice = await _async_advise(parts, call.data.get(OBSERVATION, {}), now)
    result = await _async_result(call, parts.control, advice)
    if not call.return_response:
        raise_unless_done(result, parts.runtime.texts)
        return None
    return {
        "executed": call.data[EXECUTE],
        "in_charge": advice.in_charge.value,
        **refusal_words(parts.runtime.texts, advice.refusal),
        **describe_decision(
            advice.decision,
            parts.runtime.texts,
            currency_of(call.hass, parts.planner),
        ),
        "vetted": describe_result(result, parts.runtime.texts),
        **describe_model(parts.pilot.policy, advice.run),
    }


async def _async_parts(call: ServiceCall) -> _Parts:
    entry: BessaiConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data.get(ATTR_CONFIG_ENTRY_ID)
    )
    runtime = entry.runtime_data
    control, planner, pilot = runtime.control, runtime.planner, runtime.policy
    if control is None or planner is None or pilot is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_control",
            translation_placeholders={"plant": entry.title},
        )
    await pilot.async_ready()
    if pilot.policy is None and pilot.refusal is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_policy"
        )
    return _Parts(runtime, control, planner, pilot)


async def _async_check_execution(call: ServiceCall) -> None:
    """Let nobody command the battery who may not, or by what is not so.

    Raises:
        Unauthorized: If who asks may not command the battery.
        ServiceValidationError: If it is to be carried out for an assumption.
    """
    user_id = call.context.user_id
    user = await call.hass.auth.async_get_user(user_id) if user_id else None
    if user_id and (user is None or not user.is_admin):
        raise Unauthorized(context=call.context)
    if OBSERVATION in call.data:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="execute_with_observation"
        )


async def _async_advise(
    parts: _Parts, assumed: Mapping[str, float], now: datetime
) -> _Advice:
    """Ask the policy; where it cannot say, the plan, else nobody."""
    pilot, refusal = parts.pilot, parts.pilot.refusal
    question = pilot.question(now)
    if question is not None:
        question = _assuming(question, assumed)
        try:
            run = await pilot.async_ask(question)
        except ModelRefused as err:
            refusal = err
        else:
            decision = _decide(parts.planner, run, assumed, now)
            if decision is not None:
                in_charge = InCharge.POLICY
                return _Advice(in_charge=in_charge, decision=decision, run=run)
    parts.planner.steer()
    planned = parts.planner.decision
    in_charge = InCharge.SELF_CONSUMPTION if planned is None else InCharge.PLAN
    return _Advice(in_charge=in_charge, decision=planned, refusal=refusal)


def _assuming(question: PolicyQuestion, assumed: Mapping[str, float]) -> PolicyQuestion:
    """Return a question with what somebody assumes, all of it features of the model."""
    wanted = [one.feature for one in question.policy.card.inputs]
    for name, value in assumed.items():
        if name not in wanted or not isfinite(value):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="observation_unknown",
                translation_placeholders={
                    "name": name,
                    "value": str(value),
                    "names": ", ".join(wanted),
                },
            )
    stored = _stored_kwh(question, assumed)
    return replace(question, assumed=assumed, stored_kwh=(stored,))


def _stored_kwh(question: PolicyQuestion, assumed: Mapping[str, float]) -> float:
    observation = question.observation
    if SOC not in assumed:
        return observation.stored_kwh
    return assumed[SOC] / 100 * observation.capacity_kwh


def _decide(
    planner: Planner, run: PolicyRun, assumed: Mapping[str, float], now: datetime
) -> Decision | None:
    measured = planner.measured(now)
    if measured is None:
        return None
    measured = replace(
        measured,
        stored_kwh=next(iter(run.answers)),
        net_load_kw=assumed.get(NET_LOAD, measured.net_load_kw),
    )
    return run.decide(now, measured, None)


async def _async_result(
    call: ServiceCall, control: ControlLoop, advice: _Advice
) -> DispatchResult:
    """Carry out what is wanted if that was asked for; else say what the guard would."""
    wish = wish_of(advice.decision)
    if not call.data[EXECUTE]:
        return control.vet(wish, LASTS)
    by = await async_asker(call.hass, call.context)
    if wish is None:
        return await control.async_release(by)
    return await control.async_command(wish, LASTS, by=by)
