"""Is the measure of an agent right?"""

import gymnasium
import numpy as np
import pytest

from agents.catalog import make_agent
from agents.task import Task
from arena.evaluate import evaluate, told
from envs.bad_input import BadInput
from envs.catalog import GAMES, make_game
from envs.view import View
from tests.arena.scripted import Frail, Scripted, always, first_legal

CORRIDOR = "gridworld:level=corridor"


def test_perfect_play_in_the_corridor_has_its_closed_form():
    """Six steps east; the last reaches the goal for 1, the five before cost 0.01 each."""
    result = evaluate(make_agent("value_iteration", Task(CORRIDOR)), episodes=20, seed=5)
    assert result.returns == pytest.approx(np.full(20, 1 - 5 * 0.01))
    assert result.lengths.tolist() == [6] * 20
    assert result.ends == {"goal": 20}
    mean = result.scores.mean
    assert (mean.value, mean.low, mean.high) == pytest.approx((0.95, 0.95, 0.95))


def test_walking_into_a_wall_has_its_closed_form():
    result = evaluate(Scripted(make_game(CORRIDOR), always(0)), episodes=3)
    assert result.returns == pytest.approx(np.full(3, -100 * 0.01))
    assert result.ends == {"time limit": 3}


def chance_of_the_goal(policy: np.ndarray) -> float:
    """Return how likely policy [states, actions] wins Gymnasium's Frozen Lake within its 100 steps."""
    table = gymnasium.make("FrozenLake-v1").unwrapped.P
    onward, goal = np.zeros((16, 16)), np.zeros(16)
    for state, choices in table.items():
        for action, outcomes in choices.items():
            for chance, following, reward, over in outcomes:
                goal[state] += policy[state, action] * chance * reward
                onward[state, following] += policy[state, action] * chance * (not over)
    reached = np.zeros(16)
    for _ in range(100):
        reached = goal + onward @ reached
    return float(reached[0])


@pytest.mark.parametrize(("name", "episodes"), [("random", 2000), ("value_iteration", 400)])
def test_frozen_lake_of_gymnasium_agrees_with_its_markov_chain(name, episodes):
    agent = make_agent(name, Task("FrozenLake-v1"))
    every = View(np.arange(16), np.ones((16, 4), np.int8), np.zeros(16, np.uint64))
    expected = chance_of_the_goal(agent.act(every).policy)
    result = evaluate(agent, episodes, seed=1)
    error = np.sqrt(expected * (1 - expected) / episodes)
    assert result.returns.mean() == pytest.approx(expected, abs=4 * error)


def test_our_frozen_lake_and_gymnasiums_agree():
    ours = evaluate(make_agent("random", Task("gridworld:level=frozen_lake_4x4")), episodes=2000, seed=2)
    theirs = evaluate(make_agent("random", Task("FrozenLake-v1")), episodes=2000, seed=2)
    for a, b in ((ours.returns > 0, theirs.returns > 0), (ours.lengths, theirs.lengths)):
        error = np.sqrt(np.var(a) / len(a) + np.var(b) / len(b))
        assert np.mean(a) == pytest.approx(np.mean(b), abs=4 * error)


@pytest.mark.parametrize("env", ["gridworld:level=cliff,slip=0.3,time_limit=50", "FrozenLake-v1"])
def test_the_same_seed_gives_the_same_result(env):
    first, again, other = (evaluate(make_agent("random", Task(env)), 40, seed) for seed in (1, 1, 2))
    assert first.returns.tolist() == again.returns.tolist()
    assert first.lengths.tolist() == again.lengths.tolist()
    assert first.lengths.tolist() != other.lengths.tolist()


def test_more_episodes_go_on_with_the_same_ones():
    agent = make_agent("random", Task("gridworld:level=cliff,time_limit=20"))
    few, many = evaluate(agent, 5, seed=3), evaluate(agent, 300, seed=3)  # more than are played at once
    assert many.returns[:5].tolist() == few.returns.tolist()


def test_a_poor_policy_in_an_env_without_a_time_limit_is_cut_off(monkeypatch):
    monkeypatch.setattr("arena.episodes._LONGEST", 50)
    agent = Scripted(Task("CliffWalking-v1"), always(0))
    result = evaluate(agent, episodes=2)
    assert result.lengths.tolist() == [50, 50]
    assert result.returns.tolist() == [-50, -50]
    assert result.ends == {"cut off": 2}


def test_a_break_down_is_among_the_ends():
    result = evaluate(Frail(make_game(CORRIDOR)), episodes=2)
    assert told(result.ends) == "forfeit: agent chose the illegal action 99 2"
    assert result.lengths.tolist() == [3, 3]


@pytest.fixture
def tictactoe(monkeypatch):
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    return "tictactoe"


def test_in_a_game_for_two_it_meets_the_random_agent_in_either_seat(tictactoe):
    """By chance alone, 8 / 63 of the games of noughts and crosses are drawn, and beginning is worth nothing in sum."""
    games = 2000
    result = evaluate(make_agent("random", Task(tictactoe)), games, seed=3)
    assert set(result.returns) == {1, 0, -1}
    assert abs(result.returns.mean()) < 4 * np.sqrt(55 / 63 / games)
    assert abs((result.returns == 0).mean() - 8 / 63) < 4 * np.sqrt(8 / 63 * 55 / 63 / games)
    first, second = result.returns[::2].mean(), result.returns[1::2].mean()
    assert first == pytest.approx(737 / 1260 - 121 / 420, abs=0.12)
    assert second == pytest.approx(121 / 420 - 737 / 1260, abs=0.12)


def test_a_forfeit_in_a_game_for_two_is_a_loss(tictactoe):
    result = evaluate(Scripted(make_game(tictactoe), always(0)), 20)
    assert (
        (result.returns == -1).sum()
        == sum(count for end, count in result.ends.items() if "illegal" in end)
        > 0
    )


def test_what_cannot_be_evaluated_is_refused():
    race = make_game("gridworld:level=orchard,foragers=2,obs=grid")
    with pytest.raises(BadInput, match="has 2 seats; `gamelab match` compares"):
        evaluate(Scripted(race, first_legal), 1)
    with pytest.raises(BadInput, match="at least one"):
        evaluate(make_agent("random", Task(CORRIDOR)), 0)
