"""The environment for those who train their own policy."""

from gymnasium.utils.env_checker import check_env
import numpy as np
import pytest
from scripts.training.columns import NAMES
from scripts.training.environment import HomeEnv

from .small_worlds import worlds

REST = np.zeros(1, np.float32)


@pytest.mark.parametrize("step_min", [15, 60])
@pytest.mark.filterwarnings("ignore:.*We recommend you to use a symmetric")
def test_gymnasium_accepts_it(step_min: int) -> None:
    check_env(HomeEnv(worlds(), step_min=step_min, days=2), skip_render_check=True)


@pytest.mark.parametrize(("step_min", "steps"), [(15, 192), (60, 48)])
def test_an_episode_has_its_days(step_min: int, steps: int) -> None:
    env = HomeEnv(worlds(), step_min=step_min, days=2)
    env.reset(seed=3)
    ends = [env.step(REST)[2:4] for _ in range(steps)]
    assert ends == [(False, False)] * (steps - 1) + [(False, True)]


def test_reward_is_what_the_step_cost() -> None:
    """At rest that is the meter alone, whatever battery there is."""
    env = HomeEnv(worlds(), step_min=60, days=2)
    env.reset(seed=4)
    bought, sold, net_kw = (one[0] for one in env._flows)
    _, reward, *_ = env.step(REST)
    assert reward == pytest.approx(-net_kw * (bought if net_kw > 0 else sold))


def test_positive_power_discharges() -> None:
    env = HomeEnv(worlds(), days=2)
    before, _ = env.reset(seed=5)
    stored = NAMES.index("stored_share")
    after, *_ = env.step(np.array([1.0], np.float32))
    assert after[stored] < before[stored]
    for _ in range(60):
        after, *_ = env.step(np.array([-1.0], np.float32))
    assert after[stored] == pytest.approx(1.0)  # full, as it is scaled


def test_what_is_stored_in_the_end_is_worth_something() -> None:
    """Else every agent would learn to sell out."""
    rewards = []
    for power in (1.0, -1.0):
        env = HomeEnv(worlds(), step_min=60, days=1)
        env.reset(seed=6)
        for _ in range(23):
            env.step(np.array([power], np.float32))
        at_end = env.step(REST)[1]
        bought, sold, net_kw = (one[-1] for one in env._flows)
        rewards.append(at_end + net_kw * (bought if net_kw > 0 else sold))
    empty, full = rewards
    assert empty == pytest.approx(0.0, abs=1e-9)
    assert full > 0.0


@pytest.mark.parametrize("step_min", [5, 0, 45])
def test_other_steps_are_refused(step_min: int) -> None:
    with pytest.raises(ValueError, match=f"not {step_min}"):
        HomeEnv(worlds(), step_min=step_min)


def test_it_needs_a_world() -> None:
    with pytest.raises(ValueError, match="no world"):
        HomeEnv(())
