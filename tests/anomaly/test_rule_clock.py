"""The plant's clock may be wrong, but it may not jump or stand."""

from datetime import UTC, datetime, timedelta
import json
from math import inf, nan
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.rule_clock import ClockRule

from .observations import EXPECTATIONS, observe

YEARS_S = -3.0e8
JUNE = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)


class Plant:
    """A plant's clock and ours, a minute at a time."""

    def __init__(self, begin: datetime = JUNE) -> None:
        self.rule = ClockRule(EXPECTATIONS)
        self.begin, self.uptime_s = begin, 0.0
        self.clock_s, self.utc_offset_s, self.ours_s = YEARS_S, 7200.0, 0.0

    def look(self, passed_s: float = 60.0, **more: Any) -> list[Residual]:
        """Let time pass and look."""
        self.uptime_s += passed_s
        at = self.begin + timedelta(seconds=self.uptime_s + self.ours_s)
        clock_s = self.begin.timestamp() + 7200.0 + self.uptime_s + self.clock_s
        more = {"plant_clock_s": clock_s, "utc_offset_s": self.utc_offset_s} | more
        return list(self.rule.look(observe(self.uptime_s, at=at, **more)))

    def alarms(self, looks: int, **more: Any) -> int:
        """Look a few times; return how often something was wrong."""
        seen = [self.look(**more) for _ in range(looks)]
        return sum(one.deviation > one.floor for each in seen for one in each)


@pytest.fixture
def plant() -> Plant:
    """Return a plant whose clock is known, wrong by years."""
    known = Plant()
    assert known.alarms(30) == 0
    return known


def test_a_clock_that_is_wrong_by_years_is_as_good_as_any(plant: Plant) -> None:
    (residual,) = plant.look()
    assert residual.deviation == 0.0
    assert residual.expected == pytest.approx(YEARS_S)


@pytest.mark.parametrize("jump_s", [-1200.0, 1200.0, -3600.0, 86400.0])
def test_a_jump_is_found_at_once_and_taken_over_after_an_hour(
    plant: Plant, jump_s: float
) -> None:
    plant.clock_s += jump_s
    (residual,) = plant.look()
    assert residual.deviation == pytest.approx(abs(jump_s))
    assert plant.alarms(62) > 55
    assert plant.alarms(30) == 0


def test_it_is_right_as_soon_as_it_is_back(plant: Plant) -> None:
    plant.clock_s += 1200.0
    assert plant.alarms(10) == 10
    plant.clock_s -= 1200.0
    assert plant.alarms(10) == 0


def test_corrections_are_followed(plant: Plant) -> None:
    for _ in range(6):
        plant.clock_s += 200.0
        assert plant.alarms(15) == 0


@pytest.mark.parametrize("follows", [True, False])
def test_summer_time_is_no_jump(follows: bool) -> None:
    plant = Plant(OCTOBER)
    assert plant.alarms(30) == 0
    plant.utc_offset_s = 3600.0
    assert plant.alarms(20) == 0
    if follows:
        plant.clock_s -= 3600.0
    assert plant.alarms(90) == 0


@pytest.mark.parametrize("set_by_s", [-86400.0, 5000.0])
def test_our_own_clock_may_be_set(plant: Plant, set_by_s: float) -> None:
    plant.ours_s += set_by_s
    assert plant.alarms(30) == 0


def test_our_own_clock_may_be_wrong_for_a_while_after_a_start(plant: Plant) -> None:
    document = json.loads(json.dumps(plant.rule.document()))
    plant.rule, plant.ours_s = ClockRule(EXPECTATIONS), -40000.0
    plant.rule.restore(document)
    assert plant.alarms(5) == 0
    plant.ours_s = 0.0
    assert plant.alarms(30) == 0


def test_a_jump_while_we_were_away_is_found_when_our_clock_is_trusted(
    plant: Plant,
) -> None:
    document = json.loads(json.dumps(plant.rule.document()))
    plant.rule = ClockRule(EXPECTATIONS)
    plant.rule.restore(document)
    plant.clock_s += 9000.0
    assert plant.alarms(9) == 0
    assert plant.alarms(9) > 5


def test_a_clock_that_stands_is_found_after_some_looks(plant: Plant) -> None:
    found = []
    for _ in range(6):
        plant.clock_s -= 60.0
        found.append([one.deviation > one.floor for one in plant.look()])
    assert found == [[False]] * 3 + [[True]] * 3


def test_a_clock_that_runs_back_is_found(plant: Plant) -> None:
    found = 0
    for _ in range(6):
        plant.clock_s -= 120.0
        found += plant.alarms(1)
    assert found >= 3


def test_one_hiccup_does_not_stand(plant: Plant) -> None:
    plant.clock_s -= 59.0
    assert plant.alarms(1) == 0
    plant.clock_s += 59.0
    assert plant.alarms(5) == 0


def test_our_uptime_may_begin_anew(plant: Plant) -> None:
    plant.begin += timedelta(seconds=plant.uptime_s)
    plant.uptime_s = 0.0
    assert plant.alarms(30) == 0


@pytest.mark.parametrize("clock_s", [None, nan, inf])
def test_a_clock_that_says_nothing_is_not_judged(
    plant: Plant, clock_s: float | None
) -> None:
    assert plant.look(plant_clock_s=clock_s) == []


def test_an_unknown_time_of_the_site_is_neither_judged_nor_learned() -> None:
    plant = Plant()
    assert plant.look(utc_offset_s=nan) == []
    assert plant.rule.document() == {}


def test_a_stranger_is_not_judged(plant: Plant) -> None:
    assert plant.look(stranger="XY") == []


def test_documents() -> None:
    rule = ClockRule(EXPECTATIONS)
    assert rule.document() == {}
    rule.restore({})
    with pytest.raises(ValueError, match="finite"):
        rule.restore({"offset_s": nan})
    with pytest.raises(KeyError):
        rule.restore({"else": 1.0})


@given(st.lists(st.tuples(st.floats(0.0, 1e7), st.floats()), max_size=20))
def test_no_clock_upsets_it(looks: list[tuple[float, float]]) -> None:
    rule = ClockRule(EXPECTATIONS)
    for uptime_s, clock_s in looks:
        for one in rule.look(observe(uptime_s, plant_clock_s=clock_s)):
            assert one.deviation >= 0.0
