"""Ten raw signals of each poll, for detectors that know no physics."""

from array import array

from custom_components.bessai.core.observation import Flow

from .conversation import Poll

SIGNALS = (
    "PV",
    "battery",
    "AC",
    "grid",
    "state of charge",
    "battery's temperature",
    "inverter's temperature",
    "voltage",
    "frequency",
    "response time",
)


class RawRows:
    """Rows in order; what a poll does not say stays as it was."""

    def __init__(self) -> None:
        self.times_s = array("d")
        self.values = array("f")
        self._last = [0.0] * len(SIGNALS)

    def add(self, poll: Poll) -> None:
        """Take a poll."""
        seen = poll.observation
        numbers = seen.numbers
        row = (
            *(seen.powers.get(flow) for flow in Flow),
            seen.soc_pct,
            seen.battery_temperature_c,
            seen.inverter_temperature_c,
            numbers.get("ac_l1_voltage_v"),
            numbers.get("ac_frequency_hz"),
            seen.response_s,
        )
        self._last = [
            old if new is None else new
            for old, new in zip(self._last, row, strict=True)
        ]
        self.times_s.append(poll.at_s)
        self.values.extend(self._last)
