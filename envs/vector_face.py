"""How do many copies of one game look to Gymnasium as a native vector environment?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from envs.bad_input import BadInput
from envs.buttons import held_space, number_of
from envs.catalog import build
from envs.game import Game, Step
from envs.generator import seeded
from envs.legal import first_illegal, why_illegal
from envs.opponent import Opponent, opponents
from envs.picture import check_mode, rgb_array
from envs.symmetry import Symmetry


class GameVectorEnv(VectorEnv):
    """Any game, B games a kernel call, for one learner in each. Game i is the single game with seed + i, step for step.

    Autoreset: NEXT_STEP (the default) starts the next episode on the step after the last one, ignoring its action;
    SAME_STEP starts it at once and hands out `final_obs` and `final_info`. In both a game goes on with its own
    generator, as `reset()` without a seed does. Masks: `info["action_mask"]`, int8 [B, actions]. The arrays are
    fresh at each step.

    Of several seats, `opponent` and `seat` are as in `GameEnv`, and so is `info["seat"]`, int64 [B]. The opponent is
    asked once about all the games, and in a race about all the seats, in which it is to move. `opponent="self"` costs
    one kernel call a step.

    Actions are int64 [B], or, where the game has `buttons`, 0 and 1 in [B, buttons].
    """

    metadata: dict[str, Any] = {  # noqa: RUF012
        "render_modes": ["rgb_array"],
        "render_fps": 8,
        "autoreset_mode": AutoresetMode.NEXT_STEP,
    }

    def __init__(
        self,
        game: str | Game,
        num_envs: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        opponent: Opponent | str | None = None,
        seat: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        check_mode(render_mode)
        self.game = game if isinstance(game, Game) else build(game, kwargs)
        self._opponents = opponents(self.game, opponent, seat, num_envs)
        self.autoreset_mode = AutoresetMode(autoreset_mode)
        if self.autoreset_mode == AutoresetMode.DISABLED:
            raise BadInput("the vector face starts new episodes itself: NEXT_STEP or SAME_STEP")
        pace = self.game.pace or self.metadata["render_fps"]
        self.metadata = {**self.metadata, "autoreset_mode": self.autoreset_mode, "render_fps": pace}
        self.num_envs, self.render_mode = num_envs, render_mode
        self.single_observation_space = self.game.observation_space
        self.single_action_space = held_space(self.game)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self._states = self.game.blank_states(num_envs)
        self._rows = np.arange(num_envs)
        self._begun = False
        self._ended = np.zeros(num_envs, np.bool_)
        self._never = np.zeros(num_envs, np.bool_)
        self._all = np.ones(num_envs, np.bool_)

    @property
    def symmetries(self) -> tuple[Symmetry, ...]:
        return self.game.symmetries

    @property
    def states(self) -> np.recarray:
        """A copy of the records [B]."""
        return self._states.copy()

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Start all games, or those set in `options["reset_mask"]`; seed: one for each, or s, s + 1, ...

        The first reset starts all of them.
        """
        which = np.asarray((options or {}).get("reset_mask", self._all), np.bool_)
        if which.shape != (self.num_envs,):
            raise ValueError(f"reset_mask has shape {which.shape}, not ({self.num_envs},)")
        which = which if self._begun else self._all
        self._seed(seed, which)
        observation, mask = (
            self.game.buffers(self.num_envs) if which.all() else self.game.observe(self._states)
        )
        self._restart(which, observation, mask)
        if self._opponents is not None:
            self._opponents.turn_ends(self._states, observation)
        self._ended = self._ended & ~which
        return self._own(observation), self._info(observation, mask)

    def _restart(self, which: np.ndarray, observation: np.ndarray, mask: np.ndarray) -> None:
        self.game.kernels.restart(self._states, which, observation, mask)
        if self._opponents is not None:
            self._opponents.begin(self._states, which, observation, mask)

    def _seed(self, seed: int | Sequence[int | None] | None, which: np.ndarray) -> None:
        if isinstance(seed, (int, np.integer)):
            super().reset(seed=int(seed))
            seeds: list[int | None] = [int(seed) + i for i in range(self.num_envs)]
        else:
            seeds = [None] * self.num_envs if seed is None else list(seed)
        if len(seeds) != self.num_envs:
            raise ValueError(f"{len(seeds)} seeds for {self.num_envs} games")
        if not self._begun:
            chance = self.np_random.integers(2**63, size=self.num_envs).tolist()
            seeds = [chance[i] if start is None else start for i, start in enumerate(seeds)]
        given = {i: start for i, start in enumerate(seeds) if which[i] and start is not None}
        self._states.rng[list(given)] = seeded(list(given.values()))
        if self._opponents is not None:
            self._opponents.seed(list(given), list(given.values()))
        self._begun = True

    def step(
        self, actions: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, Any]]:
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if self.game.buttons:
            actions = number_of(actions, (self.num_envs, len(self.game.buttons)))
        actions = np.ascontiguousarray(actions, np.int64).reshape(self.num_envs)
        self._refuse_illegal(actions)
        observation, mask = self.game.buffers(self.num_envs)
        step = Step(np.empty((self.num_envs, self.game.seats)), *np.empty((2, self.num_envs), np.bool_))
        next_step = self.autoreset_mode == AutoresetMode.NEXT_STEP
        restart = self._ended if next_step else self._never
        seats = self._seats()
        self.game.kernels.step(self._states, self._joined(actions), restart, *step, observation, mask)
        if self._opponents is not None:
            self._opponents.answer(self._states, restart, step, observation, mask)
        self._ended = step.terminated | step.truncated
        final = {} if next_step else self._restart_ended(observation, mask)
        rewards, info = step.rewards[self._rows, seats], self._info(observation, mask)
        return self._own(observation), rewards, step.terminated, step.truncated, info | final

    def _joined(self, actions: np.ndarray) -> np.ndarray:
        """Return the learners' actions [B] among those of all that act at once, int64 [B, acting]."""
        if self.game.acting == 1 or self._opponents is None:
            return actions[:, None]
        together = np.zeros((self.num_envs, self.game.acting), np.int64)
        together[self._rows, self._opponents.places] = actions
        self._opponents.join(self._states, together, *self._seen)
        return together

    def _own(self, seen: np.ndarray) -> np.ndarray:
        """Return the learners' part of an array [B, acting, ...]."""
        if self.game.acting == 1 or self._opponents is None:
            return seen[:, 0]
        return seen[self._rows, self._opponents.places]

    def _refuse_illegal(self, actions: np.ndarray) -> None:
        """Raise ValueError for an action that is not legal, but in a game that is over."""
        at = first_illegal(self._mask, actions, self._ended)
        if at >= 0:
            raise ValueError(f"game {at}: {why_illegal(self.game, self._states[at], int(actions[at]))}")

    def _seats(self) -> np.ndarray:
        """Return whose step it is in each game, int64 [B]."""
        if self.game.seats == 1:
            return np.zeros(self.num_envs, np.int64)
        seats = self._states.to_move if self._opponents is None else self._opponents.seats
        return seats.astype(np.int64)

    def _restart_ended(self, observation: np.ndarray, mask: np.ndarray) -> dict[str, Any]:
        ended = self._ended
        if not ended.any():
            return {}
        last = np.full(self.num_envs, None, object)  # as Gymnasium's own, whose wrappers write into it
        own = self._own(observation)
        for i in np.flatnonzero(ended):
            last[i] = own[i].copy()
        final = {
            "final_obs": last,
            "_final_obs": ended.copy(),
            "final_info": self._told(self._own(mask) * ended[:, None], ended),
            "_final_info": ended.copy(),
        }
        self._restart(ended, observation, mask)
        return final

    def _info(self, observation: np.ndarray, mask: np.ndarray) -> dict[str, Any]:
        self._seen, self._mask = (observation, mask), self._own(mask)
        return self._told(self._mask.copy(), self._all)

    def _told(self, mask: np.ndarray, which: np.ndarray) -> dict[str, Any]:
        """Return `info` of those games, in the layout of Gymnasium's vector environments."""
        told = {"action_mask": mask, "_action_mask": which.copy()}
        if self.game.seats > 1:
            told |= {"seat": self._seats() * which, "_seat": which.copy()}
        return told

    def action_masks(self) -> np.ndarray:
        """Return bool [B, actions], True where legal."""
        return self._mask.astype(np.bool_)

    def render(self) -> tuple[np.ndarray, ...] | None:
        if self.render_mode != "rgb_array":
            return None
        return tuple(rgb_array(self.game, state) for state in self._states)
