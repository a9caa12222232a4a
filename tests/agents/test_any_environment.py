"""Do the agents take any Gymnasium environment that suits them, as it was handed to them, and refuse the others?"""

from threading import Lock

import gymnasium
import numpy as np
import pettingzoo
import pytest
from gymnasium import spaces
from gymnasium.wrappers import OrderEnforcing, TimeLimit, TransformReward

from agents.agent import Agent
from agents.catalog import build_agent
from agents.q_learning import QLearning
from agents.random import RandomAgent
from agents.task import Task
from agents.value_iteration import ValueIteration
from envs.bad_input import BadInput
from envs.catalog import GAMES, gymnasium_id, make_env, make_game, register_games
from envs.gymnasium_face import GameEnv
from envs.vector_face import GameVectorEnv
from envs.view import Decision
from tests.agents.toys import Modelled, chain, chain_values

CLIFF = "gridworld:level=cliff"


@pytest.mark.parametrize("id", ["FrozenLake-v1", "CliffWalking-v1", "Taxi-v4", "FrozenLake-v1:map_name=8x8"])
@pytest.mark.parametrize("num_envs", [1, 3])
def test_a_gymnasium_id(id, num_envs):
    agent = QLearning(id, num_envs=num_envs).learn(300)
    assert agent.steps >= 300
    assert agent.visits.sum() == agent.steps
    assert agent.q.shape == (agent.task.observation_space.n, agent.task.action_space.n)


@pytest.mark.parametrize("cls", [QLearning, RandomAgent, ValueIteration])
def test_numbers_that_begin_anywhere(cls):
    env = Modelled(chain(first=3))  # which fails for any other number
    agent = cls(env)
    if cls is QLearning:
        agent.learn(500)
        assert {state for state, _ in env.played} == {action for _, action in env.played} == {3, 4}
    observation, _ = env.reset(seed=1)
    for _ in range(50):
        action, _ = agent.predict(observation)
        observation, _, terminated, _, _ = env.step(action)
        if terminated:
            observation, _ = env.reset()
    assert agent.predict(np.array([3, 4, 4]))[0].shape == (3,)
    assert set(agent.predict(np.full(100, 4))[0].tolist()) <= {3, 4}


def test_an_env_handed_as_an_object_is_stepped_itself():
    env = Modelled(chain())
    QLearning(env).learn(250)
    assert len(env.played) == 250
    env.reset()  # it was not closed
    env.step(0)


def test_an_env_that_cannot_be_copied_is_refused_in_one_line():
    class Odd(gymnasium.Wrapper):
        """Keeps no record of how it was made, and holds what there is once."""

        def __init__(self, env):
            self.held = Lock()
            super().__init__(env)

    for env in (Odd(Modelled(chain())), Odd(gymnasium.make("FrozenLake-v1"))):
        with pytest.raises(BadInput, match="cannot be copied, so num_envs must be 1") as refusal:
            QLearning(env, num_envs=2).learn(10)
        assert "\n" not in str(refusal.value)
        QLearning(env, num_envs=1).learn(10)


class Words(gymnasium.Space):
    """A space that says nothing about numbers, as MiniGrid's of missions."""

    def sample(self, mask=None, probability=None):
        return "go"

    def contains(self, x):
        return isinstance(x, str)


def test_what_is_no_number_is_left_out_of_an_observation_in_parts():
    class Told(gymnasium.ObservationWrapper):
        """Adds words to what is seen."""

        observation_space = spaces.Dict({"place": spaces.Discrete(48), "said": Words()})

        def observation(self, observation):
            return {"place": observation, "said": "go"}

    task = Task(Told(gymnasium.make("CliffWalking-v1")))
    assert task.observation_space.shape == (48,)
    observation, _ = task.vector(2).reset(seed=1)
    assert (observation == np.eye(48)[[36, 36]]).all()


def test_copies_are_wrapped_alike():
    env = TransformReward(gymnasium.make("CliffWalking-v1"), lambda reward: 100.0)
    agent = QLearning(env, num_envs=4, gamma=0.0, learning_rate=1.0).learn(400)
    assert set(agent.q[agent.visits[0] > 0]) == {100.0}


@pytest.mark.parametrize("make", [make_env, lambda spec: GameEnv(make_game(spec)), make_game])
def test_a_game_of_the_lab_is_stepped_by_its_own_vector_face(make):
    task = Task(make(CLIFF))
    assert task.game.spec == CLIFF
    assert isinstance(task.vector(3), GameVectorEnv)
    assert task.identity == {"game": "gridworld", "kwargs": {"level": "cliff"}}


@pytest.fixture
def tictactoe(monkeypatch):
    """Put the turn game of the tests into the catalog and give its spec, to be seen as numbers."""
    monkeypatch.setitem(GAMES, "tictactoe", "tests.games.tictactoe.game:TicTacToe")
    register_games()
    yield "tictactoe:numbered=true"
    for registry in (gymnasium.registry, pettingzoo.aec_registry):
        registry.pop(gymnasium_id("tictactoe"))


