"""Every register of the profile, from raw words in the plant to a state."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from syrupy.assertion import SnapshotAssertion

from custom_components.bessai.device.profile_library import load_profiles
from custom_components.bessai.device.quantity import from_register
from custom_components.bessai.device.register import (
    Group,
    Register,
    RegisterType,
    Sign,
)
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
    PvParameters,
)

from .home import Home

REGISTRY = Path(__file__).parents[1] / "registry_profiles"
PROFILE = load_profiles(REGISTRY, None).profiles[0]
LG_ONLY = ("lg_tou_price_enabled", "lg_tou_price_periods")
READABLE = tuple(
    one for one in PROFILE.registers.values() if one.readable and one.key not in LG_ONLY
)

FULL = PlantParameters(
    pv=PvParameters(string_count=24),
    battery=BatteryParameters(units=2, packs_per_unit=3),
)
"""A plant that has all the parts there can be."""

DECIDING = {
    *("model", "serial_number", "software_version"),
    *("pv_string_count", "mppt_count", "meter_status", "meter_type"),
    *("battery_1_product", "battery_2_product"),
    *(f"battery_{unit}_pack_{pack}_number" for unit in (1, 2) for pack in (1, 2, 3)),
}
"""What these hold says who the plant is and what it has: they stay as they are."""

SIGNED = (RegisterType.INT16, RegisterType.INT32, RegisterType.INT64)

type Raw = int | str | list[int]
"""A whole register as one unsigned number, a text, or the words of a table."""


def top(register: Register) -> int:
    """Return the number of values a register can tell apart."""
    return 1 << 16 * register.words


def positive(register: Register) -> Raw:
    """Return a raw value above zero, different from register to register."""
    if register.type is RegisterType.STRING:
        return f"T{register.address}"[: 2 * register.words]
    if register.type is RegisterType.WORDS:
        return [register.address % 100 + place for place in range(register.words)]
    if register.enum is not None:
        return max(register.enum)
    if register.bits is not None:
        return sum(1 << bit for bit in register.bits)
    return 1 + register.address * 7919 % (top(register) // 2 - 2)


def negative(register: Register) -> Raw:
    """Return the words of a value below zero where the type has one."""
    if register.type in SIGNED:
        return top(register) - 1 - register.address % 30_000
    return positive(register)


def marker(register: Register) -> Raw:
    """Return the words that mean *no value*."""
    if register.type in SIGNED:
        return top(register) // 2 - 1
    if register.type in (RegisterType.STRING, RegisterType.WORDS) or register.bits:
        return positive(register)
    return top(register) - 1


def unknown(register: Register) -> Raw:
    """Return a code or bit that no source knows."""
    if register.enum is not None:
        return 0x0999
    if register.bits is not None and 15 not in register.bits:
        return 1 << 15
    return positive(register)


def words_of(register: Register, raw: Raw) -> list[int]:
    """Return raw words, high word first, two characters a word."""
    if isinstance(raw, list):
        return raw
    size = 2 * register.words
    data = raw.encode().ljust(size, b"\0") if isinstance(raw, str) else b""
    data = data or int(raw).to_bytes(size, "big")
    return [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=True)]


def expected(register: Register, raw: Raw) -> str | float | None:
    """Return what a person should read, worked out apart from the codec."""
    if isinstance(raw, list):
        return ", ".join(map(str, raw))
    if isinstance(raw, str):
        return raw
    if register.enum is not None:
        return register.enum.get(raw, f"unknown (0x{raw:04X})")
    if register.bits is not None:
        names = [
            register.bits[bit].name if bit in register.bits else f"bit_{bit}"
            for bit in range(16 * register.words)
            if raw >> bit & 1
        ]
        return ", ".join(names) or "none"
    value = raw - top(register) if is_negative(register, raw) else raw
    if register.sign is Sign.ABSOLUTE:
        value = abs(value)
    if register.sign is Sign.NEGATED:
        value = -value
    if register.local_epoch:
        wall = datetime.fromtimestamp(value, UTC)
        moment = wall.replace(tzinfo=dt_util.get_default_time_zone())
        return moment.astimezone(UTC).isoformat()
    return value / register.gain


def is_negative(register: Register, raw: int) -> bool:
    """Return whether the words stand for a number below zero."""
    return register.type in SIGNED and raw >= top(register) // 2


def agrees(state: State, value: str | float | None) -> bool:
    """Return whether a state shows a value."""
    if value is None:
        return state.state == STATE_UNKNOWN
    if isinstance(value, str):
        return state.state == (value if len(value) <= 255 else f"{value[:254]}…")
    return float(state.state) == pytest.approx(value)


def raw_of(register: Register, words: Sequence[int]) -> Raw:
    """Return the raw value that words are."""
    data = b"".join(word.to_bytes(2) for word in words)
    if register.type is RegisterType.STRING:
        return data.split(b"\0", maxsplit=1)[0].decode("ascii")
    return int.from_bytes(data)


class Exhibition:
    """A full home whose registers hold what a test puts there."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.raw: dict[str, Raw] = {}

    def put(self, make: Callable[[Register], Raw]) -> None:
        """Pin every register, but leave those that decide what the plant is."""
        for register in READABLE:
            if register.key in DECIDING:
                words = self.home.plant.read(1, register.address, register.words)
                self.raw[register.key] = raw_of(register, words)
                continue
            raw = make(register)
            self.raw[register.key] = raw
            self.home.plant.poke(register.address, words_of(register, raw))

    async def read_everything(self) -> None:
        """Poll until each group was read once more."""
        for _ in range(3):
            await self.home.poll()
        for _ in range(6):
            await self.home.poll_settings()

    def wrong(self, groups: set[Group]) -> Mapping[str, tuple[str, object]]:
        """Return what is not shown as it should be: key to (state, expected)."""
        wrong = {}
        for register in READABLE:
            if register.key not in self.raw or register.group not in groups:
                continue
            value = expected(register, self.raw[register.key])
            state = self.home.state(from_register(register).name)
            if not agrees(state, value):
                wrong[register.key] = (state.state, value)
        return wrong


