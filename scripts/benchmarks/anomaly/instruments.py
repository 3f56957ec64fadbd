"""Everything that a poll shows of a plant that nobody tampers with."""

from custom_components.bessai.core.telemetry import Value
from custom_components.bessai.device.driver import GUARD_EVERY
from custom_components.bessai.device.plant_audit import AUDIT_EVERY, SELDOM_EVERY
from custom_components.bessai.simulator.witness import (
    ASLEEP,
    COMMANDED_OFF,
    LOOKING_FOR_LIGHT,
    NO_LIGHT,
    ON_GRID,
    POWER_LIMITED,
    RUNNING,
)

from .chance import chance_of
from .expected import watched
from .happenings import HappeningKind
from .home import Home
from .life import Life
from .link import Link
from .reading import BATTERY_GROUPS, INVERTER_GROUPS, METER_GROUPS, Reader, flat
from .shown import Shown

_STATUS = {
    ON_GRID: "on_grid",
    POWER_LIMITED: "on_grid_power_limited",
    COMMANDED_OFF: "shutdown_command",
    LOOKING_FOR_LIGHT: "standby_irradiation_detection",
    NO_LIGHT: "standby_no_irradiation",
}
_FORCIBLE, _SELF_CONSUMPTION = 1, 4
_DAY_S = 86_400.0
_SHOWS_ZEROS = 0.5
"""Share of the wakings at which counters read 0, with inverters that do so at all."""


class Instruments:
    """Asks what is due and remembers what it needs to answer for."""

    def __init__(self, home: Home, life: Life, link: Link) -> None:
        self._home, self._life, self._link = home, life, link
        self._chance = chance_of("instruments", home.seed)
        self._reader = Reader(home)
        self.identity = _identity(home)
        self._watched = watched()
        self._polls = self._audits = self._guarded = 0
        self._modes = False, True
        self._zeros_until_s = 0.0
        self._clock_set_s, self._clock_offset_s = life.at_s, 45.0
        self._reconnected = True
        self._limits = 5.0, 100.0
        self._stale_until_s = 0.0
        self._stale: dict[str, dict[str, float]] = {}
        self._last: dict[str, dict[str, float]] = {}

    def show(self) -> Shown:
        """Return the answers of a poll at the plant's time."""
        life, at_s = self._life, self._life.at_s
        truth = life.truth
        groups = self._groups(at_s)
        failed = self._link.failed_block()
        if not self._guards():
            groups.pop("battery_1")
        elif failed != "battery_1":
            mode = truth.working_mode
            self._modes = mode == _FORCIBLE, mode == _SELF_CONSUMPTION
        if failed is not None:
            groups.pop(failed, None)
        shown = Shown(
            numbers=flat(groups),
            inverter_status=_STATUS[truth.device_status],
            battery_running=truth.battery_status == RUNNING,
            battery_asleep=truth.battery_status == ASLEEP,
            limited=truth.limited,
            commanded=self._modes[0],
            self_consuming=self._modes[1],
            response_s=self._link.response_s(at_s),
            floor_pct=self._limits[0],
            ceiling_pct=self._limits[1],
            reconnected=self._reconnected,
            failed=frozenset((failed,)) if failed else frozenset(),
        )
        self._audit(shown, at_s)
        self._reconnected = False
        return shown

    def miss(self) -> None:
        """Begin anew after a poll that failed."""
        self._guarded = 0

    def _guards(self) -> bool:
        """Return whether this poll reads what the guard needs, too."""
        self._guarded += 1
        return self._guarded % GUARD_EVERY == 1

    def reconnect(self) -> None:
        """Answer the next poll on a new connection."""
        self._reconnected, self._guarded = True, 0

    def wake(self) -> None:
        """Let counters read 0 for a while, where the inverter does so."""
        if self._home.wakes_with_zeros and self._chance.random() < _SHOWS_ZEROS:
            lasts_s = self._chance.uniform(20.0, 180.0)
            self._zeros_until_s = self._life.at_s + lasts_s

    def update_firmware(self) -> None:
        """Tell another version from now on."""
        self.identity |= {"software_version": "V100R001C01SPC118"}

    def set_clock(self) -> None:
        """Put the plant's clock right."""
        self._clock_set_s, self._clock_offset_s = self._life.at_s, 0.0

    def stall(self, until_s: float) -> None:
        """Let one device show its last values for a while."""
        devices = (INVERTER_GROUPS, METER_GROUPS, BATTERY_GROUPS)
        names = self._chance.choice(devices)
        self._stale = {n: self._last[n] for n in names if n in self._last}
        self._stale_until_s = until_s

    def _groups(self, at_s: float) -> dict[str, dict[str, float]]:
        groups = self._reader.read(self._life)
        if at_s < self._stale_until_s:
            groups |= self._stale
        self._last = dict(groups)
        if at_s < self._zeros_until_s:
            groups["energies"] = dict.fromkeys(groups["energies"], 0.0)
        return groups

    def _audit(self, shown: Shown, at_s: float) -> None:
        """Add what is asked beside a poll now and then, as the driver does."""
        self._polls += 1
        if not self._reconnected and self._polls < AUDIT_EVERY:
            return
        keys = self._watched.settings
        if self._reconnected or self._audits % SELDOM_EVERY == 0:
            keys += self._watched.seldom
            shown.plant_clock_s = self._plant_clock_s(at_s)
        self._polls, self._audits = 0, self._audits + 1
        values = self._life.board.values
        shown.settings = {key: values[key] for key in keys}
        names = self._watched.identity
        shown.identity = {key: self.identity[key] for key in names}
        self._limits = self._bounds()
        shown.floor_pct, shown.ceiling_pct = self._limits

    def _bounds(self) -> tuple[float, float]:
        number = self._life.board.number
        floor = max(
            number("discharge_cutoff_soc_pct"), number("backup_reserve_soc_pct")
        )
        return floor, number("charge_cutoff_soc_pct")

    def _plant_clock_s(self, at_s: float) -> float:
        """Return the plant's wall clock, which drifts until it is put right."""
        since_s = at_s - self._clock_set_s
        drift_s = self._home.clock_drift_s_per_day * since_s / _DAY_S
        true_s = at_s + self._life.utc_offset_s
        return float(int(true_s + self._clock_offset_s + drift_s))


def _identity(home: Home) -> dict[str, Value]:
    identity = home.parameters.identity
    return {
        "model": identity.model,
        "serial_number": identity.serial_number,
        "software_version": identity.software,
        "rated_power_w": home.parameters.rated_power_w,
        "maximum_active_power_w": home.maximum_power_w,
    }


WAKING = frozenset({HappeningKind.REBOOT, HappeningKind.FIRMWARE})
"""After these the inverter starts anew."""
