"""Is every game an environment that Gymnasium, Stable-Baselines3 and their users accept?"""

import copy
import json
import pickle
import subprocess
import sys
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Discrete
from gymnasium.utils.env_checker import check_env

from envs.bad_input import BadInput
from envs.catalog import gymnasium_id, make_env
from envs.gymnasium_face import GameEnv
from envs.spec import parse_spec
from tests.contract.configurations import ALL, RACES, SOLO, TURNS, short_game

games = pytest.mark.parametrize("spec", ALL)
solo = pytest.mark.parametrize("spec", SOLO)


def make(spec: str, **more: object) -> gym.Env:
    name, kwargs = parse_spec(spec)
    return gym.make(gymnasium_id(name), **kwargs, **more)


def run(env: gym.Env, plies: int, seed: int = 0) -> list:
    """Play legal actions at random, through the ends of episodes; return all that the environment said."""
    rng = np.random.default_rng(seed)
    told = []
    for _ in range(plies):
        observation, reward, terminated, truncated, info = env.step(
            int(rng.choice(np.flatnonzero(env.unwrapped.action_masks())))
        )
        told.append(
            (np.array(observation).tobytes(), reward, terminated, truncated, info["action_mask"].tobytes())
        )
        if terminated or truncated:
            observation, info = env.reset()
            told.append((np.array(observation).tobytes(), info["action_mask"].tobytes()))
    return told


class LegalActions(Discrete):
    """Draws only what is legal: the checkers play what they draw, and know nothing of masks."""

    def __init__(self, env: GameEnv) -> None:
        super().__init__(env.action_space.n)
        self.env = env

    def sample(self, mask: None = None, probability: None = None) -> np.int64:
        return super().sample(self.env.action_masks().astype(np.int8))


def to_check(spec: str, **more: object) -> GameEnv:
    env = make(spec, **more).unwrapped
    env.reset()
    env.action_space = LegalActions(env)
    return env


sides = pytest.mark.parametrize(
    ("spec", "more"),
    [
        *((spec, {}) for spec in SOLO),
        *((spec, {"seat": 0}) for spec in [*RACES, *TURNS]),
        *((spec, {"opponent": "self"}) for spec in TURNS),
    ],
)


@sides
def test_gymnasium_finds_no_fault(spec, more):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(to_check(spec, **more), skip_render_check=False)


@sides
def test_stable_baselines3_finds_no_fault(spec, more):
    from stable_baselines3.common.env_checker import check_env

    check_env(to_check(spec, **more), warn=False)


@solo
def test_the_seed_is_the_games_seed(spec):
    env = make(spec)
    env.reset(seed=11)
    assert env.unwrapped.state.tobytes() == env.unwrapped.game.new_states([11]).tobytes()


@games
def test_a_seed_fixes_all_that_follows(spec):
    env, other = make(spec), make(spec)
    env.reset(seed=11)
    run(env, 1)
    env.reset(seed=12)
    other.reset(seed=12)
    assert run(env, 150) == run(other, 150)
    assert env.unwrapped.state.tobytes() == other.unwrapped.state.tobytes()


@games
def test_without_a_seed_every_environment_has_its_own_chance(spec):
    env, other = make(spec), make(spec)
    env.reset()
    other.reset()
    assert env.unwrapped.state.rng != other.unwrapped.state.rng
    run(env, 1)
    before = env.unwrapped.state
    env.reset()
    game = env.unwrapped.game
    latest = game.new_states(range(50)).ply.max() + game.seats - 1  # the others may have moved already
    assert env.unwrapped.state.ply <= latest
    assert before.dtype == env.unwrapped.state.dtype


@games
@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_a_copy_goes_on_as_the_original(spec, duplicate):
    env = make(spec)
    env.reset(seed=4)
    run(env, 7)
    twin = duplicate(env)
    assert run(env, 60, seed=1) == run(twin, 60, seed=1)
    assert env.unwrapped.state.tobytes() == twin.unwrapped.state.tobytes()


@games
def test_a_spec_survives_json(spec):
    env = make(spec)
    text = env.spec.to_json()
    json.loads(text)
    again = gym.make(EnvSpec.from_json(text))
    assert again.unwrapped.game.kwargs == env.unwrapped.game.kwargs
    env.reset(seed=8)
    again.reset(seed=8)
    assert run(env, 40) == run(again, 40)


@games
def test_masks_agree(spec):
    env = make(spec)
    _, info = env.reset(seed=1)
    for _ in range(20):
        mask = env.unwrapped.game.observe(np.array([env.unwrapped.state]).view(np.recarray))[1][0, 0]
        assert info["action_mask"].dtype == np.int8
        assert np.array_equal(info["action_mask"], mask)
        assert env.unwrapped.action_masks().dtype == np.bool_
        assert np.array_equal(env.unwrapped.action_masks(), mask == 1)
        _, _, terminated, truncated, info = env.step(int(np.flatnonzero(mask)[-1]))
        if terminated or truncated:
            _, info = env.reset()


