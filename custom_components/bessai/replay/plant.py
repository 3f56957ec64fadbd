"""The simulated plant of a replay: told what is wanted of it as the driver would."""

from collections.abc import Sequence
from datetime import datetime

from ..core.setpoint import Direction, Hold, Setpoint, Wish
from ..simulator.overrides import Overrides
from ..simulator.plant import SimulatedPlant
from ..simulator.settings import to_number, to_words
from ..simulator.truth import PlantTruth

_UNIT = 1
_LIMITS = {Direction.CHARGE: 47075, Direction.DISCHARGE: 47077}
_POWERS = {Direction.CHARGE: 47247, Direction.DISCHARGE: 47249}
_CODES = {Direction.CHARGE: 1, Direction.DISCHARGE: 2}
_GRID_CHARGE, _PERIOD, _ENDS_BY, _COMMAND = 47087, 47083, 47246, 47100
_STOP = 0

PERIOD_MIN = 60
"""A command lasts for so long unless it is given again: a replay is not killed."""

RENEWED_S = 300.0
"""A command that has less left is given again."""


class ReplayPlant:
    """A plant that is told wishes; it counts what is written for them."""

    def __init__(self, plant: SimulatedPlant) -> None:
        """Take a plant that nobody commands."""
        self.plant = plant
        self.stored_writes = 0
        """Of settings that the plant keeps, which wears its memory."""

        self.forcible_writes = 0
        self._wish: Wish | None = None
        self._originals = {
            limit: to_number(plant.read(_UNIT, limit, 2)) for limit in _LIMITS.values()
        }
        self._stored: dict[int, int] = {}

    @property
    def truth(self) -> PlantTruth:
        """What is physically so."""
        return self.plant.truth

    def advance(self, to: datetime, pv_w: float, load_w: float) -> None:
        """Let time pass with this much sun and load."""
        self.plant.overrides = Overrides(pv_w=pv_w, load_w=load_w)
        self.plant.advance(to)

    def obey(self, wish: Wish | None) -> None:
        """Do what is wanted from now on; ``None``: follow the load."""
        if wish != self._wish or self._has_ended(wish):
            self._wish = wish
            if isinstance(wish, Setpoint):
                self._force(wish)
            else:
                self._stop()
        self._limit(wish)

    def _has_ended(self, wish: Wish | None) -> bool:
        if not isinstance(wish, Setpoint):
            return False
        left_s = self.plant.truth.forcible_remaining_s
        return left_s is None or left_s < RENEWED_S

    def _force(self, setpoint: Setpoint) -> None:
        """Give a forcible command, as much as the battery takes now."""
        direction = setpoint.direction
        most_w = _most_w(self.plant.truth, direction)
        power_w = int(min(abs(setpoint.power_w), most_w))
        if direction is Direction.CHARGE:
            self._store(_GRID_CHARGE, 1, words=1)
        for address, value, words in (
            (_POWERS[direction], power_w, 2),
            (_PERIOD, PERIOD_MIN, 1),
            (_ENDS_BY, 0, 1),
            (_COMMAND, _CODES[direction], 1),
        ):
            self._write(address, to_words(value, words))
            self.forcible_writes += 1

    def _stop(self) -> None:
        if self.plant.truth.forcible_command != _STOP:
            self._write(_COMMAND, (_STOP,))
            self.forcible_writes += 1
        self._store(_GRID_CHARGE, 0, words=1)

    def _limit(self, wish: Wish | None) -> None:
        """Hold by the stored limits, or put them back.

        Near full and near empty a device refuses more than it can carry at present:
        then it gets that, and the rest as soon as it takes it.
        """
        for direction, address in _LIMITS.items():
            original = self._originals[address]
            if _is_held(direction, wish):
                self._store(address, 0, words=2)
            elif self._present(address) != original:
                most = int(_most_w(self.plant.truth, direction))
                if self._present(address) == 0 or most >= original:
                    self._store(address, min(most, original), words=2)

    def _present(self, address: int) -> int:
        return self._stored.get(address, self._originals.get(address, 0))

    def _store(self, address: int, value: int, *, words: int) -> None:
        """Write a stored setting, if it is another value."""
        if self._present(address) == value:
            return
        self._write(address, to_words(value, words))
        self._stored[address] = value
        self.stored_writes += 1

    def _write(self, address: int, words: Sequence[int]) -> None:
        self.plant.write(_UNIT, address, words)


def _most_w(truth: PlantTruth, direction: Direction) -> float:
    charging = direction is Direction.CHARGE
    return truth.charge_limit_w if charging else truth.discharge_limit_w


def _is_held(direction: Direction, wish: Wish | None) -> bool:
    if not isinstance(wish, Hold):
        return False
    return direction is Direction.DISCHARGE or not wish.allow_charging
