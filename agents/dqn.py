"""Deep Q-learning (Mnih et al. 2015), by Stable-Baselines3, with masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.config import check_choice, check_range
from agents.sb3.learner import SB3Learner
from agents.sb3.on_policy import DEVICES, NETWORKS
from envs.generator import pick_any
from envs.view import Decision, View

if TYPE_CHECKING:
    import stable_baselines3

    from agents.sb3.masked_dqn import MaskedDQN


class DQN(SB3Learner):
    """Stable-Baselines3's DQN, which here keeps to masks in what it tries and in the target that it learns.

    `learn` explores epsilon-greedily; `act` and `predict` play greedily. The replay buffer is not saved: an agent that
    was loaded first fills it again for `learning_starts` steps, by its own policy.
    """

    name = "dqn"
    about = "Stable-Baselines3's deep Q-learning, which keeps to the legal actions"
    keeps_to_masks = True
    trains_often = True

    @dataclass(frozen=True)
    class Config:
        """
        learning_rate: of Adam.
        buffer_size: steps kept to be learnt from again.
        learning_starts: steps before the first training; the actions of the agent's first ones are random.
        batch_size: steps a step of gradient.
        tau: share of the network that its target takes over each time, 0 to 1.
        gamma: discount, 0 to 1.
        train_freq: steps of each game between two trainings.
        gradient_steps: steps of gradient in a training; -1: one for each step of the games.
        target_update_interval: steps, of all games together, between two updates of the target.
        exploration_fraction: share of the training over which epsilon falls in a straight line,
        exploration_initial_eps: from this,
        exploration_final_eps: to this.
        max_grad_norm: longest gradient taken as it is.
        num_envs: games played side by side.
        network: mlp, cnn or impala.
        width: features that it gives.
        device: where the network stands: cpu; cuda, which gives not the very same each time; auto, cuda where it is.
        """

        learning_rate: float = 1e-3
        buffer_size: int = 50_000
        learning_starts: int = 1000
        batch_size: int = 64
        tau: float = 1.0
        gamma: float = 0.99
        train_freq: int = 4
        gradient_steps: int = 1
        target_update_interval: int = 1000
        exploration_fraction: float = 0.2
        exploration_initial_eps: float = 1.0
        exploration_final_eps: float = 0.05
        max_grad_norm: float = 10.0
        num_envs: int = 4
        network: str = "mlp"
        width: int = 64
        device: str = "cpu"

        def __post_init__(self) -> None:
            for key in ("learning_rate", "tau", "gamma", "exploration_fraction"):
                check_range(key, getattr(self, key), 0, 1)
            check_range("exploration_initial_eps", self.exploration_initial_eps, 0, 1)
            check_range("exploration_final_eps", self.exploration_final_eps, 0, 1)
            check_range("max_grad_norm", self.max_grad_norm, 0, 1000)
            for key in (
                "buffer_size",
                "batch_size",
                "train_freq",
                "target_update_interval",
                "num_envs",
                "width",
            ):
                check_range(key, getattr(self, key), 1, 10_000_000)
            check_range("learning_starts", self.learning_starts, 0, 10_000_000)
            check_range("gradient_steps", self.gradient_steps, -1, 10_000)
            check_choice("network", self.network, NETWORKS)
            check_choice("device", self.device, DEVICES)

    config: Config

    def _algorithm(self) -> type[MaskedDQN]:
        from agents.sb3.masked_dqn import MaskedDQN

        return MaskedDQN

    def stock_algorithm(self) -> type[stable_baselines3.DQN]:
        from stable_baselines3 import DQN as Stock

        return Stock

    def _arguments(self) -> dict[str, Any]:
        others = ("num_envs", "network", "width", "device")
        return {key: value for key, value in vars(self.config).items() if key not in others}

    def choose(self, view: View, deterministic: bool) -> Decision:
        """Play the best legal action, ties drawn; q is NaN where an action is not legal."""
        import torch

        q = np.full(view.mask.shape, np.nan)
        for rows, count, observation in self._blocks(view):
            with torch.no_grad():
                q[rows] = self.model.q_net(observation)[:count].cpu().numpy()
        q[view.mask != 1] = np.nan
        value = np.nanmax(q, axis=1)
        best = q == value[:, None]
        actions = pick_any(best, view.rng) + int(self.task.action_space.start)
        return Decision(actions, value, best / best.sum(axis=1)[:, None], q)
