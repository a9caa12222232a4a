"""Is the lab's VecEnv, step for step, what Stable-Baselines3's own DummyVecEnv is, with Monitor around each env?"""

import threading

import gymnasium
import numpy as np
import pytest
from gymnasium.wrappers import TimeLimit
from sb3_contrib.common.maskable.utils import get_action_masks, is_masking_supported
from stable_baselines3 import PPO
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from agents.sb3.vec_env import TaskVecEnv, vec_env
from agents.task import Task
from envs.bad_input import BadInput
from envs.buttons import bits_of
from envs.catalog import make_game
from envs.gymnasium_face import GameEnv
from tests.agents.toys import Modelled, chain

COPIES, SEED = 4, 7


def games(spec):
    return [lambda: Monitor(GameEnv(make_game(spec)))] * COPIES


CARTPOLE = gymnasium.make("CartPole-v1", max_episode_steps=15)
PAIRS = {
    "CartPole": (CARTPOLE, [lambda: Monitor(gymnasium.make("CartPole-v1", max_episode_steps=15))] * COPIES),
    "MountainCarContinuous": (
        gymnasium.make("MountainCarContinuous-v0", max_episode_steps=9),
        [lambda: Monitor(gymnasium.make("MountainCarContinuous-v0", max_episode_steps=9))] * COPIES,
    ),
    **{
        spec: (spec, games(spec))
        for spec in (
            "gridworld:level=keys_and_doors,obs=grid,time_limit=13",
            "gridworld:level=frozen_lake_4x4",
            "platformer:levels=train,time_limit=20,frame_skip=2",
            "goban:size=3",
        )
    },
}


def play(ours, theirs, steps, mapped=lambda actions: actions):
    """Yield what both say of each step, of actions that are drawn among the legal ones."""
    for env in (ours, theirs):
        env.seed(SEED)
    assert np.array_equal(ours.reset(), theirs.reset())
    rng = np.random.default_rng(SEED)
    discrete = hasattr(ours.action_space, "n")
    masked = discrete and is_masking_supported(theirs)
    for _ in range(steps):
        if masked:
            masks = get_action_masks(ours)
            assert np.array_equal(masks, get_action_masks(theirs))
            actions = np.where(masks, rng.random(masks.shape), -1).argmax(axis=1)
        elif discrete:
            actions = rng.integers(ours.action_space.n, size=COPIES)
        else:
            actions = rng.uniform(-1, 1, (COPIES, *ours.action_space.shape)).astype(np.float32)
        yield ours.step(actions), theirs.step(mapped(actions))


def assert_same(one, other):
    """Both say the same of a step; of games that go on the infos of ours say nothing."""
    for part, whole in zip(one[:3], other[:3], strict=True):
        assert np.array_equal(part, whole)
        assert part.dtype == whole.dtype
    for info, wanted, done in zip(one[3], other[3], one[2], strict=True):
        if not done:
            assert info == {}
            continue
        assert np.array_equal(info["terminal_observation"], wanted["terminal_observation"])
        assert info["TimeLimit.truncated"] is wanted["TimeLimit.truncated"]
        assert [info["episode"][key] for key in "rl"] == [wanted["episode"][key] for key in "rl"]
        assert info.keys() == wanted.keys()
        if "action_mask" in wanted:
            assert np.array_equal(info["action_mask"], wanted["action_mask"])


@pytest.mark.parametrize("name", PAIRS)
def test_it_is_step_for_step_what_dummy_vec_env_is(name):
    env, makers = PAIRS[name]
    ended, cut = 0, 0
    for one, other in play(TaskVecEnv(Task(env), COPIES), DummyVecEnv(makers), 120):
        assert_same(one, other)
        ended += one[2].sum()
        cut += sum(info.get("TimeLimit.truncated", False) for info in one[3])
    assert ended > 5
    assert cut > 0 or name in ("gridworld:level=frozen_lake_4x4", "goban:size=3")


def test_numbers_stand_for_buttons_held_together():
    spec = "platformer:levels=train,actions=buttons,time_limit=20"
    ours, theirs = TaskVecEnv(Task(spec), COPIES), DummyVecEnv(games(spec))
    buttons = len(make_game(spec).buttons)
    assert ours.action_space == gymnasium.spaces.Discrete(2**buttons)
    theirs.get_attr = lambda *_: (_ for _ in ()).throw(AttributeError())  # its masks are over bits
    held = lambda actions: np.stack([bits_of(int(action), buttons) for action in actions])  # noqa: E731
    for one, other in play(ours, theirs, 60, held):
        assert_same(one, other)


