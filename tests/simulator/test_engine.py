"""The plant in time: its speed, its clock, its nights and its midnights."""

from datetime import UTC, datetime, timedelta
import time
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.simulator.condition import PlantCondition
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    PlantParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant

from .builders import (
    CHARGE,
    DAY,
    HOUR,
    MINUTE,
    NIGHT,
    SECOND,
    START,
    command,
    pass_time,
    plant,
    read_number,
)

ROME = ZoneInfo("Europe/Rome")


def test_a_day_passes_quickly() -> None:
    of = SimulatedPlant(PlantParameters(), START)
    began = time.process_time()
    pass_time(of, timedelta(days=1))
    assert time.process_time() - began < 0.3


def test_the_start_must_know_its_time_zone() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        SimulatedPlant(PlantParameters(), START.replace(tzinfo=None))


def test_a_clock_that_goes_back_changes_no_energy() -> None:
    of = plant()
    command(of, CHARGE, minutes=5)
    pass_time(of, 2 * MINUTE)
    before = of.truth
    of.advance(START - 3 * HOUR)
    after = of.truth
    assert of.at == START - 3 * HOUR
    assert after.stored_kwh == before.stored_kwh
    assert after.charge_kwh == before.charge_kwh
    assert after.forcible_remaining_s == before.forcible_remaining_s
    pass_time(of, 4 * MINUTE)
    assert of.truth.forcible_command == 0


def test_the_sun_is_highest_at_the_hour_of_the_wall_clock() -> None:
    of = SimulatedPlant(
        PlantParameters(time_zone=ROME), datetime(2026, 6, 1, tzinfo=ROME)
    )
    powers = {}
    for _ in range(24):
        pass_time(of, HOUR)
        powers[of.at.astimezone(ROME).hour] = of.truth.pv_w
    lit = [hour for hour, power in powers.items() if power > 0.0]
    assert min(lit) + max(lit) == pytest.approx(26, abs=1)


def test_battery_power_warms_the_battery() -> None:
    of = plant()
    cool_c = of.truth.battery_temperature_c
    command(of, CHARGE, power_w=5000, minutes=30)
    pass_time(of, HOUR / 2)
    assert of.truth.battery_temperature_c > cool_c + 1.0
    assert of.truth.inverter_temperature_c > 20.0


def test_energies_grow_by_power_times_time() -> None:
    of = plant(overrides=DAY)
    before = of.truth
    pass_time(of, HOUR / 2)
    after = of.truth
    assert after.pv_kwh - before.pv_kwh == pytest.approx(2.0)
    assert after.load_kwh - before.load_kwh == pytest.approx(0.25)
    assert after.charge_today_kwh == pytest.approx(after.charge_kwh - before.charge_kwh)


class TestNight:
    """Without sun and work the inverter looks for light, then sleeps."""

    def at_dusk(self, soc_pct: float = 5.0) -> SimulatedPlant:
        """Return an idle plant when the sun has just set."""
        return plant(battery=BatteryParameters(soc_pct=soc_pct))

    def test_it_looks_for_light_and_then_gives_up(self) -> None:
        of = self.at_dusk()
        pass_time(of, 9 * MINUTE)
        assert of.truth.device_status == 0x0002
        pass_time(of, 2 * MINUTE)
        assert of.truth.device_status == 0xA000
        assert of.truth.battery_status == 4
        assert of.truth.ac_w == -5.0

    def test_a_battery_that_works_keeps_it_awake(self) -> None:
        of = self.at_dusk(soc_pct=60.0)
        pass_time(of, HOUR)
        assert of.truth.device_status == 0x0200
        assert of.truth.battery_status == 2

    def test_a_held_battery_sleeps_no_less_but_is_not_empty(self) -> None:
        of = self.at_dusk(soc_pct=60.0)
        of.write(1, 47077, (0, 0))
        pass_time(of, HOUR)
        assert of.truth.device_status == 0xA000
        assert of.truth.battery_status == 1

    def test_sleeping_saves_energy(self) -> None:
        of = self.at_dusk()
        pass_time(of, HOUR)
        asleep_kwh = of.truth.stored_kwh
        pass_time(of, HOUR)
        assert asleep_kwh - of.truth.stored_kwh == pytest.approx(0.001)

    def test_a_forcible_charge_wakes_both(self) -> None:
        of = self.at_dusk()
        pass_time(of, HOUR)
        command(of, CHARGE)
        assert of.truth.device_status == 0x0200
        assert of.truth.battery_status == 2
        pass_time(of, MINUTE)
        assert of.truth.battery_w == -2000.0

    def test_sunrise_wakes_both(self) -> None:
        of = self.at_dusk()
        pass_time(of, HOUR)
        of.overrides = DAY
        pass_time(of, SECOND)
        assert of.truth.device_status == 0x0200
        assert of.truth.battery_w < -3000.0

    def test_a_glimmer_does_not(self) -> None:
        of = self.at_dusk()
        of.overrides = Overrides(pv_w=5.0, load_w=300.0)
        pass_time(of, HOUR)
        assert of.truth.pv_w == 0.0
        assert of.truth.device_status == 0xA000


