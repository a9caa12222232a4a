"""Proximal policy optimisation with a memory, an LSTM (Hochreiter & Schmidhuber 1997), by sb3-contrib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from agents.config import check_range
from agents.sb3.on_policy import OnPolicy, Settings
from envs.view import View

if TYPE_CHECKING:
    import sb3_contrib


class RecurrentPPO(OnPolicy):
    """sb3-contrib's RecurrentPPO; its memory begins empty with each episode."""

    name = "recurrent_ppo"
    about = "sb3-contrib's PPO with an LSTM, for what has to be remembered"
    actions = (spaces.Discrete, spaces.Box)
    policy = "MlpLstmPolicy"

    @dataclass(frozen=True)
    class Config(Settings):
        __doc__ = f"""{Settings.__doc__}
        lstm_hidden_size: units of the memory.
        """

        lstm_hidden_size: int = 64

        def __post_init__(self) -> None:
            super().__post_init__()
            check_range("lstm_hidden_size", self.lstm_hidden_size, 1, 1 << 12)

    config: Config

    def take(self, model: Any) -> None:
        super().take(model)
        layers, _, units = model.policy.lstm_hidden_state_shape
        self._parts = (4, layers, units)  # what the policy's memory holds and carries, and the value's
        self.memory = int(np.prod(self._parts))

    def _algorithm(self) -> type[sb3_contrib.RecurrentPPO]:
        from sb3_contrib import RecurrentPPO

        return RecurrentPPO

    def _policy_arguments(self) -> dict[str, Any]:
        return super()._policy_arguments() | {"lstm_hidden_size": self.config.lstm_hidden_size}

    def _judged(self, observation: Any, view: View, rows: slice, count: int) -> tuple[Any, Any]:
        import torch
        from sb3_contrib.common.recurrent.type_aliases import RNNStates

        policy, device = self.model.policy, self.model.device
        before = torch.zeros(len(observation), *self._parts)
        if view.memory is not None:
            before[:count] = torch.from_numpy(view.memory[rows]).unflatten(1, self._parts)
        parts = before.permute(1, 2, 0, 3).contiguous().to(device)  # [4, layers, games, units]
        states = RNNStates((parts[0], parts[1]), (parts[2], parts[3]))
        going_on = torch.zeros(len(observation), device=device)
        distribution, _ = policy.get_distribution(observation, states.pi, going_on)
        _, values, _, after = policy.forward(observation, states, going_on, deterministic=True)
        if view.memory is not None:
            kept = torch.stack([*after.pi, *after.vf]).permute(2, 0, 1, 3)
            view.memory[rows] = kept[:count].flatten(1).cpu().numpy()
        return distribution.distribution, values
