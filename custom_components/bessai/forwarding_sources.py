"""Listens to everything that is told to the cloud, and leaves a draft of each."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .const import LOGGER
from .core.command import DispatchResult
from .core.finding import Finding
from .core.proposal import Proposal, Source
from .core.safety_event import SafetyEvent
from .core.telemetry import Telemetry
from .core.verdict import Ground
from .forwarding.message import MessageType
from .forwarding.payloads import (
    FindingChange,
    dispatch_payload,
    finding_payload,
    plan_payload,
    release_payload,
    safety_event_payload,
    telemetry_payload,
)
from .forwarding_draft import Draft
from .forwarding_options import ForwardingOptions
from .forwarding_plan import report_plan
from .planning.plan import Plan
from .runtime import BessaiConfigEntry

UNTIMELY: Final = timedelta(seconds=1)
"""Polls do not come to the millisecond: else every other one would be passed by."""

UNLOAD: Final = "unload"
"""Who releases the plant when the entry is unloaded: nobody in particular."""

type Stop = Callable[[], None]


def telemetry_draft(telemetry: Telemetry) -> Draft:
    """Return the message of a poll."""
    return Draft(
        message_type=MessageType.TELEMETRY,
        observed_at=telemetry.read_at,
        payload=partial(telemetry_payload, telemetry),
    )


def _quietly[**P](listener: Callable[P, None]) -> Callable[P, None]:
    """Let a mistake in a listener be nobody else's affair: the guard is among them."""

    @wraps(listener)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            listener(*args, **kwargs)
        except Exception:  # noqa: BLE001 - see above
            LOGGER.exception("Something was not taken note of for the cloud")

    return call


class ForwardingSources:
    """What of a plant goes to the cloud, of the kinds that its owner chose."""

    def __init__(
        self,
        entry: BessaiConfigEntry,
        options: ForwardingOptions,
        put: Callable[[Draft], None],
    ) -> None:
        """Prepare to hand drafts to ``put``."""
        self._runtime = entry.runtime_data
        self._options, self._put = options, put
        self._told_at: datetime | None = None
        self._plan: Plan | None = None

    @callback
    def async_start(self) -> list[Stop]:
        """Begin to listen; return what ends it."""
        starts: Mapping[MessageType, Callable[[], Iterator[Stop]]] = {
            MessageType.TELEMETRY: self._telemetry,
            MessageType.SAFETY_EVENT: self._safety_events,
            MessageType.DISPATCH: self._dispatches,
            MessageType.PLAN: self._plans,
            MessageType.FINDING: self._findings,
        }
        return [
            stop
            for kind, start in starts.items()
            if kind in self._options.kinds
            for stop in start()
        ]

    def _telemetry(self) -> Iterator[Stop]:
        readings = self._runtime.readings

        @callback
        @_quietly
        def look() -> None:
            if readings.last_update_success and self._is_due(readings.data.read_at):
                self._told_at = readings.data.read_at
                self._put(telemetry_draft(readings.data))

        yield readings.async_add_listener(look)
        look()

    def _safety_events(self) -> Iterator[Stop]:
        @callback
        @_quietly
        def take(event: SafetyEvent) -> None:
            self._tell(
                MessageType.SAFETY_EVENT,
                partial(safety_event_payload, event),
                event.at,
            )

        if (control := self._runtime.control) is not None:
            yield control.async_subscribe(take)

    def _dispatches(self) -> Iterator[Stop]:
        @callback
        @_quietly
        def take(proposal: Proposal, result: DispatchResult) -> None:
            self._tell(
                MessageType.DISPATCH, partial(dispatch_payload, proposal, result)
            )

        @callback
        @_quietly
        def take_release(
            result: DispatchResult, why: tuple[Ground, ...], by: str | None
        ) -> None:
            source = None if by in {None, UNLOAD} else Source.OWNER
            self._tell(
                MessageType.DISPATCH, partial(release_payload, result, why, source)
            )

        if (control := self._runtime.control) is not None:
            yield control.async_follow_commands(take, take_release)

    def _plans(self) -> Iterator[Stop]:
        planner = self._runtime.planner
        if planner is None:
            return

        @callback
        @_quietly
        def look() -> None:
            plan = planner.plan
            if plan is None or plan is self._plan or not plan.steps:
                return
            self._plan = plan
            self._tell(
                MessageType.PLAN, lambda: plan_payload(report_plan(plan)), plan.made_at
            )

        yield planner.async_add_listener(look)

    def _findings(self) -> Iterator[Stop]:
        @callback
        @_quietly
        def take(finding: Finding, cleared: bool) -> None:  # noqa: FBT001
            change = FindingChange.CLEARED if cleared else FindingChange.RAISED
            self._tell(MessageType.FINDING, partial(finding_payload, finding, change))

        if (monitor := self._runtime.anomaly) is not None:
            yield monitor.async_subscribe(take)

    def _is_due(self, read_at: datetime) -> bool:
        """Return whether a poll is to be told; also after the clock was set back."""
        if self._told_at is None:
            return True
        passed = read_at - self._told_at
        period = timedelta(seconds=self._options.period_s)
        return passed < timedelta() or passed >= period - UNTIMELY

    def _tell(
        self,
        kind: MessageType,
        payload: Callable[[], Mapping[str, Any]],
        observed_at: datetime | None = None,
    ) -> None:
        at = observed_at or dt_util.utcnow()
        self._put(Draft(message_type=kind, observed_at=at, payload=payload))
