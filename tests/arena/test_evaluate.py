"""Is the measure of an agent right?"""

import gymnasium
import numpy as np
import pytest

from agents.catalog import make_agent
from agents.task import Task
from arena.evaluate import evaluate, told
from envs.bad_input import BadInput
from envs.catalog import make_game
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


def test_a_slippery_lake_agrees_with_the_exact_model():
    """Frozen Lake 4x4, Gymnasium's: perfect play from the start, by linear algebra on its own table P."""
    env = gymnasium.make("FrozenLake-v1").unwrapped
    gamma = 0.999
    value = np.zeros(16)
    for _ in range(20_000):
        q = [
            [sum(p * (r + gamma * value[s] * (not end)) for p, s, r, end in env.P[i][a]) for a in range(4)]
            for i in range(16)
        ]
        value = np.max(q, axis=1)
    result = evaluate(make_agent("value_iteration:gamma=0.999", Task("FrozenLake-v1")), episodes=400, seed=1)
    assert result.scores.mean.low < value[0] + 0.1  # the time limit of 100 costs some of it
    assert result.scores.mean.value == pytest.approx(0.74, abs=0.07)


def test_a_random_walk_on_gymnasiums_frozen_lake_agrees_with_its_markov_chain():
    env = gymnasium.make("FrozenLake-v1").unwrapped
    step, goal = np.zeros((16, 16)), np.zeros(16)
    for state in range(16):
        for action in range(4):
            for chance, following, reward, over in env.P[state][action]:
                goal[state] += chance * reward / 4
                step[state, following] += chance / 4 * (not over)
    wins = np.linalg.solve(np.eye(16) - step, goal)[0]
    result = evaluate(make_agent("random", Task("FrozenLake-v1")), episodes=2000, seed=1)
    error = np.sqrt(wins * (1 - wins) / 2000)
    assert result.returns.mean() == pytest.approx(wins, abs=4 * error)
    assert result.ends.keys() == {"terminated"} or result.ends["terminated"] > 1900


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
    monkeypatch.setattr("arena.evaluate._LONGEST", 50)
    agent = Scripted(Task("CliffWalking-v1"), always(0))
    result = evaluate(agent, episodes=2)
    assert result.lengths.tolist() == [50, 50]
    assert result.returns.tolist() == [-50, -50]
    assert result.ends == {"cut off": 2}


def test_a_break_down_is_among_the_ends():
    result = evaluate(Frail(make_game(CORRIDOR)), episodes=2)
    assert told(result.ends) == "forfeit: agent chose the illegal action 99 2"
    assert result.lengths.tolist() == [3, 3]


def test_what_cannot_be_evaluated_is_refused():
    race = make_game("gridworld:level=orchard,foragers=2,obs=grid")
    with pytest.raises(BadInput, match="has 2 seats; `gamelab match` compares"):
        evaluate(Scripted(race, first_legal), 1)
    with pytest.raises(BadInput, match="at least one"):
        evaluate(make_agent("random", Task(CORRIDOR)), 0)
