"""What is read beside the polls for the plausibility monitor."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.bessai.core.telemetry import Telemetry
from custom_components.bessai.device.driver import PlantDriver, PlantSilent, WrongPlant
from custom_components.bessai.device.link import DeviceFailure, LinkDown, NoAnswer
from custom_components.bessai.device.memory import PlantMemory
from custom_components.bessai.device.plant_audit import AUDIT_EVERY, SELDOM_EVERY

from .plant_fake import HOME, FakeUnit, huawei, identity

NOON = datetime(2026, 6, 21, 11, tzinfo=UTC)
POLL = timedelta(seconds=10)
SETTINGS = {**HOME, "working_mode_setting": "maximise_self_consumption"}
section = huawei().plausibility
assert section is not None
OFTEN, RARELY = set(section.often), set(section.rarely)
ANSWER_S = 0.25
AUDITED_STARTS = {30000, 40000, 47075, 47102, 47242, 47415}


class Watched:
    """A plant whose polls are audited."""

    def __init__(self) -> None:
        self.unit = FakeUnit(SETTINGS)
        self.now = NOON
        self.elapsed_s = 0.0
        self.driver = PlantDriver(self.unit, identity(), PlantMemory(), self._monotonic)

    def _monotonic(self) -> float:
        self.elapsed_s += ANSWER_S
        return self.elapsed_s

    async def poll(self, *, audit: bool = True) -> Telemetry:
        """Poll a period later."""
        self.now += POLL
        self.unit.reads.clear()
        return await self.driver.read_readings(self.now, UTC, audit=audit)

    async def audited(self) -> Telemetry:
        """Poll until something is audited."""
        for _ in range(AUDIT_EVERY):
            if (telemetry := await self.poll()).audited:
                return telemetry
        raise AssertionError("nothing was audited in a minute")


@pytest.fixture
async def plant() -> Watched:
    """Return a plant whose first poll, which Home Assistant waits for, is over."""
    watched = Watched()
    await watched.driver.read_identity(watched.now, UTC)
    assert not (await watched.poll()).audited
    return watched


async def test_each_sixth_poll_is_audited(plant: Watched) -> None:
    audited = [bool((await plant.poll()).audited) for _ in range(3 * AUDIT_EVERY)]
    assert audited == 3 * [True, *[False] * (AUDIT_EVERY - 1)]


async def test_it_says_who_answers_and_what_is_set(plant: Watched) -> None:
    audited = (await plant.audited()).audited
    assert audited["serial_number"] == HOME["serial_number"]
    assert audited["working_mode_setting"] == "maximise_self_consumption"
    assert set(audited) == OFTEN | RARELY


async def test_clock_and_rare_settings_are_read_each_five_minutes(
    plant: Watched,
) -> None:
    audits = [(await plant.audited()).audited for _ in range(2 * SELDOM_EVERY)]
    full = [set(audited) == OFTEN | RARELY for audited in audits]
    assert full == 2 * [True, *[False] * (SELDOM_EVERY - 1)]
    assert all(set(audited) >= OFTEN for audited in audits)


async def test_an_audit_costs_three_requests_and_now_and_then_six(
    plant: Watched,
) -> None:
    counts = []
    for _ in range(1 + SELDOM_EVERY):
        await plant.audited()
        counts.append(sum(read[0] in AUDITED_STARTS for read in plant.unit.reads))
    assert counts == [6, 3, 3, 3, 3, 6]


async def test_nothing_is_audited_unless_it_is_wanted(plant: Watched) -> None:
    for _ in range(2 * AUDIT_EVERY):
        assert not (await plant.poll(audit=False)).audited
        assert not AUDITED_STARTS & {start for start, _ in plant.unit.reads}


async def test_a_profile_that_does_not_say_what_to_audit_costs_nothing() -> None:
    watched = Watched()
    profile = replace(huawei(), plausibility=None)
    watched.driver = PlantDriver(
        watched.unit,
        replace(identity(), profile=profile),
        PlantMemory(),
        watched._monotonic,
    )
    await watched.driver.read_identity(watched.now, UTC)
    for _ in range(AUDIT_EVERY):
        assert not (await watched.poll()).audited


async def test_a_new_connection_is_audited_at_once_and_fully(plant: Watched) -> None:
    for _ in range(2):
        await plant.audited()
    plant.unit.generation += 1
    assert set((await plant.poll()).audited) == OFTEN | RARELY
    assert not (await plant.poll()).audited


async def test_another_serial_number_is_another_plant(plant: Watched) -> None:
    """A dongle told to use another inverter keeps its connections."""
    await plant.audited()
    plant.unit.put({"serial_number": "OTHER"})
    with pytest.raises(WrongPlant) as refused:
        await plant.audited()
    assert refused.value.found == "OTHER"
    for _ in range(AUDIT_EVERY):
        with pytest.raises(WrongPlant):
            await plant.poll()
    plant.unit.put({"serial_number": HOME["serial_number"]})
    assert (await plant.poll()).number("soc_pct") == 62


@pytest.mark.parametrize(
    "error", [NoAnswer("late"), LinkDown("gone"), DeviceFailure(4)]
)
async def test_an_audit_in_vain_does_not_matter_to_the_poll(
    plant: Watched, error: Exception
) -> None:
    await plant.audited()
    plant.unit.fail(error, "serial_number")  # type: ignore[arg-type] # link errors
    known = {one.key for one in plant.driver.quantities()}
    polls = [await plant.poll() for _ in range(AUDIT_EVERY)]
    for telemetry in polls:
        assert telemetry.number("soc_pct") == 62
        assert not telemetry.failed
        assert "serial_number" not in telemetry.audited
    assert {one.key for one in plant.driver.quantities()} == known
    asked = [start for start, _ in plant.unit.reads if start in AUDITED_STARTS]
    is_silent = not isinstance(error, DeviceFailure)
    assert asked == [30000] if is_silent else len(asked) == 3


async def test_a_poll_in_vain_is_not_audited(plant: Watched) -> None:
    plant.unit.generation += 1
    plant.unit.fail(NoAnswer("asleep"), "pv_power_w")
    with pytest.raises(PlantSilent):
        await plant.poll()
    assert plant.driver.response_s is None
    assert not plant.unit.asked_for("working_mode_setting")
    plant.unit.failing.clear()
    assert (await plant.poll()).audited


async def test_a_refused_register_drops_that_key_only(plant: Watched) -> None:
    plant.unit.remove("charge_cutoff_soc_pct")
    audited = (await plant.audited()).audited
    assert set(audited) == (OFTEN | RARELY) - {"charge_cutoff_soc_pct"}
    assert not plant.driver.memory.absences.refused
    await plant.audited()
    assert not plant.unit.asked_for("charge_cutoff_soc_pct")


async def test_what_was_refused_is_asked_for_again_after_a_while(
    plant: Watched,
) -> None:
    plant.unit.remove("charge_cutoff_soc_pct")
    await plant.audited()
    plant.unit.absent.clear()
    plant.now += timedelta(minutes=5)
    assert "charge_cutoff_soc_pct" in (await plant.audited()).audited


async def test_what_the_polls_know_to_be_absent_is_not_read_across(
    plant: Watched,
) -> None:
    plant.unit.remove("charge_cutoff_soc_pct")
    await plant.driver.read_settings(plant.now, UTC)
    refused = plant.driver.memory.absences.refused
    assert set(refused) == {"charge_cutoff_soc_pct"}
    audited = (await plant.audited()).audited
    assert set(audited) == (OFTEN | RARELY) - {"charge_cutoff_soc_pct"}
    assert not plant.unit.asked_for("charge_cutoff_soc_pct")
    assert plant.driver.memory.absences.refused == refused


async def test_an_answer_of_another_connection_counts_for_nothing(
    plant: Watched,
) -> None:
    original = plant.unit.read

    async def reconnect(
        address: int, count: int, *, once: bool = False
    ) -> tuple[int, ...]:
        if address == 47242:
            plant.unit.generation = 2
            plant.unit.read = original  # type: ignore[method-assign] # only once
        return await original(address, count)

    plant.unit.read = reconnect  # type: ignore[method-assign] # it happens in a read
    assert not (await plant.poll()).audited
    assert set((await plant.poll()).audited) == OFTEN | RARELY


async def test_a_battery_that_is_not_fitted_has_no_settings() -> None:
    watched = Watched()
    watched.unit.put({"battery_1_product": "none"})
    await watched.driver.read_identity(watched.now, UTC)
    audited = (await watched.audited()).audited
    assert audited.keys() >= set(section.identity if section else ())
    assert not audited.keys() & {"working_mode_setting", "forcible_charge_power_w"}
    assert "active_power_control_mode" in audited


async def test_nothing_of_it_becomes_a_value(plant: Watched) -> None:
    """What entities show comes with the polls that are theirs."""
    before = plant.driver.known_keys
    telemetry = await plant.audited()
    assert not set(telemetry.values) & (OFTEN | RARELY)
    assert plant.driver.text("working_mode_setting") is None
    assert not plant.driver.has("working_mode_setting")
    assert plant.driver.known_keys == before


async def test_the_median_of_the_answers_is_measured(plant: Watched) -> None:
    assert plant.driver.response_s == pytest.approx(ANSWER_S)
    assert plant.driver.generation == plant.unit.generation == 1


class TestDoubtedCounters:
    """As the device delivered them."""

    async def test_they_come_beside_what_is_believed(self, plant: Watched) -> None:
        assert (await plant.poll()).doubted == {}
        plant.unit.put({"pv_energy_kwh": 0.0})
        telemetry = await plant.poll()
        assert telemetry.number("pv_energy_kwh") == 1000
        assert telemetry.doubted == {"pv_energy_kwh": 0}
        plant.unit.put({"pv_energy_kwh": 1000.5})
        assert (await plant.poll()).doubted == {}

    async def test_a_counter_without_a_value_is_not_doubted(
        self, plant: Watched
    ) -> None:
        plant.unit.put({"pv_energy_kwh": 0.0})
        assert (await plant.poll()).doubted
        plant.unit.put_raw("pv_energy_kwh", 0xFFFF, 0xFFFF)
        assert (await plant.poll()).doubted == {}

    async def test_each_poll_tells_of_its_own(self, plant: Watched) -> None:
        await plant.driver.read_settings(plant.now, UTC)
        plant.unit.put({"battery_1_pack_1_charge_energy_kwh": 500.0})
        plant.unit.put({"pv_energy_kwh": 0.0})
        readings = await plant.poll()
        for _ in range(6):
            await plant.driver.read_settings(plant.now, UTC)
        settings = await plant.driver.read_settings(plant.now, UTC)
        assert set(readings.doubted) == {"pv_energy_kwh"}
        assert settings.doubted == {"battery_1_pack_1_charge_energy_kwh": 500}
