"""How does one game look to Gymnasium, Stable-Baselines3 and CleanRL?"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from envs.buttons import held_space, keys_to_action, number_of
from envs.catalog import build
from envs.compiled import argument
from envs.game import PLAYING, Game, Step
from envs.generator import seeded
from envs.legal import why_illegal
from envs.opponent import Opponent, opponents
from envs.picture import MODES, Picture
from envs.symmetry import Symmetry


class GameEnv(gymnasium.Env):
    """Any game of the lab as a `gymnasium.Env`: a batch of one, for one learner.

    `info["action_mask"]` is int8 [actions], 1 where legal; `action_masks()` the same as bool, as sb3-contrib asks. An
    illegal action raises a ValueError that says why. `P` is the exact model where the game has one. `state` is a copy
    of the record. `symmetries` are the game's. Where the game has `buttons` an action is an array of 0 and 1, one a
    button; the mask stays one over their combinations, of which number k holds the buttons whose bits are set in k.

    Of several seats one is the learner's, `info["seat"]`. It sees the game from its side and gets its own rewards.
    Where seats take turns, a step plays its action and the others' replies, up to its next turn or the end; it gets the
    sum, and what plies before its first turn bring belongs to no step. In a race all act at once, and the episode is
    over once the learner is out, though others may go on.

    Args:
        opponent: who plays the other seats: `random`, the default, an agent, or a callable from a View to a Decision,
            or to bare actions. `self`, where seats take turns: nobody. Then a step is one ply, `info["seat"]` is to
            move and sees the game, and the reward is that of the seat that has moved.
        seat: the learner's, or `random`, the default: drawn anew for each episode.

    Raises:
        BadInput: an unknown game, setting, opponent or seat.
    """

    metadata: dict[str, Any] = {"render_modes": list(MODES), "render_fps": 8}  # noqa: RUF012

    def __init__(
        self,
        game: str | Game,
        render_mode: str | None = None,
        opponent: Opponent | str | None = None,
        seat: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        self.game = game if isinstance(game, Game) else build(game, kwargs)
        self.opponent, self.seat = opponent, seat
        self._opponents = opponents(self.game, opponent, seat, 1)
        self._seat = self._place = 0  # of the learner among all, and among those that act at once
        self.render_mode = render_mode
        self.observation_space = self.game.observation_space
        self.action_space = held_space(self.game)
        self._choices, self._held = int(self.game.action_space.n), (len(self.game.buttons),)
        self._records = argument(self.game.blank_states(1))
        self._observation, self._mask = self.game.buffers(1)
        self._action, self._rewards = (
            np.zeros((1, self.game.acting), np.int64),
            np.zeros((1, self.game.seats)),
        )
        self._ended, self._cut, self._again = (np.zeros(1, np.bool_) for _ in range(3))
        written = (self._rewards, self._ended, self._cut, self._observation, self._mask)
        self._step = (self._records, self._action, self._again, *written)
        self._restart = (self._records, np.ones(1, np.bool_), self._observation, self._mask)
        self._joined = (self._records, self._action, self._observation, self._mask)
        self._replied = (self._records, self._again, Step(*written[:3]), self._observation, self._mask)
        self._index = self._observation.ndim == 2
        self._begun = False
        self.metadata = {**self.metadata, "render_fps": self.game.pace or self.metadata["render_fps"]}
        self._picture = Picture(self.game, render_mode, self.metadata["render_fps"])

    @property
    def state(self) -> np.record:
        return self._records.copy().view(np.recarray)[0]

    @property
    def symmetries(self) -> tuple[Symmetry, ...]:
        return self.game.symmetries

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
        if seed is None and not self._begun:
            seed = int(self.np_random.integers(2**63))
        if seed is not None:
            self._seed(seed)
        self._begun = True
        self.game.kernels.restart(*self._restart)
        if self._opponents is not None:
            self._opponents.begin(*self._restart)
            self._place = self._opponents.places.item()
        if self.render_mode == "human":
            self.render()
        return self._observed(), self._info()

    def _seed(self, seed: int) -> None:
        self._records["rng"][:] = seeded([seed])
        if self._opponents is not None:
            self._opponents.seed([0], [seed])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if not self._begun:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if self.game.buttons:
            action = int(number_of(action, self._held))
        if not (0 <= action < self._choices and self._mask.item(0, self._place, action)):
            self._refuse(action)
        self._action[0, self._place] = action
        if self._opponents is not None:
            self._opponents.join(*self._joined)
        self.game.kernels.step(*self._step)
        if self._opponents is not None:
            self._opponents.answer(*self._replied)
        if self.render_mode == "human":
            self.render()
        reward = self._rewards.item(self._seat)
        return self._observed(), reward, self._ended.item(), self._cut.item(), self._info()

    def _refuse(self, action: int) -> None:
        """Raise ValueError, unless the game is over and any action will do."""
        state = self._records.view(np.recarray)[0]
        if state.status == PLAYING or not 0 <= action < self._choices:
            raise ValueError(why_illegal(self.game, state, action))

    def _info(self) -> dict[str, Any]:
        info: dict[str, Any] = {"action_mask": self._mask[0, self._place].copy()}
        if self.game.seats > 1:
            seats = self._records["to_move"] if self._opponents is None else self._opponents.seats
            info["seat"] = self._seat = seats.item()
        return info

    def _observed(self) -> Any:
        return self._observation.item() if self._index else self._observation[0, self._place].copy()

    def action_masks(self) -> np.ndarray:
        return self._mask[0, self._place].astype(np.bool_)

    def get_keys_to_action(self) -> dict[str, Any]:
        """For `gymnasium.utils.play`, which knows keys of one character."""
        return keys_to_action(self.game)

    def render(self) -> np.ndarray | str | None:
        return self._picture.render(self._records.view(np.recarray)[0])

    def close(self) -> None:
        self._picture.close()
