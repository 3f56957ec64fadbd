"""How much power may be commanded at most, and what that is due to."""

from dataclasses import dataclass

from ..core.setpoint import Direction
from ..core.verdict import Ground, Reason
from .grounds import because
from .inputs import Inputs
from .limits import Limits

LEAST_SHARE = 0.1
"""What a battery at its highest temperature may still do of its power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """The most power in one direction."""

    cap_w: float
    """The tightest of all limits of power, not negative."""

    reason: Reason
    """Whose limit that is."""

    share: float
    """What the temperature leaves of it, 0.1 to 1."""

    temperature_c: float

    @property
    def power_w(self) -> float:
        """The most power, not negative."""
        return self.cap_w * self.share

    def grounds(self, wished_w: float) -> tuple[Ground, ...]:
        """Return why a wish, not negative, gets less than it wants."""
        grounds = []
        if wished_w > self.cap_w:
            grounds.append(because(self.reason, wished_w, self.cap_w))
        if min(wished_w, self.cap_w) > self.power_w:
            grounds.append(because(Reason.DERATED, self.temperature_c, self.power_w))
        return tuple(grounds)


def build_allowance(direction: Direction, limits: Limits, inputs: Inputs) -> Allowance:
    """Return the most power in a direction."""
    caps = _caps(direction, limits, inputs)
    reason = min(caps, key=caps.__getitem__)
    temperature_c = inputs.battery_temperature_max_c
    return Allowance(
        cap_w=caps[reason],
        reason=reason,
        share=derating(limits, temperature_c),
        temperature_c=temperature_c,
    )


def derating(limits: Limits, temperature_c: float) -> float:
    """Return the share of its power that a battery of this temperature may use.

    All of it up to ``battery_derate_from_c``, a tenth from
    ``battery_temperature_max_c`` on, in a straight line between.
    """
    span_c = limits.battery_temperature_max_c - limits.battery_derate_from_c
    way = (temperature_c - limits.battery_derate_from_c) / span_c
    return 1.0 - (1.0 - LEAST_SHARE) * min(max(way, 0.0), 1.0)


def _caps(direction: Direction, limits: Limits, inputs: Inputs) -> dict[Reason, float]:
    """Return every limit of power by its reason; of equals the first counts."""
    if direction is Direction.CHARGE:
        present_w, stored_w = inputs.charge_limit_w, inputs.stored_charge_limit_w
        owner_w = limits.charge_cap_w
    else:
        present_w, stored_w = inputs.discharge_limit_w, inputs.stored_discharge_limit_w
        owner_w = limits.discharge_cap_w
    caps = {Reason.BATTERY_LIMIT: present_w, Reason.STORED_LIMIT: stored_w}
    return caps if owner_w is None else caps | {Reason.OWNER_CAP: owner_w}
