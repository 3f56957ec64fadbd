"""What is beyond its tolerance for long enough stands, and clears by itself."""

from collections.abc import Iterable
from datetime import timedelta
from math import inf

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.standing import MOST_SUBJECTS, Changes, Standing
from custom_components.bessai.anomaly.subject import (
    CALM_S,
    FIRST_LAPSE_S,
    FRESH_S,
    LAPSE_S,
    Moment,
)
from custom_components.bessai.core.finding import FindingKind

from .observations import BEGIN
from .residuals import residual

SETTING = FindingKind.SETTING_CHANGED


def moment(elapsed_s: float) -> Moment:
    """Return so many seconds after the beginning."""
    later = timedelta(seconds=min(elapsed_s, 1e8))
    return Moment(at=BEGIN + later, elapsed_s=elapsed_s)


class Bench:
    """Judges one residual after the other; the tolerance is 200 W."""

    def __init__(self) -> None:
        self.standing = Standing()
        self.now_s = 0.0
        self.score = 0.0

    def look(self, *residuals: Residual, after_s: float = 10.0) -> Changes:
        """Judge these."""
        self.now_s += after_s
        judged = [(each, 2.0) for each in residuals]
        changes, self.score = self.standing.judge(judged, moment(self.now_s))
        return changes

    def watts(
        self, deviations: Iterable[float], hold_s: float = 0.0
    ) -> list[tuple[int, int]]:
        """Judge one deviation after the other; return what was raised and cleared."""
        changes = [self.look(residual(each, hold_s=hold_s)) for each in deviations]
        return [(len(each.raised), len(each.cleared)) for each in changes]


def test_what_is_at_tolerance_is_sound() -> None:
    bench = Bench()
    assert bench.watts([0.0, 199.0, 200.0]) == [(0, 0)] * 3
    assert bench.score == 0.5
    assert bench.standing.findings == ()


def test_what_is_beyond_it_is_raised_at_once_without_a_hold() -> None:
    bench = Bench()
    changes = bench.look(residual(300.0, measured=1300.0, expected=1000.0))
    (finding,) = changes.raised
    assert bench.standing.findings == (finding,)
    assert (finding.kind, finding.subject) == (FindingKind.ENERGY_BALANCE, "balance")
    assert (finding.measured, finding.expected) == (1300.0, 1000.0)
    assert (finding.tolerance, finding.unit) == (200.0, "W")
    assert finding.score == bench.score == 0.75
    assert finding.since == moment(10.0).at


def test_equality_has_no_tolerance_and_the_highest_score() -> None:
    bench = Bench()
    (finding,) = bench.look(residual(inf, kind=SETTING, learns=False)).raised
    assert finding.tolerance is None
    assert finding.score == bench.score == 1.0


def test_twice_the_tolerance_and_more_is_the_highest_score() -> None:
    bench = Bench()
    assert bench.look(residual(1e300)).raised[0].score == 1.0


def test_it_has_to_hold() -> None:
    bench = Bench()
    assert bench.watts([300.0] * 6, 60.0) == [(0, 0)] * 6
    assert bench.score == 0.0
    assert bench.watts([300.0], 60.0) == [(1, 0)]
    (finding,) = bench.standing.findings
    assert finding.since == moment(10.0).at


def test_a_dip_begins_the_hold_anew() -> None:
    bench = Bench()
    bench.watts([300.0] * 5, 60.0)
    bench.watts([150.0], 60.0)
    assert bench.watts([300.0] * 6, 60.0) == [(0, 0)] * 6
    assert bench.watts([300.0], 60.0) == [(1, 0)]
    assert bench.standing.findings[0].since == moment(70.0).at


def test_a_spike_does_not_even_show_in_the_score() -> None:
    bench = Bench()
    bench.watts([50.0] * 10, 60.0)
    assert bench.score == 0.125
    bench.watts([1e6], 60.0)
    assert bench.score == 0.125
    assert bench.standing.held("energy_balance:balance") == 0.5


