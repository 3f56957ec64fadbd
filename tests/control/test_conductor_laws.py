"""Whatever is wanted and whatever the plant does, a command comes to its end."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from custom_components.bessai.core.command import (
    CommandError,
    CommandNotPermitted,
    CommandRefused,
    CommandUnsent,
    ReadBackDiffers,
    Standing,
)
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.proposal import Source
from custom_components.bessai.core.safety_event import SafetyEventKind
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.core.verdict import Reason

from ..safety.builders import NOW
from .bench import Bench
from .controls_fake import GRID_CHARGE, LIMITS, Failure, nothing

MOST_PERIOD_S = 180
"""What the link of the bench asks for at most."""

POWERS = st.floats(min_value=-7000, max_value=7000) | st.just(float("nan"))
WISHES = st.builds(Setpoint, power_w=POWERS) | st.builds(Hold, allow_charging=...)
MINUTES = st.floats(min_value=0.1, max_value=30)
TARGETS = st.none() | st.floats(min_value=0, max_value=100)
SECONDS = st.sampled_from([0, 1, 5, 5, 5, 20, 60, 200])
CALLS = st.sampled_from(["apply", "renew", "release", "recover"])
ERRORS = st.sampled_from(
    [
        CommandUnsent("no answer"),
        CommandRefused("power", 1, "illegal value"),
        CommandNotPermitted("power", 1, "no permission"),
        ReadBackDiffers("power", 1, 2),
    ]
)
READINGS = st.fixed_dictionaries(
    {},
    optional={
        "soc_pct": st.sampled_from([None, 4.0, 6.0, 50.0, 97.5, 99.0]),
        "battery_temperature_max_c": st.sampled_from([22.0, 42.0, 44.9, 46.0]),
        "battery_temperature_min_c": st.sampled_from([-5.0, 20.0]),
        "charge_limit_w": st.sampled_from([0.0, 40.0, 1000.0, 3000.0]),
        "discharge_limit_w": st.sampled_from([0.0, 40.0, 1000.0, 3000.0]),
        "pv_power_w": st.sampled_from([None, 0.0, 4000.0]),
        "battery_power_w": st.sampled_from([None, 0.0, 1000.0, -1000.0]),
        "battery": st.sampled_from(Readiness),
        "inverter": st.sampled_from(Readiness),
        "read_at": st.just(NOW),
    },
)


def run[T](work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns that never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    raise AssertionError("nothing on the bench waits")


class Life(RuleBasedStateMachine):
    """A plant and its owner, with everything that can go wrong."""

    @initialize(restarts=st.booleans(), write_p95_s=st.sampled_from([0.1, 10.0]))
    def begin(self, write_p95_s: float, *, restarts: bool) -> None:
        self.bench = Bench(restarts=restarts, write_p95_s=write_p95_s)
        self.told: set[Reason] = set()

    @rule(wish=WISHES, minutes=MINUTES, target_soc_pct=TARGETS)
    def ask(self, wish: Wish, minutes: float, target_soc_pct: float | None) -> None:
        result = run(
            self.bench.ask(wish, minutes=minutes, target_soc_pct=target_soc_pct)
        )
        if result.outcome in {"approved", "clamped"}:
            assert self.bench.command is not None
            assert self.bench.command.wish == result.verdict.wish

    @rule(wish=WISHES, source=st.sampled_from(Source), minutes=MINUTES)
    def propose(self, wish: Wish, source: Source, minutes: float) -> None:
        self.bench.propose(wish, source, minutes=minutes)

    @rule(seconds=SECONDS)
    def poll(self, seconds: float) -> None:
        run(self.bench.poll(seconds))
        self.looked()

    @rule(seconds=SECONDS)
    def beat(self, seconds: float) -> None:
        run(self.bench.beat(seconds))
        self.looked()
        command = self.bench.command
        assert command is None or not command.lease.has_lapsed(self.bench.now)

    @rule(seconds=st.sampled_from([10, 50]))
    def live(self, seconds: float) -> None:
        run(self.bench.live(seconds))
        self.looked()

    @rule()
    def lose_heartbeat(self) -> None:
        run(self.bench.lose_heartbeat())
        assert self.bench.command is None

    @rule()
    def restore_heartbeat(self) -> None:
        run(self.bench.restore_heartbeat())
        self.looked()

    @rule(readings=READINGS)
    def change(self, readings: dict[str, Any]) -> None:
        self.bench.readings = readings

    @rule(call=CALLS, error=ERRORS, taken=st.booleans())
    def fail(self, call: str, error: CommandError, *, taken: bool) -> None:
        self.bench.plant.failing[call] = Failure(error=error, taken=taken)

    @rule(full=st.booleans())
    def mend(self, *, full: bool) -> None:
        self.bench.mend()
        self.bench.plant.full = full

    @rule(standing=st.sampled_from(Standing), period_s=st.sampled_from([60, 600]))
    def interfere(self, standing: Standing, period_s: int) -> None:
        self.bench.plant.force(standing, period_s=period_s)

    @rule(allowed=st.booleans())
    def allow(self, *, allowed: bool) -> None:
        self.bench.conductor.is_allowed = allowed

    @rule(overruled=st.booleans())
    def hinder(self, *, overruled: bool) -> None:
        overrule = self.bench.dispatcher.overrule
        self.bench.plant.during = overrule if overruled else nothing

    @rule()
    def release(self) -> None:
        result = run(self.bench.conductor.release(self.bench.look()))
        assert self.bench.command is None
        if not self.bench.plant.failing and not self.bench.plant.full:
            assert result.error is None
            assert self.bench.dispatcher.is_released

    def looked(self) -> None:
        """Make sure of what has to be true after a look."""
        bench, command = self.bench, self.bench.command
        if command is None:
            return
        assert bench.now < command.lease.until
        assert bench.conductor.is_allowed
        assert bench.guard.standing(bench.state(), bench.now) == ()

    @invariant()
    def everything_we_command_ends_by_itself(self) -> None:
        plant = self.bench.plant
        mark = plant.journal.command
        if mark is None or plant.is_foreign or plant.standing is Standing.NONE:
            return
        assert plant.period_s is not None
        assert plant.ends_at - self.bench.now <= timedelta(minutes=10)
        if plant.is_ours:
            assert 0 < plant.period_s <= MOST_PERIOD_S
            assert plant.ends_at <= mark.until

    @invariant()
    def what_was_changed_is_in_the_journal(self) -> None:
        plant = self.bench.plant
        before = {**LIMITS, GRID_CHARGE: 0.0}
        changed = {key for key in before if plant.stored[key] != before[key]}
        assert changed <= plant.journal.originals.keys()
        if self.bench.dispatcher.is_released:
            assert not plant.journal.owes

    @invariant()
    def blocked_and_cleared_take_turns(self) -> None:
        events, self.bench.record.events = self.bench.record.events, []
        for event in events:
            reasons = {ground.reason for ground in event.grounds}
            if event.kind is SafetyEventKind.BLOCKED:
                assert not reasons & self.told
                self.told |= reasons
            if event.kind is SafetyEventKind.CLEARED:
                assert reasons <= self.told
                self.told -= reasons
        assert self.told == self.bench.blocks - {Reason.HEARTBEAT_LOST}

    def teardown(self) -> None:
        """When all is well again and nothing is wanted, nothing is owed."""
        if not hasattr(self, "bench"):
            return
        bench = self.bench
        bench.mend()
        bench.plant.full, bench.plant.during = False, nothing
        bench.conductor.arbiter.withdraw_all()
        bench.readings = {}
        for _ in range(15):
            run(bench.poll(60))
            run(bench.beat())
        assert bench.dispatcher.is_released
        assert bench.conductor.release_error is None
        assert bench.plant.stored == {**LIMITS, GRID_CHARGE: 0.0}
        assert bench.standing() is Standing.NONE
        assert bench.blocks <= {Reason.HEARTBEAT_LOST}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=80, stateful_step_count=30)
