"""The server over a real socket: manners of an SDongle, and each scenario."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
import hmac
import time
from typing import Any

import pytest

from custom_components.bessai.simulator.faults import Scenario
from custom_components.bessai.simulator.parameters import FirmwareQuirks
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.server import (
    SecondClient,
    ServerBehaviour,
    SimulatorServer,
    scaled_clock,
)

from .builders import CHARGE, DAY, HOUR, START, plant
from .raw_client import RawClient, connected, read_pdu, write_pdu

QUICK = ServerBehaviour(
    latency_s=0.0,
    connect_silence_s=0.0,
    rival_period_s=0.05,
    slow_s=0.2,
    late_s=0.3,
    half_pause_s=0.01,
)
SOC = (500,)


@dataclass
class HandClock:
    """A clock that is set by hand."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class Site:
    """A plant that is being served."""

    server: SimulatorServer
    plant: SimulatedPlant
    clock: HandClock
    port: int

    async def soc(self, client: RawClient) -> tuple[int, ...] | int:
        """Read the state of charge."""
        return await client.read(37760, 1)


@asynccontextmanager
async def serving(
    of: SimulatedPlant | None = None, **behaviour: Any
) -> AsyncIterator[Site]:
    """Serve a plant for a while."""
    served, clock = of or plant(), HandClock()
    server = SimulatorServer(served, clock, replace(QUICK, **behaviour))
    port = await server.start()
    try:
        yield Site(server, served, clock, port)
    finally:
        await server.stop()


class TestAnswers:
    """Function codes, exceptions, units, time."""

    async def test_words_are_read_and_written(self) -> None:
        async with serving() as site, connected(site.port) as client:
            assert await site.soc(client) == SOC
            assert await client.write(47247, (0, 1500)) == 0
            assert await client.ask(b"\x06\xb7\xfc\x00\x01") == b"\x06\xb7\xfc\x00\x01"
            assert await client.read(47247, 2) == (0, 1500)

    async def test_refusals_carry_their_code(self) -> None:
        async with serving() as site, connected(site.port) as client:
            assert await client.read(40900, 1) == 2
            assert await client.read(32000, 126) == 3
            assert await client.write(47100, (3,)) == 3
            assert await client.write(42000, (3,)) == 0x80
            for function in (0x04, 0x2B, 0x41):
                assert await client.ask(bytes([function, 0])) == bytes(
                    [function | 0x80, 1]
                )
            assert await site.soc(client) == SOC

    async def test_function_6_refuses_half_a_register(self) -> None:
        async with serving() as site, connected(site.port) as client:
            assert await client.ask(b"\x06\xb7\xe3\x00\x01") == b"\x86\x03"

    async def test_unknown_units_meet_silence_and_the_link_lives(self) -> None:
        async with serving() as site, connected(site.port) as client:
            assert await client.is_left_alone(read_pdu(), unit_id=7)
            assert await site.soc(client) == SOC
            assert site.server.statistics.unanswered == 1

    async def test_the_plant_lives_by_the_clock(self) -> None:
        async with (
            serving(plant(overrides=DAY)) as site,
            connected(site.port) as client,
        ):
            site.clock.at += HOUR
            assert await client.read(37760, 1) == (839,)
            assert site.plant.at == site.clock.at

    async def test_answers_take_their_time(self) -> None:
        async with serving(latency_s=0.1) as site, connected(site.port) as client:
            began = time.monotonic()
            await site.soc(client)
            assert time.monotonic() - began >= 0.1

    async def test_requests_are_served_one_after_another(self) -> None:
        async with serving(latency_s=0.05) as site, connected(site.port) as client:
            sent = [client.send(read_pdu()) for _ in range(4)]
            began = time.monotonic()
            answered = [(await client.receive())[0] for _ in sent]
            assert answered == sent
            assert time.monotonic() - began >= 0.15

    async def test_counters_count(self) -> None:
        async with serving() as site:
            for _ in range(2):
                async with connected(site.port) as client:
                    await client.read(37758, 30)
                    await client.read(40900, 1)
                    await client.write(47247, (0, 1500))
            statistics = site.server.statistics
            assert statistics.connections == 2
            assert statistics.requests == 6
            assert statistics.read_requests == 4
            assert statistics.write_requests == 2
            assert statistics.words_read == 60
            assert statistics.words_written == 4
            assert statistics.exceptions == 2