def test_a_gap_begins_the_hold_anew() -> None:
    bench = Bench()
    bench.watts([300.0] * 5, 60.0)
    changes = bench.look(residual(300.0, hold_s=60.0), after_s=200.0)
    assert not changes.raised
    assert bench.watts([300.0] * 6, 60.0)[-1] == (1, 0)
    assert bench.standing.findings[0].since == moment(250.0).at


def test_a_gap_that_is_half_a_hold_is_bridged() -> None:
    bench = Bench()
    bench.look(residual(300.0, hold_s=600.0))
    bench.look(residual(300.0, hold_s=600.0), after_s=300.0)
    assert bench.look(residual(300.0, hold_s=600.0), after_s=300.0).raised


def test_it_clears_when_it_was_calm_for_a_while() -> None:
    bench = Bench()
    bench.watts([300.0])
    (finding,) = bench.standing.findings
    assert bench.watts([100.0] * 6) == [(0, 0)] * 6
    assert bench.look(residual(100.0)).cleared == (finding,)
    assert bench.standing.findings == ()
    assert bench.score == 0.25


def test_what_comes_and_goes_is_one_finding() -> None:
    bench = Bench()
    assert bench.watts([300.0, *[100.0, 250.0] * 20]) == [(1, 0), *[(0, 0)] * 40]


def test_close_below_the_tolerance_it_still_stands() -> None:
    bench = Bench()
    assert bench.watts([300.0, *[170.0] * 60]) == [(1, 0), *[(0, 0)] * 60]


def test_it_clears_although_it_is_not_judged_again() -> None:
    """A setting that is asked for every few minutes."""
    bench = Bench()
    bench.watts([300.0, 100.0])
    assert not bench.look(after_s=CALM_S - 1.0).cleared
    assert bench.look(after_s=1.0).cleared


def test_after_it_cleared_it_has_to_hold_again() -> None:
    bench = Bench()
    bench.watts([300.0] * 7, 60.0)
    assert bench.watts([100.0] * 7, 60.0)[-1] == (0, 1)
    assert bench.watts([300.0] * 6, 60.0) == [(0, 0)] * 6
    assert bench.watts([300.0], 60.0) == [(1, 0)]


def test_what_cannot_be_judged_any_more_lapses() -> None:
    bench = Bench()
    bench.watts([300.0] * 5)
    assert not bench.look(after_s=LAPSE_S).cleared
    assert bench.look(after_s=1.0).cleared


def test_what_is_rarely_judged_stands_until_it_should_have_been() -> None:
    bench = Bench()
    for _ in range(3):
        bench.look(residual(inf, kind=SETTING), after_s=900.0)
    assert not bench.look(after_s=2700.0).cleared
    assert bench.look(after_s=1.0).cleared


def test_what_was_judged_once_stands_for_an_hour() -> None:
    bench = Bench()
    bench.watts([300.0])
    assert not bench.look(after_s=FIRST_LAPSE_S).cleared
    assert bench.look(after_s=1.0).cleared


def test_an_outage_does_not_let_it_stand_for_longer() -> None:
    bench = Bench()
    bench.watts([300.0] * 5)
    bench.look(residual(300.0), after_s=600.0)
    assert bench.look(after_s=LAPSE_S + 1.0).cleared


def test_evidence_is_of_the_strongest_moment() -> None:
    bench = Bench()
    bench.watts([250.0, 350.0, 300.0])
    (finding,) = bench.standing.findings
    assert finding.measured == 350.0
    assert finding.since == moment(10.0).at


def test_evidence_is_kept_fresh() -> None:
    bench = Bench()
    bench.watts([350.0, *[250.0] * round(FRESH_S / 10.0)])
    assert bench.standing.findings[0].measured == 350.0
    bench.watts([180.0])
    assert bench.standing.findings[0].measured == 350.0
    bench.watts([250.0])
    assert bench.standing.findings[0].measured == 250.0


