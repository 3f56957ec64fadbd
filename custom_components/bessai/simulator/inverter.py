"""The conversion between the DC side and the AC side."""

from dataclasses import dataclass
import math

_LINEAR = 0.008
"""Part of the DC power lost in switching and diodes."""

_SQUARE = 0.010
"""Part of the rated power lost at rated power in resistance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter:
    """An inverter that loses ``idle + 0.008 |dc| + 0.010 dc² / rated``.

    At half load that is the 98.5 % efficiency such inverters are sold with.
    """

    rated_w: float
    idle_w: float = 14.0
    standby_w: float = 5.0
    """Drawn from the AC side while neither sun nor battery moves, W."""

    def ac_from_dc(self, dc_w: float) -> float:
        """Return the AC power (positive: out) for a DC power (positive: in)."""
        return (
            dc_w
            - self.idle_w
            - _LINEAR * abs(dc_w)
            - _SQUARE * dc_w * dc_w / self.rated_w
        )

    def dc_from_ac(self, ac_w: float) -> float:
        """Return the DC power that gives this AC power; inverse of the above.

        What lies beyond the most the conversion can give is answered with the DC
        power of that most.
        """
        square = _SQUARE / self.rated_w
        wanted = ac_w + self.idle_w
        if wanted >= 0.0:
            slope = 1.0 - _LINEAR
            root = math.sqrt(max(slope * slope - 4.0 * square * wanted, 0.0))
            return (slope - root) / (2.0 * square)
        slope = 1.0 + _LINEAR
        root = math.sqrt(slope * slope - 4.0 * square * wanted)
        return (slope - root) / (2.0 * square)