class TestManners:
    """One client, silence at first, nothing but Modbus."""

    async def test_the_first_moments_are_silent(self) -> None:
        async with (
            serving(connect_silence_s=0.2) as site,
            connected(site.port) as client,
        ):
            assert await client.is_left_alone(write_pdu(47247, (0, 1500)))
            await asyncio.sleep(0.1)
            assert await client.read(47247, 2) == (0, 0)

    async def test_a_second_client_kicks_the_first(self) -> None:
        async with (
            serving() as site,
            connected(site.port) as first,
            connected(site.port) as second,
        ):
            assert await site.soc(second) == SOC
            assert await first.is_hung_up()
            assert site.server.statistics.kicks == 1

    async def test_a_second_client_may_be_refused(self) -> None:
        async with serving(second_client=SecondClient.REFUSED) as site:
            async with connected(site.port) as first, connected(site.port) as second:
                assert await second.is_hung_up()
                assert await site.soc(first) == SOC
            await asyncio.sleep(0.02)
            async with connected(site.port) as third:
                assert await site.soc(third) == SOC

    async def test_a_kick_ends_an_answer_on_its_way(self) -> None:
        async with (
            serving(latency_s=0.2) as site,
            connected(site.port) as first,
        ):
            first.send(read_pdu())
            await asyncio.sleep(0.05)
            async with connected(site.port):
                assert await first.is_hung_up()

    @pytest.mark.parametrize(
        "data",
        [
            bytes.fromhex("0001 0001 0006 01 03 9380 0001"),
            bytes.fromhex("0001 0000 0006 01 03 9380"),
            bytes.fromhex("0001 0000 0004 01 03 9380"),
            b"GET / HTTP/1.1\r\n\r\n",
        ],
    )
    async def test_what_is_not_modbus_ends_the_connection(self, data: bytes) -> None:
        async with serving() as site, connected(site.port) as client:
            client.send_bytes(data)
            client.writer.write_eof()
            assert await client.is_hung_up()
            async with connected(site.port) as another:
                assert await site.soc(another) == SOC

    async def test_a_client_that_never_reads_fills_no_memory(self) -> None:
        async with serving() as site, connected(site.port) as client:
            client.reader._transport.pause_reading()  # type: ignore[attr-defined]
            flood = bytes.fromhex("0001 0000 0006 01 03 7D00 007D") * 20_000
            client.send_bytes(flood)
            await asyncio.sleep(0.3)
            assert site.server.statistics.requests < 20_000
            await site.server.stop()

    async def test_a_client_that_vanishes_is_forgotten(self) -> None:
        async with serving(latency_s=0.05) as site:
            async with connected(site.port) as client:
                client.send(read_pdu())
            await asyncio.sleep(0.1)
            async with connected(site.port) as another:
                assert await site.soc(another) == SOC
            assert site.server.statistics.kicks == 0


PASSWORD = "00000a"


class TestLogin:
    """A plant that wants the installer's password before it takes a write."""

    @staticmethod
    def guarded() -> SimulatedPlant:
        """Return a plant with a password."""
        return plant(quirks=FirmwareQuirks(installer_password=PASSWORD))

    @staticmethod
    async def log_in(client: RawClient, password: str = PASSWORD) -> int:
        """Log in and return the status."""
        challenge = (await client.ask(b"\x41\x24\x01\x00"))[3:19]
        key = sha256(password.encode()).digest()
        proof = hmac.digest(key, challenge, "sha256")
        content = bytes(16) + b"\x09installer\x20" + proof
        return (await client.ask(b"\x41\x25" + bytes([len(content)]) + content))[3]

    async def test_writes_want_a_login_and_reads_do_not(self) -> None:
        async with serving(self.guarded()) as site, connected(site.port) as client:
            assert await site.soc(client) == SOC
            assert await client.write(47247, (0, 1500)) == 0x80
            assert await self.log_in(client, "wrong") == 1
            assert await client.write(47247, (0, 1500)) == 0x80
            assert site.plant.journal.entries == ()
            assert await self.log_in(client) == 0
            assert await client.write(47247, (0, 1500)) == 0
            assert len(site.plant.journal.entries) == 1

    async def test_rights_belong_to_one_connection(self) -> None:
        async with serving(self.guarded()) as site:
            async with connected(site.port) as client:
                await self.log_in(client)
                assert await client.write(49999, (1,)) == 0
            async with connected(site.port) as client:
                assert await client.write(49999, (1,)) == 0x80

    async def test_rights_lapse_unless_they_are_kept_alive(self) -> None:
        async with (
            serving(self.guarded(), rights_s=0.2) as site,
            connected(site.port) as client,
        ):
            await self.log_in(client)
            for _ in range(4):
                await asyncio.sleep(0.1)
                assert await client.write(49999, (1,)) == 0
            await asyncio.sleep(0.25)
            assert await client.write(49999, (1,)) == 0x80

    async def test_a_unit_that_is_not_there_offers_no_login(self) -> None:
        async with serving(self.guarded()) as site, connected(site.port) as client:
            assert await client.is_left_alone(b"\x41\x24\x01\x00", unit_id=7)


