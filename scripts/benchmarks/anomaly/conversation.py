"""Weeks of polls of one home: what happens to it, and who tampers with it."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from custom_components.bessai.core.observation import Observation
from custom_components.bessai.simulator.witness import NO_LIGHT

from .attack import Attack, Stage
from .chance import chance_of
from .events import Event
from .happenings import SILENT, Happening, HappeningKind
from .home import Home, Night
from .instruments import WAKING, Instruments
from .life import Life
from .link import Link
from .observing import observe
from .shown import Shown

_KEPT_POLLS = 4_000
"""What an attacker has recorded; 11 hours at most."""

_CLEAR_S = 600.0
"""Nothing happens by itself so near to an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One observation and where it stands."""

    at_s: float
    observation: Observation
    restarted: bool
    """Whether Home Assistant was started anew before it."""


class Conversation:
    """Polls a home from its start until an end."""

    def __init__(
        self,
        home: Home,
        end_s: float,
        happenings: Sequence[Happening] = (),
        events: Sequence[Event] = (),
    ) -> None:
        self._home, self._end_s = home, end_s
        self.life = Life(home)
        self._link = Link(home)
        self._instruments = Instruments(home, self.life, self._link)
        self._chance = chance_of("conversation", home.seed)
        self.happenings = [one for one in happenings if not _near(one, events)]
        self._coming = deque(self.happenings)
        self._events = deque(events)
        self._attack: Attack | None = None
        self._past: deque[Shown] = deque(maxlen=_KEPT_POLLS)
        self._past_times_s: deque[float] = deque(maxlen=_KEPT_POLLS)
        self._our_clock_s = 0.0
        self._guarded: dict[str, float] = {}
        self._started_s = self.life.at_s - 60.0
        self._restarted = self._slept = False

    def polls(self) -> Iterator[Poll]:
        """Yield the polls in order."""
        at_s = self.life.at_s + 1.0
        while at_s < self._end_s:
            self.life.pass_to(at_s)
            resumed_s = self._happen(at_s)
            if resumed_s is not None:
                at_s = resumed_s
                continue
            poll = self._poll(at_s)
            if poll is not None:
                yield poll
            at_s += self._link.period_s(at_s)

    def _happen(self, at_s: float) -> float | None:
        """Let happen what is due; return when polls go on if they are interrupted."""
        if not self._coming or self._coming[0].start_s > at_s:
            return None
        happening = self._coming.popleft()
        kind, instruments = happening.kind, self._instruments
        if kind is HappeningKind.STALE:
            instruments.stall(happening.end_s)
        elif kind is HappeningKind.PLANT_CLOCK:
            instruments.set_clock()
        elif kind is HappeningKind.OUR_CLOCK:
            self._our_clock_s += self._chance.uniform(-40.0, 40.0)
        if kind not in SILENT:
            return None
        resumed_s = max(happening.end_s, at_s + 1.0)
        self.life.pass_to(resumed_s)
        self._resume(kind)
        return resumed_s

    def _resume(self, kind: HappeningKind) -> None:
        """Come back after an interruption."""
        self._instruments.reconnect()
        if kind in WAKING:
            self._instruments.wake()
        if kind is HappeningKind.FIRMWARE:
            self._instruments.update_firmware()
        if kind is HappeningKind.RESTART:
            self._started_s = self.life.at_s - 20.0
            self._restarted = True

    def _poll(self, at_s: float) -> Poll | None:
        """Return a poll; ``None`` where it fails."""
        event = self._events[0] if self._events else None
        if event is not None and at_s >= event.end_s:
            self._end_attack(event)
            event = self._events[0] if self._events else None
        attacked = event is not None and at_s >= event.start_s and bool(self._past)
        if attacked and event is not None:
            self._act(event)
        if self._unreachable() or self._link.misses():
            self._instruments.miss()
            return None
        shown = self._instruments.show()
        if attacked and event is not None and self._attack is not None:
            honest, stage = shown.copy(), self._stage(event)
            self._attack.spoof(shown, stage)
            event.note(at_s, self._attack.strength(honest, shown, stage))
        else:
            self._past.append(shown)
            self._past_times_s.append(at_s)
        uptime_s = at_s - self._started_s
        observation = observe(
            self._home, self.life, shown, self._guarded, self._our_clock_s, uptime_s
        )
        restarted, self._restarted = self._restarted, False
        return Poll(at_s=at_s, observation=observation, restarted=restarted)

    def _unreachable(self) -> bool:
        """Return whether the plant sleeps in silence; it wakes on a new connection."""
        asleep = (
            self._home.night is Night.SILENT
            and self.life.truth.device_status == NO_LIGHT
        )
        if self._slept and not asleep:
            self._instruments.reconnect()
            self._instruments.wake()
        self._slept = asleep
        return asleep

    def _act(self, event: Event) -> None:
        """Begin an attack, or let it go on."""
        stage = self._stage(event)
        if self._attack is None:
            self._attack = event.attack()
            if event.attack.physical:
                commander = self.life.commander
                commander.suspended = True
                if commander.wish is not None:
                    commander.end(self.life.truth)
                    self.life.refresh()
            self._attack.begin(stage)
        self._attack.act(stage)
        self.life.refresh()

    def _end_attack(self, event: Event) -> None:
        self._events.popleft()
        if self._attack is not None:
            self._attack.end(self._stage(event))
            if event.attack.breaks:
                self._instruments.reconnect()
        self.life.commander.suspended = False
        self.life.refresh()
        self._attack = None

    def _stage(self, event: Event) -> Stage:
        return Stage(
            home=self._home,
            life=self.life,
            chance=self._chance,
            past=self._past,
            past_times_s=self._past_times_s,
            past_identity=self._instruments.identity,
            at_s=self.life.at_s,
            begun_s=event.start_s,
        )


def _near(happening: Happening, events: Sequence[Event]) -> bool:
    return any(
        happening.start_s < event.end_s + _CLEAR_S
        and happening.end_s > event.start_s - _CLEAR_S
        for event in events
    )
