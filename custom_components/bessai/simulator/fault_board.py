"""What the link does to each request while a scenario is on."""

from dataclasses import dataclass
from enum import Enum, auto

from .errors import ExceptionCode
from .faults import CONDITIONS, Scenario


class Delivery(Enum):
    """How an answer is sent."""

    WHOLE = auto()
    TWO_HALVES = auto()
    """In two pieces with a pause: legal, and has to be understood."""

    HALF = auto()
    """The first half, then the connection ends."""

    WRONG_TRANSACTION = auto()
    NOT_AT_ALL = auto()
    """The request is carried out, then the connection ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What is done to one request; all defaults together are the normal way."""

    drop: bool = False
    """The connection ends and the request is not carried out."""

    code: ExceptionCode | None = None
    """Answered instead of carrying the request out."""

    slow: bool = False
    late: bool = False
    delivery: Delivery = Delivery.WHOLE


NORMAL = Treatment()

_LATE_EVERY = 3


class FaultBoard:
    """Holds the scenario and decides about each request in turn."""

    def __init__(self) -> None:
        self._lasting = Scenario.NONE
        self._passing = Scenario.NONE
        self._times = 0
        self._seen = 0
        self._writes_on_link = 0

    @property
    def scenario(self) -> Scenario:
        """The scenario that is on until it is changed."""
        return self._lasting

    def switch(self, scenario: Scenario) -> None:
        """Turn a scenario on until it is changed; ends a passing one."""
        self._lasting = scenario
        self._passing, self._times = Scenario.NONE, 0
        self._seen = self._writes_on_link = 0

    def inject(self, scenario: Scenario, times: int) -> None:
        """Let a scenario strike the next requests, before the lasting one.

        Raises:
            ValueError: If the scenario does not lie in single requests.
        """
        no_request = {Scenario.REFUSED_CONNECTION, Scenario.KICKED_CONNECTION}
        if scenario in CONDITIONS or scenario in no_request:
            raise ValueError(f"{scenario} does not strike single requests")
        self._passing, self._times = scenario, times
        self._seen = self._writes_on_link = 0

    def connected(self) -> None:
        """Note a new connection."""
        self._writes_on_link = 0

    def treat(self, *, is_write: bool) -> Treatment:
        """Return what is done to the next request."""
        scenario = self._lasting
        if self._times > 0:
            scenario = self._passing
            self._times -= 1
        self._seen += 1
        self._writes_on_link += is_write
        return self._treatment(scenario, is_write=is_write)

    def _treatment(self, scenario: Scenario, *, is_write: bool) -> Treatment:
        """Return what a scenario does to the request just counted."""
        treatment = NORMAL
        match scenario:
            case Scenario.BUSY:
                treatment = Treatment(code=ExceptionCode.BUSY)
            case Scenario.DEVICE_FAILURE:
                treatment = Treatment(code=ExceptionCode.DEVICE_FAILURE)
            case Scenario.NO_PERMISSION if is_write:
                treatment = Treatment(code=ExceptionCode.NO_PERMISSION)
            case Scenario.SLOW_ANSWERS:
                treatment = Treatment(slow=True)
            case Scenario.LATE_ANSWERS:
                treatment = Treatment(late=self._seen % _LATE_EVERY == 1)
            case Scenario.HALF_FRAMES:
                odd = self._seen % 2 == 1
                treatment = Treatment(
                    delivery=Delivery.TWO_HALVES if odd else Delivery.HALF
                )
            case Scenario.WRONG_TRANSACTION:
                treatment = Treatment(delivery=Delivery.WRONG_TRANSACTION)
            case Scenario.DROPPED_BETWEEN_WRITES if is_write:
                treatment = self._dropped_write()
        return treatment

    def _dropped_write(self) -> Treatment:
        """Drop each second write of a connection, done and not done by turns."""
        if self._writes_on_link < 2:
            return NORMAL
        if self._seen % 2 == 1:
            return Treatment(drop=True)
        return Treatment(delivery=Delivery.NOT_AT_ALL)
