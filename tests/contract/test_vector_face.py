"""Are B games a kernel call the same as B games one by one?"""

import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import data_equivalence
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from envs.bad_input import BadInput
from envs.catalog import gymnasium_id, make_game
from envs.gymnasium_face import GameEnv
from envs.spec import parse_spec
from envs.vector_face import GameVectorEnv
from tests.contract.configurations import ALL, random_actions, short_game

games = pytest.mark.parametrize("spec", ALL)
modes = pytest.mark.parametrize(
    "mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP], ids=lambda mode: mode.name
)
B = 4


def flat(data: object) -> list:
    """Return the arrays in what a vector environment says, with their names, in order."""
    if isinstance(data, dict):
        return [(key, *flat(data[key])) for key in sorted(data)]
    return [flat(part) for part in data] if isinstance(data, tuple) else [data]


def with_plain_last(told: tuple) -> tuple:
    """Return the same with `final_obs` as a list of arrays: Gymnasium hands out an int for an int64."""
    *rest, info = told
    if "final_obs" not in info:
        return told
    assert info["final_obs"].dtype == object
    assert [each is None for each in info["final_obs"]] == (~info["_final_obs"]).tolist()
    return *rest, info | {
        "final_obs": [each if each is None else np.array(each) for each in info["final_obs"]]
    }


@games
@modes
def test_it_says_what_gymnasiums_loop_over_single_games_says(spec, mode):
    games = [short_game(spec) for _ in range(B)]
    one_by_one = SyncVectorEnv([lambda game=game: GameEnv(game) for game in games], autoreset_mode=mode)
    together = GameVectorEnv(short_game(spec), B, autoreset_mode=mode)
    rng = np.random.default_rng(0)
    expected, got = one_by_one.reset(seed=20), together.reset(seed=20)
    ends = 0
    for _ in range(70):
        assert data_equivalence(with_plain_last(got), with_plain_last(expected))
        actions = random_actions(got[-1]["action_mask"], rng)
        expected, got = one_by_one.step(actions), together.step(actions)
        ends += int((got[2] | got[3]).sum())
    assert ends > 2 * B, "several episodes of each game"


@games
@modes
def test_game_i_is_the_game_with_seed_plus_i_in_any_batch(spec, mode):
    envs = [GameVectorEnv(short_game(spec), size, autoreset_mode=mode) for size in (1, 3, 5)]
    rng = np.random.default_rng(1)
    told = [env.reset(seed=np.int64(9)) for env in envs]
    for _ in range(50):
        for few in told[:-1]:
            assert np.array_equal(few[0], told[-1][0][: len(few[0])])
        actions = random_actions(told[-1][-1]["action_mask"], rng)
        told = [env.step(actions[: env.num_envs]) for env in envs]
    for env in envs:
        assert env.states.tobytes() == envs[-1].states[: env.num_envs].tobytes()


@games
@modes
def test_results_never_change_later(spec, mode):
    env = GameVectorEnv(short_game(spec), B, autoreset_mode=mode)
    rng = np.random.default_rng(0)
    told = [env.reset(seed=0)]
    texts = [repr(flat(told[0]))]
    for _ in range(30):
        told.append(env.step(random_actions(told[-1][-1]["action_mask"], rng)))
        texts.append(repr(flat(told[-1])))
    assert [repr(flat(each)) for each in told] == texts
    states = env.states
    env.step(random_actions(told[-1][-1]["action_mask"], rng))
    assert states.tobytes() != env.states.tobytes()


@games
def test_make_vec_makes_the_native_one(spec):
    name, kwargs = parse_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gym.make_vec(gymnasium_id(name), num_envs=3, **kwargs)
    assert type(env.unwrapped) is GameVectorEnv
    assert env.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    assert env.unwrapped.game.kwargs == make_game(spec).kwargs
    observation, info = env.reset(seed=1)
    assert env.observation_space.contains(observation)
    assert info["action_mask"].shape == (3, env.single_action_space.n)
    assert np.array_equal(env.unwrapped.action_masks(), info["action_mask"] == 1)


def test_the_mode_may_be_named():
    env = gym.make_vec("gamelab/Gridworld-v0", 2, autoreset_mode=AutoresetMode.SAME_STEP)
    assert env.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert GameVectorEnv("gridworld", 2, autoreset_mode="SameStep").autoreset_mode == AutoresetMode.SAME_STEP
    with pytest.raises(BadInput, match="NEXT_STEP or SAME_STEP"):
        GameVectorEnv("gridworld", 2, autoreset_mode=AutoresetMode.DISABLED)


@modes
def test_gymnasiums_statistics_add_up(mode):
    env = RecordEpisodeStatistics(
        GameVectorEnv("gridworld", 8, autoreset_mode=mode, level="cliff", time_limit=20)
    )
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    returns, seen = np.zeros(8), 0
    for _ in range(200):
        _, reward, terminated, truncated, info = env.step(rng.integers(4, size=8))
        returns += reward
        done = terminated | truncated
        seen += int(done.sum())
        if done.any():
            told = info if mode == AutoresetMode.NEXT_STEP else info["final_info"]
            told = told if "episode" in told else info
            assert np.array_equal(told["episode"]["r"][done], returns[done])
        returns[done] = 0
    assert seen > 40


def test_some_games_can_be_restarted_alone():
    env = GameVectorEnv("gridworld", 4, level="apple_world")
    env.reset(seed=0)
    env.step(np.ones(4, int))
    before = env.states
    which = np.array([False, True, False, True])
    observation, _ = env.reset(seed=[None, 50, 60, None], options={"reset_mask": which})
    assert env.states[~which].tobytes() == before[~which].tobytes()
    assert env.states[1:2].tobytes() == env.game.new_states([50]).tobytes()
    assert env.states.ply.tolist() == [1, 0, 1, 0]
    assert np.array_equal(observation, env.game.observe(env.states)[0][:, 0])


def test_the_first_reset_starts_all_games_and_seeds_those_without_a_seed_by_chance():
    env, other = GameVectorEnv("gridworld", 3), GameVectorEnv("gridworld", 3)
    env.reset(seed=[7, None, None])
    other.reset(options={"reset_mask": np.array([True, False, False])})
    rng = [int(each) for each in (*env.states.rng, *other.states.rng)]
    assert rng[0] == int(env.game.new_states([7]).rng[0])
    assert len(set(rng)) == 6
    assert (other.states.cell == env.states.cell).all(), "all stand on the one start of four_rooms"


def test_it_refuses_what_it_cannot_do():
    env = GameVectorEnv("gridworld", 2)
    with pytest.raises(gym.error.ResetNeeded):
        env.step(np.zeros(2, int))
    with pytest.raises(ValueError, match="3 seeds for 2 games"):
        env.reset(seed=[1, 2, 3])
    with pytest.raises(ValueError, match="reset_mask has shape"):
        env.reset(options={"reset_mask": [True]})
    env.reset(seed=0)
    for actions in ([0, 4], [-1, 0]):
        with pytest.raises(ValueError, match="action"):
            env.step(np.array(actions))
    with pytest.raises(ValueError, match="reshape"):
        env.step(np.zeros(3, int))


def test_it_renders_every_game():
    env = GameVectorEnv("gridworld", 3, render_mode="rgb_array", maze=9, obs="grid")
    env.reset(seed=0)
    frames = env.render()
    assert len({frame.tobytes() for frame in frames}) == 3
    assert {frame.dtype for frame in frames} == {np.dtype(np.uint8)}
