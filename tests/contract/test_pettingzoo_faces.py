"""Are races and turn games environments that PettingZoo and its users accept?"""

import pickle
import warnings
from collections.abc import Iterator

import gymnasium as gym
import numpy as np
import pettingzoo
import pytest
from pettingzoo.utils import parallel_to_aec

from envs import aec_face
from envs.aec_face import GameAECEnv
from envs.bad_input import BadInput
from envs.catalog import gymnasium_id, make_game
from envs.game import PLAYING, TERMINATED
from envs.gridworld import parallel_env
from envs.parallel_face import GameParallelEnv
from envs.spec import parse_spec
from tests.contract.configurations import RACES, SOLO, TURNS
from tests.games import tictactoe

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its tests import a game of its own in a way that it deprecates
    from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test
    from pettingzoo.test.state_test import state_test

# PettingZoo expects dictionaries with a mask of those games alone that it lists by name.
ABOUT_DICTIONARIES = "Observation is not a NumPy array|Observation space for each agent probably|.*all zeros"

races = pytest.mark.parametrize("spec", RACES)
turns = pytest.mark.parametrize("spec", TURNS)


@pytest.fixture(autouse=True)
def warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=ABOUT_DICTIONARIES)
        yield


def race(spec: str, **more: object) -> GameParallelEnv:
    name, kwargs = parse_spec(spec)
    return GameParallelEnv(name, **kwargs, **more)


def turn_game(spec: str, **more: object) -> GameAECEnv:
    name, kwargs = parse_spec(spec)
    return GameAECEnv(name, **kwargs, **more)


# Races


@races
def test_pettingzoo_finds_no_fault_with_a_race(spec):
    parallel_api_test(race(spec), num_cycles=250)
    parallel_seed_test(lambda: race(spec), num_cycles=100)
    api_test(parallel_to_aec(race(spec)), num_cycles=60)
    seed_test(lambda: parallel_to_aec(race(spec)), num_cycles=60)
    state_test(parallel_to_aec(race(spec)), race(spec))


@races
def test_a_race_can_be_watched(spec):
    render_test(lambda **mode: parallel_to_aec(race(spec, **mode)))


@races
@pytest.mark.parametrize("seed", [0, 2**40])
def test_a_race_is_the_game_with_that_seed(spec, seed):
    env, game = race(spec), make_game(spec)
    states = game.new_states([seed])
    rng = np.random.default_rng(seed)
    observations, infos = env.reset(seed=seed)
    for _ in range(120):
        seen, mask = game.observe(states)
        alive = [
            seat for seat in range(game.seats) if states[0].status == PLAYING and not states[0].out[seat]
        ]
        assert env.agents == [f"player_{seat}" for seat in alive]
        for seat in alive:
            agent = f"player_{seat}"
            assert env.observation_space(agent).contains(observations[agent])
            assert np.array_equal(observations[agent]["observation"], seen[0, seat])
            assert np.array_equal(observations[agent]["action_mask"], mask[0, seat])
            assert np.array_equal(infos[agent]["action_mask"], mask[0, seat])
        assert np.array_equal(env.state(), np.concatenate(seen[0]))
        actions = rng.integers(game.action_space.n, size=game.seats)
        observations, rewards, terminated, truncated, infos = env.step(
            {f"player_{seat}": actions[seat] for seat in alive}
        )
        step = game.step(states, actions)
        assert rewards == {f"player_{seat}": step.rewards[0, seat] for seat in alive}
        if step.terminated[0] or step.truncated[0]:
            assert terminated == dict.fromkeys(rewards, bool(step.terminated[0])) | {
                agent: True for agent in rewards if states[0].out[int(agent[-1])]
            }
            assert truncated == {agent: not terminated[agent] for agent in rewards}
        elif not alive:
            assert rewards == terminated == truncated == observations == infos == {}


