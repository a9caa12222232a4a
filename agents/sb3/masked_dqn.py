"""How does Stable-Baselines3's DQN keep to masks, in what it tries and in what it learns from?"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import stable_baselines3
import torch
from gymnasium import spaces
from stable_baselines3.common.buffers import ReplayBuffer
from torch import Tensor
from torch.nn import functional

from agents.sb3.vec_env import TaskVecEnv


class MaskedSamples(NamedTuple):
    """Steps drawn from the buffer; next_masks: bool [B, actions], what was legal in the next observations."""

    observations: Tensor
    actions: Tensor
    next_observations: Tensor
    dones: Tensor
    rewards: Tensor
    next_masks: Tensor


class MaskedReplayBuffer(ReplayBuffer):
    """A replay buffer that keeps, for each step, which actions were legal after it."""

    def __init__(self, buffer_size: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(buffer_size, *args, **kwargs)
        assert isinstance(self.action_space, spaces.Discrete)
        self.next_masks = np.ones((self.buffer_size, self.n_envs, int(self.action_space.n)), np.bool_)

    def _get_samples(self, batch_inds: np.ndarray, env: Any = None) -> MaskedSamples:  # type: ignore[override]
        games = np.random.randint(0, self.n_envs, size=len(batch_inds))  # noqa: NPY002
        at = batch_inds, games
        terminated = self.dones[at] * (1 - self.timeouts[at])
        found = (
            self.observations[at], self.actions[at], self.next_observations[at], terminated[:, None],
            self.rewards[at][:, None], self.next_masks[at],
        )  # fmt: skip
        return MaskedSamples(*map(self.to_torch, found))


class MaskedDQN(stable_baselines3.DQN):
    """DQN (Mnih et al. 2015) that never tries what is not legal, and takes the maximum of the target over what is.

    Each game draws for itself whether it explores. A model that goes on without its buffer, since that is not kept,
    fills one by its own policy for `learning_starts` steps before it trains again. Chance comes from NumPy's global
    generator, as in the rest of Stable-Baselines3.
    """

    def __init__(self, policy: Any, env: Any, **kwargs: Any) -> None:
        super().__init__(policy, env, replay_buffer_class=MaskedReplayBuffer, **kwargs)
        self.random_steps = self.fill = self.learning_starts

    def _setup_learn(self, total_timesteps: int, *args: Any, **kwargs: Any) -> Any:
        total, callback = super()._setup_learn(total_timesteps, *args, **kwargs)
        assert self.replay_buffer is not None
        if self.replay_buffer.size() == 0:
            self.learning_starts = self.num_timesteps + self.fill
        self._update_current_progress_remaining(self.num_timesteps, total)
        self.exploration_rate = self.exploration_schedule(self._current_progress_remaining)
        return total, callback

    @property
    def _copies(self) -> TaskVecEnv:
        assert self.env is not None
        return self.env.unwrapped  # type: ignore[return-value]

    def _sample_action(
        self, learning_starts: int, action_noise: Any = None, n_envs: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        legal = self._copies.action_masks()
        epsilon = 1.0 if self.num_timesteps < self.random_steps else self.exploration_rate
        chance = np.random.random((2, *legal.shape))  # noqa: NPY002
        actions = np.where(legal, chance[1], -1.0).argmax(axis=1)
        if epsilon < 1:
            with torch.no_grad():
                q = self.q_net(torch.as_tensor(self._last_obs, device=self.device)).cpu().numpy()
            best = np.where(legal, q, -np.inf).argmax(axis=1)
            actions = np.where(chance[0, :, 0] < epsilon, actions, best)
        return actions, actions

    def _store_transition(
        self,
        replay_buffer: Any,
        buffer_action: np.ndarray,
        new_obs: Any,
        reward: np.ndarray,
        dones: np.ndarray,
        infos: list[dict[str, Any]],
    ) -> None:
        masks = self._copies.action_masks().copy()
        for i in np.flatnonzero(dones):  # what was legal at the end, not in the next episode
            masks[i] = infos[i].get("action_mask", 1)
        masks[~masks.any(axis=1)] = True  # nothing is legal any more, and nothing asked of it
        replay_buffer.next_masks[replay_buffer.pos] = masks
        super()._store_transition(replay_buffer, buffer_action, new_obs, reward, dones, infos)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses = []
        for _ in range(gradient_steps):
            steps = self.replay_buffer.sample(batch_size)  # type: ignore[union-attr]
            q = self.q_net(steps.observations).gather(1, steps.actions.long())
            loss = functional.smooth_l1_loss(q, self._target(steps))  # type: ignore[arg-type]
            self.policy.optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(loss.item())
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/loss", np.mean(losses))
        self.logger.record("rollout/exploration_rate", self.exploration_rate)

    def _target(self, steps: MaskedSamples) -> Tensor:
        """Return r + gamma max Q(s', a') [B, 1] over the legal a', by the target network; r where the game is over."""
        with torch.no_grad():
            q = self.q_net_target(steps.next_observations)
            best = q.masked_fill(~steps.next_masks, -torch.inf).amax(dim=1, keepdim=True)
            return steps.rewards + (1 - steps.dones) * self.gamma * best
