"""Commands over a real socket: what the plant is told, in which order, and returns."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from custom_components.bessai.core.command import (
    CommandError,
    CommandMark,
    CommandNotPermitted,
    CommandOverruled,
    CommandRefused,
    CommandUnsent,
    ControlJournal,
    Order,
    Original,
    ReadBackDiffers,
    Standing,
    Write,
)
from custom_components.bessai.core.setpoint import Hold, Setpoint
from custom_components.bessai.device.command_driver import CommandDriver
from custom_components.bessai.device.pymodbus_link import PymodbusLink
from custom_components.bessai.simulator.errors import ExceptionCode
from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import FirmwareQuirks

from ..simulator.builders import command, plant, words_of
from .command_rig import (
    AN_HOUR,
    CHARGE_LIMIT,
    COMMAND,
    DISCHARGE_LIMIT,
    DISCHARGE_POWER,
    DURATION,
    END,
    GRID_CHARGE,
    PERIOD_S,
    POWER,
    TODAY,
    Rig,
    Scissors,
    commanding,
)
from .plant_fake import identity

CHARGE = Setpoint(power_w=-2000.0)
DISCHARGE = Setpoint(power_w=1500.0)
HOLD = Hold()
FREEZE = Hold(allow_charging=False)
MINUTE = timedelta(minutes=1)
RATED_W = 5000


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """Return a plant at night, half full, with nothing commanded."""
    async with commanding() as one:
        yield one


class TestSetpoint:
    """Charge and discharge."""

    async def test_charge_is_written_with_the_command_last(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        assert rig.written() == [(POWER, 2000), (DURATION, 3), (END, 0), (COMMAND, 1)]
        assert rig.plant.truth.battery_w == pytest.approx(-2000)
        assert rig.plant.truth.forcible_remaining_s == PERIOD_S

    async def test_discharge_is_written_with_the_command_last(self, rig: Rig) -> None:
        await rig.apply(DISCHARGE)
        assert rig.written() == [
            *((DISCHARGE_POWER, 1500), (DURATION, 3), (END, 0), (COMMAND, 2)),
        ]
        assert rig.plant.truth.battery_w == pytest.approx(1500)

    async def test_parameters_are_read_back_before_the_command(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        assert [line for line in rig.log if line != "kept"][-7:] == [
            *("write 47247", "write 47083", "write 47246", "read 47083", "read 47246"),
            *("write 47100", "read 47100"),
        ]

    async def test_what_was_read_back_is_returned(self, rig: Rig) -> None:
        assert await rig.apply(CHARGE) == {
            "forcible_charge_power_w": 2000,
            "forcible_duration_min": 3,
            "forcible_end_condition": "duration",
            "forcible_command": "charge",
        }

    async def test_the_mark_is_on_disk_before_the_first_write(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        assert rig.log.index("kept") < rig.log.index("write 47247")
        assert rig.disk.journal.command == CommandMark(
            standing=Standing.CHARGE, power_w=2000, until=rig.now + AN_HOUR
        )

    async def test_each_write_is_witnessed(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        assert rig.writes[-1] == Write(
            key="forcible_command", address=COMMAND, value="charge", stored=False
        )
        assert len(rig.writes) == 4

    async def test_a_write_that_is_cut_off_is_witnessed(self, rig: Rig) -> None:
        """It may have arrived, and nobody else would say that it was ours."""
        command = asyncio.ensure_future(rig.apply(CHARGE))
        sound = rig.plant.write

        def write(unit_id: int, address: int, words: Sequence[int]) -> None:
            sound(unit_id, address, words)
            command.cancel()

        rig.plant.write = write  # type: ignore[method-assign] # somebody loses patience
        with pytest.raises(asyncio.CancelledError):
            await command
        (cut,) = rig.writes
        assert (cut.address, cut.error) == (POWER, "cut off")
        assert rig.written() == [(POWER, 2000)]

    async def test_power_is_never_rounded_up(self, rig: Rig) -> None:
        await rig.apply(Setpoint(power_w=-1999.99))
        assert rig.number(POWER) == 1999

    async def test_less_than_a_step_of_power_is_refused(self, rig: Rig) -> None:
        with pytest.raises(CommandRefused, match="less than one step"):
            await rig.apply(Setpoint(power_w=0.4))
        assert rig.written() == []

    @pytest.mark.parametrize("period_s", [59, 1441 * 60])
    async def test_a_period_that_the_device_cannot_count_is_refused(
        self, rig: Rig, period_s: int
    ) -> None:
        order = Order(wish=CHARGE, period_s=period_s)
        with pytest.raises(CommandRefused, match="counts no such period"):
            await rig.driver.apply(order, rig.now + AN_HOUR, TODAY, lambda: True)
        assert rig.written() == []

    async def test_another_direction_stops_the_first_before(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        await rig.apply(DISCHARGE)
        assert [value for at, value in rig.written() if at == COMMAND] == [1, 0, 2]
        assert rig.plant.truth.battery_w == pytest.approx(1500)

    async def test_more_power_does_not_interrupt_the_charge(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        await rig.apply(Setpoint(power_w=-3000.0))
        assert [value for at, value in rig.written() if at == COMMAND] == [1, 1]
        assert rig.plant.truth.battery_w == pytest.approx(-3000)

    async def test_end_by_state_of_charge_is_turned_off_first(self, rig: Rig) -> None:
        rig.plant.write(1, END, (1,))
        await rig.apply(CHARGE)
        assert rig.stranded == []
        assert rig.plant.truth.forcible_remaining_s == PERIOD_S

    async def test_it_ends_by_itself(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        rig.pass_time(timedelta(seconds=PERIOD_S))
        assert rig.number(COMMAND) == 0
        assert await rig.driver.read_standing() is Standing.NONE

    async def test_it_ends_by_itself_while_a_poll_waits(self, rig: Rig) -> None:
        """Nobody comes in between the requests of a command."""
        unit = rig.endpoint.unit(1)
        polls = [asyncio.create_task(unit.read(37760, 1)) for _ in range(3)]
        await asyncio.gather(rig.apply(CHARGE), *polls)
        requests = [line for line in rig.log if line != "kept"]
        first, last = requests.index("write 47247"), requests.index("write 47100")
        assert "read 37760" not in requests[first:last]
        assert requests.count("read 37760") == 3


class TestGridCharge:
    """The switch that a charge from the grid needs."""

    async def test_it_is_turned_on_before_the_command(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        assert rig.written()[0] == (GRID_CHARGE, 1)
        assert rig.disk.journal.originals == {
            "charge_from_grid_enabled": Original(value=0, written=1)
        }
        assert rig.log.index("kept") < rig.log.index("write 47087")

    async def test_it_is_left_alone_where_it_is_on(self, rig: Rig) -> None:
        rig.plant.write(1, GRID_CHARGE, (1,))
        await rig.apply(CHARGE, grid_charge=True)
        await rig.release()
        assert rig.number(GRID_CHARGE) == 1
        assert GRID_CHARGE not in [at for at, _ in rig.written()[1:]]

    async def test_a_charge_from_the_sun_does_not_touch_it(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        assert GRID_CHARGE not in [at for at, _ in rig.written()]

    async def test_it_is_not_written_again_with_the_next_charge(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        await rig.apply(Setpoint(power_w=-1000.0), grid_charge=True)
        assert [at for at, _ in rig.written()].count(GRID_CHARGE) == 1
        await rig.release()
        assert rig.number(GRID_CHARGE) == 0

    async def test_a_discharge_turns_it_off_again(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        await rig.apply(DISCHARGE)
        assert rig.number(GRID_CHARGE) == 0
        assert not rig.disk.journal.originals

    async def test_a_hold_turns_it_off_again(self, rig: Rig) -> None:
        """In a time-of-use mode it would let the inverter charge by itself."""
        await rig.apply(CHARGE, grid_charge=True)
        await rig.apply(HOLD)
        assert rig.number(GRID_CHARGE) == 0
        assert rig.disk.journal.originals.keys() == {"discharge_power_limit_w"}


class TestRenewal:
    """Another period for the command in force."""

    async def test_duration_and_command_are_written(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        before = len(rig.written())
        rig.pass_time(MINUTE)
        read_back = await rig.renew(CHARGE)
        assert rig.written()[before:] == [(DURATION, 3), (COMMAND, 1)]
        assert rig.driver.writes_to_renew == 2
        assert read_back["forcible_command"] == "charge"
        assert rig.plant.truth.forcible_remaining_s == PERIOD_S

    @pytest.mark.parametrize(("restarts", "stops"), [(True, 0), (False, 3)])
    async def test_the_command_goes_on_whatever_the_firmware_does(
        self, stops: int, *, restarts: bool
    ) -> None:
        """A countdown that does not restart ends; the next renewal begins anew."""
        quirks = FirmwareQuirks(rewrite_restarts_countdown=restarts)
        ended = 0
        async with commanding(plant(quirks=quirks)) as rig:
            await rig.apply(DISCHARGE)
            for _ in range(12):
                rig.pass_time(MINUTE - timedelta(seconds=5))
                ended += rig.number(COMMAND) == 0
                await rig.renew(DISCHARGE)
                assert rig.plant.truth.battery_w == pytest.approx(1500)
        assert ended == stops

    async def test_a_command_that_is_not_ours_is_not_renewed(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        command(rig.plant, 2)
        before = rig.written()
        with pytest.raises(CommandOverruled, match="another controller"):
            await rig.renew(CHARGE)
        assert rig.written() == [*before, (DURATION, 3)]

    @pytest.mark.parametrize("other", [DISCHARGE, Setpoint(power_w=-100.0)])
    async def test_only_what_was_applied_is_renewed(
        self, rig: Rig, other: Setpoint
    ) -> None:
        with pytest.raises(CommandOverruled, match="not in force"):
            await rig.renew(CHARGE)
        await rig.apply(CHARGE)
        with pytest.raises(CommandOverruled, match="not in force"):
            await rig.renew(other)

    async def test_a_command_without_an_end_is_not_given_again(self, rig: Rig) -> None:
        """Somebody else may have chosen that it ends by state of charge."""
        await rig.apply(CHARGE)
        rig.plant.write(1, END, (1,))
        with pytest.raises(ReadBackDiffers, match="forcible_end_condition"):
            await rig.renew(CHARGE)
        assert [at for at, _ in rig.written()].count(COMMAND) == 1
        assert rig.stranded == []

    async def test_a_hold_is_looked_at_and_not_written(self, rig: Rig) -> None:
        await rig.apply(FREEZE)
        before = rig.written()
        assert await rig.renew(FREEZE) == {
            "discharge_power_limit_w": 0,
            "charge_power_limit_w": 0,
        }
        assert rig.written() == before

    async def test_a_hold_that_somebody_lifted_is_noticed(self, rig: Rig) -> None:
        await rig.apply(HOLD)
        rig.plant.write(1, DISCHARGE_LIMIT, words_of(3000, 2))
        with pytest.raises(ReadBackDiffers, match="discharge_power_limit_w"):
            await rig.renew(HOLD)


class TestHold:
    """The stored limits."""

    async def test_hold_keeps_the_battery_from_discharging(self, rig: Rig) -> None:
        assert rig.plant.truth.battery_w > 0
        assert await rig.apply(HOLD) == {"discharge_power_limit_w": 0}
        assert rig.plant.truth.battery_w == 0
        assert rig.written() == [(DISCHARGE_LIMIT, 0)]

    async def test_the_original_is_on_disk_before_the_write(self, rig: Rig) -> None:
        await rig.apply(HOLD)
        assert rig.log.index("kept") < rig.log.index("write 47077")
        assert rig.disk.journal.originals == {
            "discharge_power_limit_w": Original(value=RATED_W, written=0)
        }

    async def test_nothing_is_written_while_the_disk_is_full(self, rig: Rig) -> None:
        rig.disk.full = True
        for wish in (HOLD, CHARGE):
            with pytest.raises(CommandError, match="disk"):
                await rig.apply(wish)
        assert rig.written() == []

    async def test_a_limit_of_the_owner_that_is_zero_is_not_ours(
        self, rig: Rig
    ) -> None:
        rig.plant.write(1, DISCHARGE_LIMIT, (0, 0))
        await rig.apply(HOLD)
        assert not rig.driver.journal.owes
        await rig.release()
        assert rig.written() == [(DISCHARGE_LIMIT, 0)]

    async def test_hold_without_charging_needs_both_limits(self, rig: Rig) -> None:
        await rig.apply(FREEZE)
        assert rig.written() == [(DISCHARGE_LIMIT, 0), (CHARGE_LIMIT, 0)]
        await rig.apply(HOLD)
        assert rig.written()[2:] == [(CHARGE_LIMIT, RATED_W)]

    async def test_the_same_hold_again_writes_nothing(self, rig: Rig) -> None:
        await rig.apply(HOLD)
        await rig.apply(HOLD)
        assert rig.written() == [(DISCHARGE_LIMIT, 0)]

    async def test_hold_ends_a_forcible_command_first(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        await rig.apply(HOLD)
        assert rig.written()[4:] == [
            *((COMMAND, 0), (POWER, 0), (DISCHARGE_POWER, 0), (DURATION, 0)),
            (DISCHARGE_LIMIT, 0),
        ]
        assert rig.driver.journal.command is None

    async def test_a_setpoint_puts_the_limits_back_first(self, rig: Rig) -> None:
        await rig.apply(FREEZE)
        await rig.apply(DISCHARGE)
        assert rig.number(CHARGE_LIMIT) == rig.number(DISCHARGE_LIMIT) == RATED_W
        assert rig.written()[2][0] in {CHARGE_LIMIT, DISCHARGE_LIMIT}
        assert rig.plant.truth.battery_w == pytest.approx(1500)

    async def test_writes_of_stored_settings_are_counted_by_day(self, rig: Rig) -> None:
        long_ago, lately = TODAY - timedelta(days=8), TODAY - timedelta(days=7)
        rig.disk.journal = ControlJournal(stored_writes={long_ago: 9, lately: 4})
        rig.restart()
        await rig.apply(FREEZE)
        await rig.release()
        assert rig.disk.journal.stored_writes == {lately: 4, TODAY: 4}
        assert sum(write.stored for write in rig.writes) == 4

    async def test_a_limit_that_the_plant_does_not_say_is_not_changed(
        self, rig: Rig
    ) -> None:
        rig.plant.poke(DISCHARGE_LIMIT, (0xFFFF, 0xFFFF))
        with pytest.raises(CommandError, match="has no value"):
            await rig.apply(HOLD)
        assert rig.written() == []


class TestRelease:
    """Everything is as it was."""

    async def test_the_command_is_stopped_first(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        before = len(rig.written())
        read_back = await rig.release()
        assert rig.written()[before:] == [
            *((COMMAND, 0), (POWER, 0), (DISCHARGE_POWER, 0), (DURATION, 0)),
            (GRID_CHARGE, 0),
        ]
        assert read_back["forcible_command"] == "stop"
        assert read_back["charge_from_grid_enabled"] == 0
        assert not rig.disk.journal.owes

    async def test_the_stop_is_verified_before_anything_else(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        rig.log.clear()
        await rig.release()
        stop = rig.log.index("write 47100")
        assert rig.log[stop + 1] == "read 47100"

    async def test_nothing_is_asked_when_nothing_is_owed(self, rig: Rig) -> None:
        assert await rig.release() == {}
        assert rig.log == []

    async def test_a_command_that_has_ended_is_only_tidied_up(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        rig.pass_time(AN_HOUR)
        await rig.release()
        assert [value for at, value in rig.written() if at == COMMAND] == [1]
        assert rig.number(POWER) == 0

    async def test_a_command_of_another_controller_is_left_alone(
        self, rig: Rig
    ) -> None:
        await rig.apply(CHARGE)
        command(rig.plant, 2)
        before = rig.written()
        await rig.release()
        assert rig.written() == before
        assert not rig.driver.journal.owes

    async def test_a_limit_that_somebody_chose_meanwhile_stays(self, rig: Rig) -> None:
        await rig.apply(HOLD)
        rig.plant.write(1, DISCHARGE_LIMIT, words_of(3000, 2))
        await rig.release()
        assert rig.number(DISCHARGE_LIMIT) == 3000
        assert not rig.disk.journal.owes

    async def test_a_limit_chosen_meanwhile_is_the_original_of_the_next_hold(
        self, rig: Rig
    ) -> None:
        await rig.apply(HOLD)
        rig.plant.write(1, DISCHARGE_LIMIT, words_of(3000, 2))
        await rig.apply(HOLD)
        await rig.release()
        assert rig.number(DISCHARGE_LIMIT) == 3000

    async def test_one_trouble_does_not_stop_the_rest(self, rig: Rig) -> None:
        await rig.apply(FREEZE)
        rig.refuse[CHARGE_LIMIT] = ExceptionCode.NO_PERMISSION
        with pytest.raises(CommandNotPermitted):
            await rig.release()
        assert rig.number(DISCHARGE_LIMIT) == RATED_W
        assert rig.disk.journal.originals.keys() == {"charge_power_limit_w"}
        rig.refuse.clear()
        await rig.release()
        assert not rig.disk.journal.owes

    async def test_the_first_trouble_is_told(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        rig.refuse[COMMAND] = ExceptionCode.ILLEGAL_VALUE
        rig.refuse[GRID_CHARGE] = ExceptionCode.NO_PERMISSION
        with pytest.raises(CommandRefused, match="forcible_command"):
            await rig.release()
        assert rig.disk.journal.command is not None

    async def test_what_cannot_be_tidied_up_is_left_at_last(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        rig.refuse[DURATION] = ExceptionCode.ILLEGAL_VALUE
        with pytest.raises(CommandRefused, match="forcible_duration_min"):
            await rig.release()
        assert not rig.disk.journal.owes
        assert rig.number(COMMAND) == 0

    async def test_a_setting_that_the_profile_lost_stays_owed(self, rig: Rig) -> None:
        owed = {"gone": Original(value=1, written=0)}
        await rig.apply(HOLD)
        rig.disk.journal = replace(
            rig.disk.journal, originals=owed | dict(rig.disk.journal.originals)
        )
        rig.restart()
        with pytest.raises(CommandError, match="no register gone"):
            await rig.release()
        assert rig.number(DISCHARGE_LIMIT) == RATED_W
        assert rig.disk.journal.originals == owed

    async def test_a_setting_that_is_no_switch_any_more_is_put_back(
        self, rig: Rig
    ) -> None:
        rig.plant.write(1, 47102, (150,))
        reserve = {"backup_reserve_soc_pct": Original(value=5, written=15)}
        rig.disk.journal = ControlJournal(originals=reserve)
        rig.restart()
        await rig.release()
        assert rig.number(47102) == 50
        assert not rig.disk.journal.owes


class TestTaper:
    """Near full and near empty the device refuses the original."""

    @pytest.fixture
    async def nearly_full(self, rig: Rig) -> Rig:
        """Return a plant that filled up while it was held without charging."""
        await rig.apply(FREEZE)
        rig.plant.set_soc(99.0)
        limit_w = rig.plant.truth.charge_limit_w
        assert 0 < limit_w < RATED_W
        return rig

    async def test_as_much_as_it_takes_is_put_back(self, nearly_full: Rig) -> None:
        limit_w = round(nearly_full.plant.truth.charge_limit_w)
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == limit_w
        assert nearly_full.number(DISCHARGE_LIMIT) == RATED_W
        assert nearly_full.disk.journal.originals == {
            "charge_power_limit_w": Original(value=RATED_W, written=limit_w)
        }

    async def test_nothing_is_written_while_nothing_changes(
        self, nearly_full: Rig
    ) -> None:
        await nearly_full.release()
        before = len(nearly_full.writes)
        await nearly_full.release()
        assert len(nearly_full.writes) == before
        assert nearly_full.driver.journal.owes

    async def test_it_is_not_lowered_when_the_device_takes_less(
        self, nearly_full: Rig
    ) -> None:
        await nearly_full.release()
        limit_w = nearly_full.number(CHARGE_LIMIT)
        nearly_full.plant.set_soc(99.5)
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == limit_w

    async def test_more_is_put_back_as_the_device_takes_more(
        self, nearly_full: Rig
    ) -> None:
        await nearly_full.release()
        nearly_full.plant.set_soc(98.5)
        more_w = round(nearly_full.plant.truth.charge_limit_w)
        assert more_w < RATED_W
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == more_w
        nearly_full.plant.set_soc(60.0)
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == RATED_W
        assert not nearly_full.disk.journal.owes

    async def test_the_original_survives_a_restart(self, nearly_full: Rig) -> None:
        await nearly_full.release()
        nearly_full.restart()
        nearly_full.plant.set_soc(60.0)
        assert await nearly_full.recover() is Standing.NONE
        assert nearly_full.number(CHARGE_LIMIT) == RATED_W

    async def test_the_original_survives_another_hold(self, nearly_full: Rig) -> None:
        await nearly_full.release()
        await nearly_full.apply(FREEZE)
        assert nearly_full.number(CHARGE_LIMIT) == 0
        nearly_full.plant.set_soc(60.0)
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == RATED_W
        assert not nearly_full.disk.journal.owes

    async def test_a_lost_answer_does_not_lose_the_original(
        self, nearly_full: Rig
    ) -> None:
        """The journal names the next value, the device may hold the last one."""
        await nearly_full.release()
        nearly_full.plant.set_soc(98.5)
        # After both reads: the write of the larger part never comes to the device.
        nearly_full.scissors = Scissors(at=3, lasting=True)
        with pytest.raises(CommandUnsent):
            await nearly_full.release()
        nearly_full.scissors = Scissors()
        nearly_full.plant.set_soc(60.0)
        await nearly_full.release()
        assert nearly_full.number(CHARGE_LIMIT) == RATED_W

    async def test_a_setpoint_does_not_wait_for_the_rest(
        self, nearly_full: Rig
    ) -> None:
        await nearly_full.apply(DISCHARGE)
        assert nearly_full.plant.truth.battery_w == pytest.approx(1500)
        assert nearly_full.disk.journal.originals.keys() == {"charge_power_limit_w"}

    async def test_old_firmware_lowers_instead_of_refusing(self) -> None:
        quirks = FirmwareQuirks(refuses_excess_power=False)
        async with commanding(plant(quirks=quirks)) as rig:
            await rig.apply(FREEZE)
            rig.plant.set_soc(99.0)
            await rig.release()
            assert 0 < rig.number(CHARGE_LIMIT) < RATED_W
            assert rig.disk.journal.owes
            rig.plant.set_soc(60.0)
            await rig.release()
            assert rig.number(CHARGE_LIMIT) == RATED_W
            assert not rig.disk.journal.owes

    async def test_a_switch_that_is_not_taken_is_trouble(self, rig: Rig) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        rig.plant.poke(GRID_CHARGE, (1,))
        with pytest.raises(ReadBackDiffers, match="charge_from_grid_enabled"):
            await rig.release()
        rig.refuse[GRID_CHARGE] = ExceptionCode.ILLEGAL_VALUE
        with pytest.raises(CommandRefused, match="charge_from_grid_enabled"):
            await rig.release()
        assert rig.disk.journal.owes


class TestTrouble:
    """What is refused, lost or overruled."""

    @pytest.mark.parametrize(
        "code",
        [
            ExceptionCode.NO_PERMISSION,
            ExceptionCode.ILLEGAL_ADDRESS,
            ExceptionCode.ILLEGAL_FUNCTION,
            ExceptionCode.DEVICE_FAILURE,
        ],
    )
    async def test_the_installer_has_to_allow_it(
        self, rig: Rig, code: ExceptionCode
    ) -> None:
        rig.refuse[DURATION] = code
        with pytest.raises(CommandNotPermitted) as caught:
            await rig.apply(CHARGE)
        assert (caught.value.key, caught.value.value) == ("forcible_duration_min", 3)
        assert rig.writes[-1].error is not None
        assert rig.number(COMMAND) == 0

    async def test_the_device_refuses_a_value(self, rig: Rig) -> None:
        with pytest.raises(CommandRefused, match="forcible_charge_power_w = 6000"):
            await rig.apply(Setpoint(power_w=-6000.0))
        assert rig.written() == []

    async def test_a_power_that_no_register_holds_is_refused(self, rig: Rig) -> None:
        with pytest.raises(CommandRefused, match="is not within 0 to"):
            await rig.apply(Setpoint(power_w=-1e10))
        assert rig.written() == []

    async def test_a_busy_device_is_not_waited_for_for_ever(self, rig: Rig) -> None:
        rig.refuse[DURATION] = ExceptionCode.BUSY
        with pytest.raises(CommandUnsent, match="busy"):
            await rig.apply(CHARGE)
        assert rig.log.count("write 47083") == 2

    async def test_a_lost_answer_does_not_stop_a_write_that_took_place(
        self, rig: Rig
    ) -> None:
        await rig.apply(HOLD)
        await rig.release()
        for at in range(2, 10):
            rig.scissors = Scissors(at=at, done=True)
            await rig.apply(CHARGE)
            assert rig.plant.truth.battery_w == pytest.approx(-2000)
            rig.scissors = Scissors()
            await rig.release()

    async def test_a_write_that_did_not_arrive_ends_the_command(self, rig: Rig) -> None:
        await rig.driver.read_standing()
        rig.scissors = Scissors(at=3)
        with pytest.raises(CommandUnsent, match="forcible_duration_min = 3 did not"):
            await rig.apply(CHARGE)
        assert rig.written() == [(POWER, 2000)]
        assert rig.writes[-1].error is not None

    async def test_silence_ends_the_command(self, rig: Rig) -> None:
        await rig.driver.read_standing()
        rig.server.scenario = Scenario.INVERTER_ASLEEP
        with pytest.raises(CommandUnsent, match="no answer"):
            await rig.apply(CHARGE)
        with pytest.raises(CommandUnsent, match="no answer"):
            await rig.driver.read_standing()

    async def test_a_closed_endpoint_sends_nothing(self, rig: Rig) -> None:
        await rig.endpoint.close()
        for send in (rig.apply(CHARGE), rig.release(), rig.recover()):
            with pytest.raises(CommandUnsent, match="closed"):
                await send
        assert rig.written() == []

    async def test_a_parameter_that_reads_back_otherwise_ends_it(
        self, rig: Rig
    ) -> None:
        rig.plant.poke(END, (1,))
        with pytest.raises(ReadBackDiffers) as caught:
            await rig.apply(CHARGE)
        assert (caught.value.key, caught.value.found) == (
            "forcible_end_condition",
            "soc",
        )
        assert COMMAND not in [at for at, _ in rig.written()]

    async def test_a_command_that_does_not_stay_is_noticed(self, rig: Rig) -> None:
        rig.plant.poke(COMMAND, (0,))
        with pytest.raises(ReadBackDiffers, match="forcible_command"):
            await rig.apply(CHARGE)

    @pytest.mark.parametrize("writes", range(5))
    async def test_what_is_not_wanted_any_more_is_not_written(
        self, rig: Rig, writes: int
    ) -> None:
        answers = iter([True] * writes + [False])
        with pytest.raises(CommandOverruled, match="not wanted any more"):
            await rig.apply(CHARGE, grid_charge=True, wanted=lambda: next(answers))
        assert len(rig.written()) == writes
        found = rig.number(COMMAND)
        await rig.release()
        assert (found, rig.number(GRID_CHARGE)) == (0, 0)

    @pytest.mark.parametrize("wish", [CHARGE, DISCHARGE, HOLD])
    async def test_another_controller_is_not_interfered_with(
        self, rig: Rig, wish: Setpoint | Hold
    ) -> None:
        command(rig.plant, 1)
        before = rig.written()
        with pytest.raises(CommandOverruled, match="another controller"):
            await rig.apply(wish)
        assert rig.written() == before

    async def test_another_inverter_is_not_commanded(self, rig: Rig) -> None:
        await rig.apply(HOLD)
        rig.server.scenario = Scenario.SWAPPED_INVERTER
        rig.restart()
        for act in (rig.apply(CHARGE), rig.release(), rig.recover()):
            with pytest.raises(CommandUnsent, match="another inverter"):
                await act
        with pytest.raises(CommandUnsent, match="another inverter"):
            await rig.driver.read_standing()
        assert rig.written() == [(DISCHARGE_LIMIT, 0)]

    async def test_who_answers_has_to_be_known(self, rig: Rig) -> None:
        rig.scissors = Scissors(at=2, lasting=True)
        with pytest.raises(CommandUnsent):
            await rig.driver.read_standing()
        rig.scissors = Scissors()
        assert await rig.driver.read_standing() is Standing.NONE

    async def test_another_inverter_is_noticed_after_a_lost_connection(
        self, rig: Rig
    ) -> None:
        await rig.apply(CHARGE)
        rig.server.scenario = Scenario.SWAPPED_INVERTER
        rig.scissors = Scissors(at=1)
        with pytest.raises(CommandUnsent, match="another inverter"):
            await rig.apply(Setpoint(power_w=-1000.0))
        assert len(rig.written()) == 4

    async def test_without_a_new_connection_nothing_is_written(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        await rig.server.stop()
        with pytest.raises(CommandUnsent):
            await rig.renew(CHARGE)
        assert [write.error for write in rig.writes] == [None] * 4

    @pytest.mark.parametrize("answers", range(1, 9))
    async def test_another_inverter_is_asked_who_it_is_before_it_is_written_to(
        self, rig: Rig, monkeypatch: pytest.MonkeyPatch, answers: int
    ) -> None:
        """Else it would be told to charge without a period of ours."""
        left = iter(range(answers - 1, -1, -1))
        before: list[tuple[int, int]] = []
        attempt = PymodbusLink._attempt

        async def answer_and_go(link: PymodbusLink, *request: Any) -> Any:
            answer = await attempt(link, *request)
            if next(left, None) == 0:
                before.extend(rig.written())
                rig.server.scenario = Scenario.SWAPPED_INVERTER
                await link.close()
            return answer

        monkeypatch.setattr(PymodbusLink, "_attempt", answer_and_go)
        with pytest.raises(CommandUnsent, match="another inverter"):
            await rig.apply(CHARGE)
        assert rig.written() == before


class TestStanding:
    """The command register, which is also the proof of life."""

    async def test_it_takes_one_request(self, rig: Rig) -> None:
        await rig.apply(DISCHARGE)
        rig.log.clear()
        assert await rig.driver.read_standing() is Standing.DISCHARGE
        assert rig.log == ["read 47100"]

    async def test_it_goes_before_a_poll(self, rig: Rig) -> None:
        unit = rig.endpoint.unit(1)
        await rig.driver.read_standing()
        rig.log.clear()
        first = asyncio.create_task(unit.read(37760, 1))
        await asyncio.sleep(0)
        others = [unit.read(address, 1) for address in (37762, 37763)]
        await asyncio.gather(first, *others, rig.driver.read_standing())
        assert rig.log[:2] == ["read 37760", "read 47100"]

    async def test_it_is_not_asked_again(self, rig: Rig) -> None:
        await rig.driver.read_standing()
        rig.log.clear()
        rig.scissors = Scissors(at=1)
        with pytest.raises(CommandUnsent):
            await rig.driver.read_standing()
        assert rig.log == ["read 47100"]

    async def test_a_command_that_nobody_knows_is_trouble(self, rig: Rig) -> None:
        rig.plant.poke(COMMAND, (7,))
        with pytest.raises(CommandUnsent, match=r"unknown \(0x0007\)"):
            await rig.driver.read_standing()


class TestRecovery:
    """What a restart finds."""

    async def test_a_command_of_ours_is_ended(self, rig: Rig) -> None:
        found = rig.settings()
        await rig.apply(CHARGE, grid_charge=True)
        rig.restart()
        assert await rig.recover() is Standing.NONE
        assert rig.settings() == found
        assert not rig.disk.journal.owes

    async def test_a_command_that_ended_meanwhile_is_tidied_up(self, rig: Rig) -> None:
        found = rig.settings()
        await rig.apply(CHARGE)
        rig.pass_time(AN_HOUR)
        rig.restart()
        assert await rig.recover() is Standing.NONE
        assert rig.settings() == found

    @pytest.mark.parametrize(
        ("what", "power_w", "after"),
        [
            (2, 2000, timedelta()),
            (1, 2500, timedelta()),
            (1, 2000, AN_HOUR),
        ],
        ids=["direction", "power", "time"],
    )
    async def test_a_command_that_is_not_ours_is_left_alone(
        self, rig: Rig, what: int, power_w: int, after: timedelta
    ) -> None:
        await rig.apply(CHARGE, grid_charge=True)
        rig.pass_time(after)
        command(rig.plant, what, power_w)
        rig.restart()
        before = rig.written()
        standing = Standing.CHARGE if what == 1 else Standing.DISCHARGE
        assert await rig.recover() is standing
        assert rig.written() == [*before, (GRID_CHARGE, 0)]
        assert not rig.disk.journal.owes

    async def test_without_a_journal_every_command_is_foreign(self, rig: Rig) -> None:
        command(rig.plant, 1)
        assert await rig.recover() is Standing.CHARGE
        assert rig.number(COMMAND) == 1

    async def test_a_hold_is_lifted(self, rig: Rig) -> None:
        await rig.apply(FREEZE)
        rig.restart()
        assert await rig.recover() is Standing.NONE
        assert rig.number(CHARGE_LIMIT) == rig.number(DISCHARGE_LIMIT) == RATED_W

    async def test_a_plant_that_is_silent_is_recovered_later(self, rig: Rig) -> None:
        await rig.apply(CHARGE)
        rig.restart()
        rig.scissors = Scissors(at=1, lasting=True)
        with pytest.raises(CommandUnsent):
            await rig.recover()
        assert rig.disk.journal.owes
        rig.scissors = Scissors()
        assert await rig.recover() is Standing.NONE
        assert not rig.disk.journal.owes


async def test_a_profile_without_control_commands_nothing(rig: Rig) -> None:
    profile = replace(identity().profile, control=None)
    with pytest.raises(ValueError, match="commands nothing"):
        CommandDriver(
            rig.endpoint.unit(1),
            replace(identity(), profile=profile),
            ControlJournal(),
            rig.disk.keep,
            rig.writes.append,
        )
