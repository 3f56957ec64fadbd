"""What keeps commands from the battery at present, and since when that changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..core.setpoint import Direction, Setpoint, Wish
from ..core.verdict import Ground, Reason

ROUTINE = frozenset(
    {
        Reason.SOC_LOW,
        Reason.SOC_HIGH,
        Reason.DISCHARGE_CUTOFF,
        Reason.CHARGE_CUTOFF,
        Reason.HOLD_RESERVE,
        Reason.TARGET_REACHED,
        Reason.NO_POWER_LEFT,
    }
)
"""How a command ends in the ordinary course of things: it is over for good then. What
else refuses it only suspends it, until the ground is gone or its lease is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockChange:
    """What a review found."""

    added: tuple[Ground, ...]
    cleared: tuple[Ground, ...]


class BlockBoard:
    """Keeps the grounds that bite: each is told once, and once more when it is gone.

    A ground that refuses charge and discharge bites in any case. One that concerns a
    direction bites once it has refused somebody's wish.
    """

    def __init__(self) -> None:
        """Begin with nothing in the way."""
        self._active: dict[Reason, Ground] = {}
        self._bitten: set[tuple[Direction, Reason]] = set()

    @property
    def active(self) -> tuple[Ground, ...]:
        """What bites now, with the values it was last seen with."""
        return tuple(self._active.values())

    def bite(self, wish: Wish, grounds: Iterable[Ground]) -> None:
        """Note what refused a wish: a review counts it for as long as it refuses."""
        if isinstance(wish, Setpoint):
            self._bitten |= {(wish.direction, ground.reason) for ground in grounds}

    def review(
        self,
        standing: Iterable[Ground],
        refusing: Mapping[Direction, Iterable[Ground]],
    ) -> BlockChange:
        """Take what refuses now and return what is new and what is gone.

        Args:
            standing: What refuses charge and discharge.
            refusing: What refuses a direction, whatever the power.
        """
        found = {
            (direction, ground.reason): ground
            for direction, grounds in refusing.items()
            for ground in grounds
        }
        self._bitten &= found.keys()
        bites = [ground for key, ground in found.items() if key in self._bitten]
        before = self._active
        self._active = {ground.reason: ground for ground in (*standing, *bites)}
        return BlockChange(
            added=_missing(self._active, before), cleared=_missing(before, self._active)
        )


def _missing(
    grounds: Mapping[Reason, Ground], among: Mapping[Reason, Ground]
) -> tuple[Ground, ...]:
    """Return the grounds whose reason is not among others."""
    return tuple(one for reason, one in grounds.items() if reason not in among)
