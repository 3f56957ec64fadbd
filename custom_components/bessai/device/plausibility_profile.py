"""Which registers of a device family the plausibility monitor looks at."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.bounds import Range
from ..core.observation import CounterSource
from .condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class PlausibilityProfile:
    """Keys of registers by what they tell the monitor.

    What the section ``safety`` names is not named again: powers of PV and battery,
    state of charge, temperatures, limits, statuses.
    """

    ac_power: str
    """Inverter to house."""

    grid_power: str
    """At the meter."""

    grid_phases: tuple[str, ...]
    """Each phase of the meter; those that a plant does not have count as nothing."""

    identity: tuple[str, ...]
    """Who answers, and what the equipment is rated for."""

    settings: tuple[str, ...]
    """Control registers that change only when somebody writes them."""

    seldom: tuple[str, ...]
    """More of them, which are worth a request now and then only."""

    clock: str | None
    """The device's own wall clock."""

    self_consuming: Condition | None
    """Whether the plant works for self-consumption."""

    resting: Condition | None
    """Whether the inverter stands by, so that what it measures may stand still."""

    calibrating: Condition | None
    """Whether the battery recalibrates its state of charge."""

    restless: Mapping[str, tuple[str, ...]]
    """Part to what it measures anew, with noise, in each poll."""

    counters: Mapping[str, CounterSource]
    bounds: Mapping[str, Range]
    """Key of a number to what the equipment can have."""

    @property
    def often(self) -> tuple[str, ...]:
        """What every audit reads."""
        return (*self.identity, *self.settings)

    @property
    def rarely(self) -> tuple[str, ...]:
        """What an audit reads besides now and then."""
        clock = () if self.clock is None else (self.clock,)
        return (*clock, *self.seldom)
