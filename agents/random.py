"""How does an agent play that knows nothing? Uniformly among the legal actions."""

from __future__ import annotations

from typing import Any

from gymnasium import spaces

from agents.agent import Agent
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.generator import pick_any
from envs.view import Decision, View


class RandomAgent(Agent):
    name = "random"
    about = "any legal action, all equally likely; the floor of every ladder"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        space = self.task.action_space
        if not isinstance(space, spaces.Discrete):
            raise BadInput(f"random: {self.task.spec} has actions {space}; it needs Discrete ones")
        self._first_action = int(space.start)

    def act(self, view: View) -> Decision:
        actions = pick_any(view.mask == 1, view.rng) + self._first_action
        return Decision(actions, policy=view.mask / view.mask.sum(axis=1)[:, None])
