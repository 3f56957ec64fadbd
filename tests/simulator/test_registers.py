"""The register image of known states, against tables written by hand from the facts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.simulator.condition import PlantCondition
from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    FirmwareQuirks,
    PlantParameters,
    PvParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant

from .builders import (
    DAY,
    DISCHARGE,
    HOUR,
    NIGHT,
    START,
    command,
    number_of,
    pass_time,
    plant,
    read_number,
    read_text,
)

ROME = ZoneInfo("Europe/Rome")
U16, I16 = (0xFFFF,), (0x7FFF,)
U32, I32 = (0xFFFF, 0xFFFF), (0x7FFF, 0xFFFF)

# A night at noon, 500 W used, the battery half full and commanded to give 3 kW.
# Out of the inverter come 3000 - 14 - 24 - 9 = 2953 W, of them 2453 W are exported.
DISCHARGING = {
    30000: (0x5355, 0x4E32, 0x3030, 0x302D, 0x3130, 0x4B54, 0x4C2D, 0x4D31, 0x0000),
    30015: (0x4253, 0x3233, 0x3031, 0x3030, 0x3030, 0x3031, 0x0000),
    30050: (0x5631, 0x3030, 0x5230, 0x3031, 0x4330, 0x3053, 0x5043, 0x3137, 0x3300),
    30070: (428, 2, 2),
    30073: (0, 10000, 0, 11000, 0, 11000),
    30079: (0, 6000, 0xFFFF, 0xE890),
    32000: (0x0006, 0x0000, 0x0005),
    32008: (0, 0, 0),
    32017: (0,),  # no current in string 1
    32064: (0, 0),
    32080: (0, 2953, 0, 0, 1000),
    32086: (9843,),
    32089: (0x0200, 0),
    32095: (0, 2953),
    32106: (0x000B, 0x1D43, 0x000B, 0x98C0),
    37000: (2, 0xFFFF, 0xF448, 3900, 500),
    37006: (1, 0, 5000, 0, 5000),
    37021: (0xFFB3,),
    37046: (0, 5000, 0, 5000),
    37052: (0x4C42, 0x3233, 0x3032, 0x3030, 0x3030, 0x3031),
    37066: (0x0003, 0xA980, 0x0003, 0x7B36),
    37100: (1,),
    37113: (0, 2453),
    37119: (0x0007, 0xE8F3, 0x0001, 0xADB0),
    37125: (1,),
    37138: (1,),
    37758: (0, 10000, 500),
    37762: (2, 3900, 0xFFB3, 0xFFFF, 0xF448),
    37780: (0x0003, 0xA980, 0x0003, 0x7B36, 0, 0, 0, 0),
    40000: (0x6A1D, 0x7440),  # 12:00 in Rome as if it were UTC
    42900: (1,),
    43006: (60,),
    47000: (2,),
    47083: (10,),
    47100: (2,),
    47246: (0, 0, 0, 0, 3000),
    47750: (1, 2, 0, 0, 0, 0),
    48020: (0,),
}


@pytest.mark.parametrize(("address", "words"), DISCHARGING.items())
def test_a_discharging_plant_reads_as_written_by_hand(
    address: int, words: tuple[int, ...]
) -> None:
    of = plant(time_zone=ROME)
    command(of, DISCHARGE, power_w=3000)
    assert of.read(1, address, len(words)) == words


def test_house_load_derives_exactly_from_inverter_and_meter() -> None:
    of = SimulatedPlant(PlantParameters(), START)
    for _ in range(30):
        pass_time(of, HOUR)
        inverter_w = read_number(of, 32080, 2, signed=True)
        meter_w = read_number(of, 37113, 2, signed=True)
        assert inverter_w - meter_w == round(of.truth.load_w)


def test_phases_add_up_to_the_meter() -> None:
    of = plant(overrides=DAY)
    phases = [read_number(of, a, 2, signed=True) for a in (37132, 37134, 37136)]
    assert sum(phases) == read_number(of, 37113, 2, signed=True)
    for voltage, current, power in zip(
        (37101, 37103, 37105), (37107, 37109, 37111), phases, strict=True
    ):
        amps = read_number(of, current, 2, signed=True) / 100
        volts = read_number(of, voltage, 2) / 10
        assert amps * volts == pytest.approx(power, abs=3)


def test_voltages_lie_around_those_of_the_grid() -> None:
    of = plant()
    for address in (32069, 32070, 32071):
        assert 2250 < read_number(of, address) < 2360
    for address in (32066, 32067, 32068):
        assert 3900 < read_number(of, address) < 4090
    for address in (32085, 37118):
        assert 4990 < read_number(of, address) < 5010


@pytest.mark.parametrize("strings", [0, 1, 2, 3, 24])
def test_strings_share_the_sun_and_the_rest_is_absent(strings: int) -> None:
    of = plant(overrides=DAY, pv=PvParameters(string_count=strings))
    words = of.read(1, 32016, 48)
    volts, amps = words[::2], words[1::2]
    power_w = sum(v * a / 1000 for v, a in zip(volts, amps, strict=True) if v != 0x7FFF)
    assert power_w == pytest.approx(4000 * bool(strings), rel=0.02)
    assert volts[strings:] == amps[strings:] == I16 * (24 - strings)
    assert read_number(of, 30071) == strings


@pytest.mark.parametrize(
    ("strings", "trackers"), [(0, 0), (1, 1), (2, 2), (3, 2), (8, 4), (24, 10)]
)
def test_trackers_count_what_they_got(strings: int, trackers: int) -> None:
    of = plant(overrides=DAY, pv=PvParameters(string_count=strings))
    energies = [of.read(1, 32212 + 2 * i, 2) for i in range(10)]
    assert read_number(of, 30072) == trackers
    assert energies[trackers:] == [U32] * (10 - trackers)
    total = sum(number_of(words) for words in energies[:trackers])
    assert total == pytest.approx(read_number(of, 32108, 2), abs=trackers)


def test_what_is_not_fitted_reads_the_markers() -> None:
    of = plant(battery=BatteryParameters(packs_per_unit=2))
    absent = {
        37738: U16,
        37743: I32,
        37746: U32,
        37750: U16,
        37751: I16,
        37752: I16,
        37753: U32,
        38284 + 29: U16,
        38284 + 33: I32,
        38284 + 36: I16,
        38284 + 38: U32,
        38456: I16,
        38458: I16,
    }
    for address, words in absent.items():
        assert of.read(1, address, len(words)) == words
    for address in (37700, 37799, 38284, 38326):
        assert read_text(of, address, 10) == ""
    assert of.read(1, 37741, 1) == of.read(1, 47089, 1) == (0,)


def test_two_units_and_six_packs_share_the_power() -> None:
    of = plant(battery=BatteryParameters(units=2, packs_per_unit=3, capacity_kwh=30))
    command(of, DISCHARGE, power_w=3000)
    for address in (37001, 37743):
        assert read_number(of, address, 2, signed=True) == -1500
    for base in (38200, 38242, 38284, 38326, 38368, 38410):
        assert read_number(of, base + 33, 2, signed=True) == -500
        assert read_number(of, base + 29) == 500
    serials = {read_text(of, a, 10) for a in (38200, 38242, 38284, 38326, 37052, 37700)}
    assert len(serials) == 6
    assert read_number(of, 37758, 2) == 30_000
    warmest, coldest = (read_number(of, a) for a in (38462, 38463))
    assert warmest > coldest > 150


def test_without_a_battery_its_registers_say_so() -> None:
    of = SimulatedPlant(PlantParameters(battery=None), START)
    assert of.read(1, 47000, 1) == of.read(1, 37000, 1) == of.read(1, 37762, 1) == (0,)
    assert of.read(1, 37758, 3) == (0, 0, 0xFFFF)
    assert of.read(1, 37765, 2) == I32
    assert of.read(1, 37780, 2) == of.read(1, 37007, 2) == U32
    assert of.read(1, 37006, 1) == (0,)
    assert of.read(1, 37046, 4) == (0, 0, 0, 0)
    assert read_text(of, 37052, 10) == read_text(of, 30561, 15) == ""
    assert of.truth.battery_w == 0.0


def test_a_single_phase_home_has_one_phase() -> None:
    of = plant(three_phase=False)
    assert of.read(1, 37125, 1) == (0,)
    assert of.read(1, 32067, 2) == of.read(1, 32070, 2) == U16 * 2
    assert of.read(1, 32066, 1) == of.read(1, 32069, 1)
    assert of.read(1, 32074, 4) == I32 * 2
    assert of.read(1, 37103, 4) == of.read(1, 37109, 4) == I32 * 2
    assert of.read(1, 37126, 6) == of.read(1, 37132, 6) == I32 * 3
    assert of.read(1, 37113, 2) == (0, 0)
    assert number_of(of.read(1, 32072, 2)) > 2000


def test_without_a_meter_its_values_are_markers() -> None:
    of = plant(has_meter=False)
    assert of.read(1, 37100, 1) == of.read(1, 37138, 1) == (0,)
    assert of.read(1, 37113, 2) == of.read(1, 37119, 2) == I32
    assert of.read(1, 37117, 2) == I16 * 2


def test_a_meter_may_count_its_export_backwards() -> None:
    of = plant(quirks=FirmwareQuirks(meter_exports_negative=True))
    assert read_number(of, 37119, 2, signed=True) == -518_387


def test_an_inverter_without_optimizers_may_not_know_the_question() -> None:
    assert plant().read(1, 37200, 3) == (0, 0, 0)
    old = plant(quirks=FirmwareQuirks(optimizers=False))
    with pytest.raises(Exception, match="exception 0x02"):
        old.read(1, 37200, 1)


def test_states_have_their_bits() -> None:
    of = plant(battery=BatteryParameters(soc_pct=5.0))
    assert of.read(1, 32000, 3) == (0b0001, 0, 0b101)
    pass_time(of, HOUR)
    assert number_of(of.read(1, 32088, 1)) == 0
    assert of.read(1, 32086, 1) == (0,)
    of.overrides = DAY
    assert of.read(1, 32000, 3) == (0b0110, 0, 0b111)
    of.overrides = Overrides(pv_w=20_000.0, load_w=0.0)
    assert of.read(1, 32000, 1) == (0b1110,)
    of.write(1, 40201, (0,))
    assert of.read(1, 32000, 1) == (0x0100,)


def test_start_and_shutdown_are_told_in_local_seconds() -> None:
    of = plant(time_zone=ROME)
    started = round(START.timestamp()) + 7200
    assert of.read(1, 32091, 4) == (started >> 16, started & 0xFFFF, *U32)
    pass_time(of, HOUR)
    of.write(1, 40201, (0,))
    assert read_number(of, 32093, 2) == started + 3600
    of.write(1, 40200, (0,))
    assert read_number(of, 32091, 2) == started + 3600


def test_counters_of_the_hour_day_month_and_year_are_told() -> None:
    of = plant(start=datetime(2026, 6, 1, 10, 30, tzinfo=UTC), overrides=DAY)
    pass_time(of, HOUR)
    hour, day, month, year = (
        read_number(of, a, 2) for a in (32112, 32114, 32116, 32118)
    )
    assert 0 < hour < day == month == year
    assert read_number(of, 32078, 2) == pytest.approx(500, abs=1)


def test_a_sleepy_dongle_tells_the_whole_plant() -> None:
    of = plant(overrides=NIGHT, unit_ids=frozenset({1, 100}))
    command(of, DISCHARGE, power_w=3000)
    assert len(of.read(100, 37498, 20)) == 20
    values = {
        a: number_of(of.read(100, a, 2), signed=True) for a in range(37498, 37505, 2)
    }
    assert values == {37498: 0, 37500: 500, 37502: -2453, 37504: -3000}


def test_an_emma_tells_feed_in_as_positive() -> None:
    of = plant(overrides=DAY, emma=True)
    of.set_soc(100.0)
    feed_in_w = number_of(of.read(0, 30358, 2), signed=True)
    assert feed_in_w == -round(of.truth.grid_w)
    assert of.read(0, 30368, 1) == (10_000,)


def test_a_smartlogger_commands_from_outside() -> None:
    assert plant(smartlogger=True).read(0, 40737, 1) == (4,)


def test_alarms_and_serial_number_follow_the_condition() -> None:
    of = plant()
    of.condition = PlantCondition(alarms=(2, 4, 8), serial_number="X1")
    assert of.read(1, 32008, 3) == (2, 4, 8)
    assert read_text(of, 30015, 10) == "X1"