class TestLife:
    """Starting and stopping."""

    async def test_stopping_leaves_nothing_behind(self) -> None:
        before = asyncio.all_tasks()
        async with serving() as site:
            client = RawClient(*await asyncio.open_connection("127.0.0.1", site.port))
            await site.soc(client)
            site.server.scenario = Scenario.KICKED_CONNECTION
            await site.server.stop()
            assert asyncio.all_tasks() == before
            assert await client.is_hung_up()
            await client.close()
            with pytest.raises(OSError, match="Connect call failed"):
                await asyncio.open_connection("127.0.0.1", site.port)

    async def test_it_may_be_stopped_twice_and_started_again(self) -> None:
        async with serving() as site:
            await site.server.stop()
            await site.server.stop()
            assert await site.server.start("127.0.0.1", site.port) == site.port
            async with connected(site.port) as client:
                assert await site.soc(client) == SOC

    async def test_a_scenario_may_be_set_before_the_start(self) -> None:
        server = SimulatorServer(plant(), HandClock())
        server.scenario = Scenario.REFUSED_CONNECTION
        port = await server.start()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", port)
        await server.stop()

    async def test_a_knock_that_was_withdrawn_is_no_client(self) -> None:
        async with serving() as site:
            loop, listener = site.server._loop, site.server._listener
            assert loop is not None
            assert listener is not None
            site.server._accept(loop, listener)
            assert site.server.statistics.connections == 0


