"""Asks the learned policy, and carries out what it says; where it cannot, the plan.

Policy, plan, the inverter's self-consumption: each step down is told to whoever
listens, with its reason.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .const import CONF_TIME_FACTOR, LOGGER
from .control.mode import DispatchMode
from .control_loop import ControlLoop
from .core.proposal import Source
from .core.setpoint import Wish
from .inference.errors import ModelRefused, Refusal
from .inference.model_card import Purpose
from .model_library import ModelLibrary
from .model_options import NO_MODEL, SHIPPED
from .model_status import Fallback, ModelState, ModelStatus
from .planner import Planner
from .planning.execution import Decision, remembered, wish_of
from .planning.present import Measurement
from .policy_question import build_question
from .policy_run import PolicyQuestion, PolicyRun, ask

if TYPE_CHECKING:
    from .inference.model_loader import LoadedModel
    from .inference.policy import Policy

ASK_EVERY = timedelta(seconds=15)
"""Of the plant's time. Prices and state of charge change slowly, and the house is
followed without asking."""

ANSWER_LASTS = timedelta(minutes=5)
"""An older answer is not carried out."""

REST = timedelta(minutes=5)
"""So long a policy whose answer could not be used is not asked again: a model that is
wrong now and then must not make the battery change its mind each time."""

PATIENCE = timedelta(minutes=10)
"""Inputs that are not known yet are no reason to call the owner for so long."""


MOST_LEVELS = 6
"""The battery and two shadows of it, at the last polls."""

MODES = frozenset({DispatchMode.POLICY, DispatchMode.POLICY_SHADOW})
"""In which the policy is asked."""


class InCharge(StrEnum):
    """Who says what the battery does in the mode of the policy."""

    POLICY = "policy"
    PLAN = "plan"
    SELF_CONSUMPTION = "self_consumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShelf:
    """Where the policy comes from, and where it is said how it stands with it."""

    library: ModelLibrary
    status: ModelStatus
    chosen: str
    """``shipped``, ``none``, or a file of the owner's."""


