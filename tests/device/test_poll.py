"""Which register is to blame for a refused request is found in few requests."""

from datetime import UTC, datetime
from itertools import count

import pytest

from custom_components.bessai.device.absence import AbsenceLog
from custom_components.bessai.device.link import DeviceFailure, NoAnswer
from custom_components.bessai.device.poll import Poll, PollReport, ReadLimits
from custom_components.bessai.device.profile import Proof, SafeSpan
from custom_components.bessai.device.register import Register

from .plant_fake import FakeUnit, huawei

NOW = datetime(2026, 6, 21, tzinfo=UTC)
PROFILE = huawei()
LIMITS = ReadLimits(spans=PROFILE.proven_spans, max_words=125)


def block(name: str) -> list[Register]:
    """Return the registers of a block."""
    return [one for one in PROFILE.registers.values() if one.block == name]


async def read(
    unit: FakeUnit, registers: list[Register], absences: AbsenceLog | None = None
) -> PollReport:
    """Poll registers once, with a clock that ticks at each look."""
    ticks = count()
    poll = Poll(unit, absences or AbsenceLog(), LIMITS, NOW, lambda: float(next(ticks)))
    return await poll.run(registers)


async def test_a_block_that_is_not_there_is_settled_by_three_requests() -> None:
    unit, absences = FakeUnit(), AbsenceLog()
    registers = block("battery_system")
    unit.remove(*(register.key for register in registers))
    report = await read(unit, registers, absences)
    assert len(unit.reads) == 3
    assert absences.refused.keys() == {register.key for register in registers}
    assert report.answered
    assert not report.values
    assert not report.failed


@pytest.mark.parametrize("position", range(len(block("battery_system"))))
async def test_one_missing_register_takes_no_other_with_it(position: int) -> None:
    unit, absences = FakeUnit(), AbsenceLog()
    registers = block("battery_system")
    missing = registers.pop(position)
    unit.remove(missing.key)
    report = await read(unit, [*registers, missing], absences)
    assert report.values.keys() == {register.key for register in registers}
    assert absences.refused.keys() == {missing.key}
    assert len(unit.reads) <= 12


async def test_a_refusal_across_blocks_spares_the_blocks_that_answer() -> None:
    unit, absences = FakeUnit(), AbsenceLog()
    unit.remove("ac_energy_kwh")
    report = await read(unit, [*block("ac"), *block("energies")], absences)
    assert absences.refused.keys() == {"ac_energy_kwh"}
    assert len(report.values) == len(block("ac")) + len(block("energies")) - 1


async def test_a_known_refusal_is_not_bridged_by_a_span() -> None:
    unit = FakeUnit()
    unit.remove("battery_current_a")
    missing = PROFILE.registers["battery_current_a"]
    registers = [one for one in block("battery_system") if one is not missing]
    limits = LIMITS.around([missing])
    await Poll(unit, AbsenceLog(), limits, NOW, lambda: 0.0).run(registers)
    assert all(
        start + length <= missing.address or missing.end <= start
        for start, length in unit.reads
    )
    assert len(unit.reads) == 2


def test_a_span_is_cut_around_a_register() -> None:
    span = SafeSpan(start=37750, count=40, proof=Proof.PROVEN)
    limits = ReadLimits(spans=(span,), max_words=125)
    pieces = limits.around([PROFILE.registers["battery_current_a"]]).spans
    assert [(piece.start, piece.end) for piece in pieces] == [
        (37750, 37764),
        (37765, 37790),
    ]


def test_a_cut_at_the_edge_leaves_no_empty_span() -> None:
    span = SafeSpan(start=37764, count=2, proof=Proof.PROVEN)
    limits = ReadLimits(spans=(span,), max_words=125)
    pieces = limits.around([PROFILE.registers["battery_current_a"]]).spans
    assert [(piece.start, piece.count) for piece in pieces] == [(37765, 1)]


async def test_each_answer_is_timed() -> None:
    report = await read(FakeUnit(), block("battery_system"))
    assert [took for _, took in report.took_s] == [1.0]


async def test_a_failure_names_its_block_and_reason() -> None:
    unit = FakeUnit()
    unit.fail(DeviceFailure(4, "unit 1"), "soc_pct")
    report = await read(unit, [*block("ac"), *block("battery_system")])
    assert report.failed == {"battery_system"}
    assert isinstance(report.trouble, DeviceFailure)
    assert "pv_power_w" in report.values


async def test_silence_after_an_answer_is_no_reason_to_stop() -> None:
    unit = FakeUnit()
    unit.fail(NoAnswer("late"), "pv_power_w")
    report = await read(unit, [*block("state"), *block("ac"), *block("battery_system")])
    assert report.failed == {"ac"}
    assert report.values["soc_pct"] == 62