def test_numbers_that_begin_elsewhere_begin_at_0():
    env = Modelled(chain(first=3))  # which fails for any other number
    ours = TaskVecEnv(Task(env), 1)
    assert ours.observation_space == ours.action_space == gymnasium.spaces.Discrete(2)
    assert ours.reset().tolist() == [0]
    seen = {int(ours.step(np.array([k % 2]))[0][0]) for k in range(40)}
    assert seen == {0, 1}
    assert {action for _, action in env.played} == {3, 4}


def test_what_a_step_gave_stays_as_it_was():
    ours = TaskVecEnv(Task("gridworld:level=cliff,obs=grid,time_limit=5"), COPIES)
    first = ours.reset()
    kept = first.copy()
    before, rewards, dones, _ = ours.step(np.zeros(COPIES, np.int64))
    parts = [part.copy() for part in (before, rewards, dones)]
    rewards += 1  # as PPO does where it bootstraps
    ours.step(np.ones(COPIES, np.int64))
    assert np.array_equal(first, kept)
    assert all(np.array_equal(*pair) for pair in zip((before, rewards - 1, dones), parts, strict=True))


def test_a_mask_that_is_told_at_the_reset_only_is_that_of_the_first_turn():
    env = Modelled(chain(), np.array([[1, 0], [1, 1]], np.int8), only_at_reset=True)
    ours = TaskVecEnv(Task(env), 1)
    ours.reset()
    assert get_action_masks(ours).tolist() == [[True, False]]
    ours.step(np.array([0]))  # which ends the episode
    assert get_action_masks(ours).tolist() == [[True, False]]


def test_where_there_are_no_masks_everything_is_legal_and_boxes_have_none():
    ours = TaskVecEnv(Task("CartPole-v1"), 3)
    ours.reset()
    assert is_masking_supported(ours)
    assert get_action_masks(ours).tolist() == [[True, True]] * 3
    assert not is_masking_supported(TaskVecEnv(Task(PAIRS["MountainCarContinuous"][0]), 1))


class Picture(gymnasium.Env):
    """Shows a picture whose channels come last, 0 to 255, all different."""

    observation_space = gymnasium.spaces.Box(0, 255, (40, 50, 3), np.uint8)
    action_space = gymnasium.spaces.Discrete(2)
    shown = np.random.default_rng(0).integers(256, size=(40, 50, 3)).astype(np.uint8)

    def reset(self, *, seed=None, options=None):
        return self.shown, {}

    def step(self, action):
        return self.shown, 0.0, True, False, {}


def test_a_model_sees_planes_and_pictures_as_they_are():
    for env in (Picture(), "platformer:levels=train"):
        task = Task(env)
        model = PPO(
            "MlpPolicy", vec_env(task, 1), n_steps=8, batch_size=8, policy_kwargs={"normalize_images": False}
        )
        assert model.observation_space == task.observation_space
        seen = model.get_env().reset()
        assert seen[0].shape == task.observation_space.shape
        if isinstance(env, Picture):
            assert np.array_equal(seen[0], Picture.shown)


def test_copies_are_made_when_they_are_first_needed():
    env = TimeLimit(Modelled(chain()), 5)
    env.window = threading.Lock()  # which cannot be copied
    ours = TaskVecEnv(Task(env), 2)
    with pytest.raises(BadInput, match="cannot be copied, so num_envs must be 1"):
        ours.reset()


def test_attributes_and_methods_reach_the_copies_where_they_stand_alone():
    ours = TaskVecEnv(Task("CartPole-v1"), 3)
    ours.reset()
    ours.set_attr("gravity", 1.0, indices=[1])
    assert ours.get_attr("gravity") == [9.8, 1.0, 9.8]
    assert len(ours.env_method("get_wrapper_attr", "length", indices=[0, 2])) == 2
    assert ours.env_is_wrapped(TimeLimit) == [True] * 3
    together = TaskVecEnv(Task("gridworld:level=cliff"), 3)
    assert together.get_attr("autoreset_mode", indices=[0]) == [together.envs.autoreset_mode]
    assert not together.has_attr("gravity")
    assert together.env_is_wrapped(TimeLimit) == [False] * 3


def test_evaluate_policy_counts_whole_episodes(recwarn):
    env = vec_env(Task("gridworld:level=cliff,obs=grid,time_limit=11"), 3)
    model = PPO("MlpPolicy", env, n_steps=8, batch_size=24, seed=1)
    returns, lengths = evaluate_policy(model, env, 6, return_episode_rewards=True)
    assert len(returns) == 6
    assert max(lengths) <= 11
    assert not [warning for warning in recwarn if "Monitor" in str(warning.message)]
