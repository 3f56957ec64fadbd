"""The plant as a client of its registers meets it."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.bessai.simulator.condition import PlantCondition, Span
from custom_components.bessai.simulator.errors import (
    ExceptionCode,
    LinkDropped,
    NoSuchUnit,
    RegisterFault,
)
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    Identity,
)
from custom_components.bessai.simulator.plant import SimulatedPlant

from .builders import (
    CHARGE,
    DAY,
    DISCHARGE,
    HOUR,
    MINUTE,
    SECOND,
    STOP,
    command,
    pass_time,
    plant,
    read_number,
    read_text,
    words_of,
)


def refusal(of: SimulatedPlant, address: int, *words: int) -> int:
    """Return the code with which a write is refused."""
    with pytest.raises(RegisterFault) as caught:
        of.write(1, address, words)
    return caught.value.code


class TestForcible:
    """Registers 47100, 47083, 47246, 47247, 47249 and 37006."""

    def test_a_command_takes_effect_and_is_reported(self) -> None:
        of = plant()
        command(of, DISCHARGE, power_w=3000)
        assert read_number(of, 37765, 2, signed=True) == -3000
        assert read_number(of, 37006) == 1
        assert read_number(of, 47100) == DISCHARGE
        assert of.truth.battery_w == 3000.0

    def test_it_ends_to_the_second_and_the_mode_returns(self) -> None:
        of = plant()
        of.write(1, 47086, (4,))
        command(of, CHARGE, minutes=3)
        pass_time(of, 3 * MINUTE - SECOND)
        assert read_number(of, 47100) == CHARGE
        pass_time(of, SECOND)
        assert read_number(of, 47100) == STOP
        assert read_number(of, 37006) == 5
        assert read_number(of, 47086) == 4

    def test_the_energy_is_that_of_the_period_in_one_jump_too(self) -> None:
        of = plant()
        before = of.truth.charge_kwh
        command(of, CHARGE, power_w=3000, minutes=10)
        pass_time(of, HOUR)
        assert of.truth.charge_kwh - before == pytest.approx(0.5)

    @pytest.mark.parametrize(("restarts", "still"), [(True, CHARGE), (False, STOP)])
    def test_writing_the_same_command_restarts_it_or_does_not(
        self, restarts: bool, still: int
    ) -> None:
        of = plant(quirks=FirmwareQuirks(rewrite_restarts_countdown=restarts))
        command(of, CHARGE, minutes=2)
        pass_time(of, MINUTE)
        of.write(1, 47083, (2,))
        of.write(1, 47100, (CHARGE,))
        pass_time(of, MINUTE)
        assert read_number(of, 47100) == still

    def test_after_it_ended_a_new_one_starts_in_either_variant(self) -> None:
        of = plant(quirks=FirmwareQuirks(rewrite_restarts_countdown=False))
        command(of, CHARGE, minutes=1)
        pass_time(of, 2 * MINUTE)
        of.write(1, 47100, (CHARGE,))
        assert of.truth.forcible_remaining_s == 60.0

    def test_a_period_written_alone_does_not_prolong_it(self) -> None:
        of = plant()
        command(of, CHARGE, minutes=1)
        of.write(1, 47083, (60,))
        pass_time(of, MINUTE)
        assert read_number(of, 47100) == STOP

    def test_power_may_change_while_it_runs(self) -> None:
        of = plant()
        command(of, CHARGE, power_w=1000)
        of.write(1, 47247, words_of(2500, 2))
        assert of.truth.battery_w == -2500.0

    def test_stop_returns_to_the_load(self) -> None:
        of = plant()
        command(of, CHARGE)
        of.write(1, 47100, (STOP,))
        assert of.truth.battery_w > 0.0
        assert of.truth.forcible_remaining_s is None
        assert read_number(of, 37006) == 4

    def test_by_soc_it_lasts_until_its_target(self) -> None:
        of = plant()
        of.write(1, 47249, words_of(4000, 2))
        of.write(1, 47101, (300,))
        of.write(1, 47246, (1,))
        of.write(1, 47100, (DISCHARGE,))
        pass_time(of, 20 * MINUTE)
        assert read_number(of, 47100) == DISCHARGE
        assert of.truth.forcible_remaining_s is None
        pass_time(of, 12 * MINUTE)
        assert read_number(of, 47100) == STOP
        assert of.truth.soc_pct == pytest.approx(30.0, abs=0.7)

    @pytest.mark.parametrize(("what", "soc_pct"), [(CHARGE, 99.0), (DISCHARGE, 6.0)])
    def test_it_ends_at_the_cut_offs(self, what: int, soc_pct: float) -> None:
        of = plant()
        of.set_soc(soc_pct)
        command(of, what, power_w=500, minutes=1440)
        pass_time(of, 2 * HOUR)
        assert read_number(of, 47100) == STOP

    def test_a_stored_limit_of_nothing_keeps_the_battery_idle(self) -> None:
        of = plant()
        of.write(1, 47077, words_of(0, 2))
        command(of, DISCHARGE)
        assert read_number(of, 37006) == 1
        assert of.truth.battery_w == 0.0

    def test_the_grid_charge_switch_may_rule_it(self) -> None:
        quirks = FirmwareQuirks(grid_charge_switch_rules_forcible=True)
        of = plant(quirks=quirks, overrides=DAY)
        command(of, CHARGE, power_w=5000)
        assert of.truth.battery_w == -4000.0
        of.write(1, 47087, (1,))
        assert of.truth.battery_w == -5000.0


class TestRefusals:
    """What the inverter does not take."""

    def test_power_above_the_present_limits_is_refused(self) -> None:
        of = plant()
        of.set_battery_temperature(5.0)
        assert read_number(of, 37046, 2) == 2500
        for address in (47075, 47247):
            of.write(1, address, words_of(2500, 2))
            assert refusal(of, address, *words_of(2501, 2)) == 3
        for address in (47077, 47249):
            of.write(1, address, words_of(5000, 2))
            assert refusal(of, address, *words_of(5001, 2)) == 3

    def test_old_firmware_clamps_it(self) -> None:
        of = plant(quirks=FirmwareQuirks(refuses_excess_power=False))
        of.write(1, 47075, words_of(9000, 2))
        assert read_number(of, 47075, 2) == 5000

    def test_measurements_cannot_be_written(self) -> None:
        assert refusal(plant(), 32080, 0, 0) == ExceptionCode.ILLEGAL_ADDRESS

    def test_absent_registers_cannot_be_written(self) -> None:
        of = plant()
        of.remove(47087, 47087)
        assert refusal(of, 47087, 1) == ExceptionCode.ILLEGAL_ADDRESS

    def test_a_refused_write_is_not_in_the_journal(self) -> None:
        of = plant()
        refusal(of, 47100, 3)
        assert of.journal.entries == ()


def test_the_journal_keeps_accepted_writes_in_order() -> None:
    of = plant()
    command(of, CHARGE, power_w=700, minutes=2)
    pass_time(of, MINUTE)
    of.write(1, 47100, (STOP,))
    assert [(e.address, e.words) for e in of.journal.entries] == [
        (47247, (0, 700)),
        (47083, (2,)),
        (47246, (0,)),
        (47100, (1,)),
        (47100, (0,)),
    ]
    last = of.journal.to(47100)[-1]
    assert (last.at, last.unit_id) == (of.at, 1)


class TestModes:
    """Register 47086 and the tables."""

    def test_time_of_use_charges_from_the_grid_in_its_period(self) -> None:
        of = plant()  # a Monday, 10:00
        of.write(1, 47255, (1, 600, 660, 0b0000010, *(0,) * 39))
        of.write(1, 47242, words_of(1800, 2))
        of.write(1, 47087, (1,))
        of.write(1, 47086, (5,))
        assert read_number(of, 37006) == 6
        assert of.truth.battery_w == -1800.0
        pass_time(of, HOUR)
        assert of.truth.battery_w == 0.0
        pass_time(of, timedelta(days=1) - HOUR)
        assert of.truth.battery_w == 0.0

    def test_a_bad_table_is_an_illegal_value(self) -> None:
        of = plant()
        assert refusal(of, 47255, 1, 660, 600, 0x7F, *(0,) * 39) == 3

    def test_fixed_periods_are_obeyed(self) -> None:
        of = plant()
        of.write(1, 47200, (1, 600, 660, *words_of(-1500, 2), *(0,) * 36))
        of.write(1, 47086, (1,))
        assert of.truth.battery_w == 1500.0
        assert read_number(of, 37006) == 3

    def test_fully_fed_gives_everything(self) -> None:
        of = plant(overrides=DAY)
        of.write(1, 47086, (4,))
        assert of.truth.battery_w == 5000.0
        assert of.truth.grid_w < -8000.0

    def test_zero_export_curtails_the_sun(self) -> None:
        of = plant(overrides=DAY)
        of.set_soc(100.0)
        of.write(1, 47415, (5,))
        assert of.truth.grid_w == pytest.approx(0.0, abs=1e-6)
        assert of.truth.pv_w < 600.0
        assert read_number(of, 32089) == 0x0201

    def test_without_a_meter_no_load_is_followed(self) -> None:
        of = plant(has_meter=False)
        assert of.truth.battery_w == 0.0
        command(of, DISCHARGE)
        assert of.truth.battery_w == 2000.0


class TestUnits:
    """Who answers under which unit id."""

    def test_other_units_are_silent(self) -> None:
        of = plant()
        for unit_id in (0, 2, 100):
            with pytest.raises(NoSuchUnit):
                of.read(unit_id, 30000, 15)
        with pytest.raises(NoSuchUnit):
            of.write(2, 47100, (0,))

    def test_the_inverter_may_have_any_unit(self) -> None:
        of = plant(unit_ids=frozenset({0, 16}))
        assert of.read(0, 30000, 15) == of.read(16, 30000, 15)

    @pytest.mark.parametrize(
        ("changed", "unit_id", "model"),
        [
            ({"unit_ids": frozenset({1, 100})}, 100, "SDongleA-05"),
            ({"emma": True}, 0, "EMMA-A02"),
            ({"smartlogger": True}, 0, "SmartLogger3000"),
        ],
    )
    def test_neighbours_answer_beside_the_inverter(
        self, changed: dict[str, Any], unit_id: int, model: str
    ) -> None:
        of = plant(**changed)
        assert read_text(of, 30000, 15, unit_id) == model
        assert read_text(of, 30000, 15) == "SUN2000-10KTL-M1"
        with pytest.raises(RegisterFault):
            of.write(unit_id, 40000, (0,))

    @pytest.mark.parametrize("commander", ["emma", "smartlogger"])
    def test_a_commanded_site_accepts_and_ignores(self, commander: str) -> None:
        of = plant(emma=commander == "emma", smartlogger=commander == "smartlogger")
        idle_w = of.truth.battery_w
        command(of, CHARGE)
        pass_time(of, SECOND)
        assert read_number(of, 47100) == CHARGE
        assert read_number(of, 37006) == 4
        assert of.truth.battery_w == pytest.approx(idle_w)
        assert read_number(of, 48020) == int(commander == "emma")

    def test_another_vendor_tells_its_own_model(self) -> None:
        of = plant(identity=Identity(model="SG10RT"))
        assert read_text(of, 30000, 15) == "SG10RT"

    def test_an_inverter_may_be_silent_while_it_sleeps(self) -> None:
        of = plant(
            quirks=FirmwareQuirks(silent_at_night=True),
            battery=BatteryParameters(soc_pct=5.0),
        )
        assert of.read(1, 32089, 1) == (0x0002,)
        pass_time(of, HOUR)
        with pytest.raises(NoSuchUnit):
            of.read(1, 32089, 1)


class TestConditions:
    """What may be wrong with a plant, and that it passes."""

    def test_an_idle_battery_follows_nothing(self) -> None:
        of = plant()
        of.condition = PlantCondition(battery_follows=False)
        command(of, DISCHARGE)
        assert read_number(of, 37006) == 1
        assert of.truth.battery_w == 0.0
        of.condition = PlantCondition()
        assert of.truth.battery_w == 2000.0

    def test_a_sleeping_battery_wakes_for_a_charge_only(self) -> None:
        of = plant()
        of.condition = PlantCondition(battery_asleep=True)
        assert read_number(of, 37762) == 4
        command(of, DISCHARGE)
        assert of.truth.battery_w == 0.0
        command(of, CHARGE)
        assert read_number(of, 37762) == 2
        assert of.truth.battery_w == -2000.0

    def test_a_lost_meter_drops_the_link_when_asked(self) -> None:
        of = plant()
        of.condition = PlantCondition(meter_online=False)
        assert of.read(1, 37100, 1) == (0,)
        assert of.read(1, 37046, 4) == (0, 5000, 0, 5000)
        for address, count in ((37100, 2), (37138, 1), (37113, 25)):
            with pytest.raises(LinkDropped):
                of.read(1, address, count)
        assert of.truth.battery_w == 0.0
        of.condition = PlantCondition()
        assert of.read(1, 37100, 2)[0] == 1

    def test_a_silent_inverter_leaves_its_dongle_alone(self) -> None:
        of = plant(unit_ids=frozenset({1, 100}))
        of.condition = PlantCondition(inverter_silent=True)
        with pytest.raises(NoSuchUnit):
            of.read(1, 30000, 1)
        assert of.read(100, 30000, 1)

    def test_measurements_stick_and_settings_do_not(self) -> None:
        of = plant()
        of.condition = PlantCondition(stuck=True)
        stuck = of.read(1, 32064, 52)
        command(of, DISCHARGE, power_w=3000)
        pass_time(of, HOUR / 12)
        assert of.read(1, 32064, 52) == stuck
        assert read_number(of, 37765, 2, signed=True) > -1000
        assert read_number(of, 47100) == DISCHARGE
        of.condition = PlantCondition()
        assert read_number(of, 37765, 2, signed=True) == -3000

    def test_markers_stand_for_measurements(self) -> None:
        of = plant()
        of.condition = PlantCondition(no_values=True)
        assert of.read(1, 37760, 1) == (0xFFFF,)
        assert of.read(1, 37764, 3) == (0x7FFF, 0x7FFF, 0xFFFF)
        assert of.read(1, 32106, 2) == (0xFFFF, 0xFFFF)
        assert read_text(of, 30000, 15) == "SUN2000-10KTL-M1"
        assert read_number(of, 47086) == 2

    def test_garbage_changes_with_time_and_leaves_settings_alone(self) -> None:
        of = plant()
        of.condition = PlantCondition(garbage=True)
        first = of.read(1, 32064, 52)
        pass_time(of, SECOND)
        assert of.read(1, 32064, 52) != first
        assert read_number(of, 47081) == 1000

    def test_absent_addresses_are_illegal_in_any_span(self) -> None:
        of = plant()
        of.condition = PlantCondition(absent=(Span(37764, 37764),))
        for address, count in ((37764, 1), (37758, 30), (37763, 2)):
            with pytest.raises(RegisterFault):
                of.read(1, address, count)
        assert of.read(1, 37765, 2)

    def test_alarms_are_shown(self) -> None:
        of = plant()
        of.condition = PlantCondition(alarms=(1, 0, 0x8001))
        assert of.read(1, 32008, 3) == (1, 0, 0x8001)
        assert read_number(of, 32172, 2) == 3

    def test_another_inverter_has_another_serial_number(self) -> None:
        of = plant()
        of.condition = PlantCondition(serial_number="OTHER00001")
        assert read_text(of, 30015, 10) == "OTHER00001"
        assert of.condition.serial_number == "OTHER00001"

    def test_a_fast_clock_shows(self) -> None:
        of = plant()
        right = read_number(of, 40000, 2)
        of.condition = PlantCondition(clock_offset_s=100.0)
        assert read_number(of, 40000, 2) == right + 100


class TestPinning:
    """What tests lay over the registers."""

    def test_poked_words_are_read_until_they_are_let_go(self) -> None:
        of = plant()
        of.poke(37760, (12,))
        of.poke(32008, (1, 2, 3))
        assert of.read(1, 37760, 1) == (12,)
        assert of.read(1, 32008, 3) == (1, 2, 3)
        of.unpoke(37760)
        assert of.read(1, 37760, 1) == (500,)
        of.unpoke()
        assert of.read(1, 32008, 3) == (0, 0, 0)
        of.unpoke(37760)

    def test_removed_addresses_come_back(self) -> None:
        of = plant()
        of.remove(37000, 37999)
        with pytest.raises(RegisterFault):
            of.read(1, 37760, 1)
        of.restore()
        assert of.read(1, 37760, 1) == (500,)

    def test_overrides_are_told(self) -> None:
        assert plant(overrides=DAY).overrides == DAY
