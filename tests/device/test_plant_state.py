"""What the safety rules get to see of a plant, and what is unknown to them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.command import Original
from custom_components.bessai.core.plant_state import PlantState, Readiness
from custom_components.bessai.core.telemetry import Telemetry, Value
from custom_components.bessai.device.driver import PlantDriver
from custom_components.bessai.device.link import NoAnswer
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.plant_state import build_plant_state

from .plant_fake import HOME, FakeUnit, identity

NOON = datetime(2026, 6, 21, 11, tzinfo=UTC)
POLL = timedelta(seconds=10)

SOUND: Mapping[str, Value] = {
    **HOME,
    "maximum_active_power_w": 11_000,
    "device_status": "on_grid",
    "inverter_temperature_c": 41.5,
    "battery_status": "running",
    "battery_working_mode": "maximise_self_consumption",
    "battery_max_charge_power_w": 5000,
    "battery_max_discharge_power_w": 4800,
    "battery_1_pack_1_temperature_min_c": 21.5,
    "charge_power_limit_w": 4000,
    "discharge_power_limit_w": 3000,
    "backup_reserve_soc_pct": 0,
    "charge_from_grid_enabled": 1,
}
"""A plant that may be commanded."""


class Plant:
    """A plant of dictionaries and whoever polls it."""

    def __init__(self, **values: Value) -> None:
        self.unit = FakeUnit({**SOUND, **values})
        self.driver = PlantDriver(self.unit, identity(), PlantMemory(), lambda: 0.0)
        self.now = NOON
        self.readings: Telemetry
        self.settings: Telemetry | None = None

    async def poll(self) -> Plant:
        """Read everything once, as a start does."""
        await self.driver.read_identity(self.now, UTC)
        self.readings = await self.driver.read_readings(self.now, UTC)
        self.settings = await self.driver.read_settings(self.now, UTC)
        return self

    async def poll_again(self) -> Plant:
        """Read the fast values with those of the guard."""
        self.now += POLL
        self.readings = await self.driver.read_readings(self.now, UTC, guard=True)
        return self

    def state(
        self,
        *,
        manager: str | None = None,
        originals: Mapping[str, Original] | None = None,
    ) -> PlantState:
        """Return the state."""
        return build_plant_state(
            self.driver,
            self.readings,
            self.settings,
            read_at=self.now,
            poll_period_s=10.0,
            manager=manager,
            originals=originals or {},
        )


async def state(**values: Value) -> PlantState:
    """Return the state of a sound plant with other values."""
    return (await Plant(**values).poll()).state()


async def test_everything_is_known_of_a_sound_plant() -> None:
    assert await state() == PlantState(
        read_at=NOON,
        poll_period_s=10.0,
        soc_pct=62,
        battery_power_w=-1000,
        pv_power_w=3200,
        battery_temperature_min_c=21.5,
        battery_temperature_max_c=26.5,
        inverter_temperature_c=41.5,
        charge_limit_w=5000,
        discharge_limit_w=4800,
        inverter=Readiness.READY,
        inverter_status="on_grid",
        battery=Readiness.READY,
        battery_status="running",
        blocking_alarms=(),
        limited=False,
        commanded=False,
        capacity_kwh=10,
        maximum_power_w=11_000,
        stored_charge_limit_w=4000,
        stored_discharge_limit_w=3000,
        charge_cutoff_pct=100,
        discharge_cutoff_pct=5,
        grid_charge_enabled=True,
        manager=None,
    )


@pytest.mark.parametrize(
    ("status", "readiness", "limited"),
    [
        ("on_grid", Readiness.READY, False),
        ("on_grid_power_limited", Readiness.READY, True),
        ("on_grid_self_derating", Readiness.READY, True),
        ("standby_initialising", Readiness.READY, False),
        ("standby_irradiation_detection", Readiness.READY, False),
        ("standby_no_irradiation", Readiness.READY, False),
        ("standby_insulation_detection", Readiness.NOT_READY, False),
        ("starting", Readiness.NOT_READY, False),
        ("off_grid", Readiness.NOT_READY, False),
        ("shutdown_fault", Readiness.NOT_READY, False),
        ("standby_backup_abnormal", Readiness.NOT_READY, False),
    ],
)
async def test_the_inverter_is_ready_by_its_status(
    status: str, readiness: Readiness, *, limited: bool
) -> None:
    found = await state(device_status=status)
    assert found.inverter is readiness
    assert found.inverter_status == status
    assert found.limited is limited


async def test_a_status_that_nobody_knows_is_not_ready() -> None:
    plant = Plant()
    plant.unit.put_raw("device_status", 0x0999)
    found = (await plant.poll()).state()
    assert found.inverter is Readiness.NOT_READY
    assert found.inverter_status == "unknown (0x0999)"


async def test_an_inverter_off_the_grid_is_not_ready() -> None:
    found = await state(state_3=1)
    assert found.inverter is Readiness.NOT_READY
    assert (await state(state_3=2)).inverter is Readiness.READY


@pytest.mark.parametrize(
    ("status", "readiness"),
    [
        ("standby", Readiness.READY),
        ("running", Readiness.READY),
        ("sleep", Readiness.ASLEEP),
        ("offline", Readiness.NOT_READY),
        ("fault", Readiness.NOT_READY),
    ],
)
async def test_the_battery_is_ready_by_its_status(
    status: str, readiness: Readiness
) -> None:
    found = await state(battery_status=status)
    assert (found.battery, found.battery_status) == (readiness, status)


@pytest.mark.parametrize(
    ("word", "bit", "blocking"),
    [
        ("alarm_1", 7, ("grid_loss",)),
        ("alarm_1", 3, ()),
        ("alarm_2", 3, ()),
        ("alarm_2", 9, ("battery_abnormal",)),
        ("alarm_3", 4, ("battery_reverse_connection",)),
        ("alarm_3", 15, ()),
    ],
    ids=["major", "warning", "minor", "named", "major again", "warning again"],
)
async def test_severe_and_named_alarms_forbid_commands(
    word: str, bit: int, blocking: tuple[str, ...]
) -> None:
    assert (await state(**{word: 1 << bit})).blocking_alarms == blocking


async def test_an_alarm_that_nobody_knows_forbids_commands() -> None:
    plant = await Plant(alarm_1=1 << 7).poll()
    values = {**plant.readings.values, "alarm_2": ("bit_13",)}
    plant.readings = replace(plant.readings, values=values)
    assert plant.state().blocking_alarms == ("grid_loss", "bit_13")


async def test_a_forcible_command_is_seen() -> None:
    found = await state(battery_working_mode="forcible_charge_discharge")
    assert found.commanded is True


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("soc_pct", "soc_pct"),
        ("battery_power_w", "battery_power_w"),
        ("pv_power_w", "pv_power_w"),
        ("inverter_temperature_c", "inverter_temperature_c"),
        ("battery_max_charge_power_w", "charge_limit_w"),
        ("battery_max_discharge_power_w", "discharge_limit_w"),
        ("device_status", "inverter"),
        ("device_status", "limited"),
        ("state_3", "inverter"),
        ("battery_status", "battery"),
        ("alarm_2", "blocking_alarms"),
        ("battery_working_mode", "commanded"),
        ("charge_power_limit_w", "stored_charge_limit_w"),
        ("discharge_power_limit_w", "stored_discharge_limit_w"),
        ("charge_cutoff_soc_pct", "charge_cutoff_pct"),
        ("discharge_cutoff_soc_pct", "discharge_cutoff_pct"),
        ("backup_reserve_soc_pct", "discharge_cutoff_pct"),
        ("charge_from_grid_enabled", "grid_charge_enabled"),
        ("battery_rated_capacity_kwh", "capacity_kwh"),
        ("maximum_active_power_w", "maximum_power_w"),
    ],
)
async def test_what_is_not_answered_is_unknown(key: str, field: str) -> None:
    plant = await Plant().poll()
    for name in ("readings", "settings"):
        telemetry: Telemetry = getattr(plant, name)
        values = {one: value for one, value in telemetry.values.items() if one != key}
        setattr(plant, name, replace(telemetry, values=values))
    assert getattr(plant.state(), field) is None


async def test_capacity_and_power_of_zero_are_unknown() -> None:
    """They read 0 while the modules restart."""
    found = await state(battery_rated_capacity_kwh=0, maximum_active_power_w=0)
    assert (found.capacity_kwh, found.maximum_power_w) == (None, None)


async def test_without_settings_their_values_are_unknown() -> None:
    plant = await Plant().poll()
    plant.settings = None
    found = plant.state()
    assert found.stored_charge_limit_w is None
    assert found.discharge_cutoff_pct is None
    assert found.soc_pct == 62


class TestTemperatures:
    """Of every sensor that is fitted."""

    async def test_coldest_and_hottest_sensor_count(self) -> None:
        found = await state(
            battery_1_temperature_c=9.0,
            battery_1_pack_1_temperature_min_c=-3.5,
            battery_1_pack_1_temperature_max_c=46.0,
        )
        assert found.battery_temperature_min_c == -3.5
        assert found.battery_temperature_max_c == 46

    async def test_packs_that_are_not_fitted_do_not_count(self) -> None:
        """They read 0 °C, which would be the coldest."""
        found = await state(battery_1_pack_2_temperature_min_c=0.0)
        assert found.battery_temperature_min_c == 21.5

    async def test_registers_that_the_device_does_not_have_do_not_count(self) -> None:
        plant = Plant()
        plant.unit.remove(
            *(f"battery_1_pack_1_temperature_{which}_c" for which in ("max", "min"))
        )
        found = (await plant.poll()).state()
        assert found.battery_temperature_min_c == 24
        assert found.battery_temperature_max_c == 24

    async def test_a_sensor_that_says_nothing_any_more_makes_all_unknown(self) -> None:
        plant = await Plant().poll()
        plant.unit.put_raw("battery_1_pack_1_temperature_max_c", 0x7FFF)
        found = (await plant.poll_again()).state()
        assert found.battery_temperature_max_c is None
        assert found.battery_temperature_min_c == 21.5

    async def test_sensors_that_never_answered_make_all_unknown(self) -> None:
        plant = Plant()
        plant.unit.fail(
            NoAnswer("silence"),
            "battery_1_pack_1_temperature_max_c",
            "battery_1_pack_1_temperature_min_c",
        )
        found = (await plant.poll()).state()
        assert found.battery_temperature_max_c is None
        assert found.battery_temperature_min_c is None

    async def test_a_plant_without_any_sensor_has_no_temperature(self) -> None:
        plant = await Plant(battery_1_product="none").poll()
        assert plant.state().battery_temperature_max_c is None


class TestStoredLimits:
    """The owner's limits, as they are without us."""

    HELD = Original(value=3000, written=0)

    @pytest.mark.parametrize(
        ("found", "original", "limit"),
        [
            (0, HELD, 3000),
            (0, None, 0),
            (1200, Original(value=3000, written=1200), 3000),
            (0, Original(value=3000, written=1200), 3000),
            (2500, HELD, 2500),
        ],
        ids=["ours", "owner's", "in part", "held again", "changed meanwhile"],
    )
    async def test_what_we_changed_does_not_count(
        self, found: int, original: Original | None, limit: int
    ) -> None:
        plant = await Plant(discharge_power_limit_w=found).poll()
        originals = {} if original is None else {"discharge_power_limit_w": original}
        assert plant.state(originals=originals).stored_discharge_limit_w == limit

    async def test_a_limit_that_is_not_read_is_unknown_although_we_changed_it(
        self,
    ) -> None:
        plant = await Plant().poll()
        plant.settings = None
        held = {"discharge_power_limit_w": self.HELD}
        assert plant.state(originals=held).stored_discharge_limit_w is None


@pytest.mark.parametrize(("reserve", "cutoff"), [(0.0, 5), (15.0, 15)])
async def test_a_reserve_raises_the_discharge_cut_off(
    reserve: float, cutoff: float
) -> None:
    found = await state(backup_reserve_soc_pct=reserve)
    assert found.discharge_cutoff_pct == cutoff


async def test_a_device_without_a_reserve_has_its_cut_off() -> None:
    plant = Plant()
    plant.unit.remove("backup_reserve_soc_pct")
    assert (await plant.poll()).state().discharge_cutoff_pct == 5


async def test_a_manager_is_known_from_the_entry_or_the_inverter() -> None:
    plant = await Plant().poll()
    assert plant.state(manager="smartlogger").manager == "smartlogger"
    assert (await state(emma_present=1)).manager == "emma"


async def test_a_profile_without_safety_has_no_state() -> None:
    plant = await Plant().poll()
    profile = replace(identity().profile, safety=None)
    plant.driver.identity = replace(identity(), profile=profile)
    with pytest.raises(ValueError, match="nothing of safety"):
        plant.state()