@games
def test_a_finished_episode_stays_as_it_is(spec):
    env = GameEnv(short_game(spec))
    env.reset(seed=2)
    terminated = truncated = False
    while not (terminated or truncated):
        observation, _, terminated, truncated, _ = env.step(env.action_masks().argmax())
    state = env.state
    again, reward, *flags, _ = env.step(0)
    assert (np.array(again).tobytes(), reward, flags) == (
        np.array(observation).tobytes(),
        0.0,
        [terminated, truncated],
    )
    assert env.state.tobytes() == state.tobytes()


def test_the_state_that_is_handed_out_is_a_copy():
    env = make(SOLO[0])
    env.reset(seed=3)
    env.unwrapped.state.ply = 99
    assert env.unwrapped.state.ply == 0


def test_it_refuses_what_it_cannot_do():
    with pytest.raises(gym.error.ResetNeeded):
        GameEnv("gridworld").step(0)
    env = GameEnv("gridworld")
    env.reset(seed=0)
    for action in (-1, 4):
        with pytest.raises(ValueError, match="action"):
            env.step(action)
    with pytest.raises(BadInput, match="unknown render_mode 'ascii'"):
        GameEnv("gridworld", render_mode="ascii")
    with pytest.raises(AttributeError, match="no exact model"):
        _ = GameEnv("gridworld", obs="grid").P
    with pytest.raises(AttributeError, match="no exact model"):
        _ = GameEnv("gridworld", obs="grid").initial_state_distrib


@games
def test_pictures_and_text(spec):
    env = make(spec, render_mode="rgb_array")
    env.reset(seed=0)
    game, state = env.unwrapped.game, env.unwrapped.state
    width, height = game.picture_size(state)
    frame = env.render()
    assert (frame.shape, frame.dtype) == ((height, width, 3), np.uint8)
    env = make(spec, render_mode="ansi")
    env.reset(seed=0)
    assert env.render() == game.text(state)


def test_without_a_render_mode_render_says_so():
    env = GameEnv("gridworld")
    env.reset()
    with pytest.warns(UserWarning, match="without a render_mode"):
        assert env.render() is None


def test_keys_for_gymnasiums_play_have_one_character():
    keys = GameEnv("gridworld").get_keys_to_action()
    assert keys == {"w": 0, "d": 1, "s": 2, "a": 3}


FRESH = """
import sys
import gymnasium as gym
env = gym.make("envs:gamelab/Gridworld-v0", level="frozen_lake_8x8", slip=0.3)
observation, _ = env.reset(seed=5)
print(observation, [env.step(a % 4)[0] for a in range(9)])
many = gym.make_vec("envs:gamelab/Gridworld-v0", num_envs=3, level="cliff")
print(type(many).__name__, many.reset(seed=5)[0].tolist())
print(gym.make(gym.envs.registration.EnvSpec.from_json(sys.argv[1])).unwrapped.game.spec)
"""


def test_a_fresh_python_needs_no_import():
    spec = make("gridworld:level=lava_bridge,obs=partial,view=5").spec.to_json()
    ran = subprocess.run([sys.executable, "-c", FRESH, spec], capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    env = make("gridworld:level=frozen_lake_8x8,slip=0.3")
    observation, _ = env.reset(seed=5)
    assert ran.stdout.splitlines() == [
        f"{observation} {[env.step(a % 4)[0] for a in range(9)]}",
        "GameVectorEnv [36, 36, 36]",
        "gridworld:level=lava_bridge,obs=partial,view=5",
    ]


def test_make_env_takes_our_specs_and_registered_ids():
    assert make_env("gridworld:level=cliff,slip=0.5").unwrapped.game.spec == "gridworld:level=cliff,slip=1/2"
    assert make_env("CartPole-v1").spec.id == "CartPole-v1"
    assert make_env("FrozenLake-v1:is_slippery=false").spec.kwargs["is_slippery"] is False


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("gridwrld", "unknown environment 'gridwrld'. Did you mean 'gridworld'"),
        ("gridworld:lvel=cliff", "gridworld: unknown key 'lvel'. Did you mean 'level'"),
        ("os:x=1", "unknown environment 'os'."),
        ("os:system-v0", "'os:system-v0': 'system-v0' is not of the form key=value"),
        ("CartPole-v1:bogus=1", "CartPole-v1: "),
    ],
)
def test_make_env_refuses_in_one_line(spec, message):
    with pytest.raises(BadInput) as error:
        make_env(spec)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
