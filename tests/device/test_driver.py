"""The driver over a plant of dictionaries: what is asked, believed and refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.device.driver import (
    GUARD_EVERY,
    PROBE_EVERY,
    PlantDriver,
    PlantSilent,
    WrongPlant,
)
from custom_components.bessai.device.link import (
    Busy,
    DeviceFailure,
    IllegalAddress,
    LinkDown,
    LinkError,
    NoAnswer,
    NotPermitted,
)
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.register import Group

from .plant_fake import FIRMWARE, HOME, FakeUnit, huawei, identity

NOON = datetime(2026, 6, 21, 11, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
POLL = timedelta(seconds=10)


class Plant:
    """A driver with its unit, told the time."""

    def __init__(self, unit: FakeUnit, memory: PlantMemory | None = None) -> None:
        self.unit = unit
        self.now = NOON
        self.elapsed_s = 0.0
        self.driver = PlantDriver(
            unit, identity(), memory or PlantMemory(), self._monotonic
        )

    def _monotonic(self) -> float:
        self.elapsed_s += 0.05
        return self.elapsed_s

    async def started(self) -> Plant:
        """Read what comes before the first poll."""
        await self.driver.read_identity(self.now, BERLIN)
        return self

    async def poll(self) -> Telemetry:
        """Poll the readings a period later."""
        self.now += POLL
        return await self.driver.read_readings(self.now, BERLIN)


@pytest.fixture
def unit() -> FakeUnit:
    """Return a home with two strings, one battery and a three-phase meter."""
    return FakeUnit()


@pytest.fixture
async def plant(unit: FakeUnit) -> Plant:
    """Return a driver of that home, ready to poll."""
    return await Plant(unit).started()


async def test_a_poll_brings_values_in_our_units_and_signs(plant: Plant) -> None:
    telemetry = await plant.poll()
    assert telemetry.number("soc_pct") == 62
    assert telemetry.number("battery_power_w") == -1000
    assert telemetry.number("grid_power_w") == -900
    assert telemetry.number("load_power_w") == 3200 - 1000 - 900
    assert telemetry.number("battery_charge_power_w") == 1000
    assert telemetry.number("battery_discharge_power_w") == 0
    assert telemetry.number("grid_export_power_w") == 900
    assert telemetry.number("pv1_power_w") == 2000
    assert telemetry.number("conversion_loss_w") == 100
    assert telemetry.number("battery_temperature_max_c") == 26.5
    assert telemetry.number("battery_full_cycles") == 45
    assert telemetry.number("load_energy_kwh") == 1000 + 300 - 200 + 450 - 500
    assert telemetry.read_at == plant.now
    assert not telemetry.failed


async def test_a_fast_poll_takes_four_requests(plant: Plant, unit: FakeUnit) -> None:
    await plant.poll()
    unit.reads.clear()
    await plant.poll()
    assert len(unit.reads) == 4


async def test_the_start_takes_no_request_that_can_wait(unit: FakeUnit) -> None:
    plant = await Plant(unit).started()
    await plant.poll()
    assert len(unit.reads) == 6 + 7
    again = await Plant(FakeUnit(), plant.driver.memory).started()
    await again.poll()
    assert len(again.unit.reads) == 2 + 7


async def test_the_guard_group_is_read_in_each_third_poll(plant: Plant) -> None:
    times = [(await plant.poll()).read_times[Group.GUARD] for _ in range(6)]
    assert len(set(times)) == 6 // GUARD_EVERY
    assert times[0] == times[1] == times[2] == times[3] - 3 * POLL


async def test_the_guard_group_is_read_whenever_it_is_wanted(plant: Plant) -> None:
    for _ in range(GUARD_EVERY + 1):
        plant.now += POLL
        telemetry = await plant.driver.read_readings(plant.now, BERLIN, guard=True)
        assert telemetry.read_times[Group.GUARD] == plant.now


async def test_the_age_of_a_group_is_measured(plant: Plant) -> None:
    """Whatever happens to the time of day meanwhile."""
    assert Group.READINGS not in plant.driver.taken_s
    before_s = plant.elapsed_s
    await plant.poll()
    first = dict(plant.driver.taken_s)
    assert before_s < first[Group.READINGS] == first[Group.GUARD] < plant.elapsed_s
    plant.now -= timedelta(days=1)
    await plant.poll()
    second = plant.driver.taken_s
    assert second[Group.READINGS] > first[Group.READINGS]
    assert second[Group.GUARD] == first[Group.GUARD]
    await plant.driver.read_settings(plant.now, BERLIN)
    assert plant.driver.taken_s[Group.SETTINGS] > second[Group.GUARD]


async def test_a_poll_in_vain_makes_nothing_younger(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    before = dict(plant.driver.taken_s)
    unit.fail(NoAnswer("silence"), "pv_power_w")
    with pytest.raises(PlantSilent):
        await plant.poll()
    assert plant.driver.taken_s == before


async def test_guard_values_stay_between_their_polls(plant: Plant) -> None:
    await plant.poll()
    telemetry = await plant.poll()
    assert telemetry.number("battery_1_temperature_c") == 24


async def test_long_reads_are_kept_once_they_proved_faster(
    plant: Plant, unit: FakeUnit
) -> None:
    for _ in range(40):
        await plant.poll()
    unit.reads.clear()
    for _ in range(3):
        await plant.poll()
    assert sorted(len_of_polls(unit)) == [3, 3, 5]


def len_of_polls(unit: FakeUnit) -> list[int]:
    """Return the number of requests of each poll: a poll begins at 32000."""
    polls: list[int] = []
    for start, _ in unit.reads:
        if start == 32000:
            polls.append(0)
        polls[-1] += 1
    return polls


async def test_a_long_read_that_is_refused_is_not_tried_again(
    plant: Plant, unit: FakeUnit
) -> None:
    spans = {(span.start, span.count) for span in huawei().trial_spans}
    original = unit.read

    async def refuse_long(
        address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        if address == 32000 and count > 64:
            unit.reads.append((address, count))
            raise IllegalAddress(2)
        return await original(address, count)

    unit.read = refuse_long  # type: ignore[method-assign] # one answer differs
    for _ in range(40):
        await plant.poll()
    long_reads = [read for read in unit.reads if read[0] == 32000 and read[1] > 64]
    assert len(long_reads) == 1
    assert plant.driver.memory.spans.verdicts[32000, 116] is False
    assert plant.driver.memory.spans.verdicts.keys() <= spans


async def test_what_is_not_fitted_is_not_asked_for(
    plant: Plant, unit: FakeUnit
) -> None:
    for _ in range(3):
        await plant.poll()
    await plant.driver.read_settings(plant.now, BERLIN)
    assert not unit.asked_for("battery_2_power_w")
    assert not unit.asked_for("battery_1_pack_3_soc_pct")
    names = {quantity.key for quantity in plant.driver.quantities()}
    assert "pv2_voltage_v" in names
    assert "pv3_voltage_v" not in names
    assert "battery_2_soc_pct" not in names
    assert "battery_1_pack_1_temperature_max_c" in names
    assert "battery_1_pack_2_temperature_max_c" not in names


async def test_a_home_without_battery_and_meter_has_neither() -> None:
    bare = {**HOME, "battery_1_product": "none", "meter_status": "offline"}
    plant = await Plant(FakeUnit(bare)).started()
    telemetry = await plant.poll()
    assert plant.driver.parts == {"inverter"}
    assert "soc_pct" not in telemetry.values
    assert "load_power_w" not in telemetry.values
    assert not plant.unit.asked_for("grid_power_w")


async def test_a_meter_that_comes_later_is_found(unit: FakeUnit) -> None:
    unit.put({"meter_status": "offline"})
    plant = await Plant(unit).started()
    assert "grid_power_w" not in (await plant.poll()).values
    unit.put({"meter_status": "normal"})
    await plant.poll()
    telemetry = await plant.poll()
    assert telemetry.number("grid_power_w") == -900
    assert "meter" in plant.driver.parts


async def test_an_offline_meter_takes_its_values_with_it(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.put({"meter_status": "offline"})
    telemetry = await plant.poll()
    assert telemetry.text("meter_status") == "offline"
    assert "grid_power_w" not in telemetry.values
    assert "load_power_w" not in telemetry.values
    assert telemetry.number("soc_pct") == 62
    unit.reads.clear()
    await plant.poll()
    assert not unit.asked_for("grid_power_w")
    unit.put({"meter_status": "normal"})
    await plant.poll()
    assert (await plant.poll()).number("load_power_w") == 1300


async def test_a_meter_that_breaks_the_link_is_asked_for_its_status_first(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.put({"meter_status": "offline"})
    unit.fail(NoAnswer("closed"), "grid_power_w")
    assert "meter_values" in (await plant.poll()).failed
    unit.reads.clear()
    telemetry = await plant.poll()
    assert telemetry.text("meter_status") == "offline"
    assert not unit.asked_for("grid_power_w")


async def test_a_block_stays_failed_until_it_is_answered(
    plant: Plant, unit: FakeUnit
) -> None:
    """The guard is asked for in each third poll only."""
    unit.fail(DeviceFailure(4), "battery_max_charge_power_w")
    failed = [(await plant.poll()).failed for _ in range(4)]
    assert all("battery_limits" in blocks for blocks in failed)
    settings = await plant.driver.read_settings(plant.now, BERLIN)
    assert not settings.failed
    unit.failing.clear()
    assert "battery_limits" in (await plant.poll()).failed
    assert "battery_limits" in (await plant.poll()).failed
    assert not (await plant.poll()).failed


async def test_a_failing_block_fails_alone(plant: Plant, unit: FakeUnit) -> None:
    await plant.poll()
    unit.fail(DeviceFailure(4), "state_1")
    telemetry = await plant.poll()
    assert telemetry.failed >= {"state"}
    assert "alarms" not in telemetry.values
    assert telemetry.number("soc_pct") == 62
    assert telemetry.number("pv_power_w") == 3200


async def test_a_required_block_fails_the_poll(plant: Plant, unit: FakeUnit) -> None:
    await plant.poll()
    unit.fail(DeviceFailure(4), "soc_pct")
    with pytest.raises(PlantSilent):
        await plant.poll()


async def test_silence_from_the_start_is_not_waited_for_again_and_again(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.fail(NoAnswer("asleep"), "state_1", "pv_power_w", "soc_pct", "meter_status")
    unit.reads.clear()
    with pytest.raises(PlantSilent, match="asleep"):
        await plant.poll()
    assert len(unit.reads) == 1


async def test_a_lost_connection_ends_the_poll(plant: Plant, unit: FakeUnit) -> None:
    await plant.poll()
    unit.fail(LinkDown("gone"), "pv_power_w")
    unit.reads.clear()
    with pytest.raises(PlantSilent, match="gone"):
        await plant.poll()
    assert len(unit.reads) == 2


@pytest.mark.parametrize("error", [Busy(6), NotPermitted(0x80), NoAnswer("late")])
async def test_settings_that_are_not_answered_do_not_stop_the_rest(
    plant: Plant, unit: FakeUnit, error: Exception
) -> None:
    unit.fail(error, "tou_periods")  # type: ignore[arg-type] # all are link errors
    telemetry = await plant.driver.read_settings(plant.now, BERLIN)
    assert telemetry.number("charge_cutoff_soc_pct") == 100
    assert "tou_periods" not in telemetry.values


async def test_settings_need_some_answer(plant: Plant, unit: FakeUnit) -> None:
    for register in huawei().registers.values():
        unit.fail(LinkDown("gone"), register.key)
    with pytest.raises(PlantSilent, match="gone"):
        await plant.driver.read_settings(plant.now, BERLIN)


async def test_usable_capacity_follows_from_the_cut_offs(plant: Plant) -> None:
    await plant.driver.read_settings(plant.now, BERLIN)
    telemetry = await plant.poll()
    assert telemetry.number("battery_usable_capacity_kwh") == 9.5


async def test_an_absent_register_costs_its_block_nothing(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("battery_current_a")
    telemetry = await plant.poll()
    assert telemetry.number("battery_power_w") == -1000
    assert "battery_current_a" not in telemetry.values
    assert not telemetry.failed


async def test_an_optional_register_is_given_up_after_confirmed_refusals(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("ac_power_fast_w")
    for _ in range(80):
        await plant.poll()
    assert plant.driver.memory.absences.is_absent("ac_power_fast_w")
    unit.reads.clear()
    for _ in range(60):
        await plant.poll()
    assert not unit.asked_for("ac_power_fast_w")


async def test_a_register_that_must_be_there_is_never_given_up(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("battery_current_a")
    for _ in range(80):
        await plant.poll()
    unit.absent.clear()
    for _ in range(30):
        await plant.poll()
    assert "battery_current_a" in (await plant.poll()).values


async def test_a_plant_that_refused_everything_for_a_while_comes_back(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.remove(*(one.key for one in huawei().registers.values() if one.readable))
    for _ in range(80):
        with pytest.raises(PlantSilent, match="refuses"):
            await plant.poll()
    unit.absent.clear()
    plant.now += timedelta(minutes=5)
    assert (await plant.poll()).number("soc_pct") == 62
    assert (await plant.poll()).number("load_power_w") == 1300


async def test_a_battery_that_does_not_answer_after_a_restart_is_not_missing(
    plant: Plant,
) -> None:
    await plant.poll()
    unit = FakeUnit()
    battery = [
        one.key for one in huawei().registers.values() if one.block == "battery_system"
    ]
    unit.remove(*battery)
    again = await Plant(unit, plant.driver.memory).started()
    with pytest.raises(PlantSilent, match="battery_system"):
        await again.poll()
    assert again.driver.number("load_power_w") is None


async def test_the_inputs_of_the_guard_are_fresh_after_a_silence(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.fail(NoAnswer("asleep"), "state_1")
    with pytest.raises(PlantSilent):
        await plant.poll()
    unit.failing.clear()
    unit.put({"battery_1_temperature_c": 45.0})
    assert (await plant.poll()).number("battery_1_temperature_c") == 45


async def test_what_the_start_left_open_is_asked_for_with_the_settings(
    unit: FakeUnit,
) -> None:
    unit.fail(NoAnswer("late"), "battery_1_product")
    plant = await Plant(unit).started()
    await plant.poll()
    assert "battery" not in plant.driver.parts
    await plant.driver.read_settings(plant.now, BERLIN)
    unit.failing.clear()
    await plant.driver.read_settings(plant.now, BERLIN)
    assert "battery" in plant.driver.parts


async def test_a_plant_without_settings_is_not_silent(
    plant: Plant, unit: FakeUnit
) -> None:
    settings = (Group.SETTINGS, Group.SLOW, Group.PROBE)
    unit.remove(
        *(one.key for one in huawei().registers.values() if one.group in settings)
    )
    for _ in range(2):
        await plant.driver.read_settings(plant.now, BERLIN)
    telemetry = await plant.driver.read_settings(plant.now, BERLIN)
    assert "charge_cutoff_soc_pct" not in telemetry.values


@pytest.mark.parametrize(
    ("error", "verdicts"), [(LinkDown("gone"), 0), (NoAnswer("slow"), 0)]
)
async def test_a_hiccup_is_no_verdict_on_a_long_read(
    plant: Plant, unit: FakeUnit, error: LinkError, verdicts: int
) -> None:
    original = unit.read

    async def fail_once(
        address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        if once and count > 64:
            unit.read = original  # type: ignore[method-assign] # only once
            raise error
        return await original(address, count)

    unit.read = fail_once  # type: ignore[method-assign] # one answer differs
    for _ in range(1 + GUARD_EVERY):
        await plant.poll()
    assert unit.read == original
    assert len(plant.driver.memory.spans.verdicts) == verdicts


async def test_a_passing_refusal_after_an_update_is_forgiven(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("battery_current_a")
    await plant.poll()
    unit.absent.clear()
    plant.now += timedelta(minutes=6)
    telemetry = await plant.poll()
    assert "battery_current_a" in telemetry.values


async def test_another_inverter_on_a_new_connection_is_refused(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.generation += 1
    unit.put({"serial_number": "OTHER"})
    with pytest.raises(WrongPlant) as refused:
        await plant.poll()
    assert refused.value.found == "OTHER"
    unit.put({"serial_number": HOME["serial_number"]})
    assert (await plant.poll()).number("soc_pct") == 62


async def test_another_inverter_in_the_middle_of_a_poll_is_not_believed(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    original = unit.read

    async def swap(address: int, count: int, *, once: bool = False) -> tuple[int, ...]:
        if address == 37100:
            unit.generation = 2
            unit.put({"serial_number": "OTHER", "soc_pct": 1.0})
        return await original(address, count)

    unit.read = swap  # type: ignore[method-assign] # the swap happens in a read
    with pytest.raises(WrongPlant):
        await plant.poll()
    assert plant.driver.number("soc_pct") == 62


async def test_an_identity_that_is_not_answered_is_silence(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.generation += 1
    unit.fail(NoAnswer("late"), "serial_number")
    with pytest.raises(PlantSilent, match="late"):
        await plant.poll()


async def test_new_firmware_gives_absent_registers_another_chance(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("battery_current_a")
    for _ in range(80):
        await plant.poll()
    unit.absent.clear()
    unit.generation += 1
    unit.put({"software_version": f"{FIRMWARE}9"})
    assert "battery_current_a" in (await plant.poll()).values


async def test_what_is_fitted_is_remembered_across_a_restart(plant: Plant) -> None:
    await plant.poll()
    unit = FakeUnit({**HOME, "battery_1_pack_1_number": 0})
    again = await Plant(unit, plant.driver.memory).started()
    await again.poll()
    names = {quantity.key for quantity in again.driver.quantities()}
    assert "battery_1_pack_1_temperature_max_c" in names


async def test_a_lifetime_counter_does_not_run_backwards(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.poll()
    unit.put({"pv_energy_kwh": 0.0})
    assert (await plant.poll()).number("pv_energy_kwh") == 1000
    assert plant.driver.counter("pv_energy_kwh") == 1000
    assert plant.driver.counter("never_heard_of_kwh") is None


async def test_energy_of_today_begins_at_the_owners_midnight(
    plant: Plant, unit: FakeUnit
) -> None:
    assert (await plant.poll()).number("pv_energy_today_kwh") == 0
    unit.put({"pv_energy_kwh": 1004.0})
    assert (await plant.poll()).number("pv_energy_today_kwh") == 4
    plant.now = datetime(2026, 6, 21, 22, tzinfo=UTC)
    assert (await plant.poll()).number("pv_energy_today_kwh") == 0


async def test_alarms_are_listed_gravest_first(plant: Plant, unit: FakeUnit) -> None:
    unit.put_raw("alarm_1", 1 << 4 | 1 << 7)
    unit.put_raw("alarm_2", 1 << 3)
    alarms = (await plant.poll()).names("alarms")
    assert alarms == ("grid_loss", "overtemperature", "abnormal_string_power")


async def test_no_value_is_none_and_not_zero(plant: Plant, unit: FakeUnit) -> None:
    unit.put_raw("grid_power_w", 0x7FFF, 0xFFFF)
    telemetry = await plant.poll()
    assert telemetry.values["grid_power_w"] is None
    assert telemetry.values["load_power_w"] is None


async def test_texts_are_given_by_key(plant: Plant) -> None:
    await plant.poll()
    assert plant.driver.text("meter_status") == "normal"
    assert plant.driver.text("soc_pct") is None
    assert plant.driver.has("soc_pct")
    assert plant.driver.raw[37760] == 620


async def test_firmware_that_is_not_answered_changes_nothing(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.remove("battery_current_a")
    await plant.poll()
    unit.generation += 1
    unit.put({"software_version": ""})
    await plant.poll()
    assert plant.driver.memory.firmware == FIRMWARE
    assert "battery_current_a" in plant.driver.memory.absences.refused


async def test_a_plant_without_a_clock_counts_by_the_owners_day(
    plant: Plant, unit: FakeUnit
) -> None:
    unit.put({"statistics_time_s": 0})
    await plant.poll()
    plant.now = datetime(2026, 6, 21, 22, tzinfo=UTC)
    unit.put({"ac_energy_today_kwh": 0.0})
    assert (await plant.poll()).number("ac_energy_today_kwh") == 0


async def test_what_is_fitted_is_looked_at_once_a_day(
    plant: Plant, unit: FakeUnit
) -> None:
    await plant.driver.read_settings(plant.now, BERLIN)
    unit.reads.clear()
    for _ in range(PROBE_EVERY - 1):
        await plant.driver.read_settings(plant.now, BERLIN)
    assert not unit.asked_for("hardware_version")
    await plant.driver.read_settings(plant.now, BERLIN)
    assert unit.asked_for("hardware_version")