def test_the_strongest_comes_first() -> None:
    bench = Bench()
    bench.look(residual(250.0, subject="weak"), residual(390.0, subject="strong"))
    assert [each.subject for each in bench.standing.findings] == ["strong", "weak"]
    assert bench.score == pytest.approx(0.975)


def test_the_owner_accepts_what_can_be_right() -> None:
    bench = Bench()
    bench.look(
        residual(inf, kind=SETTING, learns=False),
        residual(250.0, subject="learns"),
        residual(250.0, subject="certain", learns=False),
    )
    bench.look(residual(300.0, subject="learns"), residual(0.0, subject="calm"))
    assert bench.standing.accept() == {"energy_balance:learns": 3.0}
    assert [each.subject for each in bench.standing.findings] == ["certain"]
    changes = bench.look()
    assert {each.kind for each in changes.cleared} == {
        SETTING,
        FindingKind.ENERGY_BALANCE,
    }
    assert not bench.look().cleared


def test_what_is_accepted_and_still_off_is_raised_again() -> None:
    bench = Bench()
    changed = residual(inf, kind=SETTING, learns=False)
    bench.look(changed)
    assert bench.standing.accept() == {}
    changes = bench.look(changed)
    assert (len(changes.raised), len(changes.cleared)) == (1, 1)


def test_there_are_only_so_many_subjects() -> None:
    bench = Bench()
    bench.look(residual(300.0, subject="stands"))
    for number in range(MOST_SUBJECTS + 5):
        bench.look(residual(1.0, subject=str(number)), after_s=0.1)
    assert len(bench.standing._subjects) == MOST_SUBJECTS
    assert [each.subject for each in bench.standing.findings] == ["stands"]
    assert bench.standing.held("energy_balance:0") == 0.0


def test_of_too_many_findings_the_oldest_goes() -> None:
    bench = Bench()
    for number in range(MOST_SUBJECTS + 1):
        bench.look(residual(300.0, subject=str(number)), after_s=0.1)
    assert len(bench.standing.findings) == MOST_SUBJECTS
    assert "0" not in {each.subject for each in bench.standing.findings}


def test_time_that_stands_still_fills_no_memory() -> None:
    bench = Bench()
    for number in range(500):
        bench.look(residual(float(number % 7), hold_s=600.0), after_s=0.0)
    (subject,) = bench.standing._subjects.values()
    assert len(subject._least) == len(subject._times) == 1


@settings(max_examples=100)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=40),
    st.sampled_from([0.0, 30.0, 100.0]),
)
def test_what_is_held_is_the_least_of_the_time(
    looks: list[tuple[int, int]], hold_s: float
) -> None:
    bench = Bench()
    seen: list[tuple[float, float]] = []
    for after_s, floors in looks:
        bench.look(residual(100.0 * floors, hold_s=hold_s), after_s=float(after_s))
        seen.append((bench.now_s, float(floors)))
        start = max(
            (then for then, _ in seen if then <= bench.now_s - hold_s), default=None
        )
        within = [height for then, height in seen if start is None or then >= start]
        expected = 0.0 if start is None else min(within)
        assert bench.standing.held("energy_balance:balance") == expected


LOOKS = st.lists(
    st.tuples(
        st.floats(0.0, 2000.0),
        st.sampled_from([0.0, 60.0, 600.0]),
        st.floats(min_value=0.0) | st.none(),
    ),
    max_size=60,
)


@settings(max_examples=200)
@given(LOOKS)
def test_findings_are_raised_once_and_cleared_once(
    looks: list[tuple[float, float, float | None]],
) -> None:
    bench = Bench()
    open_ones = 0
    for after_s, hold_s, deviation in looks:
        said = [] if deviation is None else [residual(deviation, hold_s=hold_s)]
        changes = bench.look(*said, after_s=after_s)
        open_ones += len(changes.raised) - len(changes.cleared)
        assert len(bench.standing.findings) == open_ones in {0, 1}
        assert 0.0 <= bench.score <= 1.0
        assert all(0.5 <= each.score <= 1.0 for each in bench.standing.findings)
