"""Can the buttons of a game be held together on every face, and by the keys of Gymnasium's own `play`?"""

import gymnasium as gym
import numpy as np
import pygame
import pytest
from gymnasium.spaces import Discrete, MultiBinary
from gymnasium.utils.env_checker import check_env
from gymnasium.utils.play import play

from envs.catalog import make_game
from envs.gymnasium_face import GameEnv
from envs.platformer import parallel_env
from envs.vector_face import GameVectorEnv

BUTTONS = "platformer:actions=buttons,time_limit=40"
RIGHT_JUMP = np.array([0, 1, 1, 0], np.int8)  # left, right, jump, run
BITS = [[k & 1, k >> 1 & 1, k >> 2 & 1, k >> 3 & 1] for k in range(16)]


def env(**more):
    return GameEnv("platformer", actions="buttons", time_limit=40, **more)


def test_gymnasium_and_stable_baselines3_find_no_fault():
    from stable_baselines3.common.env_checker import check_env as check

    made = gym.make("gamelab/Platformer-v0", actions="buttons", obs="features", time_limit=40)
    assert made.action_space == MultiBinary(4)
    check_env(made.unwrapped, skip_render_check=True)
    check(made, warn=False)


@pytest.mark.filterwarnings("ignore")  # as in test_pettingzoo_faces
def test_pettingzoo_finds_no_fault():
    from pettingzoo.test import parallel_api_test

    parallel_api_test(parallel_env(actions="buttons", obs="features", time_limit=40), num_cycles=100)


@pytest.mark.parametrize("number", range(16))
def test_bits_mean_the_action_of_their_number_on_every_face(number):
    game = make_game(BUTTONS)
    alone, many, race = env(), GameVectorEnv(game, 3), parallel_env(actions="buttons", time_limit=40)
    states, raced = game.new_states([5, 6, 7]), race.game.new_states([5])
    alone.reset(seed=5)
    many.reset(seed=5)
    race.reset(seed=5)
    for _ in range(8):
        game.step(states, np.full((3, 1), number))
        race.game.step(raced, [[number, 0]])
        alone.step(np.array(BITS[number]))
        many.step(np.tile(BITS[number], (3, 1)))
        race.step({"player_0": np.array(BITS[number], np.int8), "player_1": np.zeros(4, np.int8)})
    assert alone.state.tobytes() == states[0].tobytes()
    assert many.states.tobytes() == states.tobytes()
    assert race._states.tobytes() == raced.tobytes()


def test_the_spaces_are_of_bits_and_the_mask_is_of_numbers():
    many = GameVectorEnv("platformer", 3, actions="buttons")
    _, info = many.reset(seed=0)
    assert many.single_action_space == MultiBinary(4)
    assert many.action_space.sample().shape == (3, 4)
    assert info["action_mask"].shape == (3, 16)
    assert env().reset()[1]["action_mask"].shape == (16,)
    assert parallel_env(actions="buttons").action_space("player_1") == MultiBinary(4)
    assert GameEnv("platformer").action_space == Discrete(7)


def test_a_sample_keeps_to_the_mask_over_combinations():
    space = env().action_space
    only = np.zeros(16, np.int8)
    only[[3, 9]] = 1
    assert {tuple(space.sample(only).tolist()) for _ in range(60)} == {tuple(BITS[3]), tuple(BITS[9])}
    assert len({tuple(space.sample().tolist()) for _ in range(300)}) == 16
    assert space.sample(np.array([2, 0, 0, 1], np.int8)).tolist()[1:] == [0, 0, 1]
    assert space.sample(np.zeros(16, np.int8)) in space


@pytest.mark.parametrize(
    "action", [3, [0, 1], [0, 1, 2, 0], [[0, 1, 0, 0]], [0, 0.5, 0, 0], "left", None, [0, -1, 0, 0]]
)
def test_what_is_no_row_of_bits_is_refused(action):
    alone, many, race = env(), GameVectorEnv(make_game(BUTTONS), 2), parallel_env(actions="buttons")
    for each in (alone, many, race):
        each.reset(seed=0)
    before = alone.state.tobytes()
    with pytest.raises(ValueError, match="action"):
        alone.step(action)
    with pytest.raises(ValueError, match="action"):
        many.step([action, action])
    with pytest.raises(ValueError, match="action"):
        race.step({"player_0": action, "player_1": RIGHT_JUMP})
    assert alone.state.tobytes() == before


def test_keys_held_together_are_told_as_gymnasiums_play_takes_them():
    seven, bits = GameEnv("platformer").get_keys_to_action(), env().get_keys_to_action()
    game = GameEnv("platformer").game
    names = {keys: game.action_names[action] for keys, action in seven.items()}
    told = {
        "": "stand",
        "d": "right",
        " d": "right jump",
        "dj": "right run",
        "a": "left",
        "ad": "stand",
        "k": "jump",
    }
    for keys, name in told.items():
        assert {names[found] for found in names if sorted(found) == sorted(keys)} == {name}
    assert {"".join(sorted(keys)): each.tolist() for keys, each in bits.items()}[" dj"] == [0, 1, 1, 1]
    assert all(each in MultiBinary(4) for each in bits.values())
    assert GameEnv("gridworld").get_keys_to_action() == {"w": 0, "d": 1, "s": 2, "a": 3}


@pytest.mark.parametrize("settings", [{}, {"actions": "buttons"}], ids=["seven", "buttons"])
def test_gymnasiums_own_play_plays_it_at_its_pace(settings, monkeypatch):
    """Hold d down, as pygame tells it, and leave after 20 plies."""
    made = gym.make("envs:gamelab/Platformer-v0", render_mode="rgb_array", frame_skip=2, **settings)
    monkeypatch.setattr(made.unwrapped.game, "draw", lambda surface, state: None)
    waits, seen = [], []

    class Clock:
        def tick(self, fps):
            waits.append(fps)

    monkeypatch.setattr(pygame.time, "Clock", Clock)
    monkeypatch.setattr(pygame, "quit", pygame.display.quit)  # fonts stay, for the tests that come after
    pygame.init()
    pygame.event.clear()
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_d))

    def follow(before, after, action, *rest):
        seen.append(int(made.unwrapped.state.x[0]))
        if len(seen) == 20:
            pygame.event.post(pygame.event.Event(pygame.QUIT))

    play(made, callback=follow, seed=1, zoom=0.1)
    assert set(waits) == {30}
    assert seen == sorted(seen)
    assert seen[-1] - seen[0] > 4096
