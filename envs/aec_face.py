"""How does a game in which seats take turns look to PettingZoo?"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from pettingzoo import AECEnv
from pettingzoo.utils import wrappers

from envs.bad_input import BadInput
from envs.game import Game
from envs.seats import Seats


def env(game: str | Game, render_mode: str | None = None, **kwargs: Any) -> AECEnv:
    """Return a turn game in the wrappers of PettingZoo's own: who moves illegally gets -1, and it is over."""
    bounded = wrappers.TerminateIllegalWrapper(GameAECEnv(game, render_mode, **kwargs), illegal_reward=-1)
    return wrappers.OrderEnforcingWrapper(wrappers.AssertOutOfBoundsWrapper(bounded))


class GameAECEnv(Seats, AECEnv):
    """Any turn game of the lab as a `pettingzoo.AECEnv`, without wrappers (a `raw_env`).

    Every seat gets its reward at every ply. `observe(agent)` of one whose turn it is not shows the position
    from its side, under a mask of zeros. `infos[agent]["action_mask"]` is the mask of the observation. The
    same seed gives the same game as in every other face.

    Raises:
        BadInput: an unknown game or setting, or a game in which all seats act at once.
    """

    def __init__(self, game: str | Game, render_mode: str | None = None, **kwargs: Any) -> None:
        super().__init__(game, render_mode, **kwargs)
        if self.game.acting != 1:
            raise BadInput(f"{self.game.spec}: all seats act at once, so it needs the Parallel face")

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> None:
        """Start an episode; without a seed the game goes on with its own generator."""
        self._skip_agent_selection: str | None = None
        seen = self._begin(seed)
        self.rewards = dict.fromkeys(self.agents, 0.0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0.0)
        self._turn(*seen)

    def step(self, action: int | None) -> None:
        """Play the action of `agent_selection`: None if it is out of the game, else a legal one.

        Raises ValueError for any other.
        """
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset before step")
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        gains, *seen = self._play(np.array([[self._checked(agent, action, self._mask)]]))
        self._cumulative_rewards[agent] = 0.0
        self.rewards = {agent: float(gains[self.possible_agents.index(agent)]) for agent in self.agents}
        self._accumulate_rewards()
        self._turn(*seen)

    def _turn(self, observation: np.ndarray, mask: np.ndarray) -> None:
        """Hand the turn to the seat to move, or first to those that are out."""
        self._observation, self._mask = observation[0, 0], mask[0, 0]
        self._mover = self.possible_agents[int(self._states.to_move[0])]
        self.terminations, self.truncations = self._endings()
        self.infos = {agent: {"action_mask": self._mask_of(agent)} for agent in self.agents}
        self.agent_selection = self._mover
        self._deads_step_first()
        if self.render_mode == "human":
            self.render()

    def observe(self, agent: str) -> dict[str, np.ndarray]:
        return {"observation": self._seen_by(agent), "action_mask": self._mask_of(agent)}

    def state(self) -> np.ndarray:
        """Return what each seat sees, joined along the first axis."""
        return np.concatenate([self._seen_by(agent) for agent in self.possible_agents])

    def _seen_by(self, agent: str) -> np.ndarray:
        if agent == self._mover:
            return self._observation.copy()
        states = self._states.copy()
        states.to_move[:] = self.possible_agents.index(agent)
        return self.game.observe(states)[0][0, 0]

    def _mask_of(self, agent: str) -> np.ndarray:
        return self._mask.copy() if agent == self._mover else np.zeros_like(self._mask)