class TestScenarios:
    """Each scenario strikes, and ends without a trace."""

    async def recovers(self, site: Site) -> None:
        """Assert that a new client is served as ever."""
        site.server.scenario = Scenario.NONE
        async with connected(site.port) as client:
            assert await client.read(32089, 1) == (0x0200,)
            assert await client.read(37100, 2) != 2
            assert await client.write(47247, (0, 700)) == 0

    async def test_refused_connection(self) -> None:
        async with serving() as site:
            async with connected(site.port) as client:
                assert await site.soc(client) == SOC
                site.server.scenario = Scenario.REFUSED_CONNECTION
                assert await client.is_hung_up()
            with pytest.raises(OSError, match="Connect call failed"):
                await asyncio.open_connection("127.0.0.1", site.port)
            await self.recovers(site)

    async def test_kicked_connection(self) -> None:
        async with serving() as site:
            for _ in range(2):
                async with connected(site.port) as client:
                    site.server.scenario = Scenario.KICKED_CONNECTION
                    assert await site.soc(client) == SOC
                    assert await client.is_hung_up()
            assert site.server.statistics.kicks == 2
            await self.recovers(site)

    async def test_kicked_connection_while_nobody_is_there(self) -> None:
        async with serving() as site:
            site.server.scenario = Scenario.KICKED_CONNECTION
            async with connected(site.port) as client:
                assert await client.is_hung_up()
            await self.recovers(site)

    async def test_a_rival_spares_whoever_left(self) -> None:
        async with serving() as site:
            site.server.scenario = Scenario.KICKED_CONNECTION
            async with connected(site.port) as client:
                await site.soc(client)
            await asyncio.sleep(0.1)
            assert site.server.statistics.kicks == 0

    async def test_slow_answers(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.SLOW_ANSWERS
            began = time.monotonic()
            assert await site.soc(client) == SOC
            assert time.monotonic() - began >= 0.2
            await self.recovers(site)

    async def test_late_answers(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.LATE_ANSWERS
            assert await client.is_left_alone(read_pdu())

    async def test_a_late_answer_comes_before_the_next(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.LATE_ANSWERS
            late, punctual = client.send(read_pdu()), client.send(read_pdu())
            began = time.monotonic()
            assert (await client.receive())[0] == late
            assert (await client.receive())[0] == punctual
            assert 0.3 <= time.monotonic() - began < 0.6
            await self.recovers(site)

    @pytest.mark.parametrize(
        ("scenario", "code"), [(Scenario.BUSY, 6), (Scenario.DEVICE_FAILURE, 4)]
    )
    async def test_exceptions(self, scenario: Scenario, code: int) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = scenario
            assert await client.read(37760, 1) == code
            assert await client.write(47247, (0, 1500)) == code
            assert site.plant.journal.entries == ()
            await self.recovers(site)

    async def test_a_number_of_exceptions(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.inject(Scenario.BUSY, times=2)
            answers = [await site.soc(client) for _ in range(3)]
            assert answers == [6, 6, SOC]

    async def test_no_permission(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.NO_PERMISSION
            assert await site.soc(client) == SOC
            assert await client.write(47100, (CHARGE,)) == 0x80
            await self.recovers(site)

    async def test_half_frames(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.HALF_FRAMES
            assert await site.soc(client) == SOC
            client.send(read_pdu())
            assert await client.reader.read() == bytes.fromhex("0002 0000 00")
            await self.recovers(site)

    async def test_wrong_transaction(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.WRONG_TRANSACTION
            sent = client.send(read_pdu())
            transaction, answer = await client.receive()
            assert transaction != sent
            assert answer == b"\x03\x02\x01\xf4"
            await self.recovers(site)

    async def test_dropped_between_writes(self) -> None:
        async with serving() as site:
            site.server.scenario = Scenario.DROPPED_BETWEEN_WRITES
            for power in (1, 3):
                async with connected(site.port) as client:
                    await site.soc(client)
                    assert await client.write(47247, (0, power)) == 0
                    client.send(write_pdu(47247, (0, power + 1)))
                    assert await client.is_hung_up()
            powers = [entry.words[1] for entry in site.plant.journal.to(47247)]
            assert len(powers) == 3
            assert powers[0] == 1
            assert 3 in powers
            await self.recovers(site)

    async def test_stuck_values(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.clock.at += HOUR
            site.server.scenario = Scenario.STUCK_VALUES
            stuck = await client.read(37758, 30)
            site.clock.at += HOUR
            assert await client.read(37758, 30) == stuck
            site.server.scenario = Scenario.NONE
            assert await client.read(37758, 30) != stuck

    @pytest.mark.parametrize(
        ("scenario", "address", "expected"),
        [
            (Scenario.SENTINELS, 37760, (0xFFFF,)),
            (Scenario.ABSENT_REGISTERS, 37764, 2),
            (Scenario.METER_OFFLINE, 37100, (0,)),
            (Scenario.ALARM, 32009, (4,)),
            (Scenario.SWAPPED_INVERTER, 30019, (0x3939,)),
            (Scenario.BATTERY_ASLEEP, 37762, (4,)),
        ],
    )
    async def test_scenarios_of_the_plant(
        self, scenario: Scenario, address: int, expected: tuple[int, ...] | int
    ) -> None:
        async with serving() as site, connected(site.port) as client:
            sound = await client.read(address, 1)
            site.server.scenario = scenario
            assert site.server.scenario is scenario
            assert await client.read(address, 1) == expected != sound
            await self.recovers(site)

    async def test_garbage_values(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.GARBAGE_VALUES
            garbage = await client.read(32064, 52)
            site.clock.at += timedelta(seconds=1)
            assert await client.read(32064, 52) != garbage
            await self.recovers(site)

    async def test_battery_does_not_follow(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.BATTERY_DOES_NOT_FOLLOW
            await client.write(47247, (0, 1500))
            await client.write(47083, (10,))
            await client.write(47100, (CHARGE,))
            assert await client.read(37006, 1) == (1,)
            assert await client.read(37765, 2) == (0, 0)
            site.server.scenario = Scenario.NONE
            assert await client.read(37765, 2) == (0, 1500)

    async def test_meter_offline_closes_the_link_when_asked_for_values(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.METER_OFFLINE
            client.send(read_pdu(37113, 25))
            assert await client.is_hung_up()
            await self.recovers(site)

    async def test_clock_jump(self) -> None:
        async with serving() as site, connected(site.port) as client:
            before = await client.read(40000, 2)
            site.server.scenario = Scenario.CLOCK_JUMP
            after = await client.read(40000, 2)
            assert isinstance(before, tuple)
            assert isinstance(after, tuple)
            jump = (after[0] - before[0]) * 65536 + after[1] - before[1]
            assert jump == 27 * 3600
            await self.recovers(site)

    async def test_inverter_asleep(self) -> None:
        async with serving() as site, connected(site.port) as client:
            site.server.scenario = Scenario.INVERTER_ASLEEP
            assert await client.is_left_alone(read_pdu())
            await self.recovers(site)


def test_a_scaled_clock_runs_faster() -> None:
    seconds = 100.0
    clock = scaled_clock(START, 60.0, lambda: seconds)
    assert clock() == START
    seconds = 101.5
    assert clock() == START + timedelta(seconds=90)
