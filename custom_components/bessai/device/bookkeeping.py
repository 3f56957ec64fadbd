"""What is made of a poll's values: counters to be believed, and what follows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from ..core.telemetry import Value
from .derived import DERIVED, Derived, Values, number
from .known_plant import KnownPlant
from .memory import PlantMemory
from .profile import DeviceProfile
from .register import Counter

STATISTICS_TIME = "statistics_time_s"
ALARMS = "alarms"
SEVERITIES = ("major", "minor", "warning")


class Bookkeeping:
    """Filters the counters of a plant and computes its derived quantities."""

    def __init__(self, profile: DeviceProfile, memory: PlantMemory) -> None:
        """Keep the counters in ``memory``."""
        self.doubted: dict[str, float] = {}
        """Counters as the device last delivered them, where it was not believed."""
        self._memory = memory
        self._counters = {
            register.key: register.counter
            for register in profile.registers.values()
            if register.counter is not None
        }
        self._alarms = profile.alarms
        self._alarm_words = tuple(
            register.key
            for register in profile.registers.values()
            if any(bit.severity for bit in (register.bits or {}).values())
        )

    def count(
        self, plant: KnownPlant, keys: Iterable[str], now: datetime, today: date
    ) -> None:
        """Replace fresh readings of counters by what can be believed of them.

        Args:
            plant: Its latest values are changed.
            keys: What was answered just now.
            now: When; aware.
            today: The calendar day of Home Assistant, for a plant that tells none.
        """
        day = _plant_day(plant.latest) or today
        for key in self._counters.keys() & keys & plant.latest.keys():
            value = number(plant.latest, key)
            counter = self._counters[key]
            believed = self._believe(key, counter, value, now, day)
            plant.latest[key] = believed
            self.doubted.pop(key, None)
            if value is not None and value != believed:
                self.doubted[key] = value

    def derive(self, plant: KnownPlant, now: datetime, today: date) -> None:
        """Add everything that follows from the latest values.

        Args:
            plant: Its latest values are added to.
            now: When they were read; aware.
            today: The calendar day of Home Assistant.
        """
        values = dict(plant.values)
        for row in DERIVED:
            if values.keys() >= set(row.needs):
                values[row.key] = self._derive(row, values, now, today)
                plant.put(row.key, values[row.key], row.needs)
        plant.put(ALARMS, self._active_alarms(values), self._alarm_words)

    def _believe(
        self, key: str, counter: Counter, value: float | None, now: datetime, day: date
    ) -> float | None:
        return self._memory.counters.accept(key, counter, value, now, day)

    def _derive(
        self, row: Derived, values: Values, now: datetime, today: date
    ) -> Value:
        value = row.compute(values)
        if row.today_of is not None and isinstance(value, int | float):
            return round(self._memory.days.today(row.today_of, value, today), 2)
        if row.counter is not None and isinstance(value, int | float):
            return self._believe(row.key, row.counter, value, now, today)
        return value

    def _active_alarms(self, values: Values) -> Value:
        """Return the names of the alarms that are up, the gravest first."""
        active: list[str] = []
        for key in self._alarm_words:
            names = values.get(key)
            if not isinstance(names, tuple):
                return None
            active.extend(map(str, names))
        return tuple(sorted(active, key=self._gravity))

    def _gravity(self, name: str) -> int:
        """Return a small number for a grave alarm; an unknown bit is grave."""
        bit = self._alarms.get(name)
        return SEVERITIES.index(bit.severity) if bit and bit.severity else 0


def _plant_day(values: Values) -> date | None:
    """Return the plant's own calendar day: its daily counters reset by that."""
    seconds = number(values, STATISTICS_TIME)
    if not seconds:
        return None
    # Huawei counts the seconds of its local time: read as UTC it is that time.
    return datetime.fromtimestamp(seconds, UTC).date()
