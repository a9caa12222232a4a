"""Does Q-learning reach the optimum, and do its variants differ as the books say?"""

import sys

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import TimeLimit

from agents.presets import preset
from agents.q_learning import QLearning
from agents.task import Task
from agents.value_iteration import ValueIteration
from envs.bad_input import BadInput
from envs.catalog import make_game
from envs.generator import seeded
from envs.gridworld.level import load_level, shipped_levels
from tests.agents.exact import greedy, worth
from tests.agents.toys import MaximizationBias, Modelled, chain, chain_values, loop

SEEDS = range(5)
LEARNABLE = [name for name in shipped_levels() if load_level(name).states <= 100_000]


def trained(env, seed, **changes):
    """Train by the preset."""
    task = Task(env)
    settings = preset("q_learning", task) | changes
    steps = settings.pop("n_timesteps")
    return QLearning(task, seed=seed, **settings).learn(steps)


def test_most_levels_are_learnable():
    assert len(LEARNABLE) >= 15


@pytest.mark.parametrize("level", LEARNABLE)
def test_it_learns_what_value_iteration_proves_to_be_the_best(level):
    """By its preset, with each of five seeds: exactly where nothing is left to chance, else within 1 %."""
    game = make_game(f"gridworld:level={level}")
    start, gamma = game.start_distribution(), trained(game, 0, n_timesteps=0).config.gamma
    best = float(start @ ValueIteration(game, gamma=gamma).value)
    certain = game.level.slip == 0 and game.level.ripe == 0
    allowed = 1e-9 if certain else 0.01 * abs(best)
    for seed in SEEDS:
        learnt = worth(game.model(), start, greedy(trained(game, seed).q), gamma)
        assert best - allowed <= learnt <= best + 1e-7, f"seed {seed}"


@pytest.mark.parametrize("id", ["CliffWalking-v1", "Taxi-v4"])
def test_it_learns_gymnasiums_games_perfectly(id):
    env = gymnasium.make(id)
    model, start = env.unwrapped.P, env.unwrapped.initial_state_distrib
    mask = np.array([env.unwrapped.action_mask(s) for s in range(500)]) if id == "Taxi-v4" else None
    best = float(start @ ValueIteration(env).value)
    assert worth(model, start, greedy(trained(env, 0).q, mask), 0.99) == pytest.approx(best, abs=1e-9)


def on_the_cliff(target, seed, **changes):
    """Learn as in Sutton & Barton (2018), example 6.6."""
    settings = {
        "exploration_initial_eps": 0.1,
        "exploration_final_eps": 0.1,
        "learning_rate": 0.5,
        "gamma": 1.0,
    }
    return QLearning("gridworld:level=cliff", seed=seed, target=target, **settings | changes)


def greedy_path(agent):
    """Return the cells from the start on, at most 60."""
    model, cell, path = agent.task.model(), 36, [36]
    while len(path) < 60:
        ((_, cell, _, over),) = model[cell][int(agent.q[cell].argmax())]
        path.append(cell)
        if over:
            break
    return path


ALONG_THE_EDGE = [36, *range(24, 36), 47]


