"""What would perfect play be, where the model is known?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from gymnasium import spaces

from agents.agent import Agent
from agents.config import check_range
from agents.task import Env, Model, Task
from envs.bad_input import BadInput
from envs.view import Decision, View


class ValueIteration(Agent):
    """Value iteration: V(s) <- max over a of sum over s' of p(s'|s,a) (r + gamma V(s')).

    Sutton & Barton (2018), section 4.4. For any environment with a model `P` in the layout of Gymnasium's
    toy_text, numbered as its observations and actions are.
    """

    name = "value_iteration"
    about = "plans on the exact model: the best that can be done"

    @dataclass(frozen=True)
    class Config:
        """
        gamma: discount, 0 to 1. With 1 every policy must end somewhere, or values need not settle.
        tolerance: how far V may be from the optimum, by the bound of Puterman (1994), theorem 6.3.1.
        max_sweeps: give up after so many.
        """

        gamma: float = 0.99
        tolerance: float = 1e-9
        max_sweeps: int = 200_000

        def __post_init__(self) -> None:
            check_range("gamma", self.gamma, 0, 1)
            check_range("tolerance", self.tolerance, 0, 1)
            check_range("max_sweeps", self.max_sweeps, 1, 10**9)

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        model = self.task.model()
        if model is None or not _fits(model, self.task.observation_space, self.task.action_space):
            raise BadInput(
                f"value_iteration: {self.task.spec} has no exact model P; obs=index of a fixed level has"
            )
        self._first_state, self._first_action = min(model), min(model[min(model)])
        config = self.config
        self.value, self.q = solve(model, config.gamma, config.tolerance, config.max_sweeps)

    def act(self, view: View) -> Decision:
        states = np.asarray(view.observation, np.int64).reshape(-1) - self._first_state
        q = np.where(view.mask == 1, self.q[states], -np.inf)
        best = q.argmax(axis=1)
        return Decision(
            best + self._first_action, self.value[states], np.eye(q.shape[1])[best], self.q[states]
        )


def _fits(model: Any, seen: spaces.Space, done: spaces.Space) -> bool:
    """Return whether P has every action of every state, numbered as the spaces are."""
    if not isinstance(seen, spaces.Discrete) or not isinstance(done, spaces.Discrete):
        return False
    states, actions = (set(range(space.start, space.start + space.n)) for space in (seen, done))
    return (
        isinstance(model, dict)
        and model.keys() == states
        and all(p.keys() == actions for p in model.values())
    )


def solve(
    model: Model, gamma: float, tolerance: float, max_sweeps: int = 200_000
) -> tuple[np.ndarray, np.ndarray]:
    """Return V [states] and Q [states, actions]; raises BadInput where they do not settle."""
    from scipy.sparse import csr_array

    first_state, first_action = min(model), min(model[min(model)])
    states, actions = len(model), len(model[first_state])
    row, col, odds = [], [], []
    reward = np.zeros(states * actions)
    for state, choices in model.items():
        for action, outcomes in choices.items():
            pair = (state - first_state) * actions + action - first_action
            for probability, successor, gain, terminated in outcomes:
                reward[pair] += probability * gain
                if not terminated:
                    row.append(pair)
                    col.append(successor - first_state)
                    odds.append(probability)
    onward = csr_array((odds, (row, col)), shape=(states * actions, states))
    value = np.zeros(states)
    enough = tolerance * (1 - gamma) / (2 * gamma) if 0 < gamma < 1 else tolerance
    for _ in range(max_sweeps):
        q = reward + gamma * (onward @ value)
        better = q.reshape(states, actions).max(axis=1)
        change = np.abs(better - value).max()
        value = better
        if change <= max(enough, 1e-14 * np.abs(value).max()):
            return value, q.reshape(states, actions)
    raise BadInput(f"value_iteration: no convergence in {max_sweeps} sweeps; give a gamma below {gamma}")
