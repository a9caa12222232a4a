"""What would perfect play be, where the model is known?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.agent import Agent
from agents.config import check_range
from agents.task import Env, Model, Task
from envs.bad_input import BadInput
from envs.view import Decision, View


class ValueIteration(Agent):
    """Value iteration: V(s) <- max over a of sum over s' of p(s'|s,a) (r + gamma V(s')).

    Sutton & Barton (2018), section 4.4. For any environment with a model `P` in the layout of Gymnasium's toy_text.

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

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        model = self.task.model()
        if model is None:
            raise BadInput(
                f"value_iteration: {self.task.spec} has no exact model P; obs=index of a fixed level has"
            )
        config = self.config
        self.value, self.q = solve(model, config.gamma, config.tolerance, config.max_sweeps)

    def act(self, view: View) -> Decision:
        states = np.asarray(view.observation, np.int64).reshape(-1)
        q = np.where(view.mask == 1, self.q[states], -np.inf)
        best = q.argmax(axis=1)
        return Decision(best, self.value[states], np.eye(q.shape[1])[best], self.q[states])


def solve(
    model: Model, gamma: float, tolerance: float, max_sweeps: int = 200_000
) -> tuple[np.ndarray, np.ndarray]:
    """Return V [states] and Q [states, actions]; raises BadInput where they do not settle."""
    from scipy.sparse import csr_array

    states, actions = len(model), len(model[0])
    row, col, odds = [], [], []
    reward = np.zeros(states * actions)
    for state, choices in model.items():
        for action, outcomes in choices.items():
            pair = state * actions + action
            for probability, successor, gain, terminated in outcomes:
                reward[pair] += probability * gain
                if not terminated:
                    row.append(pair)
                    col.append(successor)
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