@pytest.fixture
async def exhibition(
    hass: HomeAssistant, prompt_link: None, every_entity: None
) -> AsyncIterator[Exhibition]:
    """Return a full home that listens, every sensor enabled, not added yet."""
    exhibition = Exhibition(await Home(hass, FULL).switch_on())
    yield exhibition
    await exhibition.home.server.stop()


ALL = set(Group)
POLLED = ALL - {Group.IDENTITY, Group.PROBE}


@pytest.mark.parametrize("make", [positive, negative, unknown])
async def test_every_register_is_seen_as_a_state(
    exhibition: Exhibition, make: Callable[[Register], Raw]
) -> None:
    exhibition.put(positive)
    await exhibition.home.add()
    await exhibition.read_everything()
    assert exhibition.wrong(ALL) == {}
    exhibition.put(make)
    await exhibition.read_everything()
    counters = {one.key for one in READABLE if one.counter is not None}
    assert not exhibition.wrong(POLLED).keys() - counters
    assert exhibition.raw.keys() == {register.key for register in READABLE}


async def test_a_marker_is_unknown_and_never_a_number(exhibition: Exhibition) -> None:
    exhibition.put(positive)
    await exhibition.home.add()
    await exhibition.read_everything()
    exhibition.put(marker)
    await exhibition.read_everything()
    checked = 0
    for register in READABLE:
        if register.key in DECIDING or register.group not in POLLED:
            continue
        state = exhibition.home.state(from_register(register).name)
        if register.counter is not None:
            assert agrees(state, expected(register, positive(register)))
        elif marker(register) != positive(register):
            assert state.state == STATE_UNKNOWN, register.key
            checked += 1
    assert checked > 150


async def test_a_battery_of_lg_has_settings_of_its_own(exhibition: Exhibition) -> None:
    product = PROFILE.registers["battery_1_product"]
    assert product.enum is not None
    codes = {name: code for code, name in product.enum.items()}
    exhibition.home.plant.poke(product.address, [codes["lg_resu"]])
    periods = PROFILE.registers["lg_tou_price_periods"]
    words = words_of(periods, positive(periods))
    exhibition.home.plant.poke(periods.address, words)
    exhibition.home.plant.poke(PROFILE.registers["lg_tou_price_enabled"].address, [1])
    await exhibition.home.add()
    assert exhibition.home.state("lg_tou_price_enabled").state == "1"
    shown = exhibition.home.state("lg_tou_price_periods")
    assert shown.attributes["values"] == words


@pytest.mark.parametrize("word", ["alarm_1", "alarm_2", "alarm_3"])
async def test_each_alarm_bit_is_named(added_home: Home, word: str) -> None:
    register = PROFILE.registers[word]
    assert register.bits is not None
    for bit, alarm in register.bits.items():
        added_home.plant.poke(register.address, [1 << bit])
        await added_home.poll()
        assert added_home.state("alarms").state == alarm.name
        problem = added_home.state("alarm", "binary_sensor")
        assert problem.state == "on"
        assert problem.attributes["alarms"] == [
            {"name": alarm.name, "id": alarm.id, "severity": alarm.severity}
        ]
    added_home.plant.unpoke()
    await added_home.poll()
    assert added_home.state("alarms").state == "none"
    assert added_home.state("alarm", "binary_sensor").state == "off"