def test_who_dies_leaves_and_the_others_play_on():
    level = "reward lava: -3\ntime limit: 5\n\nS~.G\nS..."
    env = GameParallelEnv("gridworld", level=level, obs="grid", foragers=2)
    env.reset(seed=0)
    upper = min(env.agents, key=lambda agent: env.reset(seed=0)[0][agent]["observation"][0].argmax())
    lower = next(agent for agent in env.possible_agents if agent != upper)
    observations, rewards, terminated, truncated, infos = env.step({upper: 1, lower: 1})
    assert rewards == {upper: -3.0, lower: 0.0}
    assert terminated == {upper: True, lower: False}
    assert truncated == {upper: False, lower: False}
    assert set(observations) == set(infos) == {upper, lower}
    assert env.agents == [lower]
    for _ in range(3):
        observations, rewards, *_ = env.step({lower: 3, upper: 99})
        assert set(observations) == set(rewards) == {lower}
    *_, terminated, truncated, _ = env.step({lower: 3})
    assert (terminated, truncated, env.agents) == ({lower: False}, {lower: True}, [])
    assert env.step({lower: 0}) == ({}, {}, {}, {}, {})
    env.reset()
    assert env.agents == env.possible_agents


@races
def test_results_of_a_race_never_change_later(spec):
    env = race(spec)
    told = [env.reset(seed=0)]
    texts = [repr(told)]
    for k in range(20):
        told.append(env.step(dict.fromkeys(env.agents, k % 4)))
        texts.append(repr(told))
    assert [repr(told[: k + 1]) for k in range(len(told))] == texts


@races
def test_a_pickled_race_goes_on_as_the_original(spec):
    env = race(spec)
    env.reset(seed=1)
    env.step(dict.fromkeys(env.agents, 2))
    twin = pickle.loads(pickle.dumps(env))
    for k in range(30):
        assert repr(env.step(dict.fromkeys(env.agents, k % 4))) == repr(
            twin.step(dict.fromkeys(twin.agents, k % 4))
        )


def test_a_race_refuses_what_it_cannot_do():
    with pytest.raises(gym.error.ResetNeeded):
        race(RACES[0]).step({})
    env = race(RACES[0])
    env.reset()
    for actions in ({"player_0": 0}, {"player_0": 0, "player_1": 4}, {"player_0": 0, "player_1": None}):
        with pytest.raises(ValueError, match="player_1: action"):
            env.step(actions)
    with pytest.raises(BadInput, match="take turns"):
        GameParallelEnv("tictactoe")
    with pytest.raises(BadInput, match="unknown render_mode"):
        race(RACES[0], render_mode="ascii")


def test_one_forager_alone_is_a_race_of_one():
    parallel_api_test(parallel_env(foragers=1, time_limit=20), num_cycles=30)


def test_the_gridworlds_own_race():
    env = parallel_env(foragers=3)
    assert env.possible_agents == ["player_0", "player_1", "player_2"]
    assert env.game.spec == "gridworld:level=orchard,obs=grid,foragers=3"
    assert (
        parallel_env(obs="partial", view=5).game.spec
        == "gridworld:level=orchard,obs=partial,view=5,foragers=2"
    )


# Turn games


@turns
@pytest.mark.parametrize("make", [turn_game, lambda spec, **more: aec_face.env(turn_game(spec).game, **more)])
def test_pettingzoo_finds_no_fault_with_a_turn_game(spec, make):
    api_test(make(spec), num_cycles=60)
    seed_test(lambda: make(spec), num_cycles=60)
    render_test(lambda **mode: make(spec, **mode))


@turns
def test_the_state_of_a_turn_game_is_in_its_space(spec):
    env = turn_game(spec)
    env.reset(seed=0)
    for agent in env.agent_iter(6):
        assert env.state_space.contains(env.state())
        sides = [env.observe(each)["observation"] for each in env.possible_agents]
        assert np.array_equal(env.state(), np.concatenate(sides))
        env.step(None if env.terminations[agent] else int(env.last()[4]["action_mask"].argmax()))


@turns
def test_a_turn_game_is_the_game_with_that_seed(spec):
    env, game = turn_game(spec), make_game(spec)
    states = game.new_states([31])
    rng = np.random.default_rng(0)
    env.reset(seed=31)
    returns = np.zeros(2)
    for agent in env.agent_iter():
        observation, _, terminated, truncated, info = env.last()
        if terminated or truncated:
            env.step(None)
            continue
        seen, mask = game.observe(states)
        assert agent == f"player_{states[0].to_move}"
        assert np.array_equal(observation["observation"], seen[0, 0])
        assert np.array_equal(observation["action_mask"], mask[0, 0])
        assert np.array_equal(info["action_mask"], mask[0, 0])
        action = rng.choice(np.flatnonzero(mask[0, 0]))
        env.step(action)
        step = game.step(states, [[action]])
        assert env.rewards == {f"player_{seat}": step.rewards[0, seat] for seat in range(2)}
        returns += step.rewards[0]
    assert env.agents == []
    assert states[0].status != PLAYING
    assert np.array_equal(np.sign(returns), np.sign(states[0].score) * (states[0].status == TERMINATED))


