"""Every setting a SUN2000 with a LUNA2000 keeps: addresses, ranges, first values.

Written from the facts (``huawei_facts.md`` 1.9 and 1.10), not from the driver's
profile, so that each checks the other. Values are raw.
"""

from collections.abc import Iterator, Sequence

from .parameters import PlantParameters
from .periods import parse_fixed, parse_tou
from .settings import Access, Ceiling, Setting

SWITCH = frozenset({0, 1})
FULL = 1000
"""100 percent."""

PEAK_SHAVING_PERIODS = 14
MODES = frozenset(range(7))
LIMIT_MODES = frozenset({0, 1, 5, 6, 7})

# Grid code and characteristic curves: opaque, the installer's.
_LOCKED_WORDS = (
    *(40037, 40038, 40122, 40123, 40124, 40128, *range(40133, 40199)),
    *(42000, 42900, 45052, 45086, 47027, 47604, 47605, 47674),
    *(48089, 48090, *range(47028, 47069)),
)
_LOCKED_PAIRS = (40000, 40129, 42015, 42017, 42019, 42405, 47590, 47677)


def build_settings(parameters: PlantParameters) -> tuple[Setting, ...]:
    """Return the settings of a plant with the values they start with."""
    table = [*_inverter(parameters), *_locked(), *_battery(parameters)]
    if parameters.quirks.peak_shaving:
        table += _peak_shaving()
    return tuple(table)


def max_power_w(parameters: PlantParameters) -> int:
    """Return Pmax, W."""
    return round(1.1 * parameters.rated_power_w)


def _locked() -> Iterator[Setting]:
    """Yield what only the installer may change."""
    for address in _LOCKED_WORDS:
        yield Setting(address=address, access=Access.LOCKED)
    for address in _LOCKED_PAIRS:
        yield Setting(address=address, words=2, access=Access.LOCKED)


def _inverter(parameters: PlantParameters) -> Iterator[Setting]:
    """Yield active power, feed-in limits, the time zone and the two buttons."""
    most = max_power_w(parameters)
    yield Setting(address=40120, initial=most // 100, access=Access.LOCKED)
    yield Setting(address=40125, initial=FULL, maximum=FULL)
    yield Setting(address=40126, words=2, initial=most, maximum=most)
    yield Setting(address=40200, maximum=0, access=Access.COMMAND)
    yield Setting(address=40201, maximum=0, access=Access.COMMAND)
    yield Setting(address=42054, among=SWITCH)
    yield Setting(address=42055, initial=15, minimum=5, maximum=30)
    yield Setting(address=42056, words=2, access=Access.FIXED)
    yield Setting(address=42178, words=2, initial=most, access=Access.FIXED)
    yield Setting(address=43006, minimum=-720, maximum=840)
    yield Setting(address=47415, among=LIMIT_MODES)
    yield Setting(address=47416, words=2, initial=most, minimum=-1000, maximum=most)
    yield Setting(address=47418, initial=FULL, maximum=FULL)
    yield Setting(address=47675, words=2, access=Access.LOCKED)
    yield Setting(address=48020, initial=int(parameters.emma), access=Access.LOCKED)
    yield Setting(address=49999, minimum=1, maximum=1, access=Access.COMMAND)


def _battery(parameters: PlantParameters) -> Iterator[Setting]:
    """Yield what governs the battery."""
    battery = parameters.battery
    units = battery.units if battery else 0
    charge_w = round(battery.charge_power_w) if battery else 0
    discharge_w = round(battery.discharge_power_w) if battery else 0
    yield Setting(address=47000, initial=2 if units else 0, access=Access.FIXED)
    yield Setting(address=47004, access=Access.FIXED)
    yield Setting(
        address=47075, words=2, initial=charge_w, maximum=Ceiling.CHARGE_POWER
    )
    yield Setting(
        address=47077, words=2, initial=discharge_w, maximum=Ceiling.DISCHARGE_POWER
    )
    yield Setting(address=47079, words=2, access=Access.FIXED)
    yield Setting(address=47081, initial=FULL, minimum=900, maximum=FULL)
    yield Setting(address=47082, initial=50, maximum=200)
    yield Setting(address=47083, maximum=1440)
    yield Setting(address=47084, words=2, minimum=-discharge_w - 1, maximum=charge_w)
    yield Setting(address=47086, initial=2, among=MODES)
    yield Setting(address=47087, among=SWITCH)
    yield Setting(address=47088, initial=FULL, minimum=200, maximum=FULL)
    yield Setting(address=47089, initial=2 if units > 1 else 0, access=Access.FIXED)
    yield Setting(address=47100, maximum=2)
    yield Setting(address=47101, maximum=FULL)
    yield Setting(address=47102, maximum=FULL)
    yield Setting(address=47106, initial=2 if units else 0, access=Access.LOCKED)
    yield Setting(address=47107, initial=1 if units else 0, access=Access.LOCKED)
    yield Setting(address=47108, initial=2 if units > 1 else 0, access=Access.LOCKED)
    yield Setting(address=47200, words=41, check=parse_fixed)
    yield Setting(
        address=47242, words=2, initial=charge_w, maximum=Ceiling.GRID_CHARGE_POWER
    )
    yield Setting(address=47244, words=2, initial=charge_w, access=Access.LOCKED)
    yield Setting(address=47246, among=SWITCH)
    yield Setting(address=47247, words=2, maximum=Ceiling.CHARGE_POWER)
    yield Setting(address=47249, words=2, maximum=Ceiling.DISCHARGE_POWER)
    yield Setting(address=47255, words=43, check=parse_tou)
    yield Setting(address=47299, initial=1, among=SWITCH)
    yield Setting(address=47589, maximum=5)
    yield from _packs(parameters)


def _packs(parameters: PlantParameters) -> Iterator[Setting]:
    """Yield the numbers of the packs fitted, three places for each unit."""
    battery = parameters.battery
    for place in range(6):
        unit, pack = divmod(place, 3)
        fitted = (
            battery is not None
            and unit < battery.units
            and pack < battery.packs_per_unit
        )
        yield Setting(
            address=47750 + place,
            initial=pack + 1 if fitted else 0,
            access=Access.LOCKED,
        )


def _peak_shaving() -> Iterator[Setting]:
    """Yield what newer firmware has."""
    yield Setting(address=47954, maximum=2)
    yield Setting(address=47955, maximum=FULL)
    yield Setting(address=47956, words=64, check=_check_peak_shaving)


def _check_peak_shaving(words: Sequence[int]) -> None:
    """Raise if a table of peak-shaving periods claims too many."""
    if words[0] > PEAK_SHAVING_PERIODS:
        raise ValueError(f"{words[0]} periods, at most {PEAK_SHAVING_PERIODS}")