class PolicyPilot:
    """The learned policy of one plant, while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        control: ControlLoop,
        planner: Planner,
        shelf: PolicyShelf,
    ) -> None:
        """Prepare; nothing is loaded or asked yet."""
        self.policy: Policy | None = None
        """``None``: there is none, or not yet."""

        self.run: PolicyRun | None = None
        """What it answered last."""

        self.refusal: ModelRefused | None = None
        """Why it cannot be used now."""

        self.decision: Decision | None = None
        """What the policy wants of the battery at present; ``None``: nothing."""

        self.in_charge: InCharge | None = None
        """Who says what the battery does, or would do in the mode of the policy;
        ``None``: there is no policy, and nobody has chosen that mode."""

        self._hass, self._entry = hass, entry
        self._control, self._planner = control, planner
        self._shelf = shelf
        self._pace = float(entry.data.get(CONF_TIME_FACTOR, 1))
        self._loading = asyncio.Lock()
        self._loaded: ModelState | None = None
        self._told: Decision | None = None
        self._asked_at: datetime | None = None
        self._refused_since: datetime | None = None
        self._is_asking = False
        self._levels_kwh: deque[float] = deque(maxlen=MOST_LEVELS)
        """What shadows of the battery have stored; it is asked for them too."""

        self._listeners: set[Callable[[], None]] = set()

    @property
    def is_loaded(self) -> bool:
        """Whether there is a policy to ask."""
        return self.policy is not None

    @property
    def source(self) -> Source:
        """Whose wish is proposed."""
        return Source.PLAN if self.in_charge is InCharge.PLAN else Source.POLICY

    @callback
    def async_start(self) -> None:
        """Begin; ``async_stop`` ends it.

        A model of the owner's is loaded at once: what is wrong with it should be told.
        Ours waits until somebody wants it, as it needs some memory.
        """
        self._control.pilots[DispatchMode.POLICY] = self
        if self._shelf.chosen not in {SHIPPED, NO_MODEL}:
            self._async_in_background(self.async_ready())

    async def async_ready(self) -> None:
        """Load the chosen model, if that was not tried yet."""
        async with self._loading:
            if self._loaded is None:
                await self._async_load()

    @callback
    def async_stop(self) -> None:
        """Want nothing of the battery, and ask no more."""
        self._control.pilots.pop(DispatchMode.POLICY, None)
        self.policy = self.run = None

    @callback
    def async_add_listener(self, update: Callable[[], None]) -> Callable[[], None]:
        """Call ``update`` whenever what the policy wants, or can, has changed."""
        self._listeners.add(update)
        return lambda: self._listeners.discard(update)

    @callback
    def async_observe(self) -> None:
        """Ask again after a poll, if it is time; nothing is raised."""
        now = dt_util.utcnow()
        is_wanted = self._control.mode in MODES or self.policy is not None
        if is_wanted and not self._is_asking and self._is_due(now):
            self._is_asking, self._asked_at = True, now
            self._async_in_background(self._async_ask_again(now))
        if self.policy is not None and self._control.mode is not DispatchMode.POLICY:
            self.steer()  # in any mode the owner may see what it would do

    @callback
    def steer(self) -> Wish | None:
        """Return what policy or plan want of the battery now, ``None``: nothing.

        Nothing is raised: a mistake of ours must not keep the guard from looking at
        the plant.
        """
        before, now = self._shown, dt_util.utcnow()
        measured = self._planner.measured(now)
        self.decision = None
        if measured is not None:
            self.decision = self.decide(now, measured, self._told)
        self._told = remembered(self._told, self.decision, now)
        wish = self._planner.affordable(wish_of(self.decision))
        self.in_charge = InCharge.POLICY
        if self.decision is None:
            wish = self._planner.steer()
            has_plan = self._planner.decision is not None
            self.in_charge = InCharge.PLAN if has_plan else InCharge.SELF_CONSUMPTION
        if self._shown != before:
            # Entities have their own time: what goes wrong in them stays there.
            self._hass.loop.call_soon(self._async_changed)
        return wish

    def decide(
        self, now: datetime, measurement: Measurement, previous: Decision | None
    ) -> Decision | None:
        """Return what the policy has a battery do; ``None``: it does not say now.

        Args:
            now: Aware.
            measurement: Of the house, and of the battery or a shadow of it.
            previous: What that one was told the last time.
        """
        self._levels_kwh.append(measurement.stored_kwh)
        run = self.run
        if run is None or not timedelta() <= now - run.asked_at <= ANSWER_LASTS:
            return None
        try:
            return run.decide(now, measurement, previous)
        except Exception:  # noqa: BLE001 - see ``steer``
            LOGGER.exception("%s: the policy cannot be carried out", self._entry.title)
            return None

    def question(self, now: datetime) -> PolicyQuestion | None:
        """Return what the policy can be asked with; ``None``: too little is known."""
        if self.policy is None:
            return None
        return build_question(self.policy, self._control, self._planner, now)

    async def async_ask(self, question: PolicyQuestion) -> PolicyRun:
        """Ask the policy, whatever is assumed; it changes nothing.

        Raises:
            ModelRefused: If it cannot be asked, or its answer cannot be used.
        """
        return await self._shelf.library.async_ask(partial(ask, question))

    @property
    def _shown(self) -> tuple[object, ...]:
        """What listeners want to hear of."""
        decision = self.decision
        told = None if decision is None else (decision.intent, decision.power_kw)
        refused = None if self.refusal is None else self.refusal.refusal
        return self.policy, self.in_charge, refused, told

    def _is_due(self, now: datetime) -> bool:
        asked_at = self._asked_at
        if asked_at is None:
            return True
        is_waiting = (
            self.refusal is None or self.refusal.refusal is Refusal.MISSING_INPUT
        )
        pause = ASK_EVERY / self._pace if is_waiting else REST
        return not timedelta() <= now - asked_at < pause

    async def _async_load(self) -> None:
        """Load the chosen model, if the owner wants one."""
        shelf, purpose = self._shelf, Purpose.DISPATCH_POLICY
        model, state = await shelf.library.async_take(
            shelf.chosen, purpose, Fallback.PLAN
        )
        shelf.status.async_set(state)
        if (refused := state.refused) is not None:
            self.refusal = ModelRefused(refused.refusal, refused.detail)
            LOGGER.warning(
                "%s: the policy is not used: %s", self._entry.title, self.refusal
            )
        if model is not None:
            self.policy = await self._hass.async_add_executor_job(_policy_of, model)
        self._loaded = state
        self._async_changed()

    async def _async_ask_again(self, now: datetime) -> None:
        try:
            await self.async_ready()
            question = self.question(now)
            if question is not None:
                levels = (question.observation.stored_kwh, *self._levels_kwh)
                question = replace(question, stored_kwh=levels)
                self.run = await self.async_ask(question)
                self._async_accept()
        except ModelRefused as err:
            self._async_refuse(err, now)
        except Exception:  # noqa: BLE001 - the next question may be answered
            LOGGER.exception("%s: the policy cannot be asked", self._entry.title)
            self.run = None
        finally:
            self._is_asking = False

    @callback
    def _async_accept(self) -> None:
        if self.refusal is not None:
            LOGGER.info("%s: the policy answers again", self._entry.title)
        if self._loaded is not None:
            self._shelf.status.async_set(self._loaded)
        self.refusal = self._refused_since = None

    @callback
    def _async_refuse(self, err: ModelRefused, now: datetime) -> None:
        """Use no answer of it any more, and tell the owner if it lasts."""
        if self.refusal is None or self.refusal.refusal is not err.refusal:
            LOGGER.warning("%s: the policy is not followed: %s", self._entry.title, err)
        self.run, self.refusal = None, err
        self._refused_since = self._refused_since or now
        is_waiting = err.refusal is Refusal.MISSING_INPUT
        if not is_waiting or now - self._refused_since > PATIENCE:
            self._shelf.status.async_set(
                ModelState.without(
                    Purpose.DISPATCH_POLICY, self._shelf.chosen, err, Fallback.PLAN
                )
            )

    @callback
    def _async_changed(self) -> None:
        for update in list(self._listeners):
            update()

    @callback
    def _async_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        self._entry.async_create_background_task(
            self._hass, work, f"{self._entry.title} policy"
        )


def _policy_of(model: LoadedModel) -> Policy:
    """Return a policy by a model; in the executor: it needs numpy."""
    from .inference.policy import Policy  # noqa: PLC0415 - see above

    return Policy(model)