@pytest.mark.parametrize("seed", SEEDS)
def test_on_the_cliff_sarsa_walks_safely_and_q_learning_along_the_edge(seed):
    bold, safe = (on_the_cliff(target, seed).learn(15_000) for target in ("q_learning", "sarsa"))
    returns = [np.mean(agent.episode_returns[-250:]) for agent in (bold, safe)]
    assert greedy_path(bold) == ALONG_THE_EDGE  # thirteen steps
    assert returns[1] > returns[0] + 10  # figure in example 6.6: about -25 and -50


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("target", "falling"),
    [("sarsa", {"learning_rate": 1.0, "learning_rate_power": 0.6}), ("expected_sarsa", {})],
)
def test_the_safe_path_keeps_off_the_edge(target, falling, seed):
    path = greedy_path(on_the_cliff(target, seed, **falling).learn(30_000))
    assert path[-1] == 47
    rows = [cell // 12 for cell in path[2:-2]]  # but for the first step up and the last one down
    assert max(rows) <= 1


def soft_optimum(model, epsilon):
    """Return Q of the best policy among those that explore with epsilon, by its own sweeps; gamma is 1."""
    q = np.zeros((len(model), 4))
    for _ in range(3000):
        value = (1 - epsilon) * q.max(axis=1) + epsilon * q.mean(axis=1)
        for (state, action), _ in np.ndenumerate(q):
            ((_, successor, reward, over),) = model[state][action]
            q[state, action] = reward + (0.0 if over else value[successor])
    return q


def test_expected_sarsa_learns_the_worth_of_exploring_play():
    agent = on_the_cliff("expected_sarsa", 0, learning_rate=1.0, num_envs=64).learn(500_000)
    exact = soft_optimum(agent.task.model(), 0.1)
    walked = greedy_path(agent)[:-1]
    assert agent.q[walked].max(axis=1) == pytest.approx(exact[walked].max(axis=1), abs=1e-3)


def on_bad_bets(double, runs=60):
    """Return what going left seems to be worth after about 60 episodes, and its share in the first 100."""
    value, left = [], []
    for seed in range(runs):
        env = MaximizationBias()
        agent = QLearning(
            env, seed=seed, double=double, learning_rate=0.1, gamma=1.0,
            exploration_initial_eps=0.1, exploration_final_eps=0.1,
        )  # fmt: skip
        value.append(agent.learn(100).q[0, 0])
        agent.learn(100)
        left.append(np.mean(env.went_left[:100]))
    return np.mean(value), np.mean(left)


def test_two_tables_overestimate_less():
    """Sutton & Barton (2018), figure 6.5: going left is worth -0.1, the best of ten guesses far more."""
    plain_value, plain_left = on_bad_bets(double=False)
    double_value, double_left = on_bad_bets(double=True)
    assert plain_value > 0.05 > double_value
    assert plain_left > double_left + 0.3


def test_truncation_is_not_termination():
    """A reward of 1 for ever is worth 10, though episodes are cut after three steps; ended at once, 1."""
    settings = {"gamma": 0.9, "learning_rate": 0.2}
    for changes in ({}, {"target": "sarsa"}, {"target": "expected_sarsa"}, {"n_step": 3}, {"double": True}):
        cut = QLearning(TimeLimit(Modelled(loop(terminated=False)), 3), **settings, **changes).learn(3000)
        ended = QLearning(TimeLimit(Modelled(loop(terminated=True)), 3), **settings, **changes).learn(500)
        assert cut.q == pytest.approx(np.array([[10.0]]), abs=1e-3)
        assert ended.q == pytest.approx(np.array([[1.0]]), abs=1e-3)
        assert set(cut.episode_returns) == {3.0}
        assert set(ended.episode_returns) == {1.0}


@pytest.mark.parametrize("num_envs", [1, 4])
def test_each_step_is_learnt_from_once_and_a_reset_never(num_envs):
    agent = QLearning("gridworld:level=frozen_lake_4x4", num_envs=num_envs).learn(2000)
    assert 2000 <= agent.steps < 2000 + num_envs
    assert agent.visits.sum() == agent.steps
    env = Modelled(loop(terminated=True))
    agent = QLearning(env).learn(100)
    assert len(env.played) == agent.steps == agent.visits.sum() == len(agent.episode_returns) == 100


def test_chance_averages_out():
    agent = QLearning(
        Modelled(chain(first=1)),
        gamma=0.9,
        learning_rate=1.0,
        learning_rate_power=0.7,
        exploration_final_eps=1.0,
    ).learn(40_000)
    assert agent.q.max(axis=1) == pytest.approx(chain_values(0.9), rel=0.02)


@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_exploration_falls_in_a_straight_line_and_then_stays(fraction):
    """Of two actions the worse is only chosen half the times that anything is."""
    env = Modelled({0: {0: [(1.0, 0, 1.0, False)], 1: [(1.0, 0, 0.0, False)]}})
    QLearning(
        env, gamma=0.0, initial_q=1.0, exploration_initial_eps=0.9, exploration_final_eps=0.1,
        exploration_fraction=fraction,
    ).learn(40_000)  # fmt: skip
    worse = np.array([action for _, action in env.played]).reshape(10, 4000).mean(axis=1)
    done = np.linspace(0.05, 0.95, 10)  # in the middle of each tenth
    epsilon = 0.9 - 0.8 * np.minimum(done / fraction, 1) if fraction else np.full(10, 0.1)
    assert worse == pytest.approx(epsilon / 2, abs=0.03)


def test_one_seed_one_table():
    def learn(seed):
        return (
            QLearning("gridworld:level=frozen_lake_4x4", seed=seed, num_envs=8).learn(5000).tables.tobytes()
        )

    assert learn(3) == learn(3)
    assert learn(3) != learn(4)


def test_neighbouring_seeds_have_nothing_in_common():
    """Neither with each other nor with an environment of the same seed."""
    agents = [QLearning("gridworld:level=corridor", seed=seed) for seed in range(20)]
    chances = [*(agent.chance(128) for agent in agents), agents[0].chance(128, 1000), seeded(range(148))]
    assert len(set(np.concatenate(chances).tolist())) == 21 * 128 + 148


def test_learning_goes_on():
    once = QLearning("gridworld:level=four_rooms", seed=1).learn(40_000)
    twice = QLearning("gridworld:level=four_rooms", seed=1).learn(20_000).learn(20_000)
    assert once.steps == twice.steps == 40_000
    assert once.q.argmax(axis=1)[0] in (1, 2)
    assert twice.q.max(axis=1)[0] == pytest.approx(once.q.max(axis=1)[0], abs=0.02)


def test_more_states_than_a_table_holds_are_refused():
    with pytest.raises(BadInput, match="too many for a table"):
        QLearning("gridworld:level=orchard")


def test_progress_shows_steps_and_return_in_a_terminal(capsys, monkeypatch):
    QLearning("gridworld:level=corridor").learn(1000, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    QLearning("gridworld:level=corridor").learn(5000, progress=True)
    shown = capsys.readouterr().err
    assert "level=corridor" in shown
    assert "return=" in shown
