"""How does one game look to Gymnasium, Stable-Baselines3 and CleanRL?"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from envs.bad_input import BadInput
from envs.catalog import build
from envs.compiled import argument
from envs.game import Game
from envs.generator import seeded
from envs.picture import MODES, Picture


class GameEnv(gymnasium.Env):
    """Any one-seat game of the lab as a `gymnasium.Env`: a batch of one.

    `info["action_mask"]` is int8 [actions], 1 where legal; `action_masks()` the same as bool, as sb3-contrib asks.
    `P` is the exact model where the game has one. `state` is a copy of the record.
    """

    metadata: dict[str, Any] = {"render_modes": list(MODES), "render_fps": 8}  # noqa: RUF012

    def __init__(self, game: str | Game, render_mode: str | None = None, **kwargs: Any) -> None:
        self.game = game if isinstance(game, Game) else build(game, kwargs)
        if self.game.seats != 1:
            raise BadInput(
                f"{self.game.spec}: {self.game.seats} seats; the Gymnasium face is for one, see PettingZoo"
            )
        self.render_mode = render_mode
        self.observation_space = self.game.observation_space
        self.action_space = self.game.action_space
        self._records = argument(self.game.blank_states(1))
        self._observation, self._mask = self.game.buffers(1)
        self._action, self._rewards = np.zeros((1, 1), np.int64), np.zeros((1, 1))
        self._ended, self._cut, self._again = (np.zeros(1, np.bool_) for _ in range(3))
        written = (self._rewards, self._ended, self._cut, self._observation, self._mask)
        self._step = (self._records, self._action, self._again, *written)
        self._restart = (self._records, np.ones(1, np.bool_), self._observation, self._mask)
        self._index = self._observation.ndim == 2
        self._begun = False
        self._picture = Picture(self.game, render_mode, self.metadata["render_fps"])

    @property
    def state(self) -> np.record:
        return self._records.copy().view(np.recarray)[0]

    @property
    def P(self) -> dict[int, dict[int, list[tuple[float, int, float, bool]]]]:
        model = self.game.model()
        if model is None:
            raise AttributeError(f"{self.game.spec} has no exact model P; obs=index of a fixed level has")
        return model

    @property
    def initial_state_distrib(self) -> np.ndarray:
        """Probability of each state at the start, as Gymnasium's FrozenLake names it."""
        distribution = self.game.start_distribution()
        if distribution is None:
            raise AttributeError(f"{self.game.spec} has no exact model")
        return distribution

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        if seed is not None:
            self._records["rng"][:] = seeded([seed])
        elif not self._begun:
            self._records["rng"][:] = seeded([int(self.np_random.integers(2**63))])
        self._begun = True
        self.game.kernels.restart(*self._restart)
        if self.render_mode == "human":
            self.render()
        return self._observed(), {"action_mask": self._mask[0, 0].copy()}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if not 0 <= action < self.game.action_space.n:
            raise ValueError(f"action {action!r} is not in {self.action_space}")
        self._action[0, 0] = action
        self.game.kernels.step(*self._step)
        if self.render_mode == "human":
            self.render()
        info = {"action_mask": self._mask[0, 0].copy()}
        return self._observed(), self._rewards.item(), self._ended.item(), self._cut.item(), info

    def _observed(self) -> Any:
        return self._observation.item() if self._index else self._observation[0, 0].copy()

    def action_masks(self) -> np.ndarray:
        return self._mask[0, 0].astype(np.bool_)

    def get_keys_to_action(self) -> dict[str, int]:
        """For `gymnasium.utils.play`, which knows keys of one character."""
        return {key: action for key, action in self.game.keys_to_action.items() if len(key) == 1}

    def render(self) -> np.ndarray | str | None:
        return self._picture.render(self._records.view(np.recarray)[0])

    def close(self) -> None:
        self._picture.close()
