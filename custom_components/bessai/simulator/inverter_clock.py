"""The inverter's clock: local time, its hours and its midnights."""

from datetime import UTC, datetime, tzinfo

_HOUR_S = 3600.0


class InverterClock:
    """Local time as the inverter keeps it, which may be wrong."""

    def __init__(self, time_zone: tzinfo) -> None:
        self._time_zone = time_zone
        self.offset_s = 0.0
        """How far it is fast, s."""

    def local(self, at_s: float) -> datetime:
        """Return the inverter's local time, aware."""
        return datetime.fromtimestamp(at_s + self.offset_s, UTC).astimezone(
            self._time_zone
        )

    def local_s(self, at_s: float) -> float:
        """Return local time as seconds since 1970, as the inverter counts it."""
        return at_s + self.offset_s + self.utc_offset_s(at_s)

    def utc_offset_s(self, at_s: float) -> float:
        """Return how far local time is ahead of UTC, summer time included."""
        offset = self.local(at_s).utcoffset()
        return offset.total_seconds() if offset else 0.0

    def summer_time_s(self, at_s: float) -> float:
        """Return how much of that is summer time."""
        summer = self.local(at_s).dst()
        return summer.total_seconds() if summer else 0.0

    def next_hour_s(self, at_s: float) -> float:
        """Return when the inverter's next full hour begins, UTC.

        Every midnight and every change to or from summer time is such an instant.
        """
        return at_s + _HOUR_S - self.local_s(at_s) % _HOUR_S
