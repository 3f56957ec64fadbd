"""What happens to a sound plant and its connection, and must not alarm anybody."""

from dataclasses import dataclass
from enum import StrEnum

from .chance import chance_of
from .home import Home

_DAY_S, _HOUR_S = 86_400.0, 3_600.0


class HappeningKind(StrEnum):
    """What may come about."""

    RECONNECTION = "reconnection"
    GAP = "gap of the router"
    REBOOT = "reboot of the plant"
    FIRMWARE = "firmware update"
    RESTART = "restart of Home Assistant"
    PLANT_CLOCK = "plant's clock put right"
    OUR_CLOCK = "our clock put right"
    STALE = "stale values of one device"


SILENT = frozenset(
    {
        HappeningKind.RECONNECTION,
        HappeningKind.GAP,
        HappeningKind.REBOOT,
        HappeningKind.FIRMWARE,
        HappeningKind.RESTART,
    }
)
"""Nothing is polled meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One of them."""

    kind: HappeningKind
    start_s: float
    end_s: float

    def __contains__(self, at_s: float) -> bool:
        """Return whether it is going on."""
        return self.start_s <= at_s < self.end_s


_RATES: dict[HappeningKind, tuple[float, float, float]] = {
    HappeningKind.RECONNECTION: (3.0, 15.0, 120.0),
    HappeningKind.GAP: (1.2, 240.0, 18_000.0),
    HappeningKind.REBOOT: (0.5, 120.0, 400.0),
    HappeningKind.RESTART: (0.5, 30.0, 90.0),
    HappeningKind.PLANT_CLOCK: (0.5, 1.0, 1.0),
    HappeningKind.OUR_CLOCK: (0.3, 1.0, 1.0),
    HappeningKind.STALE: (7.0, 20.0, 41.0),
}
"""Kind to how often a week, and shortest and longest duration, s."""


def draw(home: Home, days: float, firmware_day: float) -> list[Happening]:
    """Return what happens in so many days, in order; the firmware is updated once."""
    chance = chance_of("happenings", home.seed)
    start_s = home.start.timestamp()
    drawn = [
        Happening(
            kind=HappeningKind.FIRMWARE,
            start_s=start_s + firmware_day * _DAY_S,
            end_s=start_s + firmware_day * _DAY_S + 600.0,
        )
    ]
    for kind, (per_week, shortest_s, longest_s) in _RATES.items():
        at_s = start_s + _HOUR_S
        while True:
            at_s += chance.expovariate(per_week / 7.0 / _DAY_S)
            if at_s >= start_s + days * _DAY_S:
                break
            lasts_s = shortest_s * (longest_s / shortest_s) ** chance.random()
            drawn.append(Happening(kind=kind, start_s=at_s, end_s=at_s + lasts_s))
    return sorted(drawn, key=lambda one: one.start_s)