def test_each_seat_sees_the_board_from_its_side():
    env = tictactoe.raw_env()
    env.reset(seed=0)
    env.step(4)
    mine, theirs = env.observe("player_1"), env.observe("player_0")
    assert mine["observation"][:, 1, 1].tolist() == [0, 1]
    assert theirs["observation"][:, 1, 1].tolist() == [1, 0]
    assert mine["action_mask"].tolist() == [1, 1, 1, 1, 0, 1, 1, 1, 1]
    assert not theirs["action_mask"].any()
    assert not env.infos["player_0"]["action_mask"].any()
    assert env.agent_selection == "player_1"
    mine["observation"][:] = 7
    assert env.observe("player_1")["observation"].max() == 1


def test_the_loser_is_told_too():
    env = tictactoe.env()
    env.reset()
    for cell in (0, 3, 1, 4, 2):
        env.step(cell)
    told = {}
    for agent in env.agent_iter():
        _, reward, terminated, truncated, _ = env.last()
        told[agent] = (reward, terminated, truncated)
        env.step(None)
    assert told == {"player_0": (1.0, True, False), "player_1": (-1.0, True, False)}


def test_an_illegal_move_raises_in_the_raw_game_and_loses_in_the_wrapped_one(caplog):
    raw, wrapped = tictactoe.raw_env(), tictactoe.env()
    for env in (raw, wrapped):
        env.reset()
        env.step(4)
    state = raw.state()
    for action, fault in ((4, "b2 is not legal"), (9, "not in Discrete"), (-1, "not in"), (None, "not in")):
        with pytest.raises(ValueError, match=f"player_1: .*{fault}"):
            raw.step(action)
    assert np.array_equal(raw.state(), state)
    with pytest.raises(AssertionError, match="not in action space"):
        wrapped.step(9)
    wrapped.step(4)
    assert wrapped.rewards == {"player_0": 0, "player_1": -1.0}
    assert all(wrapped.terminations.values())


def test_a_pickled_turn_game_goes_on_as_the_original():
    env = tictactoe.raw_env(opening=2)
    env.reset(seed=3)
    twin = pickle.loads(pickle.dumps(env))
    for _ in range(3):
        for each in (env, twin):
            each.step(int(each.last()[4]["action_mask"].argmax()))
        assert repr(env.last()) == repr(twin.last())
    env.reset()
    twin.reset()
    assert np.array_equal(env.state(), twin.state())


def test_a_turn_game_refuses_what_it_cannot_do():
    with pytest.raises(gym.error.ResetNeeded):
        tictactoe.raw_env().step(0)
    name, kwargs = parse_spec(RACES[0])
    with pytest.raises(BadInput, match="act at once"):
        GameAECEnv(name, **kwargs)


# PettingZoo's registry


@pytest.mark.parametrize(
    ("kind", "spec"), [*(("parallel", spec) for spec in RACES), *(("aec", spec) for spec in TURNS)]
)
def test_pettingzoo_makes_it_by_its_id(kind, spec):
    name, kwargs = parse_spec(spec)
    env = pettingzoo.make(kind, gymnasium_id(name), **kwargs)
    assert env.unwrapped.game.kwargs == make_game(spec).kwargs
    env.reset(seed=4)
    assert env.num_agents == env.unwrapped.game.seats


def test_each_game_is_in_the_registry_of_its_kind():
    for name in ("gridworld", "platformer"):
        assert gymnasium_id(name) in pettingzoo.parallel_registry
        assert gymnasium_id(name) not in pettingzoo.aec_registry
    assert gymnasium_id("tictactoe") in pettingzoo.aec_registry
    assert {parse_spec(spec)[0] for spec in SOLO} == {"gridworld", "platformer"}
