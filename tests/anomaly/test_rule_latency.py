"""Answers that take longer than they ever did."""

from collections.abc import Mapping
from functools import cache
import json
from math import inf, nan
import random
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.bessai.anomaly.high_quantile import HighQuantile
from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.rule_latency import LatencyRule
from custom_components.bessai.core.finding import FindingKind

from .observations import EXPECTATIONS, observe

DAY_S = 86400.0


class Line:
    """A dongle that answers every half minute, with hiccups and slow minutes."""

    def __init__(self, usual_s: float) -> None:
        self.rule, self.now_s = LatencyRule(EXPECTATIONS), 0.0
        self.usual_s, self.chance = usual_s, random.Random(1)  # noqa: S311 - no secret

    def look(self, more_s: float = 0.0, **more: Any) -> list[Residual]:
        """Look once; everything takes longer by ``more_s``."""
        self.now_s += 30.0
        response_s = self.usual_s * self.chance.lognormvariate(0.0, 0.3) + more_s
        if self.chance.random() < 0.02:
            response_s *= 20.0
        if self.now_s % 30000.0 < 120.0:
            response_s += 2.0
        more = {"response_s": response_s} | more
        return list(self.rule.look(observe(self.now_s, **more)))

    def alarms(self, looks: int, more_s: float = 0.0, **more: Any) -> int:
        """Look often; return how often it was too slow."""
        seen = [self.look(more_s, **more) for _ in range(looks)]
        return sum(one.deviation > one.floor for each in seen for one in each)


@cache
def four_days() -> Mapping[str, Any]:
    """Return what four days teach."""
    known = Line(0.06)
    assert known.alarms(int(4 * DAY_S / 30.0)) == 0
    return known.rule.document()


@pytest.fixture
def line() -> Line:
    """Return a line that is known for four days."""
    known = Line(0.06)
    known.rule.restore(four_days())
    known.alarms(30)
    return known


def test_somebody_in_between_is_found_in_minutes(line: Line) -> None:
    assert line.alarms(20, 0.2) > 0
    (residual,) = line.look(0.2)
    assert residual.kind is FindingKind.SLOW_ANSWERS
    assert isinstance(residual.measured, float)
    assert residual.measured > 0.2
    assert line.alarms(30) < 15
    assert line.alarms(30) == 0


def test_a_short_delay_is_none(line: Line) -> None:
    assert line.alarms(4, 0.5) == 0
    assert line.alarms(30) == 0


def test_nothing_is_said_before_it_is_known() -> None:
    line = Line(0.06)
    assert line.look() == []
    assert line.alarms(2000, 3.0) == 0


def test_a_line_that_is_slow_always_is_not_found() -> None:
    assert Line(3.0).alarms(int(4 * DAY_S / 30.0)) == 0


def test_a_line_that_stays_slow_is_taken_over(line: Line) -> None:
    assert line.alarms(700, 0.5) > 650
    line.alarms(100, 0.5)
    assert line.alarms(300, 0.5) == 0


@pytest.mark.parametrize("response_s", [None, nan, inf, 0.0, -1.0])
def test_no_time_is_not_judged(line: Line, response_s: float | None) -> None:
    assert line.look(response_s=response_s) == []


def test_a_new_connection_may_be_slow_at_first(line: Line) -> None:
    assert line.look(9.0, reconnected=True) == []
    assert line.look(9.0) == []
    assert line.look() != []
    assert line.look(stranger="XY") == []


def test_gaps_and_a_new_uptime_are_no_delay(line: Line) -> None:
    line.now_s += 4000.0
    assert line.look() == []
    assert line.alarms(30) == 0
    line.now_s = 0.0
    assert line.look() == []
    assert line.alarms(30) == 0


def test_it_is_known_again_after_a_restart(line: Line) -> None:
    document = json.loads(json.dumps(line.rule.document()))
    line.rule = LatencyRule(EXPECTATIONS)
    line.rule.restore({})
    line.rule.restore(document)
    assert line.alarms(60) == 0
    assert line.alarms(20, 0.2) > 0


@pytest.mark.parametrize(
    "document",
    [
        {"observed_s": nan, "typical": []},
        {"observed_s": 1.0, "typical": []},
        {"observed_s": 1.0, "typical": [{"bins": {"1": -1.0}}]},
        {"observed_s": 1.0, "typical": [{"bins": {"x": 1.0}}]},
        {"typical": []},
    ],
)
def test_what_cannot_be_read_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        LatencyRule(EXPECTATIONS).restore(document)


def test_one_in_ten_thousand_is_left_out() -> None:
    high = HighQuantile()
    assert high.value is None
    assert HighQuantile.from_document(high.document()).value is None
    for place in range(30_000):
        high.add(900.0 if place % 20_000 == 7 else 1.0 + place / 30_000)
    assert high.value == pytest.approx(2.0, rel=0.06)


def test_the_distant_past_counts_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custom_components.bessai.anomaly.high_quantile._MOST", 100.0)
    high = HighQuantile()
    for _ in range(101):
        high.add(1.0)
    assert high.count == 50.5


@given(st.lists(st.tuples(st.floats(0.0, 1e6), st.floats()), max_size=30))
def test_no_time_upsets_it(looks: list[tuple[float, float]]) -> None:
    rule = LatencyRule(EXPECTATIONS)
    for uptime_s, response_s in looks:
        list(rule.look(observe(uptime_s, response_s=response_s)))
