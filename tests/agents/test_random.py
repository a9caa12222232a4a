"""Is the random agent uniform among what is legal, game by game?"""

import gymnasium
import numpy as np
import pytest
from scipy.stats import chi2_contingency, chisquare

from agents.random import RandomAgent
from envs.catalog import make_env
from envs.generator import seeded
from envs.view import View
from tests.games.tictactoe.game import TicTacToe

GAME = TicTacToe()


@pytest.mark.parametrize("legal", [[0, 4, 8], [3], range(9), [0, 1, 2, 3, 5, 6, 7, 8]])
def test_legal_actions_are_equally_likely(legal):
    count = 20_000
    mask = np.zeros((count, 9), np.int8)
    mask[:, list(legal)] = 1
    decision = RandomAgent(GAME).act(View(np.zeros((count, 2, 3, 3)), mask, seeded(range(count))))
    found = np.bincount(decision.actions, minlength=9)
    assert found[list(legal)].sum() == count
    assert len(legal) == 1 or chisquare(found[list(legal)]).pvalue > 0.001
    assert decision.policy[:, list(legal)] == pytest.approx(1 / len(legal))


def test_a_game_draws_afresh_each_time():
    agent, mask = RandomAgent(GAME), np.ones((1, 9), np.int8)
    view = View(np.zeros((1, 2, 3, 3)), mask, seeded([5]))
    drawn = [int(agent.act(view).actions[0]) for _ in range(9000)]
    pairs = np.zeros((9, 9))
    for first, second in zip(drawn[::2], drawn[1::2], strict=True):
        pairs[first, second] += 1
    assert chisquare(pairs.ravel()).pvalue > 0.001


def test_its_chance_is_not_that_of_the_game_with_the_same_seed(tmp_path):
    """Where a move slips two times in three, what it draws and where the game slips are independent."""
    rows = 21 * ["." * 21]
    rows[10], rows[0] = "." * 10 + "S" + "." * 10, "G" + "." * 20
    (tmp_path / "plain.txt").write_text("slip: 2/3\n\n" + "\n".join(rows))
    env = make_env(f"gridworld:level={tmp_path / 'plain.txt'}")
    ways = np.zeros((4, 4))  # by action and turn: straight on, right, back, left
    for seed in range(400):
        agent = RandomAgent(env, seed=seed)
        cell, _ = env.reset(seed=seed)
        for _ in range(9):  # the border is out of reach
            action, _ = agent.predict(cell)
            reached, *_ = env.step(action)
            ways[action, ({-21: 0, 1: 1, 21: 2, -1: 3}[reached - cell] - action) % 4] += 1
            cell = reached
    assert (ways[:, 2] == 0).all()
    assert chi2_contingency(ways[:, [0, 1, 3]]).pvalue > 0.001
    assert chisquare(ways.sum(axis=0)[[0, 1, 3]]).pvalue > 0.001
    assert chisquare(ways.sum(axis=1)).pvalue > 0.001


def test_it_plays_any_discrete_game():
    for id in ("CartPole-v1", "Blackjack-v1", "Taxi-v4"):
        env = gymnasium.make(id)
        agent = RandomAgent(env)
        assert agent.task.action_space == env.action_space
        assert agent.act(
            View(np.zeros(3), np.ones((3, env.action_space.n), np.int8), seeded(range(3)))
        ).actions.shape == (3,)