def mean_return(env, agent, episodes=200):
    """Play through Gymnasium, the agent told what is legal."""
    total = 0.0
    for seed in range(episodes):
        (observation, info), over = env.reset(seed=seed), False
        while not over:
            action, _ = agent.predict(observation, action_masks=info["action_mask"])
            observation, reward, terminated, truncated, info = env.step(action)
            total, over = total + reward, terminated or truncated
    return total / episodes


def test_a_learner_learns_a_game_for_two_and_plays_either_seat(tictactoe, tmp_path):
    agent = QLearning(tictactoe, num_envs=64, exploration_final_eps=0.1).learn(150_000)
    for seat in (0, 1):
        assert mean_return(make_env(tictactoe, seat=seat), agent) > 0.8
        assert mean_return(make_env(tictactoe, seat=seat), RandomAgent(tictactoe)) < 0.4
    assert agent.task.identity["game"] == "tictactoe"
    loaded = QLearning.load(agent.save(tmp_path / "agent"))
    for seat in (0, 1):
        others = make_env(tictactoe, opponent=loaded.act, seat=seat)
        assert mean_return(others, RandomAgent(tictactoe)) < -0.7
    assert loaded.learn(1000).steps >= agent.steps + 1000


def test_an_env_with_an_opponent_keeps_it(tictactoe):
    asked = []

    def opponent(view):
        asked.append(len(view.mask))
        return view.mask.argmax(axis=1)

    env = make_env(tictactoe, opponent=opponent, seat=1)
    agent = QLearning(env, num_envs=3, gamma=1.0, learning_rate=1.0).learn(300)
    assert set(asked) <= {1, 2, 3}
    assert len(asked) > 100
    assert agent.visits[0, 0].sum() == 0, "the other has always begun"
    assert mean_return(env, agent, episodes=5) == 1.0


def test_self_play_is_not_learnt_from_as_if_it_were_one_seat(tictactoe):
    alone = make_env(tictactoe, opponent="self")
    for env in (alone, TimeLimit(alone, 5)):
        with pytest.raises(BadInput, match="a learner has one seat, so opponent='self' is none for it"):
            QLearning(env).learn(10)


@pytest.mark.parametrize("base", [CLIFF, "CliffWalking-v1"])
def test_a_wrapper_of_the_callers_is_honoured(base):
    doubled = TransformReward(make_env(base), lambda reward: 2 * reward)
    agent = QLearning(doubled, gamma=1.0, learning_rate=1.0, exploration_final_eps=0.3).learn(30_000)
    assert agent.q[36].max() == -26.0
    assert max(agent.episode_returns) == -26.0
    assert len(QLearning(TimeLimit(make_env(base), 5)).learn(500).episode_returns) == 100
    assert len(QLearning(make_env(base, max_episode_steps=5)).learn(500).episode_returns) == 100


def test_a_game_with_an_env_of_its_own_kind_is_not_taken_for_the_games():
    class Generous(GameEnv):
        def step(self, action):
            observation, _, terminated, truncated, info = super().step(action)
            return observation, 7.0, terminated, truncated, info

    agent = QLearning(OrderEnforcing(Generous(make_game(CLIFF))), gamma=0.0, learning_rate=1.0).learn(100)
    assert set(agent.q[agent.visits[0] > 0]) == {7.0}


def test_a_time_limit_leaves_the_model_as_it_is():
    env = TimeLimit(Modelled(chain()), 50)
    assert ValueIteration(env, gamma=0.9).value == pytest.approx(chain_values(0.9))


@pytest.mark.parametrize(
    ("agent", "env", "words"),
    [
        ("q_learning", "CartPole-v1", "CartPole-v1 has observations Box"),
        ("q_learning", "Blackjack-v1", "Blackjack-v1 has observations Box"),
        ("q_learning", "Pendulum-v1", "actions Box"),
        ("q_learning", "gridworld:level=cliff,obs=grid", "obs=index in a gridworld"),
        ("random", "Pendulum-v1", "Pendulum-v1 has actions Box"),
    ],
)
def test_what_does_not_suit_is_refused_in_one_line(agent, env, words):
    with pytest.raises(BadInput, match=f"^{agent}: ") as refusal:
        build_agent(agent, env, {})
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_bits_are_not_one_choice():
    env = Modelled(chain())
    env.action_space = gymnasium.spaces.MultiBinary(2)  # it has an n, too
    with pytest.raises(BadInput, match=r"^random: Modelled has actions MultiBinary"):
        RandomAgent(env)


@pytest.mark.parametrize("env", [None, 7, gymnasium.spaces.Discrete(2)])
def test_what_is_no_environment_is_refused(env):
    with pytest.raises(BadInput, match="an environment is a spec, a Gymnasium env or a game"):
        Task(env)


@pytest.fixture
def register():
    """Give an env an id, so that it can be copied."""

    def add(*arguments):
        gymnasium.register("tests/Toy-v0", lambda: Modelled(*arguments), max_episode_steps=9)
        return "tests/Toy-v0"

    yield add
    gymnasium.registry.pop("tests/Toy-v0")


