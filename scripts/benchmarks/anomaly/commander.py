"""What the owner's system commands by itself: charging, discharging, holding."""

from custom_components.bessai.core.command import Write
from custom_components.bessai.core.setpoint import Hold, Setpoint, Wish
from custom_components.bessai.simulator.truth import PlantTruth

from .board import Board
from .chance import chance_of
from .home import Home

_DAY_S, _HOUR_S = 86_400.0, 3_600.0
_PERIOD_MIN, _RENEWAL_S, _RETRY_S = 15, 300.0, 60.0
_TAKES_S = 30.0
"""Before that a command need not show in what the plant tells."""

_LIMITS = {
    "charge_power_limit_w": "charge_limit_w",
    "discharge_power_limit_w": "discharge_limit_w",
}


class Commander:
    """Commands as a driver does and puts back what it changed."""

    def __init__(self, home: Home, board: Board) -> None:
        self._home, self._board = home, board
        self.wish: Wish | None = None
        self.suspended = False
        """Whether nothing is begun or ended by the clock."""

        self._since_s = self._until_s = self._renewed_s = self._retried_s = 0.0
        self._originals: dict[str, float] = {}
        self._writes: list[Write] = []
        self._day = -1.0
        self._today: list[tuple[float, float, Wish]] = []

    def take_writes(self) -> tuple[Write, ...]:
        """Return what was written since this was last asked."""
        writes, self._writes = tuple(self._writes), []
        return writes

    def age_s(self, at_s: float) -> float:
        """Return since when the wish is in force."""
        return at_s - self._since_s if self.wish else 0.0

    def look(self, at_s: float, local_s: float, truth: PlantTruth) -> None:
        """Begin, renew and end what is due."""
        if not self.suspended:
            self._keep_schedule(at_s, local_s, truth)
        if isinstance(self.wish, Setpoint):
            self._renew(at_s, truth)
        if self.wish is None and self._originals:
            self._put_back(at_s, truth)

    def begin(self, wish: Wish, at_s: float, lasts_s: float, truth: PlantTruth) -> None:
        """Command something that nothing is in the way of."""
        self.wish, self._since_s = wish, at_s
        self._until_s, self._renewed_s = at_s + lasts_s, at_s
        if isinstance(wish, Setpoint):
            self._force(wish, truth)
            return
        self._hold("discharge_power_limit_w")
        if not wish.allow_charging:
            self._hold("charge_power_limit_w")

    def end(self, truth: PlantTruth) -> None:
        """Release the battery."""
        if isinstance(self.wish, Setpoint):
            self._write("forcible_command", "stop")
            for key in (
                "forcible_charge_power_w",
                "forcible_discharge_power_w",
                "forcible_duration_min",
            ):
                self._write(key, 0.0)
        self.wish = None
        self._put_back(self._retried_s + _RETRY_S, truth)

    def _keep_schedule(self, at_s: float, local_s: float, truth: PlantTruth) -> None:
        if self.wish is not None:
            if at_s >= self._until_s:
                self.end(truth)
            return
        day, second = divmod(local_s, _DAY_S)
        if day != self._day:
            self._day, self._today = day, self._of_day(int(day))
        for begins_s, lasts_s, wish in self._today:
            if begins_s <= second < begins_s + 120.0 and not self._originals:
                self.begin(wish, at_s, lasts_s, truth)
                return

    def _of_day(self, day: int) -> list[tuple[float, float, Wish]]:
        """Return begin, s of the local day, length and wish of what a day brings."""
        chance = chance_of("commands", self._home.seed, day)
        battery = self._home.battery
        into_w = -round(chance.uniform(0.3, 1.0) * battery.charge_power_w)
        out_w = round(chance.uniform(0.3, 1.0) * battery.discharge_power_w)
        every: list[tuple[float, float, float, Wish]] = [
            (1.0, 4.0, 0.5, Setpoint(power_w=into_w)),
            (6.5, 8.5, 0.4, Hold(allow_charging=chance.random() < 0.7)),
            (11.0, 14.0, 0.25, Setpoint(power_w=into_w)),
            (18.0, 21.0, 0.5, Setpoint(power_w=out_w)),
        ]
        return [
            (
                chance.uniform(first, last) * _HOUR_S,
                chance.uniform(0.25, 1.8) * _HOUR_S,
                wish,
            )
            for first, last, share, wish in every
            if chance.random() < share
        ]

    def _force(self, wish: Setpoint, truth: PlantTruth) -> None:
        most_w = truth.charge_limit_w if wish.power_w < 0 else truth.discharge_limit_w
        power_w = float(int(min(abs(wish.power_w), most_w)))
        way = wish.direction.value
        if way == "charge":
            self._store("charge_from_grid_enabled", 1.0)
        self._write(f"forcible_{way}_power_w", power_w)
        self._write("forcible_duration_min", float(_PERIOD_MIN))
        self._write("forcible_end_condition", "duration")
        self._write("forcible_command", way)
        if power_w:
            sign = -1.0 if way == "charge" else 1.0
            self.wish = Setpoint(power_w=sign * power_w)

    def _renew(self, at_s: float, truth: PlantTruth) -> None:
        """Write the command anew, or let go what the plant ended by itself."""
        taken = at_s > self._since_s + _TAKES_S
        if taken and truth.forcible_command == 0 and not self.suspended:
            self.end(truth)
        if at_s < self._renewed_s + _RENEWAL_S or not isinstance(self.wish, Setpoint):
            return
        self._renewed_s = at_s
        self._write("forcible_duration_min", float(_PERIOD_MIN))
        self._write("forcible_command", self.wish.direction.value)

    def _hold(self, key: str) -> None:
        self._store(key, 0.0)

    def _store(self, key: str, value: float) -> None:
        present = self._board.number(key)
        if present != value:
            self._originals.setdefault(key, present)
            self._write(key, value)

    def _put_back(self, at_s: float, truth: PlantTruth) -> None:
        """Restore settings; a power only as far as the battery takes it now."""
        if at_s < self._retried_s + _RETRY_S:
            return
        self._retried_s = at_s
        for key, original in tuple(self._originals.items()):
            limit = _LIMITS.get(key)
            most = float(int(getattr(truth, limit))) if limit else original
            value = min(original, most)
            if value != self._board.number(key):
                self._write(key, value)
            if self._board.number(key) == original:
                del self._originals[key]

    def _write(self, key: str, value: float | str) -> None:
        self._writes.append(self._board.write(key, value))
