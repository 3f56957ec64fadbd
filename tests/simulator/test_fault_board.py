"""What each scenario does to requests, in turn."""

import pytest

from custom_components.bessai.simulator.errors import ExceptionCode
from custom_components.bessai.simulator.fault_board import (
    NORMAL,
    Delivery,
    FaultBoard,
    Treatment,
)
from custom_components.bessai.simulator.faults import CONDITIONS, Scenario


def treatments(
    scenario: Scenario, count: int = 4, *, is_write: bool = False
) -> list[Treatment]:
    """Return what is done to the first requests under a scenario."""
    board = FaultBoard()
    board.switch(scenario)
    return [board.treat(is_write=is_write) for _ in range(count)]


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        (Scenario.BUSY, ExceptionCode.BUSY),
        (Scenario.DEVICE_FAILURE, ExceptionCode.DEVICE_FAILURE),
    ],
)
def test_every_request_is_refused(scenario: Scenario, code: ExceptionCode) -> None:
    assert {treatment.code for treatment in treatments(scenario)} == {code}


def test_without_permission_only_writes_are_refused() -> None:
    assert treatments(Scenario.NO_PERMISSION) == [NORMAL] * 4
    writes = treatments(Scenario.NO_PERMISSION, is_write=True)
    assert {treatment.code for treatment in writes} == {ExceptionCode.NO_PERMISSION}


def test_one_of_three_answers_is_late() -> None:
    late = [treatment.late for treatment in treatments(Scenario.LATE_ANSWERS)]
    assert late == [True, False, False, True]


def test_all_answers_are_slow() -> None:
    assert all(treatment.slow for treatment in treatments(Scenario.SLOW_ANSWERS))


def test_halves_come_together_and_alone_by_turns() -> None:
    halves = [treatment.delivery for treatment in treatments(Scenario.HALF_FRAMES)]
    assert halves == [Delivery.TWO_HALVES, Delivery.HALF] * 2


def test_each_second_write_of_a_connection_is_dropped_done_or_not() -> None:
    board = FaultBoard()
    board.switch(Scenario.DROPPED_BETWEEN_WRITES)
    outcomes = []
    for _ in range(2):
        board.connected()
        assert board.treat(is_write=False) == NORMAL
        outcomes += [board.treat(is_write=True) for _ in range(2)]
    assert outcomes[0] == outcomes[2] == NORMAL
    assert {(one.drop, one.delivery) for one in (outcomes[1], outcomes[3])} == {
        (True, Delivery.WHOLE),
        (False, Delivery.NOT_AT_ALL),
    }


@pytest.mark.parametrize("scenario", [Scenario.NONE, *CONDITIONS])
def test_scenarios_of_the_plant_leave_the_link_alone(scenario: Scenario) -> None:
    assert treatments(scenario, is_write=True) == [NORMAL] * 4


def test_an_injected_scenario_passes() -> None:
    board = FaultBoard()
    board.inject(Scenario.BUSY, 2)
    assert board.scenario is Scenario.NONE
    codes = [board.treat(is_write=False).code for _ in range(3)]
    assert codes == [ExceptionCode.BUSY, ExceptionCode.BUSY, None]


def test_an_injected_scenario_goes_before_the_lasting_one() -> None:
    board = FaultBoard()
    board.switch(Scenario.SLOW_ANSWERS)
    board.inject(Scenario.BUSY, 1)
    assert board.treat(is_write=False).code == ExceptionCode.BUSY
    assert board.treat(is_write=False).slow


def test_switching_ends_an_injected_scenario() -> None:
    board = FaultBoard()
    board.inject(Scenario.BUSY, 9)
    board.switch(Scenario.NONE)
    assert board.treat(is_write=False) == NORMAL


@pytest.mark.parametrize(
    "scenario", [*CONDITIONS, Scenario.REFUSED_CONNECTION, Scenario.KICKED_CONNECTION]
)
def test_what_does_not_lie_in_requests_cannot_be_injected(scenario: Scenario) -> None:
    with pytest.raises(ValueError, match="does not strike single requests"):
        FaultBoard().inject(scenario, 1)
