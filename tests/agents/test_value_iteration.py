"""Does value iteration find what closed forms, policy iteration and the books give?"""

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.value_iteration import ValueIteration, solve
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.view import View
from tests.agents.exact import optimum, values
from tests.agents.toys import Modelled, chain, chain_values, loop

GYMNASIUM = ["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "CliffWalkingSlippery-v1", "Taxi-v4"]
gammas = st.floats(0.0, 0.99)


@given(gamma=gammas)
def test_a_reward_for_ever_is_a_geometric_series(gamma):
    value, q = solve(loop(terminated=False), gamma, 1e-9)
    assert value == pytest.approx([1 / (1 - gamma)], abs=1e-9)
    assert q.shape == (1, 1)
    assert solve(loop(terminated=True), gamma, 1e-9)[0] == pytest.approx([1.0])


@given(gamma=gammas, first=st.integers(0, 3))
def test_two_states_by_hand(gamma, first):
    value, q = solve(chain(first), gamma, 1e-9)
    assert value == pytest.approx(chain_values(gamma), abs=1e-9)
    assert q.max(axis=1) == pytest.approx(value)


@given(gamma=st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_the_corridor_by_hand(gamma):
    game = make_game("gridworld:level=corridor")
    agent = ValueIteration(game, gamma=gamma)
    for cell in range(6):  # five cells before the goal at the sixth: -0.01 for each step but the last
        steps = 5 - cell
        wanted = -0.01 * sum(gamma**k for k in range(steps)) + gamma**steps
        assert agent.value[cell] == pytest.approx(wanted, abs=1e-9)
    assert agent.value[6] == 0.0


@pytest.mark.parametrize("gamma", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("id", GYMNASIUM)
def test_gymnasiums_models_against_policy_iteration(id, gamma):
    env = gymnasium.make(id)
    assert ValueIteration(env, gamma=gamma).value == pytest.approx(optimum(env.unwrapped.P, gamma), abs=1e-8)


@pytest.mark.parametrize("size", ["4x4", "8x8"])
@pytest.mark.parametrize("gamma", [0.9, 0.99, 1.0])
def test_our_frozen_lake_is_gymnasiums(size, gamma):
    theirs = ValueIteration(gymnasium.make("FrozenLake-v1", map_name=size), gamma=gamma)
    ours = ValueIteration(f"gridworld:level=frozen_lake_{size}", gamma=gamma)
    assert ours.value == pytest.approx(theirs.value, abs=1e-7 if gamma == 1.0 else 1e-9)


@pytest.mark.parametrize("env", ["CliffWalking-v1", "gridworld:level=cliff"])
def test_the_cliff_takes_thirteen_steps(env):
    agent = ValueIteration(env, gamma=1.0)
    assert agent.value[36] == -13.0
    assert agent.value[35] == -1.0  # above the goal
    # In plain moves: up, eleven to the right, down. Gymnasium counts the cliff, 37 to 46, as states, too.
    up, right, down = (0, 1, 2)
    seen = np.array([36, *range(24, 35), 35])
    view = View(seen, np.ones((13, 4), np.int8), np.zeros(13, np.uint64))
    assert agent.act(view).actions.tolist() == [up, *11 * [right], down]


def test_windy_takes_fifteen_steps():
    agent = ValueIteration("gridworld:level=windy", gamma=1.0)
    assert agent.value[30] == -15.0  # Sutton & Barton (2018), example 6.5


def test_its_policy_is_worth_what_it_says():
    game = make_game("gridworld:level=lava_bridge")
    agent = ValueIteration(game)
    count = len(agent.value)
    decision = agent.act(View(np.arange(count), np.ones((count, 4), np.int8), np.zeros(count, np.uint64)))
    assert values(game.model(), decision.policy, 0.99) == pytest.approx(decision.value, abs=1e-8)
    assert (decision.policy.argmax(axis=1) == decision.actions).all()


def test_the_tolerance_is_a_bound():
    game = make_game("gridworld:level=frozen_lake_8x8")
    exact = optimum(game.model(), 0.99)
    for tolerance in (0.1, 0.01, 0.001):
        assert np.abs(ValueIteration(game, tolerance=tolerance).value - exact).max() <= tolerance


def test_numbers_may_begin_anywhere():
    env = Modelled(chain(first=2))
    agent = ValueIteration(env, gamma=0.2)
    view = View(np.array([3, 2]), np.ones((2, 2), np.int8), np.zeros(2, np.uint64))
    assert agent.act(view).value == pytest.approx(chain_values(0.2)[::-1])
    assert agent.act(view).actions.tolist() == [3, 2]  # back from afar for 3, then 1 and the end


class Square(gymnasium.Env):
    """Numbers its model otherwise than its observations."""

    P = chain(first=1)
    observation_space = gymnasium.spaces.Discrete(2)
    action_space = gymnasium.spaces.Discrete(2)


@pytest.mark.parametrize(
    "env",
    [
        "CartPole-v1",
        "Blackjack-v1",
        "gridworld:level=cliff,obs=grid",
        "gridworld:maze=4x4,obs=partial",
        "gridworld:level=orchard",
        Square(),
        gymnasium.wrappers.TransformReward(gymnasium.make("FrozenLake-v1"), lambda reward: -reward),
    ],
    ids=str,
)
def test_without_an_exact_model_it_is_refused_in_one_line(env):
    with pytest.raises(BadInput, match=r"^value_iteration: .* has no exact model P") as refusal:
        ValueIteration(env)
    assert "\n" not in str(refusal.value)


def test_values_that_do_not_settle_are_refused_in_one_line():
    with pytest.raises(BadInput, match="no convergence in 100 sweeps; give a gamma below 1"):
        ValueIteration(Modelled(loop(terminated=False)), gamma=1.0, max_sweeps=100)
