"""A plant in memory that takes commands, counts their periods, and fails as told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from custom_components.bessai.core.command import (
    CommandError,
    CommandMark,
    CommandOverruled,
    CommandRefused,
    ControlJournal,
    Order,
    Original,
    ReadBack,
    ReadBackDiffers,
    Standing,
)
from custom_components.bessai.core.setpoint import Direction, Hold, Setpoint
from custom_components.bessai.core.telemetry import Value

LIMITS = {"discharge_limit": 5000.0, "charge_limit": 4000.0}
GRID_CHARGE = "grid_charge"
STANDING = {
    Direction.CHARGE: Standing.CHARGE,
    Direction.DISCHARGE: Standing.DISCHARGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a call fails."""

    error: CommandError
    taken: bool = False
    """Whether the plant did what it was told, and only its answer broke."""


class FakeControls:
    """Fulfils ``PlantControls``; its clock is set by the tests."""

    def __init__(self, now: datetime, *, restarts: bool = True) -> None:
        self.now = now
        self.restarts = restarts
        """Whether a renewal lets it count from nothing again."""
        self.log: list[str] = []
        self.orders: list[Order] = []
        self.power_w = 0.0
        self.period_s: int | None = 0
        """``None``: the command in force has no end; never one of ours."""
        self.stored: dict[str, float] = {**LIMITS, GRID_CHARGE: 0.0}
        self.failing: dict[str, Failure] = {}
        """Name of a method to how it fails, until it is taken out."""
        self.full = False
        """Whether limits that are put back are refused: near full and near empty."""
        self.polite = False
        """Whether it says nothing then, as it took a part of them."""
        self.during: Callable[[], None] = nothing
        """What happens in the middle of a command."""
        self._journal = ControlJournal()
        self.is_ours = False
        """Whether what is in force was begun by a call, not by somebody else."""
        self._standing = Standing.NONE
        self._began_at = now

    @property
    def journal(self) -> ControlJournal:
        return self._journal

    @journal.setter
    def journal(self, journal: ControlJournal) -> None:
        self._journal = journal

    @property
    def writes_to_renew(self) -> int:
        return 2

    @property
    def standing(self) -> Standing:
        """What the command register says now."""
        return self._standing if self.now < self.ends_at else Standing.NONE

    @property
    def ends_at(self) -> datetime:
        """When it ends what is in force by itself."""
        if self.period_s is None:
            return datetime.max.replace(tzinfo=UTC)
        return self._began_at + timedelta(seconds=self.period_s)

    @property
    def is_foreign(self) -> bool:
        """Whether a command is in force that the journal does not know."""
        mark = self.journal.command
        return self.standing not in (Standing.NONE, mark and mark.standing)

    def force(self, standing: Standing, *, period_s: int | None = None) -> None:
        """Let somebody else command it, or end what is in force."""
        self._begin(standing, 1500.0, period_s)
        self.is_ours = False

    async def apply(
        self, order: Order, until: datetime, today: date, wanted: Callable[[], bool]
    ) -> ReadBack:
        self._note("apply", order)
        self._fail("apply", taken=False)
        self._refuse(wanted)
        read_back = self._obey(order, until, today)
        self.during()
        self._refuse(wanted)
        self._fail("apply", taken=True)
        return read_back

    async def renew(self, order: Order, wanted: Callable[[], bool]) -> ReadBack:
        self._note("renew", order)
        self._fail("renew", taken=False)
        self._refuse(wanted)
        match order.wish:
            case Hold() as hold:
                self._verify(hold)
            case Setpoint() as setpoint:
                self._go_on(setpoint, order.period_s)
        self._fail("renew", taken=True)
        return {"period": order.period_s}

    async def release(self, today: date) -> ReadBack:
        self.log.append("release")
        self._fail("release", taken=False)
        self._end()
        self._put_back(today)
        self._fail("release", taken=True)
        return {"command": self.standing.value}

    async def read_standing(self) -> Standing:
        self._fail("read_standing", taken=False)
        return self.standing

    async def recover(self, now: datetime, today: date) -> Standing:
        self.log.append("recover")
        self._fail("recover", taken=False)
        mark = self.journal.command
        foreign = self.is_foreign or (mark is not None and now >= mark.until)
        standing = self.standing if foreign else Standing.NONE
        if foreign:
            self._mark(None)
        self._end()
        self._put_back(today)
        self._fail("recover", taken=True)
        return standing

    def _obey(self, order: Order, until: datetime, today: date) -> ReadBack:
        match order.wish:
            case Hold() as hold:
                self._end()
                return self._hold(hold, today)
            case Setpoint() as setpoint:
                for key in LIMITS.keys() & self.journal.originals.keys():
                    self._settle(key, today)
                if order.grid_charge and not self.stored[GRID_CHARGE]:
                    self._store(GRID_CHARGE, 1.0, today)
                standing = STANDING[setpoint.direction]
                power_w = abs(setpoint.power_w)
                self._mark(CommandMark(standing=standing, power_w=power_w, until=until))
                self._begin(standing, power_w, order.period_s)
                return {"command": standing.value, "power": power_w}

    def _hold(self, hold: Hold, today: date) -> ReadBack:
        held = ["discharge_limit", *([] if hold.allow_charging else ["charge_limit"])]
        for key in LIMITS.keys() & self.journal.originals.keys() - set(held):
            self._settle(key, today)
        for key in held:
            if self.stored[key]:
                self._store(key, 0.0, today)
        return dict.fromkeys(held, 0.0)

    def _verify(self, hold: Hold) -> None:
        held = ["discharge_limit", *([] if hold.allow_charging else ["charge_limit"])]
        for key in held:
            if self.stored[key]:
                raise ReadBackDiffers(key, 0.0, self.stored[key])

    def _go_on(self, setpoint: Setpoint, period_s: int) -> None:
        mark = self.journal.command
        standing, power_w = STANDING[setpoint.direction], abs(setpoint.power_w)
        if mark is None or (mark.standing, mark.power_w) != (standing, power_w):
            raise CommandOverruled("this command is not in force")
        if self.restarts or self.standing is Standing.NONE:
            self._begin(standing, power_w, period_s)

    def _begin(self, standing: Standing, power_w: float, period_s: int | None) -> None:
        self._standing, self._began_at = standing, self.now
        self.power_w, self.period_s = power_w, period_s
        self.is_ours = True

    def _end(self) -> None:
        """End our command and leave another's alone."""
        if self.journal.command is not None and not self.is_foreign:
            self._begin(Standing.NONE, 0.0, 0)
        self._mark(None)

    def _put_back(self, today: date) -> None:
        for key in list(self.journal.originals):
            if not self.full or key not in LIMITS:
                self._settle(key, today)
            elif not self.polite:
                raise CommandRefused(key, LIMITS[key], "illegal value")

    def _store(self, key: str, value: float, today: date) -> None:
        original = Original(value=self.stored[key], written=value)
        originals = {key: original, **self.journal.originals}
        self._journal = replace(self.journal, originals=originals)
        self._write(key, value, today)

    def _settle(self, key: str, today: date) -> None:
        original = self.journal.originals[key]
        if self.stored[key] == original.written:
            self._write(key, original.value, today)
        originals = {
            other: one for other, one in self.journal.originals.items() if other != key
        }
        self._journal = replace(self.journal, originals=originals)

    def _write(self, key: str, value: float, today: date) -> None:
        self.stored[key] = value
        writes = {today: self.journal.stored_writes.get(today, 0) + 1}
        self._journal = replace(self.journal, stored_writes=writes)

    def _mark(self, mark: CommandMark | None) -> None:
        self._journal = replace(self.journal, command=mark)

    def _refuse(self, wanted: Callable[[], bool]) -> None:
        if not wanted() or self.is_foreign:
            raise CommandOverruled("something more important came in between")

    def _fail(self, name: str, *, taken: bool) -> None:
        failure = self.failing.get(name)
        if failure is not None and failure.taken is taken:
            raise failure.error

    def _note(self, name: str, order: Order) -> None:
        self.orders.append(order)
        self.log.append(f"{name} {_words(order)}")


def _words(order: Order) -> str:
    match order.wish:
        case Setpoint() as setpoint:
            power_w: Value = round(abs(setpoint.power_w))
            return f"{setpoint.direction} {power_w} W {order.period_s} s"
        case Hold(allow_charging=allow_charging):
            return "hold" if allow_charging else "hold all"


def nothing() -> None:
    """Do nothing."""
