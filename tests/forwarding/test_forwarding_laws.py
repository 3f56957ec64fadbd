"""Whatever fails and whenever it is killed, nothing that was kept is lost.

A real outbox on a real file and a real courier; only the cloud is played.
"""

from enum import Enum, auto
from pathlib import Path
import tempfile

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from custom_components.bessai.forwarding.courier import Courier
from custom_components.bessai.forwarding.courier_steps import (
    Commit,
    CourierLimits,
    Drain,
    Finished,
    Park,
    Remove,
    Send,
    Step,
    Stopped,
    Wait,
)
from custom_components.bessai.forwarding.publisher import (
    FailureReason,
    LastingFailure,
    PassingFailure,
    RefusedContent,
)

from .outbox_builders import leave_behind, numbers_in, opened, parcel

LIMITS = CourierLimits(
    batch=8, batch_bytes=3_000, memory=20, full_memory=30, poison_in_a_row=3
)
BLOCK = 16


class Weather(Enum):
    """How the cloud answers, as long as it does so."""

    FAIR = auto()
    UNREACHABLE = auto()
    ANSWERS_LOST = auto()
    FORBIDDEN = auto()


class Forwarding(RuleBasedStateMachine):
    """Messages on their way, and what became of each of them."""

    @initialize(
        share=st.floats(0, 1), backlog=st.integers(0, BLOCK), is_full=st.booleans()
    )
    def begin(self, share: float, backlog: int, *, is_full: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "0", "outbox.db")
        self.outbox = opened(self.path)
        self.jitter = share
        self.now_s = 0.0
        self.weather = Weather.FAIR
        self.is_disk_full = self.had_full_disk = is_full
        self.unused: list[int] = []
        self.made: set[int] = set()
        self.poison: set[int] = set()
        self.received: list[int] = []
        self.kept: set[int] = set()
        self.gone_with_memory: set[int] = set()
        self.parked: set[int] = set()
        self.lives = 0
        self.may_repeat = 0
        self.kept |= set(self.next_numbers(backlog))
        self.outbox.append([parcel(seq) for seq in self.kept])
        self.courier = self.new_courier()

    def new_courier(self) -> Courier:
        has_backlog = self.outbox.state().rows > 0
        return Courier(
            has_backlog=has_backlog, jitter=lambda: self.jitter, limits=LIMITS
        )

    @rule(count=st.integers(1, 12), is_poison=st.sampled_from([False, False, True]))
    def make(self, count: int, *, is_poison: bool) -> None:
        for seq in self.next_numbers(count):
            self.courier.accept(parcel(seq), self.now_s)
        if is_poison:
            self.poison.add(max(self.made))

    def next_numbers(self, count: int) -> list[int]:
        if len(self.unused) < count:
            self.unused += self.outbox.reserve(BLOCK)
        numbers, self.unused = self.unused[:count], self.unused[count:]
        assert not self.made & set(numbers)
        self.made |= set(numbers)
        return numbers

    @rule(seconds=st.sampled_from([0.1, 0.5, 5, 5, 30, 60, 900]))
    def pass_time(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(weather=st.sampled_from(Weather))
    def change_weather(self, weather: Weather) -> None:
        self.weather = weather

    @rule(is_full=st.booleans())
    def fill_disk(self, *, is_full: bool) -> None:
        self.is_disk_full = is_full
        self.had_full_disk |= is_full

    @rule()
    def somebody_acts(self) -> None:
        self.courier.resume()

    @rule(steps=st.integers(1, 12))
    def work(self, steps: int) -> None:
        for _ in range(steps):
            self.do(self.courier.next(self.now_s))

    @precondition(lambda self: self.lives < 4)
    @rule()
    def kill(self) -> None:
        """The process ends here; what it had told the system to write is there."""
        self.lives += 1
        old = self.outbox
        self.path = leave_behind(
            self.path, Path(self.folder.name, str(self.lives), "outbox.db")
        )
        self.outbox = opened(self.path)
        left = set(numbers_in(self.outbox))
        repeated = left & set(self.received)
        assert self.had_full_disk or len(repeated) <= LIMITS.batch + self.may_repeat
        self.may_repeat += len(repeated)
        settled = left | set(self.received) | self.parked
        assert self.kept <= settled
        self.gone_with_memory |= self.made - settled
        self.unused = []
        self.courier = self.new_courier()
        old.close()

    def do(self, step: Step) -> None:
        match step:
            case Send():
                self.publish(step)
            case Drain():
                found = self.outbox.first(
                    step.count, step.max_bytes, after_seq=step.after_seq
                )
                self.courier.drained(found)
            case Commit() | Remove() | Park() if self.is_disk_full:
                self.courier.disk_failed(step, self.now_s)
            case Commit():
                self.outbox.append(step.parcels, dropped=step.dropped)
                self.kept |= {each.seq for each in step.parcels}
                self.courier.stored(step)
            case Remove():
                self.outbox.remove(step.seqs)
                self.courier.stored(step)
            case Park():
                self.outbox.park(step.parcel)
                self.parked.add(step.parcel.seq)
                self.courier.stored(step)
            case Wait():
                assert step.until_s is None or step.until_s > self.now_s
            case Stopped():
                assert step.until_s > self.now_s

    def publish(self, send: Send) -> None:
        numbers = [each.seq for each in send.parcels]
        assert 1 <= len(numbers) <= LIMITS.batch
        assert numbers == sorted(set(numbers))
        match self.weather:
            case Weather.UNREACHABLE:
                error = PassingFailure(FailureReason.UNAVAILABLE)
                self.courier.failed(send, error, self.now_s)
            case Weather.FORBIDDEN:
                lasting = LastingFailure(FailureReason.PERMISSION)
                self.courier.failed(send, lasting, self.now_s)
            case _ if self.poison & set(numbers):
                refused = RefusedContent(FailureReason.CONTENT)
                self.courier.failed(send, refused, self.now_s)
            case Weather.ANSWERS_LOST:
                self.receive(numbers)
                self.may_repeat += len(numbers)
                late = PassingFailure(FailureReason.TIMEOUT)
                self.courier.failed(send, late, self.now_s)
            case _:
                self.receive(numbers)
                self.courier.acknowledged(send)

    def receive(self, numbers: list[int]) -> None:
        """A message may be repeated, but none comes first after a later one did."""
        highest = max(self.received, default=0)
        new = [seq for seq in numbers if seq not in self.received]
        assert all(seq > highest for seq in new)
        self.received += numbers

    @invariant()
    def nothing_is_repeated_without_a_cause(self) -> None:
        repeated = len(self.received) - len(set(self.received))
        assert repeated <= self.may_repeat

    def teardown(self) -> None:
        """In fair weather everything arrives; what does not is accounted for."""
        self.weather, self.is_disk_full = Weather.FAIR, False
        self.now_s += 10_000
        step: Step = Stopped(FailureReason.CONTENT, 0)
        for _ in range(3_000):
            step = self.courier.next(self.now_s)
            self.do(step)
            self.now_s += 0.2
            if isinstance(step, Stopped):
                self.courier.resume()
            if step == Wait(None):
                break
        assert step == Wait(None)
        self.courier.close()
        while not isinstance(step, Finished):
            step = self.courier.next(self.now_s)
            self.do(step)
        missing = self.made - set(self.received) - self.parked - self.gone_with_memory
        assert numbers_in(self.outbox) == []
        assert not missing & self.kept
        assert len(missing) <= self.outbox.state().dropped
        assert self.parked <= self.poison
        assert self.outbox.state().parked == len(self.parked)
        self.outbox.close()
        self.folder.cleanup()


TestForwarding = Forwarding.TestCase
TestForwarding.settings = settings(max_examples=20, stateful_step_count=40)
