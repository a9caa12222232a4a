"""Which small environments, of no lab's making, do the agents' tests play?"""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from agents.task import Model


class Modelled(gymnasium.Env):
    """Plays by a model P from its first state, with states and actions numbered from wherever P begins.

    masks: which actions are legal in which state, int8 [S, A], told at every step, or only at the reset;
    playing another one is an error.
    """

    def __init__(self, P: Model, masks: np.ndarray | None = None, only_at_reset: bool = False) -> None:
        self.P, self.masks, self.only_at_reset = P, masks, only_at_reset
        self.first_state, self.first_action = min(P), min(P[min(P)])
        self.observation_space = spaces.Discrete(len(P), start=self.first_state)
        self.action_space = spaces.Discrete(len(P[self.first_state]), start=self.first_action)
        self.played: list[tuple[int, int]] = []

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.state = self.first_state
        return self.state, self._info(at_reset=True)

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        if self.masks is not None:
            assert self.masks[self.state - self.first_state, action - self.first_action], "an illegal action"
        self.played.append((self.state, int(action)))
        outcomes = self.P[self.state][int(action)]
        pick = self.np_random.choice(len(outcomes), p=[odds for odds, *_ in outcomes])
        _, self.state, reward, terminated = outcomes[pick]
        return self.state, reward, terminated, False, self._info(at_reset=False)

    def _info(self, at_reset: bool) -> dict[str, Any]:
        if self.masks is None or (self.only_at_reset and not at_reset):
            return {}
        return {"action_mask": self.masks[self.state - self.first_state].copy()}


def loop(terminated: bool) -> Model:
    """One state that pays 1 and leads to itself, or ends."""
    return {0: {0: [(1.0, 0, 1.0, terminated)]}}


def chain(first: int = 0) -> Model:
    """Two states, whose optimum is worked out in `chain_values`; numbered from `first`.

    In the near state action a pays 1 and ends; action b leads, half the time, to the far one and pays
    nothing. In the far state a pays 1 and stays, b pays 3 and goes back.
    """
    near, far, a, b = first, first + 1, first, first + 1
    return {
        near: {a: [(1.0, near, 1.0, True)], b: [(0.5, far, 0.0, False), (0.5, near, 0.0, False)]},
        far: {a: [(1.0, far, 1.0, False)], b: [(1.0, near, 3.0, False)]},
    }


def chain_values(gamma: float) -> tuple[float, float]:
    """Return the best value of the near and of the far state, as the best of the four policies by hand."""
    odds = gamma / 2 / (1 - gamma / 2)  # what reaching the far state is discounted by, from the near one by b
    stay = 1 / (1 - gamma)
    back_and_end, back_and_forth = 3 + gamma, 3 / (1 - gamma * odds)
    candidates = [
        (1.0, stay),
        (1.0, back_and_end),
        (odds * stay, stay),
        (odds * back_and_forth, back_and_forth),
    ]
    return max(near for near, _ in candidates), max(far for _, far in candidates)


class MaximizationBias(gymnasium.Env):
    """Sutton & Barton (2018), example 6.7: left of the start wait many bad bets with a mean of -0.1.

    Action 0 goes left, where each of ten actions pays a normal of mean -0.1 and deviation 1 and ends; action
    1 ends at once and pays nothing. Never going left is best.
    """

    observation_space = spaces.Discrete(2)
    action_space = spaces.Discrete(10)

    def __init__(self) -> None:
        self.went_left: list[bool] = []  # one an episode

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[int, dict[str, Any]]:
        super().reset(seed=seed)
        self.state = 0
        return 0, {"action_mask": np.array([1, 1] + 8 * [0], np.int8)}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        mask = {"action_mask": np.ones(10, np.int8)}
        if self.state == 1:
            return 1, self.np_random.normal(-0.1, 1.0), True, False, mask
        self.went_left.append(action == 0)
        self.state = 1
        return 1, 0.0, action == 1, False, mask
