"""The judge of every wish for the battery.

What is in doubt is refused: telemetry has to be there, recent, complete and possible
before any rule is asked, and a wish passes only if no rule objects.
"""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite

from ..core.plant_state import PlantState
from ..core.setpoint import Direction, Hold, Setpoint, Wish, signed_power
from ..core.verdict import Ground, Outcome, Reason, Verdict, refused
from .allowance import build_allowance
from .grounds import because
from .inputs import Inputs, judge_age, read_inputs
from .interlocks import (
    hold_below_reserve,
    number_grounds,
    status_grounds,
    thresholds,
)
from .limits import LEAST_POWER_W, Limits
from .threshold import Threshold

NO_TELEMETRY = because(Reason.TELEMETRY_MISSING, "telemetry")


class Guard:
    """Vets wishes, and remembers which limits have tripped.

    Attributes:
        limits: In force; may be replaced at any time.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._blocks: dict[Reason, Ground] = {}
        self._tripped: frozenset[Reason] = frozenset()

    def block(self, ground: Ground) -> None:
        """Refuse everything from now on, for a reason from outside."""
        self._blocks[ground.reason] = ground

    def unblock(self, reason: Reason) -> None:
        """Take back a block, if there is one."""
        self._blocks.pop(reason, None)

    def observe(self, state: PlantState | None, now: datetime) -> None:
        """Let the limits with hysteresis trip and recover.

        To be called with every poll. Telemetry that is in doubt changes nothing.
        """
        if state is None or judge_age(state, now) is not None:
            return
        inputs = read_inputs(state)
        if isinstance(inputs, Inputs):
            self._tripped = frozenset(
                threshold.reason
                for threshold in thresholds(self.limits, inputs)
                if self._bites(threshold)
            )

    def trip(self, grounds: Iterable[Ground]) -> None:
        """Let the limits that end a command trip, also those still ahead of it.

        Else one would be started and ended after the other.
        """
        self._tripped |= {ground.reason for ground in grounds}

    def vet(
        self,
        wish: Wish,
        state: PlantState | None,
        now: datetime,
        *,
        ahead_s: float = 0.0,
    ) -> Verdict:
        """Judge a wish; never raises, and changes nothing.

        Args:
            wish: What is wanted; a power that is no number is refused, too.
            state: Of the plant, ``None`` if nothing is known.
            now: Aware.
            ahead_s: For a command in force: judge by the state of charge to which its
                power leads in so long, so that it ends before a limit and not after.

        Returns:
            A setpoint of no more than the wished power and in its direction, the hold
            that was wished, or a refusal with all its grounds.
        """
        if isinstance(wish, Hold):
            return self._vet_hold(wish, state, now)
        if not isfinite(wish.power_w) or wish.power_w == 0.0:
            return refused(because(Reason.INVALID_POWER, wish.power_w))
        inputs = self._judge(wish.direction, state, now)
        if not isinstance(inputs, Inputs):
            return refused(*inputs)
        return self._grant(wish, inputs, ahead_s)

    def standing(self, state: PlantState | None, now: datetime) -> tuple[Ground, ...]:
        """Return what refuses charge and discharge alike, whatever is wished."""
        reasons = {one.reason for one in self.refusing(Direction.DISCHARGE, state, now)}
        charge = self.refusing(Direction.CHARGE, state, now)
        return tuple(one for one in charge if one.reason in reasons)

    def refusing(
        self, direction: Direction, state: PlantState | None, now: datetime
    ) -> tuple[Ground, ...]:
        """Return what refuses any power in a direction."""
        inputs = self._judge(direction, state, now)
        return () if isinstance(inputs, Inputs) else inputs

    def _vet_hold(self, wish: Hold, state: PlantState | None, now: datetime) -> Verdict:
        """Judge a hold: what refuses both directions refuses it as well."""
        grounds = self.standing(state, now)
        if not wish.allow_charging:
            soc_pct = None if state is None else state.soc_pct
            reserve = hold_below_reserve(self.limits, soc_pct)
            grounds += () if reserve is None else (reserve,)
        if grounds:
            return refused(*grounds)
        return Verdict(outcome=Outcome.APPROVED, wish=wish)

    def _judge(
        self, direction: Direction, state: PlantState | None, now: datetime
    ) -> Inputs | tuple[Ground, ...]:
        """Return what to grant power by, or all that refuses it."""
        blocks = tuple(self._blocks.values())
        if state is None:
            return (*blocks, NO_TELEMETRY)
        doubt = judge_age(state, now)
        if doubt is not None:
            return (*blocks, doubt)
        inputs = read_inputs(state)
        status = status_grounds(direction, state)
        grounds = (*blocks, *status, *self._objections(direction, inputs))
        return grounds or inputs

    def _objections(
        self, direction: Direction, inputs: Inputs | tuple[Ground, ...]
    ) -> Iterable[Ground]:
        """Return what is wrong with the numbers, or what they say against power."""
        if not isinstance(inputs, Inputs):
            return inputs
        return (
            *(
                threshold.ground()
                for threshold in thresholds(self.limits, inputs)
                if threshold.concerns(direction) and self._bites(threshold)
            ),
            *number_grounds(direction, self.limits, inputs),
        )

    def _bites(self, threshold: Threshold) -> bool:
        """Return whether a limit refuses, given whether it has tripped before."""
        return threshold.bites(tripped=threshold.reason in self._tripped)

    def _grant(self, wish: Setpoint, inputs: Inputs, ahead_s: float) -> Verdict:
        """Return as much of the wished power as there is leave for."""
        allowance = build_allowance(wish.direction, self.limits, inputs)
        wished_w = abs(wish.power_w)
        power_w = min(wished_w, allowance.power_w)
        if power_w < LEAST_POWER_W:
            return refused(because(Reason.NO_POWER_LEFT, power_w, LEAST_POWER_W))
        ending = self._ending(wish.direction, inputs, inputs.lead_pct(power_w, ahead_s))
        if ending:
            return refused(*ending)
        if power_w == wished_w:
            return Verdict(outcome=Outcome.APPROVED, wish=wish)
        return Verdict(
            outcome=Outcome.CLAMPED,
            wish=Setpoint(power_w=signed_power(wish.direction, power_w)),
            grounds=allowance.grounds(wished_w),
        )

    def _ending(
        self, direction: Direction, inputs: Inputs, lead_pct: float
    ) -> tuple[Ground, ...]:
        """Return which limits end a command so far ahead."""
        return tuple(
            threshold.ground()
            for threshold in thresholds(self.limits, inputs, lead_pct=lead_pct)
            if threshold.direction is direction and threshold.is_crossed
        )
