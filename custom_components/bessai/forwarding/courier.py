"""Decides what is to be done with each message; it does nothing of it itself.

Somebody else asks :meth:`Courier.next`, does that one thing, says how it ended, and
asks again: one step at a time, while new messages may come in between. Only a request
takes long; what is to be done on the disk then, :meth:`Courier.meanwhile` says. Times
are seconds of any clock that only goes forward.

Messages are sent straight from memory while that goes well. What is not accepted within
a minute goes into the outbox, and while there is something, new messages go behind it
at once: a kill in an outage loses none.
"""

from collections import deque
from collections.abc import Callable, Sequence

from .backoff import Backoff
from .courier_batch import Batcher
from .courier_memory import Memory
from .courier_steps import (
    Commit,
    CourierLimits,
    DiskStep,
    Drain,
    Finished,
    Park,
    Remove,
    Send,
    Step,
    Stopped,
    Wait,
)
from .parcel import Parcel
from .publisher import FailureReason, LastingFailure, PublishError, RefusedContent


class Courier:
    """Knows where each message is, what failed last, and what is due."""

    def __init__(
        self,
        *,
        has_backlog: bool,
        jitter: Callable[[], float],
        limits: CourierLimits | None = None,
    ) -> None:
        """Begin.

        Args:
            has_backlog: Whether the outbox holds messages.
            jitter: Gives a number from 0 to 1, another one each time.
            limits: Bounds of batches, times and memory.
        """
        self._limits = limits or CourierLimits()
        self._memory = Memory()
        self._batcher = Batcher(self._limits.batch, self._limits.batch_bytes)
        self._backoff = Backoff(jitter)
        # Read from the outbox and not yet accepted; its rows are still there.
        self._read: tuple[Parcel, ...] = ()
        self._has_backlog = has_backlog
        # Dealt with, but the rows of these are still in the outbox. Read behind them.
        self._accepted: list[int] = []
        self._refused: deque[Parcel] = deque()
        self._done_until = 0
        self._dropped = 0
        self._refused_in_a_row = 0
        self._stopped: Stopped | None = None
        self._send_at_s = 0.0
        self._write_at_s = 0.0
        self._read_at_s = 0.0
        self._is_closing = False

    def accept(self, parcel: Parcel, now_s: float) -> list[Parcel]:
        """Take charge of a new message; its number is above all former ones.

        Returns:
            Messages that had to go for it.

        Raises:
            ValueError: If it is not.
        """
        self._memory.add(parcel, now_s)
        limits = self._limits
        gone = self._memory.trim(limits.full_memory, limits.full_memory_bytes)
        self._dropped += len(gone)
        return gone

    def next(self, now_s: float) -> Step:
        """Return the one thing to be done now."""
        return self._write(now_s) or self._send(now_s)

    def meanwhile(self, now_s: float) -> DiskStep | None:
        """Return what is to be done in the outbox while a request is on its way.

        Only while there is a backlog: what is being sent from memory would be
        committed, and sent again.
        """
        step = self._write(now_s) if self._read else None
        return None if isinstance(step, Finished) else step

    def resume(self) -> None:
        """Try again at once: somebody has acted, or has unparked messages."""
        self._stopped = None
        self._refused_in_a_row = 0
        self._backoff.reset()
        self._send_at_s = 0.0
        self._has_backlog = True

    def reopened(self) -> None:
        """Hear that the outbox was opened anew: it may hold messages, and take some."""
        self._has_backlog = True
        self._write_at_s = self._read_at_s = 0.0

    def close(self) -> None:
        """From now on, only put away what is in memory, then be finished.

        A disk that failed a moment ago is tried once more: there is no later.
        """
        self._is_closing = True
        self._write_at_s = 0.0

    def acknowledged(self, send: Send) -> None:
        """Hear that all of these were accepted."""
        self._stopped = None
        self._refused_in_a_row = 0
        self._backoff.reset()
        self._take_off(send)
        if send.from_disk:
            self._accepted.extend(parcel.seq for parcel in send.parcels)

    def failed(self, send: Send, error: PublishError, now_s: float) -> None:
        """Hear that none of these were accepted, and why."""
        match error:
            case RefusedContent():
                self._search(send, error.reason, now_s)
            case LastingFailure():
                self._stop(error.reason, now_s)
            case _:
                wait_s = max(self._backoff.next_s(), self._limits.request_gap_s)
                self._send_at_s = now_s + wait_s

    def drained(self, parcels: Sequence[Parcel]) -> None:
        """Hear what the outbox had."""
        self._read = tuple(parcels)
        self._has_backlog = bool(parcels)

    def stored(self, step: Commit | Remove | Park) -> None:
        """Hear that this has happened in the outbox."""
        match step:
            case Commit():
                self._dropped -= step.dropped
                if step.parcels:
                    self._memory.forget_up_to(step.parcels[-1].seq)
                    self._has_backlog = True
            case Remove():
                del self._accepted[: len(step.seqs)]
            case _:
                self._refused.popleft()
        if self._done_until and not self._accepted and not self._refused:
            self._done_until = 0
            # Unparked ones may have been passed by.
            self._has_backlog = True

    def disk_failed(self, step: DiskStep, now_s: float) -> None:
        """Hear that this has not happened in the outbox; it is tried again later."""
        retry_at_s = now_s + self._limits.disk_retry_s
        if isinstance(step, Drain):
            self._read_at_s = retry_at_s
        else:
            self._write_at_s = retry_at_s

    def _write(self, now_s: float) -> Commit | Remove | Park | Finished | None:
        """Return what is to be changed in the outbox, if it is due."""
        due_s = self._write_due_s
        if due_s is None or due_s > now_s:
            return Finished() if self._is_closing else None
        if self._refused:
            return Park(self._refused[0])
        if self._accepted:
            return Remove(tuple(self._accepted))
        return Commit(tuple(self._memory), self._dropped)

    @property
    def _write_due_s(self) -> float | None:
        """When the outbox is to be changed next, if nothing else comes."""
        if self._refused or self._accepted:
            return self._write_at_s
        if self._is_closing and (self._memory or self._dropped):
            return self._write_at_s
        if not self._memory:
            return None
        if self._is_memory_full or self._has_backlog:
            return self._write_at_s
        return max(
            self._write_at_s, self._memory.oldest_s + self._limits.commit_after_s
        )

    @property
    def _is_memory_full(self) -> bool:
        return self._memory.is_above(self._limits.memory, self._limits.memory_bytes)

    def _send(self, now_s: float) -> Step:
        """Return what is to be done about the cloud."""
        if self._stopped and now_s < self._stopped.until_s:
            return Stopped(self._stopped.reason, self._until(self._stopped.until_s))
        if now_s < self._send_at_s:
            return Wait(self._until(self._send_at_s))
        if self._read:
            return self._request(self._read, now_s, from_disk=True)
        if self._has_backlog:
            return self._drain(now_s)
        if self._memory:
            return self._request(tuple(self._memory), now_s, from_disk=False)
        return Wait(self._write_due_s)

    def _drain(self, now_s: float) -> Step:
        """Return what is to be done while the outbox holds older messages."""
        if now_s >= self._read_at_s:
            limits = self._limits
            return Drain(limits.batch, limits.batch_bytes, self._done_until)
        if self._is_memory_full:
            # Order is worth something, but not that messages are dropped for it.
            return self._request(tuple(self._memory), now_s, from_disk=False)
        return Wait(self._until(self._read_at_s))

    def _until(self, time_s: float) -> float:
        """Return this time, or when the outbox is due if that is earlier."""
        due_s = self._write_due_s
        return time_s if due_s is None else min(time_s, due_s)

    def _request(
        self, parcels: tuple[Parcel, ...], now_s: float, *, from_disk: bool
    ) -> Send:
        self._send_at_s = now_s + self._limits.request_gap_s
        return Send(self._batcher.take(parcels), from_disk)

    def _search(self, send: Send, reason: FailureReason, now_s: float) -> None:
        """Look for the message that is refused, or lay it aside if it is alone."""
        self._batcher.suspect(send.parcels)
        if len(send.parcels) > 1:
            return
        if self._is_all_refused:
            self._stop(reason, now_s)
        else:
            self._refused_in_a_row += 1
            self._take_off(send)
            self._refused.extend(send.parcels)

    @property
    def _is_all_refused(self) -> bool:
        """Whether it is not the messages, or they cannot be laid aside any more."""
        most = self._limits.poison_in_a_row
        return self._refused_in_a_row >= most or len(self._refused) >= most

    def _take_off(self, send: Send) -> None:
        """Do not send these again."""
        last = send.parcels[-1].seq
        if send.from_disk:
            self._read = self._read[len(send.parcels) :]
            self._done_until = last
        else:
            self._memory.forget_up_to(last)

    def _stop(self, reason: FailureReason, now_s: float) -> None:
        self._stopped = Stopped(reason, now_s + self._limits.stopped_retry_s)
