"""How do PPO and its kin of Stable-Baselines3 play, and how are they set?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from agents.config import check_choice, check_range
from agents.sampling import drawn, normals
from agents.sb3.learner import SB3Learner
from envs.bad_input import BadInput
from envs.view import Decision, View

if TYPE_CHECKING:
    from stable_baselines3.common.vec_env import VecEnv

NETWORKS = ("mlp", "cnn", "impala")
DEVICES = ("cpu", "cuda", "auto")


@dataclass(frozen=True)
class Settings:
    """
    learning_rate: of Adam.
    learning_rate_decay: whether it falls in a straight line to nothing over the training; rl-zoo's `lin_`.
    n_steps: steps of each game in a rollout.
    batch_size: steps a step of gradient; it divides n_steps times num_envs.
    n_epochs: passes over a rollout.
    gamma: discount, 0 to 1.
    gae_lambda: of generalised advantage estimation (Schulman et al. 2016), 0 to 1.
    clip_range: of the clipped objective (Schulman et al. 2017).
    clip_range_decay: whether it falls likewise.
    clip_range_vf: how far the value may move in an update; 0: as far as it likes.
    normalize_advantage: whether advantages have mean 0 and deviation 1 in each batch.
    normalize_observation: whether observations are brought to mean 0 and deviation 1 by what was seen so far.
    normalize_reward: whether rewards are divided by the deviation of the discounted returns so far.
    ent_coef: weight of the policy's entropy, which keeps it trying.
    vf_coef: weight of the value's squared error.
    max_grad_norm: longest gradient taken as it is.
    target_kl: an update ends early where the policy has moved further than 1.5 of it; 0: never.
    num_envs: games played side by side.
    network: mlp, cnn or impala.
    width: features that it gives.
    separate: whether the value has a network of its own.
    greedy: whether the likeliest action is played, when not learning.
    device: where the network stands: cpu; cuda, which gives not the very same each time; auto, cuda where it is.
    """

    learning_rate: float = 3e-4
    learning_rate_decay: bool = False
    n_steps: int = 256
    batch_size: int = 64
    n_epochs: int = 10
    gamma: float = 0.99
    gae_lambda: float = 0.95
    clip_range: float = 0.2
    clip_range_decay: bool = False
    clip_range_vf: float = 0.0
    normalize_advantage: bool = True
    normalize_observation: bool = False
    normalize_reward: bool = False
    ent_coef: float = 0.0
    vf_coef: float = 0.5
    max_grad_norm: float = 0.5
    target_kl: float = 0.0
    num_envs: int = 8
    network: str = "mlp"
    width: int = 64
    separate: bool = False
    greedy: bool = False
    device: str = "cpu"

    def __post_init__(self) -> None:
        for key in ("learning_rate", "gamma", "gae_lambda"):
            check_range(key, getattr(self, key), 0, 1)
        for key in ("clip_range", "clip_range_vf", "ent_coef", "vf_coef", "max_grad_norm", "target_kl"):
            check_range(key, getattr(self, key), 0, 1000)
        for key in ("n_steps", "n_epochs", "num_envs", "width"):
            check_range(key, getattr(self, key), 1, 1 << 20)
        check_range("batch_size", self.batch_size, 2, 1 << 20)
        check_choice("network", self.network, NETWORKS)
        check_choice("device", self.device, DEVICES)
        steps = self.n_steps * self.num_envs
        if steps % self.batch_size:
            raise BadInput(f"batch_size={self.batch_size} does not divide n_steps * num_envs, {steps}")


class OnPolicy(SB3Learner):
    """Learns from rollouts of its present policy, draws its actions from it, and knows the value of what it sees.

    A training shorter than a rollout is one of as many whole batches as it takes.
    """

    Config = Settings
    config: Settings

    def _arguments(self) -> dict[str, Any]:
        config = self.config
        plain = (
            "batch_size", "n_steps", "n_epochs", "gamma", "gae_lambda", "normalize_advantage", "ent_coef", "vf_coef",
            "max_grad_norm",
        )  # fmt: skip
        return {
            **{key: getattr(config, key) for key in plain},
            "learning_rate": _schedule(config.learning_rate, config.learning_rate_decay),
            "clip_range": _schedule(config.clip_range, config.clip_range_decay),
            "clip_range_vf": config.clip_range_vf or None,
            "target_kl": config.target_kl or None,
        }

    def _copies(self) -> VecEnv:
        from agents.sb3.vec_env import normalized

        config, copies = self.config, super()._copies()
        observation, reward = config.normalize_observation, config.normalize_reward
        return normalized(copies, observation, reward, config.gamma) if observation or reward else copies

    def _policy_arguments(self) -> dict[str, Any]:
        return super()._policy_arguments() | {"share_features_extractor": not self.config.separate}

    def _begin(self, steps: int) -> None:
        super()._begin(steps)
        config, buffer = self.config, self.model.rollout_buffer
        batches = math.lcm(config.batch_size, config.num_envs) // config.num_envs
        rollout = min(config.n_steps, math.ceil(steps / config.num_envs / batches) * batches)
        self.model.n_steps = buffer.buffer_size = rollout
        if hasattr(buffer, "hidden_state_shape"):
            buffer.hidden_state_shape = (rollout, *buffer.hidden_state_shape[1:])

    def choose(self, view: View, deterministic: bool) -> Decision:
        import torch

        likeliest = deterministic or self.config.greedy
        given, values, deviation = [], [], None
        for rows, count, observation in self._blocks(view):
            with torch.no_grad():
                distribution, value = self._judged(observation, view, rows, count)
            values.append(value.flatten()[:count].cpu().double().numpy())
            if self.task.choices:
                given.append(distribution.logits[:count].cpu().double().numpy())
            else:
                given.append(distribution.mean[:count].cpu().double().numpy())
                deviation = distribution.stddev[0].cpu().double().numpy()
        value = np.concatenate(values)
        normalizer = self.model.get_vec_normalize_env()
        if normalizer is not None:
            value = normalizer.unnormalize_reward(value)
        if deviation is None:
            return self._numbered(np.concatenate(given), value, view, likeliest)
        mean = np.concatenate(given)
        noise = 0.0 if likeliest else deviation * normals(view.rng, mean.shape[1])
        return Decision(self._within(mean + noise), value)

    def _judged(self, observation: Any, view: View, rows: slice, count: int) -> tuple[Any, Any]:
        """Return PyTorch's distribution over actions, and the values, of a block of observations."""
        policy = self.model.policy
        return policy.get_distribution(observation).distribution, policy.predict_values(observation)

    def _numbered(self, logits: np.ndarray, value: np.ndarray, view: View, likeliest: bool) -> Decision:
        policy = _among(logits, view.mask)
        actions = policy.argmax(axis=1) if likeliest else drawn(policy, view.rng)
        return Decision(actions + int(self.task.action_space.start), value, policy)

    def _within(self, actions: np.ndarray) -> np.ndarray:
        """Return the actions [B, n] in the bounds and the form of the space."""
        space = self.task.action_space
        assert isinstance(space, spaces.Box)
        formed = actions.reshape(len(actions), *space.shape)
        return np.clip(formed, space.low, space.high).astype(space.dtype)


def _among(logits: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the probabilities [B, n] of logits [B, n] among what the mask [B, n] leaves."""
    legal = np.where(mask == 1, logits, -np.inf)
    odds = np.exp(legal - legal.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _schedule(start: float, falls: bool) -> Any:
    from stable_baselines3.common.utils import LinearSchedule

    return LinearSchedule(start, 0.0, 1.0) if falls else start
