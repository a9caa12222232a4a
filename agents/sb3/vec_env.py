"""How does Stable-Baselines3 step many copies of a task?"""

from __future__ import annotations

import time
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.preprocessing import is_image_space
from stable_baselines3.common.vec_env import VecEnv, VecNormalize, VecTransposeImage

from agents.task import Task
from envs.bad_input import BadInput

_MASKS = "action_masks"


def vec_env(task: Task, num_envs: int) -> VecEnv:
    """Return what a model of Stable-Baselines3 learns on, so that it leaves planes as they are.

    By itself it would take planes of 0 to 255 for a picture with the channels last, and turn them.
    """
    env = TaskVecEnv(task, num_envs)
    return VecTransposeImage(env, skip=True) if is_image_space(env.observation_space) else env


def normalized(env: VecEnv, observation: bool, reward: bool, gamma: float) -> VecNormalize:
    """Return the copies with observations, rewards or both scaled by what was seen so far, gamma for the returns.

    Raises BadInput for observations that are no Box.
    """
    space = env.observation_space
    if observation and not isinstance(space, spaces.Box):
        raise BadInput(f"normalize_observation=true needs observations in a Box, and they are {space}")
    scaled = VecNormalize(env, norm_obs=observation, norm_reward=reward, gamma=gamma)
    if observation:  # by itself it says that they are what they were, and whole numbers would be kept as such
        scaled.observation_space = spaces.Box(-scaled.clip_obs, scaled.clip_obs, space.shape, np.float32)
    return scaled


def counted_from_zero(space: spaces.Space) -> spaces.Space:
    """Return the space as a model has it: numbers that begin elsewhere begin at 0."""
    return spaces.Discrete(int(space.n)) if isinstance(space, spaces.Discrete) else space


class TaskVecEnv(VecEnv):
    """The task's own vector face, as Stable-Baselines3 asks for one. Its copies are made at the first reset.

    A game that has ended begins anew on the same step; then its info is that of the last step, with
    `terminal_observation`, `TimeLimit.truncated`, and `episode`, as `Monitor` writes it. The infos of the others are
    empty. What costs time for each copy is done for those that have ended only.

    Actions are numbers from 0 on, or what the Box holds; `action_masks` bool [num_envs, actions] is there for numbers.
    """

    def __init__(self, task: Task, num_envs: int) -> None:
        self._task = task
        self._envs: VectorEnv | None = None
        self._seen_from = int(getattr(task.observation_space, "start", 0))
        self._acts_from = int(getattr(task.action_space, "start", 0))
        self._masks = np.ones((num_envs, task.choices), np.bool_)
        self._returns, self._lengths = np.zeros(num_envs), np.zeros(num_envs, np.int64)
        self._begun = time.time()
        super().__init__(
            num_envs, counted_from_zero(task.observation_space), counted_from_zero(task.action_space)
        )

    @property
    def envs(self) -> VectorEnv:
        """The copies. Raises BadInput where the task cannot be copied."""
        if self._envs is None:
            self._envs = self._task.vector(self.num_envs, AutoresetMode.SAME_STEP)
        return self._envs

    def reset(self) -> np.ndarray:
        options = self._options[0] or None
        seeds: Any = self._seeds
        observation, info = self.envs.reset(seed=seeds, options=options)
        self._reset_seeds()
        self._reset_options()
        self._returns[:], self._lengths[:] = 0, 0
        self._note_masks(info)
        return self._numbered(observation)

    def step_async(self, actions: np.ndarray) -> None:
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        observation, rewards, terminated, truncated, info = self.envs.step(self._as_taken(self._actions))
        self._returns += rewards
        self._lengths += 1
        self._note_masks(info)
        dones = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in np.flatnonzero(dones).tolist():
            infos[i] = _told(info.get("final_info", {}), i)
            infos[i]["terminal_observation"] = self._numbered(info["final_obs"][i])
            infos[i]["TimeLimit.truncated"] = bool(truncated[i] and not terminated[i])
            infos[i]["episode"] = self._episode(i)
        self._returns[dones], self._lengths[dones] = 0, 0
        return self._numbered(observation), rewards.astype(np.float32), dones, infos

    def _as_taken(self, actions: np.ndarray) -> np.ndarray:
        return self._task.taken(actions + self._acts_from if self._acts_from else actions)

    def _numbered(self, observation: Any) -> Any:
        return observation - self._seen_from if self._seen_from else observation

    def _episode(self, i: int) -> dict[str, Any]:
        seconds = round(time.time() - self._begun, 6)
        return {"r": round(float(self._returns[i]), 6), "l": int(self._lengths[i]), "t": seconds}

    def _note_masks(self, info: dict[str, Any]) -> None:
        """Note what is legal now: all, where the environment does not say."""
        self._masks = self._task.legal(info, self.num_envs).astype(np.bool_)

    def action_masks(self) -> np.ndarray:
        """Return bool [num_envs, actions], True where legal."""
        return self._masks

    def close(self) -> None:
        if self._envs is not None:
            self._envs.close()

    def get_images(self) -> list[Any]:
        return list(self.envs.render() or [None] * self.num_envs)

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        which = list(self._get_indices(indices))
        if attr_name == _MASKS and self._task.choices:
            return [lambda i=i: self._masks[i] for i in which]
        if attr_name == "render_mode" and self._envs is None:
            return [None for _ in which]
        if isinstance(self.envs, SyncVectorEnv):
            values = self.envs.get_attr(attr_name)
            return [values[i] for i in which]
        return [getattr(self.envs, attr_name) for _ in which]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        for i in self._get_indices(indices):
            setattr(self._one(i).unwrapped, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        if method_name == _MASKS and self._task.choices:
            return list(self._masks if indices is None else self._masks[list(self._get_indices(indices))])
        return [
            self._one(i).get_wrapper_attr(method_name)(*args, **kwargs) for i in self._get_indices(indices)
        ]

    def env_is_wrapped(self, wrapper_class: type[gymnasium.Wrapper], indices: Any = None) -> list[bool]:
        from stable_baselines3.common.env_util import is_wrapped

        which = list(self._get_indices(indices))
        if wrapper_class is Monitor:  # what it adds to the infos stands there
            return [True for _ in which]
        together = not isinstance(self.envs, SyncVectorEnv)
        return [not together and is_wrapped(self._one(i), wrapper_class) for i in which]

    def _one(self, i: int) -> gymnasium.Env:
        if not isinstance(self.envs, SyncVectorEnv):
            raise AttributeError(
                f"{self._task.spec}: its copies are stepped together; there is no single one"
            )
        return self.envs.envs[i]


def _told(info: dict[str, Any], i: int) -> dict[str, Any]:
    """Return the info of one copy out of what Gymnasium's vector environments tell of all."""
    return {
        key: _told(values, i) if isinstance(values, dict) else values[i]
        for key, values in info.items()
        if f"_{key}" in info and info[f"_{key}"][i]
    }
