"""What happened in the next T steps of B games?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.actor_critic import ActorCritic
from agents.task import Task


@dataclass
class Rollout:
    """T steps of B games, first by time. Of a step that only begins an episode nothing is `real`.

    observation: [T, B, ...] in the environment's dtype. mask: int8 [T, B, actions], or None where all was legal. fresh:
    bool [T, B], whether an episode began there. actions: [T, B, ...] as the policy drew them, log_prob: float32 [T, B]
    how likely it thought them. rewards: float32 [T, B]. value: float32 [T + 1, B], the last after the last step; where
    an episode ended at t, value[t + 1] is that of its last observation. terminated, ended: bool [T, B], by the rules,
    and in any way. memory: float32 [B, ...] before the first step. returns, lengths: of the episodes that ended.
    """

    observation: Tensor
    mask: Tensor | None
    fresh: Tensor
    real: np.ndarray
    actions: Tensor
    log_prob: np.ndarray
    rewards: np.ndarray
    value: np.ndarray
    terminated: np.ndarray
    ended: np.ndarray
    memory: Tensor
    returns: list[float]
    lengths: list[int]


class Rollouts:
    """Plays B games on and on, and gives what happened T steps at a time.

    The vector environment begins the next episode on the step after the last of one (NEXT_STEP), so that the network's
    answer to the last observation of an episode comes with the others', and serves where it was cut short.
    """

    def __init__(
        self, task: Task, network: ActorCritic, steps: int, seeds: list[int], generator: torch.Generator
    ) -> None:
        """Start a game a seed. generator: of what the policy draws."""
        self._batch = len(seeds)
        self._task, self._env = task, task.vector(self._batch)
        self._network, self._steps, self._generator = network, steps, generator
        self._memory = torch.zeros(self._batch, 2 * network.lstm.units if network.lstm else 0)
        self._observation, info = self._env.reset(seed=seeds)  # type: ignore[arg-type]
        self._fresh = np.ones(self._batch, bool)  # an episode begins with the observation
        self._ended = np.zeros(self._batch, bool)  # the observation was the last of one
        self._mask = self._legal(info)
        self._return, self._length = np.zeros(self._batch), np.zeros(self._batch, np.int64)

    def _legal(self, info: dict[str, Any]) -> np.ndarray | None:
        """Return the mask int8 [B, actions], which forbids nothing where an episode has ended; None: none was told."""
        if "action_mask" not in info or not self._task.choices:
            return None
        mask = self._task.legal(info, self._batch)
        mask[self._ended] = 1
        return mask

    @torch.no_grad()
    def next(self) -> Rollout:
        """Play T steps with the network as it is."""
        seen, steps = np.asarray(self._observation), self._steps
        observation = np.empty((steps, *seen.shape), seen.dtype)
        masks: list[np.ndarray | None] = []
        fresh, real, terminated, ended = np.empty((4, steps, self._batch), bool)
        rewards, value = (
            np.empty((steps, self._batch), np.float32),
            np.empty((steps + 1, self._batch), np.float32),
        )
        actions, policies = [], []
        returns: list[float] = []
        lengths: list[int] = []
        memory = self._memory
        head = self._network.head
        for t in range(steps):
            observation[t], fresh[t], real[t] = self._observation, self._fresh, ~self._ended
            masks.append(self._mask)
            opinion = self._judge()
            self._memory = opinion.memory
            actions.append(head.sample(opinion.policy, self._generator))
            policies.append(opinion.policy)
            value[t] = opinion.value.numpy()
            stepped = self._env.step(self._task.taken(head.played(actions[t].numpy())))
            self._observation, rewards[t], terminated[t], truncated, info = stepped
            ended[t] = (terminated[t] | truncated) & real[t]
            self._fresh, self._ended = self._ended, ended[t]
            self._mask = self._legal(info)
            self._return += rewards[t] * real[t]
            self._length += real[t]
            for i in np.flatnonzero(ended[t]):
                returns.append(float(self._return[i]))
                lengths.append(int(self._length[i]))
                self._return[i], self._length[i] = 0.0, 0
        value[steps] = self._judge().value.numpy()
        drawn = torch.stack(actions)
        log_prob = head.log_prob(torch.cat(policies), drawn.flatten(0, 1)).numpy().reshape(steps, -1)
        return Rollout(
            torch.from_numpy(observation), _worth_keeping(masks), torch.from_numpy(fresh), real, drawn, log_prob,
            rewards, value, terminated, ended, memory, returns, lengths,
        )  # fmt: skip

    def _judge(self) -> Any:
        mask = None if self._mask is None else torch.from_numpy(self._mask)
        observation = torch.from_numpy(np.asarray(self._observation))[None]
        return self._network(observation, mask, self._memory, torch.from_numpy(self._fresh)[None])


def _worth_keeping(masks: list[np.ndarray | None]) -> Tensor | None:
    """Return the masks [T, B, actions], or None where they never forbade anything."""
    told = [mask for mask in masks if mask is not None]
    if len(told) < len(masks) or all(mask.all() for mask in told):
        return None
    return torch.from_numpy(np.stack(told))