class TestMidnight:
    """Daily counters begin anew at the inverter's midnight, whatever UTC says."""

    @pytest.mark.parametrize(
        ("evening", "hours"),
        [
            (datetime(2026, 6, 1, 0, 0, tzinfo=ROME), 24),
            (datetime(2026, 3, 29, 0, 0, tzinfo=ROME), 23),
            (datetime(2026, 10, 25, 0, 0, tzinfo=ROME), 25),
        ],
    )
    def test_a_day_has_the_hours_of_its_date(
        self, evening: datetime, hours: int
    ) -> None:
        of = plant(start=evening.astimezone(UTC), overrides=DAY, time_zone=ROME)
        before_kwh = of.truth.yield_kwh
        pass_time(of, timedelta(hours=hours) - SECOND)
        whole_day_kwh = of.truth.yield_kwh - before_kwh
        assert of.truth.yield_today_kwh == pytest.approx(whole_day_kwh)
        pass_time(of, SECOND)
        assert of.truth.yield_today_kwh == 0.0
        assert of.truth.yield_kwh > before_kwh

    def test_daily_counters_of_the_battery_begin_anew_too(self) -> None:
        of = plant(start=datetime(2026, 6, 1, 23, 0, tzinfo=UTC))
        pass_time(of, HOUR / 2)
        assert of.truth.discharge_today_kwh > 0.0
        pass_time(of, HOUR / 2)
        assert of.truth.discharge_today_kwh == 0.0
        assert of.truth.charge_today_kwh == 0.0

    def test_month_and_year_have_counters_of_their_own(self) -> None:
        of = plant(start=datetime(2026, 12, 31, 22, 30, tzinfo=UTC), overrides=DAY)
        pass_time(of, HOUR)
        assert of.truth.yield_hour_kwh < of.truth.yield_today_kwh
        assert of.truth.yield_month_kwh == of.truth.yield_year_kwh > 0.0
        pass_time(of, HOUR / 2)
        assert of.truth.yield_month_kwh == of.truth.yield_year_kwh == 0.0

    def test_a_jump_over_midnight_counts_the_new_day_only(self) -> None:
        of = plant(start=datetime(2026, 6, 1, 23, 0, tzinfo=UTC), overrides=DAY)
        pass_time(of, 3 * HOUR)
        of_two_hours = of.truth.yield_today_kwh
        other = plant(start=datetime(2026, 6, 2, 0, 0, tzinfo=UTC), overrides=DAY)
        assert of_two_hours > 0.0
        assert of_two_hours < of.truth.yield_month_kwh
        assert other.truth.yield_today_kwh == 0.0

    def test_a_fast_clock_has_its_midnight_early(self) -> None:
        of = plant(start=datetime(2026, 6, 1, 22, 0, tzinfo=UTC), overrides=DAY)
        pass_time(of, HOUR / 2)
        assert of.truth.yield_today_kwh > 0.0
        of.condition = PlantCondition(clock_offset_s=2 * 3600.0)
        assert of.truth.yield_today_kwh == 0.0


def test_summer_time_is_told() -> None:
    of = plant(start=datetime(2026, 3, 29, 0, 30, tzinfo=UTC), time_zone=ROME)
    assert read_number(of, 42900) == 0
    assert read_number(of, 43006) == 60
    pass_time(of, HOUR)
    assert read_number(of, 42900) == 1
    assert read_number(of, 43006) == 60


class TestResponse:
    """A battery that needs time to obey."""

    def slow(self) -> SimulatedPlant:
        """Return a plant that obeys after ten seconds."""
        return plant(quirks=FirmwareQuirks(response_s=10.0))

    def test_a_command_is_kept_at_once_and_obeyed_later(self) -> None:
        of = self.slow()
        command(of, CHARGE)
        pass_time(of, 9 * SECOND)
        assert read_number(of, 47100) == CHARGE
        assert of.truth.battery_w > 0.0
        pass_time(of, SECOND)
        assert of.truth.battery_w == -2000.0

    def test_a_command_may_end_before_it_was_obeyed(self) -> None:
        of = self.slow()
        command(of, CHARGE, minutes=0)
        assert read_number(of, 47100) == 0
        pass_time(of, MINUTE)
        assert of.truth.battery_w > 0.0


def test_a_shut_down_inverter_converts_nothing_until_it_is_started() -> None:
    of = plant(overrides=DAY)
    of.write(1, 40201, (0,))
    pass_time(of, MINUTE)
    assert of.truth.device_status == 0x0301
    assert of.truth.pv_w == of.truth.battery_w == 0.0
    assert of.truth.grid_w == 505.0
    of.write(1, 40201, (0,))
    of.write(1, 40200, (0,))
    of.write(1, 40200, (0,))
    assert of.truth.device_status == 0x0200
    assert of.truth.pv_w == 4000.0


def test_set_values_are_taken_over() -> None:
    of = plant(overrides=NIGHT)
    of.set_soc(81.0)
    of.set_battery_temperature(-3.0)
    assert of.truth.soc_pct == pytest.approx(81.0)
    assert of.truth.battery_temperature_c == -3.0
    assert of.truth.charge_limit_w == 0.0