async def test_everyday_sensors_of_a_usual_home(
    hass: HomeAssistant,
    added_home: Home,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
) -> None:
    entries = er.async_entries_for_config_entry(
        entity_registry, added_home.entry.entry_id
    )
    shown = {
        entry.entity_id: (
            entry.original_device_class,
            entry.unit_of_measurement,
            entry.entity_category,
            (entry.capabilities or {}).get("state_class"),
        )
        for entry in entries
        if not entry.disabled
    }
    assert len(shown) >= 60
    assert dict(sorted(shown.items())) == snapshot


async def test_the_powers_add_up(added_home: Home) -> None:
    await added_home.poll()
    truth = added_home.plant.truth
    load = float(added_home.state("load_power").state)
    assert load == pytest.approx(
        float(added_home.state("pv_power").state)
        + float(added_home.state("grid_power").state)
        + float(added_home.state("battery_power").state)
    )
    assert load == pytest.approx(truth.load_w + truth.loss_w, abs=3)
    assert float(added_home.state("battery_power").state) == pytest.approx(
        truth.battery_w, abs=2
    )
    assert float(added_home.state("grid_power").state) == pytest.approx(
        truth.grid_w, abs=2
    )


async def test_counters_keep_their_reading_while_the_plant_is_silent(
    added_home: Home,
) -> None:
    before = added_home.state("pv_energy").state
    await added_home.server.stop()
    await added_home.poll()
    assert added_home.state("pv_energy").state == before
    assert added_home.state("soc").state == STATE_UNAVAILABLE


async def test_the_age_of_the_data_grows_while_the_plant_is_silent(
    added_home: Home, freezer: FrozenDateTimeFactory
) -> None:
    await added_home.poll()
    assert float(added_home.state("data_age").state) == 0
    await added_home.server.stop()
    freezer.tick(timedelta(minutes=5))
    await added_home.poll()
    assert float(added_home.state("data_age").state) == 300


async def test_the_energy_dashboard_gets_what_it_asks_for(added_home: Home) -> None:
    for name in (
        *("grid_import_energy", "grid_export_energy", "pv_energy", "load_energy"),
        *("battery_charge_energy", "battery_discharge_energy"),
    ):
        attributes = added_home.state(name).attributes
        assert attributes["device_class"] == SensorDeviceClass.ENERGY
        assert attributes["state_class"] == "total_increasing"
        assert attributes["unit_of_measurement"] == "kWh"
    for name in ("pv_power", "grid_power", "battery_power"):
        attributes = added_home.state(name).attributes
        assert attributes["device_class"] == SensorDeviceClass.POWER
        assert attributes["state_class"] == "measurement"
    soc = added_home.state("soc").attributes
    assert soc["device_class"] == SensorDeviceClass.BATTERY
    assert soc["unit_of_measurement"] == "%"


async def test_pv_energy_of_today_grows_with_the_dc_counter(added_home: Home) -> None:
    await added_home.poll(after=timedelta(minutes=1))
    before = float(added_home.state("pv_energy_today").state)
    await added_home.poll(after=timedelta(hours=1))
    gained = float(added_home.state("pv_energy_today").state) - before
    assert gained == pytest.approx(4.0, abs=0.05)


async def test_a_profile_of_the_owner_is_read_and_goes_by_its_own_words(
    hass: HomeAssistant, home: Home, every_entity: None, tmp_path: Path
) -> None:
    document = json.loads((REGISTRY / "huawei_sun2000.json").read_text("utf-8"))
    document["id"] = "my_sun2000"
    document["registers"].append(
        {
            "key": "special_count",
            "title": "Special count",
            "address": 36900,
            "type": "UINT16",
            "block": "ac",
            "access": "read",
            "optional": True,
            "sources": "A",
            "certainty": "single_source",
        }
    )
    hass.config.config_dir = str(tmp_path)
    own = tmp_path / "bessai" / "profiles"
    own.mkdir(parents=True)
    (own / "mine.json").write_text(json.dumps(document), encoding="utf-8")
    home.plant.poke(36900, [7])
    await home.add()
    assert home.runtime.driver.profile.id == "my_sun2000"
    assert not home.runtime.driver.profile.writable
    assert home.state("special_count").state == "7"
    assert home.state("special_count").name == "Inverter Special count"


async def test_a_time_that_was_never_set_is_unknown(
    home: Home, every_entity: None
) -> None:
    home.plant.poke(PROFILE.registers["startup_time_s"].address, [0, 0])
    await home.add()
    assert home.state("startup_time").state == STATE_UNKNOWN
