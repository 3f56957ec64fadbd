"""The laws of physics hold in every plant, whatever it is told."""

from datetime import timedelta
from typing import NamedTuple

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.bessai.simulator.overrides import Overrides
from custom_components.bessai.simulator.parameters import (
    BatteryParameters,
    PlantParameters,
)
from custom_components.bessai.simulator.plant import SimulatedPlant
from custom_components.bessai.simulator.truth import PlantTruth

from .builders import START, command, words_of

COUNTERS = (
    *("pv_kwh", "load_kwh", "import_kwh", "export_kwh"),
    *("charge_kwh", "discharge_kwh", "yield_kwh", "loss_kwh"),
)


class Episode(NamedTuple):
    """What happens for a while."""

    pv_w: float
    load_w: float
    order: int
    power_w: int
    minutes: int
    mode: int
    seconds: float


EPISODES = st.builds(
    Episode,
    pv_w=st.floats(0, 15_000),
    load_w=st.floats(0, 12_000),
    order=st.sampled_from([0, 1, 2]),
    power_w=st.integers(0, 5000),
    minutes=st.integers(0, 30),
    mode=st.integers(0, 6),
    seconds=st.floats(0.001, 5000),
)
BATTERIES = st.builds(
    lambda standby_w, **rest: BatteryParameters(
        standby_w=standby_w, sleep_w=standby_w, **rest
    ),
    standby_w=st.floats(0, 60),
    capacity_kwh=st.floats(5, 30),
    soc_pct=st.floats(20, 100),
    charge_efficiency=st.floats(0.8, 1),
    discharge_efficiency=st.floats(0.8, 1),
    temperature_c=st.floats(-15, 50),
)


def live(plant: SimulatedPlant, episode: Episode) -> None:
    """Let an episode happen, with no more power than the battery allows."""
    plant.overrides = Overrides(pv_w=episode.pv_w, load_w=episode.load_w)
    plant.write(1, 47086, (episode.mode,))
    allowed_w = min(plant.truth.charge_limit_w, plant.truth.discharge_limit_w)
    power_w = min(episode.power_w, int(allowed_w))
    command(plant, episode.order, power_w, episode.minutes)
    plant.advance(plant.at + timedelta(seconds=episode.seconds))


def check_balance(truth: PlantTruth) -> None:
    """Assert the power balance of an instant."""
    assert truth.ac_w == pytest.approx(truth.pv_w + truth.battery_w - truth.loss_w)
    assert truth.load_w == pytest.approx(truth.ac_w + truth.grid_w)
    assert truth.loss_w > 0.0
    assert truth.pv_w >= 0.0
    assert 0.0 <= truth.soc_pct <= 100.0


@settings(max_examples=40)
@given(battery=BATTERIES, episodes=st.lists(EPISODES, min_size=1, max_size=6))
def test_energy_is_neither_made_nor_lost(
    battery: BatteryParameters, episodes: list[Episode]
) -> None:
    plant = SimulatedPlant(PlantParameters(battery=battery), START)
    plant.write(1, 47082, (200,))  # so that standby never empties it
    for episode in episodes:
        before = plant.truth
        live(plant, episode)
        after = plant.truth
        check_balance(after)
        gone = {name: getattr(after, name) - getattr(before, name) for name in COUNTERS}
        assert min(gone.values()) >= -1e-9
        _check_energies(gone)
        hours = (after.at - before.at).total_seconds() / 3600
        drain_kwh = battery.standby_w * hours / 1000
        stored = (
            gone["charge_kwh"] * battery.charge_efficiency
            - gone["discharge_kwh"] / battery.discharge_efficiency
        )
        change = after.stored_kwh - before.stored_kwh
        assert change == pytest.approx(stored - drain_kwh, abs=1e-6)


def _check_energies(gone: dict[str, float]) -> None:
    """Assert that what came equals what went, in kWh, on both sides."""
    came = gone["pv_kwh"] + gone["discharge_kwh"] + gone["import_kwh"]
    went = gone["load_kwh"] + gone["charge_kwh"] + gone["export_kwh"] + gone["loss_kwh"]
    assert came == pytest.approx(went, abs=1e-6)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 1000),
    soc_pct=st.floats(10, 90),
    pieces=st.lists(st.floats(1, 4000), min_size=1, max_size=40),
)
def test_one_jump_and_many_steps_agree(
    seed: int, soc_pct: float, pieces: list[float]
) -> None:
    parameters = PlantParameters(seed=seed, battery=BatteryParameters(soc_pct=soc_pct))
    jumping, walking = (SimulatedPlant(parameters, START) for _ in range(2))
    for piece in pieces:
        walking.advance(walking.at + timedelta(seconds=piece))
    jumping.advance(walking.at)
    one, other = jumping.truth, walking.truth
    assert one.soc_pct == pytest.approx(other.soc_pct, abs=0.3)
    assert one.battery_temperature_c == pytest.approx(
        other.battery_temperature_c, abs=0.1
    )
    for name in COUNTERS:
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=0.03)


def test_equal_plants_live_equal_lives() -> None:
    one, other = (SimulatedPlant(PlantParameters(seed=7), START) for _ in range(2))
    for plant in (one, other):
        plant.advance(START + timedelta(days=2))
    assert one.truth == other.truth


def test_another_seed_brings_another_day() -> None:
    one, other = (SimulatedPlant(PlantParameters(seed=s), START) for s in (1, 2))
    for plant in (one, other):
        plant.advance(START + timedelta(days=1))
    assert one.truth.pv_kwh != other.truth.pv_kwh
    assert one.truth.load_kwh != other.truth.load_kwh


def test_a_command_by_soc_stops_exactly_at_its_target() -> None:
    plant = SimulatedPlant(PlantParameters(), START)
    plant.overrides = Overrides(pv_w=0.0, load_w=300.0)
    plant.write(1, 47247, words_of(3000, 2))
    plant.write(1, 47101, (620,))
    plant.write(1, 47246, (1,))
    plant.write(1, 47100, (1,))
    highest = 0.0
    for _ in range(120):
        plant.advance(plant.at + timedelta(seconds=37))
        highest = max(highest, plant.truth.soc_pct)
    assert highest <= 62.0 + 1e-6
    assert highest == pytest.approx(62.0, abs=0.2)
