"""What the plausibility monitor gets to see of a plant, and what is unknown to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.command import Write
from custom_components.bessai.core.observation import (
    Expectations,
    Flow,
    Observation,
)
from custom_components.bessai.core.plant_state import PlantState, Readiness
from custom_components.bessai.core.setpoint import Setpoint
from custom_components.bessai.core.telemetry import Telemetry, Value
from custom_components.bessai.device.driver import PlantDriver
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.observation import (
    build_expectations,
    build_observation,
)
from custom_components.bessai.device.plant_state import build_plant_state
from custom_components.bessai.device.plausibility_profile import PlausibilityProfile

from .plant_fake import FakeUnit, huawei, identity
from .test_plant_state import SOUND

NOON = datetime(2026, 6, 21, 11, tzinfo=UTC)
POLL = timedelta(seconds=10)
PLANT_CLOCK_S = 1_782_050_400
WRITE = Write(key="forcible_command", address=47100, value="stop", stored=False)
WISH = Setpoint(power_w=2000)


class Plant:
    """A plant of dictionaries and whoever polls it."""

    def __init__(self, **values: Value) -> None:
        self.unit = FakeUnit(
            {
                **SOUND,
                "inverter_clock_s": PLANT_CLOCK_S,
                "grid_l1_power_w": -200,
                "grid_l2_power_w": -300,
                "grid_l3_power_w": -400,
                **values,
            }
        )
        self.driver = PlantDriver(self.unit, identity(), PlantMemory(), lambda: 0.0)
        self.now = NOON
        self.readings: Telemetry
        self.settings: Telemetry | None = None

    async def start(self) -> Plant:
        """Read everything once."""
        await self.driver.read_identity(self.now, UTC)
        await self.poll()
        self.settings = await self.driver.read_settings(self.now, UTC)
        return self

    async def poll(self) -> Plant:
        """Poll and audit a period later."""
        self.now += POLL
        self.readings = await self.driver.read_readings(self.now, UTC, audit=True)
        return self

    @property
    def state(self) -> PlantState:
        """What the guard sees of it."""
        return build_plant_state(
            self.driver,
            self.readings,
            self.settings,
            read_at=self.now,
            poll_period_s=10.0,
            manager=None,
            originals={},
        )

    def observe(self) -> Observation:
        """Return what the monitor sees of it."""
        return build_observation(
            self.driver,
            self.readings,
            self.settings,
            self.state,
            at=self.now,
            uptime_s=20.0,
            utc_offset_s=7200.0,
            wish=WISH,
            wish_age_s=5.0,
            writes=(WRITE,),
            response_s=0.1,
            reconnected=True,
        )


async def seen(**values: Value) -> Observation:
    """Return what is seen of a sound plant with other values, audited."""
    return (await (await Plant(**values).start()).poll()).observe()


async def test_everything_is_seen_of_a_sound_plant() -> None:
    plant = await (await Plant().start()).poll()
    found = plant.observe()
    assert replace(found, numbers={}, identity=None, settings=None) == Observation(
        at=plant.now,
        uptime_s=20,
        utc_offset_s=7200,
        powers={
            Flow.PV: 3200,
            Flow.BATTERY: -1000,
            Flow.AC: 2100,
            Flow.GRID: -900,
        },
        grid_phases_w=(-200, -300, -400),
        soc_pct=62,
        battery_temperature_c=26.5,
        inverter_temperature_c=41.5,
        capacity_kwh=10,
        maximum_power_w=11_000,
        charge_limit_w=5000,
        discharge_limit_w=4800,
        discharge_floor_pct=5,
        charge_ceiling_pct=100,
        inverter=Readiness.READY,
        inverter_status="on_grid",
        battery=Readiness.READY,
        limited=False,
        commanded=False,
        self_consuming=True,
        plant_clock_s=PLANT_CLOCK_S,
        writes=(WRITE,),
        wish=WISH,
        wish_age_s=5,
        response_s=0.1,
        reconnected=True,
    )


async def test_identity_and_settings_are_those_of_the_audit() -> None:
    found = await seen(working_mode_setting="tou")
    section = plausibility()
    assert found.identity is not None
    assert found.settings is not None
    assert found.identity["maximum_active_power_w"] == 11_000
    assert set(found.identity) == set(section.identity)
    assert found.settings["working_mode_setting"] == "tou"
    assert set(found.settings) == {*section.settings, *section.seldom}


def plausibility() -> PlausibilityProfile:
    """Return the section of the bundled profile."""
    section = huawei().plausibility
    assert section is not None
    return section


async def test_between_audits_they_are_not_asked_for() -> None:
    plant = await (await (await Plant().start()).poll()).poll()
    found = plant.observe()
    assert (found.identity, found.settings, found.plant_clock_s) == (None, None, None)


async def test_numbers_are_those_that_this_poll_read() -> None:
    """A temperature that is read in each third poll stands still in between."""
    plant = await Plant().start()
    first = plant.observe().numbers
    assert first["battery_1_temperature_c"] == 24
    assert first["soc_pct"] == 62
    second = (await plant.poll()).observe().numbers
    assert "battery_1_temperature_c" not in second
    assert second["soc_pct"] == 62
    assert "load_power_w" not in second, "it is computed"
    assert "device_status" not in second, "it is a word"
    assert "charge_cutoff_soc_pct" not in second, "it is a setting"


async def test_counters_are_as_the_device_gave_them() -> None:
    plant = await Plant().start()
    plant.unit.put({"pv_energy_kwh": 3.0})
    assert (await plant.poll()).observe().numbers["pv_energy_kwh"] == 3
    assert plant.readings.number("pv_energy_kwh") == 1000


async def test_a_single_phase_meter_has_one_phase() -> None:
    assert (await seen(meter_type="single_phase")).grid_phases_w == (-200,)


async def test_a_meter_that_says_only_some_phases_says_none() -> None:
    plant = await Plant().start()
    plant.unit.put_raw("grid_l2_power_w", 0x7FFF, 0xFFFF)
    assert (await plant.poll()).observe().grid_phases_w is None


async def test_without_a_meter_the_grid_is_unknown() -> None:
    found = await seen(meter_status="offline")
    assert found.powers[Flow.GRID] is None
    assert found.grid_phases_w is None


async def test_what_works_otherwise_is_not_self_consuming() -> None:
    assert (await seen(battery_working_mode="tou")).self_consuming is False
    assert (await seen(battery_1_product="none")).self_consuming is None


async def test_before_the_settings_were_read_their_values_are_unknown() -> None:
    plant = await Plant().start()
    plant.settings = None
    found = plant.observe()
    assert (found.discharge_floor_pct, found.charge_ceiling_pct) == (None, None)
    assert found.self_consuming is True


async def test_blocks_that_fail_are_named() -> None:
    plant = await Plant().start()
    plant.readings = replace(plant.readings, failed=frozenset({"state"}))
    assert plant.observe().failed == {"state"}


def test_expectations_are_those_of_the_profile() -> None:
    section, found = plausibility(), build_expectations(huawei())
    assert found == Expectations(
        bounds=section.bounds, restless=section.restless, counters=section.counters
    )


async def test_a_profile_that_says_nothing_expects_nothing() -> None:
    plant = await Plant().start()
    profile = replace(huawei(), plausibility=None)
    assert build_expectations(profile) == Expectations()
    plant.driver.identity = replace(identity(), profile=profile)
    with pytest.raises(ValueError, match="nothing of plausibility"):
        plant.observe()