@pytest.mark.parametrize("target", ["q_learning", "sarsa", "expected_sarsa"])
@pytest.mark.parametrize("num_envs", [1, 3])
def test_masks_are_kept_to(target, num_envs, register):
    masks = np.array([[0, 1], [1, 0]], np.int8)  # forward, and then stay; the env fails for anything else
    agent = QLearning(register(chain(first=1), masks), target=target, num_envs=num_envs, gamma=0.5).learn(
        4000
    )
    assert (agent.visits[0] > 0).tolist() == (masks == 1).tolist()
    assert agent.q[1, 0] == pytest.approx(2.0, abs=0.01)  # a reward of 1 for ever


def test_the_best_is_the_best_of_what_is_legal(register):
    """Forward takes half the time, then 1 for ever: V = (2 / 2 + V / 2) / 2, which is 2/3."""
    masks = np.array([[0, 1], [1, 0]], np.int8)
    settings = {"gamma": 0.5, "learning_rate": 1.0, "learning_rate_power": 0.8, "initial_q": 5.0}
    agent = QLearning(register(chain(), masks), **settings).learn(40_000)
    assert agent.q[0, 1] == pytest.approx(2 / 3, abs=0.02)


@pytest.mark.parametrize("num_envs", [1, 3])
def test_where_a_step_tells_no_mask_everything_is_legal(num_envs, register):
    """The start tells that only forward is legal there; further on, nothing is told."""
    end = [(1.0, 0, 0.0, True)]
    model = {0: {0: end, 1: [(0.5, 0, 0.0, True), (0.5, 1, 0.0, False)]}, 1: {0: end, 1: end}}
    env = register(model, np.array([[0, 1], [1, 1]], np.int8), True)
    agent = QLearning(env, num_envs=num_envs, exploration_final_eps=1.0).learn(2000)
    assert agent.visits[0, 0, 0] == 0
    assert agent.visits[0].ravel()[1:].min() > 200


def test_taxi_is_only_driven_legally():
    class Strict(gymnasium.Wrapper):
        def step(self, action):
            assert self.unwrapped.action_mask(self.unwrapped.s)[action]
            return self.env.step(action)

    QLearning(Strict(gymnasium.make("Taxi-v4")), target="sarsa").learn(3000)


def test_predict_takes_masks_as_sb3_contrib_does():
    agent = QLearning("Taxi-v4")
    agent.tables[0, :, 2] = 1.0
    assert agent.predict(5) == (2, None)
    assert agent.predict(5, action_masks=np.array([1, 0, 0, 0, 0, 0])) == (0, None)
    masks = np.eye(6, dtype=bool)
    assert agent.predict(np.arange(6), action_masks=masks)[0].tolist() == list(range(6))


class Middle(Agent):
    """Turns against the pendulum's speed; there is nothing that a mask could forbid."""

    name = "middle"
    about = "for tests"

    def act(self, view):
        assert view.mask.shape == (len(view.observation), 0)
        return Decision(-view.observation[:, 2:].astype(np.float32))


def test_predict_answers_with_continuous_actions():
    agent = Middle("Pendulum-v1")
    seen = np.array([[1, 0, 0.5], [1, 0, -1]], np.float32)
    assert agent.predict(seen)[0].tolist() == [[-0.5], [1.0]]
    assert agent.predict(seen[0])[0].tolist() == [-0.5]


@pytest.mark.parametrize("env", [CLIFF, "CliffWalking-v1"])
def test_stable_baselines3_evaluates_our_agents(env):
    evaluation = pytest.importorskip("stable_baselines3.common.evaluation")
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    agent = ValueIteration(env, gamma=1.0)
    many = DummyVecEnv([lambda: Monitor(make_env(env))] * 3)
    for where in (Monitor(make_env(env)), many):
        assert evaluation.evaluate_policy(agent, where, n_eval_episodes=5) == (-13.0, 0.0)
    learnt = QLearning(env, num_envs=8, learning_rate=1.0, gamma=1.0, exploration_final_eps=0.3).learn(30_000)
    assert evaluation.evaluate_policy(learnt, many, n_eval_episodes=5) == (-13.0, 0.0)


class Mission(gymnasium.spaces.Space):
    """Does not say whether it can be made numbers, as MiniGrid's."""

    def contains(self, mission):
        return isinstance(mission, str)


class OnMission(Modelled):
    def __init__(self):
        super().__init__(chain())
        numbers = gymnasium.spaces.Box(0, 5, (2, 2), np.float32)
        self.observation_space = gymnasium.spaces.Dict({"mission": Mission(), "seen": numbers})

    def reset(self, **kwargs):
        super().reset(**kwargs)
        return {"mission": "go", "seen": np.full((2, 2), 5, np.float32)}, {}


def test_of_several_parts_those_that_are_numbers_are_seen():
    task = Task(OnMission())
    assert task.observation_space == gymnasium.spaces.Box(0, 5, (4,), np.float32)
    assert task.vector(1).reset()[0].tolist() == [[5, 5, 5, 5]]
