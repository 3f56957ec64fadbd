"""Lets findings of the kinds that the owner chose keep commands from the battery."""

from collections.abc import Callable

from homeassistant.core import callback

from .anomaly_monitor import AnomalyMonitor
from .control_loop import ControlLoop


@callback
def async_block_by_findings(
    monitor: AnomalyMonitor, control: ControlLoop
) -> Callable[[], None]:
    """Block while such a finding stands; return what ends that.

    The guard is told before the control loop looks at the same poll. While control is
    off it only remembers: nothing is written then.
    """
    noted: frozenset[tuple[str, str]] = frozenset()

    @callback
    def look() -> None:
        nonlocal noted
        standing = monitor.standing(control.options.anomaly.blocking)
        named = frozenset((one.kind.value, one.subject) for one in standing)
        if named != noted:
            noted = named
            control.async_note_findings(standing)

    return monitor.async_add_listener(look)
