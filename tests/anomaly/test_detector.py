"""The whole monitor: what it finds, keeps and survives, and what it costs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC
import json
from math import inf, nan
import subprocess
import sys
import time
import tracemalloc
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
import numpy as np
import pytest

from custom_components.bessai.anomaly.detector import Detector, Judgement
from custom_components.bessai.anomaly.forest import learn
from custom_components.bessai.anomaly.novelty import LEAST_ROWS
from custom_components.bessai.anomaly.residual import Residual
from custom_components.bessai.anomaly.rules import ALL
from custom_components.bessai.core.command import Write
from custom_components.bessai.core.finding import FindingKind
from custom_components.bessai.core.observation import Flow, Observation
from custom_components.bessai.core.plant_state import Readiness
from custom_components.bessai.core.setpoint import Hold, Setpoint

from .observations import EXPECTATIONS, observe
from .residuals import Stubborn, Told, residual, told

SETTING = residual(
    inf,
    subject="working_mode",
    kind=FindingKind.SETTING_CHANGED,
    floor=1.0,
    learns=False,
)
POLLS_OF_A_DAY = 86_400 // 300


class Plant:
    """A detector with one rule that says what it is told, polled each 5 minutes."""

    def __init__(self) -> None:
        self.rule = Told(EXPECTATIONS)
        self.detector = Detector(EXPECTATIONS, (told(self.rule), Stubborn))
        self.now_s = 0.0

    def look(self, *says: Residual, after_s: float = 300.0) -> Judgement:
        """Let the rule say this, and judge."""
        self.now_s += after_s
        self.rule.says = says
        return self.detector.look(observe(self.now_s))

    def watts(self, *deviations: float, after_s: float = 300.0) -> Judgement:
        """Judge one deviation after the other, the floor is 100 W."""
        return [self.look(residual(each), after_s=after_s) for each in deviations][-1]

    def day(self, highest: float) -> None:
        """Let a day pass."""
        self.watts(*[highest] * POLLS_OF_A_DAY)


def test_all_twelve_rules_look() -> None:
    names = {kind(EXPECTATIONS).name for kind in ALL}
    assert len(names) == len(ALL) == 12


def test_a_sound_plant_has_a_score_below_tolerance() -> None:
    plant = Plant()
    judgement = plant.watts(30.0, 30.0)
    # The stubborn rule's 100 W of 150 W while learning.
    assert judgement.score == pytest.approx(1 / 3)
    assert judgement.findings == judgement.raised == judgement.cleared == ()


def test_a_finding_is_raised_stands_and_is_cleared() -> None:
    plant = Plant()
    plant.watts(0.0)
    judgement = plant.watts(240.0)
    assert judgement.findings == judgement.raised
    assert judgement.score == judgement.findings[0].score == pytest.approx(0.8)
    judgement = plant.watts(0.0, after_s=10.0)
    assert (len(judgement.findings), judgement.raised) == (1, ())
    assert judgement.score >= 0.5
    judgement = plant.watts(0.0, after_s=60.0)
    assert judgement.findings == ()
    assert len(judgement.cleared) == 1
    assert judgement.score < 0.5


def test_progress_is_told() -> None:
    plant = Plant()
    assert plant.watts(0.0).learned == 0.0
    plant.day(0.0)
    assert plant.watts(0.0).learned == pytest.approx(1 / 3, abs=0.01)


def test_what_the_plant_does_every_day_becomes_usual() -> None:
    plant = Plant()
    for _ in range(4):
        plant.day(135.0)
    assert plant.watts(180.0).findings == ()
    assert plant.watts(200.0).findings != ()


def test_what_stands_is_not_learned_from() -> None:
    plant = Plant()
    for _ in range(5):
        plant.day(300.0)
    (finding,) = plant.watts(300.0).findings
    assert finding.tolerance == 150.0


def test_what_does_not_learn_is_found_past_its_floor() -> None:
    plant = Plant()
    (finding,) = plant.look(residual(110.0, learns=False)).findings
    assert finding.tolerance == 100.0


def test_the_owner_accepts_what_is() -> None:
    plant = Plant()
    plant.look(SETTING, residual(220.0))
    plant.detector.accept()
    assert plant.rule.accepted == 1
    judgement = plant.watts(220.0)
    assert judgement.findings == ()
    assert len(judgement.cleared) == 2


def test_a_clock_that_runs_back_or_makes_no_sense_is_survived() -> None:
    plant = Plant()
    plant.watts(0.0, 0.0)
    for uptime_s in (nan, inf, -inf, -5.0, 1e300, 100.0, 110.0):
        plant.rule.says = (residual(10.0),)
        judgement = plant.detector.look(replace(observe(), uptime_s=uptime_s))
        assert judgement.findings == ()


@pytest.mark.parametrize(
    "wrong",
    [
        residual(nan),
        residual(-1.0),
        residual(1000.0, floor=0.0),
        residual(1000.0, floor=nan),
        residual(1000.0, floor=inf),
        residual(1000.0, hold_s=nan),
        residual(1000.0, hold_s=-1.0),
    ],
)
def test_a_residual_that_is_none_is_passed_over(wrong: Residual) -> None:
    plant = Plant()
    judgement = plant.look(wrong, residual(10.0, subject="other"))
    assert judgement.findings == ()
    assert 0.0 < judgement.score < 0.5


def test_of_two_residuals_by_one_name_the_stronger_counts() -> None:
    plant = Plant()
    for two in ((10.0, 300.0), (300.0, 10.0)):
        assert plant.look(*map(residual, two)).score == pytest.approx(1.0)


@pytest.mark.parametrize("error", [ValueError("x"), NotImplementedError("x")])
def test_a_rule_that_fails_says_nothing_at_that_look(error: Exception) -> None:
    """And is told of: that is a fault of ours."""
    plant = Plant()
    plant.rule.error = error
    assert plant.watts(1000.0).findings == ()
    assert plant.detector.troubles == {"told": repr(error)}
    plant.rule.error = None
    assert plant.watts(1000.0).findings != ()


@pytest.mark.parametrize("period_s", [1.0, 10.0, 120.0])
def test_what_holds_is_found_at_any_pace(period_s: float) -> None:
    plant = Plant()
    plant.watts(*[0.0] * 20, after_s=period_s)
    lasting = [residual(300.0, hold_s=150.0)]
    looks = [plant.look(*lasting, after_s=period_s) for _ in range(200)]
    raised = [number for number, look in enumerate(looks) if look.raised]
    assert len(raised) == 1
    assert 150.0 <= raised[0] * period_s <= 150.0 + period_s


def taught() -> Plant:
    """Return a plant with a forest."""
    plant = Plant()
    random = np.random.default_rng(1)
    for _ in range(2 * LEAST_ROWS + 1):
        plant.watts(float(np.exp(random.normal(-2.0, 0.3)) * 100.0))
    rows = plant.detector.training_rows()
    assert rows is not None
    plant.detector.adopt(*learn(rows, 1))
    return plant


def test_the_unusual_is_found_when_it_lasts() -> None:
    plant = taught()
    usual = [13.0] * 10
    assert plant.watts(*usual, after_s=60.0).findings == ()
    strange = [95.0] * 9
    assert plant.watts(*strange, after_s=60.0).findings == ()
    (finding,) = plant.watts(*strange, after_s=60.0).findings
    assert (finding.kind, finding.subject) == (FindingKind.UNUSUAL, "plant")
    assert 0.5 < finding.score <= 1.0
    # It is asked on, else it could never clear.
    assert plant.watts(*usual, *usual, after_s=60.0).findings == ()


def test_before_there_are_rows_there_is_no_forest_to_grow() -> None:
    assert Plant().detector.training_rows() is None


def test_a_restart_loses_nothing() -> None:
    plant = taught()
    plant.rule.memory = {"count": 7}
    document = json.loads(json.dumps(plant.detector.document()))
    again = Plant()
    assert again.detector.restore(document) == ()
    assert again.detector.document() == document
    assert again.rule.memory == {"count": 7}
    assert again.watts(13.0).learned == 1.0


def test_real_rules_go_on_after_a_restart() -> None:
    detector = Detector(EXPECTATIONS)
    for number in range(50):
        detector.look(observe(10.0 * number, settings={"mode": "x"}))
    document = json.loads(json.dumps(detector.document()))
    again = Detector(EXPECTATIONS)
    assert again.restore(document) == ()
    assert json.loads(json.dumps(again.document())) == document


DAMAGES: dict[str, tuple[Callable[[dict[str, Any]], Any], tuple[str, ...]]] = {
    "nothing": (dict.clear, ()),
    "tolerances": (lambda document: document.update(tolerances=[]), ("tolerances",)),
    "novelty": (lambda document: document.update(novelty=None), ("novelty",)),
    "the forest": (
        lambda document: document["novelty"].update(forest={"width": 1}),
        ("novelty",),
    ),
    "a rule": (lambda document: document["rules"].update(told={}), ("told",)),
    "another rule": (
        lambda document: document["rules"].update(stubborn={"a": 1}),
        ("stubborn",),
    ),
    "no memory": (
        lambda document: document["rules"].update(told=None, gone={}),
        ("told",),
    ),
    "all rules": (lambda document: document.update(rules=3), ("told", "stubborn")),
}
TAUGHT = taught()


@pytest.mark.parametrize(("damage", "lost"), DAMAGES.values(), ids=DAMAGES.keys())
def test_what_cannot_be_read_is_dropped_alone(
    damage: Callable[[dict[str, Any]], Any], lost: tuple[str, ...]
) -> None:
    TAUGHT.rule.memory = {"count": 7}
    document = json.loads(json.dumps(TAUGHT.detector.document()))
    whole = json.loads(json.dumps(document))
    damage(document)
    plant = Plant()
    assert plant.detector.restore(document) == lost
    kept = plant.detector.document()
    fresh = Plant().detector.document()
    for part in ("tolerances", "novelty"):
        is_lost = part in lost or part not in document
        assert kept[part] == (fresh if is_lost else whole)[part]
    # A rule that was read halfway is a new one now.
    is_lost = "told" in lost or not document
    assert kept["rules"]["told"] == ({} if is_lost else {"count": 7})
    assert plant.watts(10.0).findings == ()


@pytest.mark.parametrize("document", [None, [], "all", 3])
def test_what_is_no_document_is_lost_whole(document: Any) -> None:
    lost = Plant().detector.restore(document)
    assert lost == ("tolerances", "novelty", "told", "stubborn")


def test_numpy_is_not_loaded_with_the_detector() -> None:
    """Home Assistant may be on a board where that takes a second."""
    program = (
        "import sys, types\n"
        "package = types.ModuleType('custom_components.bessai')\n"
        "package.__path__ = ['custom_components/bessai']\n"
        "sys.modules[package.__name__] = package\n"
        "from custom_components.bessai.anomaly import detector\n"
        "assert 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603


# Whatever an observation holds ------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(),
    st.integers(-100_000, 100_000).map(float),
    st.sampled_from([0.0, -0.0, nan, inf, -inf, 1e308, -1e308, 5e-324]),
)
MAYBE = st.none() | NUMBERS
KEYS = st.sampled_from(
    [
        *EXPECTATIONS.bounds,
        *EXPECTATIONS.counters,
        *[key for keys in EXPECTATIONS.restless.values() for key in keys],
        "",
        "unheard_of",
    ]
)
VALUES = st.one_of(
    st.none(),
    NUMBERS,
    st.integers(),
    st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2).map(tuple),
)
TIMES = st.datetimes(timezones=st.just(UTC))
WRITES = st.builds(
    Write,
    key=KEYS,
    address=st.integers(0, 65535),
    value=VALUES,
    stored=st.booleans(),
    error=st.none() | st.text(max_size=3),
)
WISHES = st.one_of(st.none(), st.builds(Setpoint, power_w=NUMBERS), st.builds(Hold))
ANY = st.builds(
    Observation,
    at=TIMES,
    uptime_s=NUMBERS,
    utc_offset_s=NUMBERS,
    powers=st.dictionaries(st.sampled_from(Flow), MAYBE),
    grid_phases_w=st.none() | st.lists(NUMBERS, max_size=4).map(tuple),
    soc_pct=MAYBE,
    battery_temperature_c=MAYBE,
    inverter_temperature_c=MAYBE,
    capacity_kwh=MAYBE,
    maximum_power_w=MAYBE,
    charge_limit_w=MAYBE,
    discharge_limit_w=MAYBE,
    discharge_floor_pct=MAYBE,
    charge_ceiling_pct=MAYBE,
    inverter=st.none() | st.sampled_from(Readiness),
    inverter_status=st.none() | st.text(max_size=5),
    battery=st.none() | st.sampled_from(Readiness),
    limited=st.none() | st.booleans(),
    commanded=st.none() | st.booleans(),
    self_consuming=st.none() | st.booleans(),
    calibrating=st.none() | st.booleans(),
    numbers=st.dictionaries(KEYS, NUMBERS, max_size=8),
    plant_clock_s=MAYBE,
    identity=st.none() | st.dictionaries(KEYS, VALUES, max_size=3),
    stranger=st.none() | st.text(max_size=5),
    settings=st.none() | st.dictionaries(KEYS, VALUES, max_size=3),
    writes=st.lists(WRITES, max_size=2).map(tuple),
    wish=WISHES,
    wish_age_s=NUMBERS,
    response_s=MAYBE,
    reconnected=st.booleans(),
    failed=st.frozensets(st.text(max_size=3), max_size=2),
)
STEPS = st.lists(
    st.tuples(st.floats(0.0, 1e5), ANY | st.none(), st.booleans()), max_size=12
)


def stream(
    steps: Iterable[tuple[float, Observation | None, bool]],
) -> Iterable[Observation]:
    """Yield hostile observations between sound ones, some on a clock that works."""
    now_s = 0.0
    for after_s, hostile, is_on_time in steps:
        now_s += after_s
        if hostile is None:
            yield observe(now_s)
        elif is_on_time:
            yield replace(hostile, uptime_s=now_s)
        else:
            yield hostile


def assert_sound(judgement: Judgement) -> None:
    """Assert what is true of every judgement."""
    assert 0.0 <= judgement.score <= 1.0
    assert 0.0 <= judgement.learned <= 1.0
    assert set(judgement.raised) <= set(judgement.findings)
    scores = [each.score for each in judgement.findings]
    assert scores == sorted(scores, reverse=True)
    assert all(0.5 <= score <= judgement.score for score in scores)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_whatever_an_observation_holds_it_is_judged(steps: Any) -> None:
    detector = Detector(EXPECTATIONS)
    for seen in stream(steps):
        assert_sound(detector.look(seen))
    assert detector.troubles == {}
    document = json.loads(json.dumps(detector.document()))
    again = Detector(EXPECTATIONS)
    assert again.restore(document) == ()


GARBAGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
PARTS = ("tolerances", "novelty", "rules")
RULES = tuple(kind(EXPECTATIONS).name for kind in ALL)


@settings(max_examples=150)
@given(
    st.dictionaries(st.sampled_from(PARTS), GARBAGE),
    st.dictionaries(st.sampled_from(RULES), GARBAGE),
)
def test_whatever_was_stored_it_begins(
    parts: dict[str, Any], memories: Mapping[str, Any]
) -> None:
    detector = Detector(EXPECTATIONS)
    lost = detector.restore({"rules": memories, **parts})
    assert set(lost) <= {"tolerances", "novelty", *RULES}
    for number in range(3):
        assert_sound(detector.look(observe(10.0 * number)))
    assert detector.troubles == {}


# What it costs ----------------------------------------------------------------------


def lively(number: int) -> Observation:
    """Return a poll of a plant whose values move."""
    wave = float(np.sin(number / 50.0))
    return observe(
        10.0 * number,
        powers={
            Flow.PV: 3000.0 + 500.0 * wave,
            Flow.BATTERY: -1000.0 - 400.0 * wave,
            Flow.GRID: -1450.0 + 50.0 * wave,
        },
        soc_pct=50.0 + round(number * 0.003, 1) % 40.0,
        numbers={
            "grid_frequency_hz": 50.0 + 0.01 * wave,
            "phase_a_voltage_v": 230.0 + wave,
            "meter_phase_a_voltage_v": 231.0 + wave,
            "pv_energy_kwh": 1000.0 + number * 0.0083,
        },
        settings={"mode": 1} if number % 30 == 0 else None,
        identity={"serial_number": "A"} if number % 60 == 0 else None,
        plant_clock_s=1.78e9 + 10.0 * number if number % 30 == 0 else None,
    )


def costly() -> Detector:
    """Return a detector with all rules and a forest of all their columns."""
    detector = Detector(EXPECTATIONS)
    random = np.random.default_rng(2)
    names = [f"balance:{number}" for number in range(24)]
    for _ in range(LEAST_ROWS):
        row = dict(zip(names, np.exp(random.normal(-2, 0.3, 24)), strict=True))
        detector._novelty.look(600.0, row, is_sound=True)
    rows = detector.training_rows()
    assert rows is not None
    detector.adopt(*learn(rows, 1))
    return detector


def test_a_look_costs_little_time() -> None:
    """The bar is 2 ms; on a machine that does nothing else it is a sixth of it."""
    detector = costly()
    polls = [lively(number) for number in range(600)]
    for seen in polls[:200]:
        detector.look(seen)
    began = time.process_time()
    for seen in polls[200:]:
        detector.look(seen)
    assert (time.process_time() - began) / 400 < 0.002
    assert detector.troubles == {}


def test_it_needs_little_memory() -> None:
    """Without numpy itself; 4,000 rows are a tenth of it."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        detector = costly()
        for number in range(1000):
            detector.look(lively(number))
        needed = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert needed < 5_000_000
