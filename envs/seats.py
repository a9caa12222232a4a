"""What do the seats of a game look like to PettingZoo, whether they take turns or act at once?"""

from __future__ import annotations

from copy import deepcopy
from functools import cached_property
from secrets import randbits
from typing import Any

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.buttons import held_space, number_of
from envs.catalog import build
from envs.game import TERMINATED, TRUNCATED, Game
from envs.generator import seeded
from envs.picture import MODES, Picture


class Seats:
    """What both PettingZoo faces share: the agents `player_0`, `player_1`, ..., their spaces, the picture.

    Each observes `{"observation": ..., "action_mask": int8 [actions], 1 where legal}`.
    """

    def __init__(self, game: str | Game, render_mode: str | None = None, **kwargs: Any) -> None:
        self.game = game if isinstance(game, Game) else build(game, kwargs)
        self.metadata = {
            "name": f"{self.game.name}_v0",
            "render_modes": list(MODES),
            "render_fps": self.game.pace or 8,
            "is_parallelizable": False,
        }
        self.render_mode = render_mode
        self.possible_agents = [f"player_{seat}" for seat in range(self.game.seats)]
        self.agents: list[str] = []
        mask = spaces.Box(0, 1, (int(self.game.action_space.n),), np.int8)
        seen = spaces.Dict({"observation": self.game.observation_space, "action_mask": mask})
        self._observation_spaces = {agent: deepcopy(seen) for agent in self.possible_agents}
        self._action_spaces = {agent: deepcopy(held_space(self.game)) for agent in self.possible_agents}
        self._states = self.game.blank_states(1)
        self._begun = False
        self._picture = Picture(self.game, render_mode, self.game.pace or 8)

    def observation_space(self, agent: str) -> spaces.Dict:
        return self._observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space:
        return self._action_spaces[agent]

    @cached_property
    def state_space(self) -> spaces.Box:
        """Of `state()`: the observations of all seats, one after the other along the first axis."""
        seen = self.game.observation_space
        if not isinstance(seen, spaces.Box):
            raise BadInput(f"{self.game.spec}: state() joins the seats' observations, which must be arrays")
        low, high = (np.concatenate([bound] * self.game.seats) for bound in (seen.low, seen.high))
        return spaces.Box(low, high, dtype=seen.dtype.type)

    def render(self) -> np.ndarray | str | None:
        return self._picture.render(self._states[0])

    def close(self) -> None:
        self._picture.close()

    def _begin(self, seed: int | None) -> tuple[np.ndarray, np.ndarray]:
        """Start an episode and return observation and mask; without a seed with the game's own generator."""
        if seed is not None or not self._begun:
            self._states.rng[:] = seeded([randbits(64) if seed is None else seed])
        self._begun = True
        self.agents = self.possible_agents[:]
        seen = self.game.buffers(1)
        self.game.kernels.restart(self._states, np.ones(1, np.bool_), *seen)
        return seen

    def _play(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Play one ply, actions [1, acting], and return rewards [seats], observation and mask."""
        seen = self.game.buffers(1)
        rewards, flags = np.empty((1, self.game.seats)), np.zeros((3, 1), np.bool_)
        self.game.kernels.step(self._states, actions, flags[0], rewards, flags[1], flags[2], *seen)
        return rewards[0], *seen

    def _checked(self, agent: str, action: Any, mask: np.ndarray) -> int:
        if not self._action_spaces[agent].contains(action):
            raise ValueError(f"{agent}: action {action!r} is not in {self._action_spaces[agent]}")
        if self.game.buttons:
            action = number_of(action, (len(self.game.buttons),))
        if not mask[action]:
            raise ValueError(f"{agent}: {self.game.action_names[action]} is not legal here, see action_mask")
        return int(action)

    def _endings(self) -> tuple[dict[str, bool], dict[str, bool]]:
        """Return for each live agent whether it is terminated, and whether it is truncated."""
        state = self._states[0]
        gone = {agent: bool(state.out[self.possible_agents.index(agent)]) for agent in self.agents}
        return (
            {agent: out or bool(state.status == TERMINATED) for agent, out in gone.items()},
            {agent: not out and bool(state.status == TRUNCATED) for agent, out in gone.items()},
        )
