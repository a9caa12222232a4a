"""How does a game in which all seats act at once look to PettingZoo?"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from pettingzoo import ParallelEnv

from envs.bad_input import BadInput
from envs.game import Game
from envs.seats import Seats


class GameParallelEnv(Seats, ParallelEnv):
    """Any race of the lab as a `pettingzoo.ParallelEnv`.

    An agent that is out of the game is terminated and leaves `agents`; the others play on. The mask of an
    observation stands in `infos[agent]["action_mask"]` as well. The same seed gives the same game as in every
    other face.

    Raises:
        BadInput: an unknown game or setting, or a game in which seats take turns.
    """

    def __init__(self, game: str | Game, render_mode: str | None = None, **kwargs: Any) -> None:
        super().__init__(game, render_mode, **kwargs)
        if self.game.acting != self.game.seats:
            raise BadInput(f"{self.game.spec}: the seats take turns, so it needs the AEC face")
        self._mask = np.ones((self.game.seats, int(self.game.action_space.n)), np.int8)

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start an episode; without a seed the game goes on with its own generator."""
        seen = self._begin(seed)
        if self.render_mode == "human":
            self.render()
        return self._shown(*seen)

    def step(
        self, actions: dict[str, int]
    ) -> tuple[dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, Any]]:
        """Play one action of every live agent; actions of others are ignored.

        Raises ValueError for an action that is missing, unknown or not legal.
        """
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if not self.agents:
            return {}, {}, {}, {}, {}
        gains, *seen = self._play(self._together(actions))
        observations, infos = self._shown(*seen)
        rewards = {agent: float(gains[self.possible_agents.index(agent)]) for agent in self.agents}
        terminations, truncations = self._endings()
        self.agents = [agent for agent in self.agents if not (terminations[agent] or truncations[agent])]
        if self.render_mode == "human":
            self.render()
        return observations, rewards, terminations, truncations, infos

    def state(self) -> np.ndarray:
        """Return the observations of all seats, those that are out included, joined along the first axis."""
        return np.concatenate(self.game.observe(self._states)[0][0])

    def _together(self, actions: dict[str, int]) -> np.ndarray:
        together = np.zeros((1, self.game.seats), np.int64)
        for agent in self.agents:
            seat = self.possible_agents.index(agent)
            together[0, seat] = self._checked(agent, actions.get(agent), self._mask[seat])
        return together

    def _shown(self, observation: np.ndarray, mask: np.ndarray) -> tuple[dict[str, Any], dict[str, Any]]:
        self._mask = mask[0]
        observations, infos = {}, {}
        for agent in self.agents:
            seat = self.possible_agents.index(agent)
            observations[agent] = {
                "observation": observation[0, seat].copy(),
                "action_mask": mask[0, seat].copy(),
            }
            infos[agent] = {"action_mask": mask[0, seat].copy()}
        return observations, infos
