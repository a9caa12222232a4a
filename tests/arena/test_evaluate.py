"""Is the measure of an agent right?"""

from threading import Lock

import gymnasium
import numpy as np
import pytest
from scipy.stats import beta

from agents.agent import Agent
from agents.catalog import make_agent
from agents.task import Task
from arena.evaluate import evaluate, told
from arena.schedule import level_seeds
from envs.bad_input import BadInput
from envs.catalog import GAMES, make_game
from envs.generator import draws
from envs.view import Decision, View
from tests.arena.scripted import Frail, Scripted, always

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


@pytest.mark.parametrize("foragers", [2, 3])
def test_in_a_race_its_own_score_counts_from_every_seat(foragers):
    """Who goes north all the time starves, for -5; who looks for apples eats some."""
    race = make_game(f"gridworld:level=orchard,foragers={foragers},obs=grid,time_limit=60")
    seats = []

    def choose(view: View) -> np.ndarray:
        seats.append(view.seat)
        return np.zeros(len(view.mask), np.int64)

    result = evaluate(Scripted(race, choose), episodes=12, seed=1)
    assert set(np.concatenate(seats)) == set(range(foragers))
    assert set(result.returns) <= {-5.0, -4.0}  # with an apple on its way
    assert result.success is None
    assert evaluate(make_agent("greedy", race), episodes=12, seed=1).returns.min() > 0


def test_what_cannot_be_evaluated_is_refused():
    with pytest.raises(BadInput, match="at least one"):
        evaluate(make_agent("random", Task(CORRIDOR)), 0)


@pytest.mark.parametrize(
    ("spec", "successes"),
    [
        ("gridworld:level=signpost", ("goal",)),
        ("gridworld:level=cliff", ("goal",)),
        ("gridworld:level=temptation", ("goal",)),
        ("gridworld:level=picnic", ("all apples eaten",)),
        ("gridworld:level=apple_world", ("time limit",)),
        ("gridworld:maze=3x3,obs=grid", ("goal",)),
        ("platformer:levels=test", ("flag",)),
    ],
)
def test_a_game_for_one_knows_what_success_is(spec, successes):
    game = make_game(spec)
    assert game.successes == successes
    assert set(successes) < set(game.reasons)


def test_success_is_the_share_of_episodes_that_ended_with_it():
    result = evaluate(make_agent("random", Task("gridworld:level=frozen_lake_4x4")), 50, seed=1)
    reached = result.ends.get("goal", 0)
    assert result.succeeded.sum() == reached
    low, high = beta.ppf([0.025, 0.975], reached + 0.5, 50 - reached + 0.5)
    success = result.success
    assert (success.value, success.low, success.high) == pytest.approx((reached / 50, low, high), abs=0.01)


def test_all_of_few_is_no_certainty_and_a_forfeit_no_success():
    sure = evaluate(make_agent("value_iteration", Task(CORRIDOR)), 10).success
    assert (sure.value, sure.high) == (1, 1)
    assert 0.7 < sure.low < 0.9
    assert evaluate(Frail(make_game(CORRIDOR)), 2).success.value == 0


def test_in_a_game_for_two_success_is_winning(tictactoe):
    result = evaluate(make_agent("random", Task(tictactoe)), 100)
    assert result.succeeded.tolist() == (result.returns == 1).tolist()


class Lottery(gymnasium.Env):
    """An episode is as long, and as lucky, as its seed says; it ends with `is_success` where that is told."""

    observation_space = gymnasium.spaces.Box(-9, 99, (2,), np.float32)
    action_space = gymnasium.spaces.Box(-1, 1, (1,), np.float32)
    tells = True

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.left = int(self.np_random.integers(1, 9))
        self.lucky = bool(self.np_random.integers(2))
        return self._seen(), {}

    def step(self, action):
        assert action.shape == (1,)
        self.left -= 1
        told = {"is_success": self.lucky} if self.left == 0 and self.tells else {}
        return self._seen(), float(action[0]), self.left == 0, False, told

    def _seen(self):
        return np.array([self.left, self.lucky], np.float32)


class Remembering(Agent):
    """Answers with its turn's number, in tenths, and half a thousandth of its own chance."""

    name = "remembering"
    about = "for tests"
    memory = 1

    def act(self, view):
        assert view.mask.shape == (len(view.observation), 0)
        view.memory[:, 0] += 1
        chance = (draws(view.rng) >> np.uint64(63)) / 2000
        return Decision(np.float32(view.memory / 10 + chance[:, None]))


@pytest.fixture
def lottery():
    gymnasium.register("tests/Lottery-v0", Lottery)
    yield "tests/Lottery-v0"
    gymnasium.registry.pop("tests/Lottery-v0")


def test_episodes_side_by_side_are_those_played_one_by_one(lottery, monkeypatch):
    """Continuous actions, memory and chance included; and each is the closed form of its length."""
    many = evaluate(Remembering(Task(lottery)), 40, seed=3)
    monkeypatch.setattr("arena.episodes._COPIES", 1)
    alone = evaluate(Remembering(Task(lottery)), 40, seed=3)
    assert many.returns.tolist() == alone.returns.tolist()
    assert many.lengths.tolist() == alone.lengths.tolist()
    assert len(set(many.lengths)) > 3
    sums = many.lengths * (many.lengths + 1) / 20
    assert (np.abs(many.returns - sums) < 0.005).all()
    env = gymnasium.make(lottery).unwrapped
    expected = []
    for seed in level_seeds(3, 40):
        env.reset(seed=seed)
        expected.append(env.lucky)
    assert many.succeeded.tolist() == expected


def test_what_cannot_be_copied_is_played_alone_and_left_open():
    env = Lottery()
    env.tells, env.held = False, Lock()
    result = evaluate(Remembering(Task(env)), 5, seed=3)
    assert len(result.returns) == 5
    assert result.success is None
    env.reset()


def test_an_env_that_is_being_learnt_in_is_left_as_it_is(lottery):
    env = gymnasium.make(lottery)
    env.reset(seed=1)
    env.unwrapped.left = 77
    evaluate(Remembering(Task(env)), 3)
    assert env.unwrapped.left == 77
