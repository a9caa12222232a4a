"""How does an agent play that knows nothing? Uniformly among the legal actions."""

from __future__ import annotations

from typing import Any

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
        if not hasattr(self.task.action_space, "n"):
            raise BadInput(
                f"random: {self.task.spec} has {self.task.action_space}; it needs discrete actions"
            )

    def act(self, view: View) -> Decision:
        return Decision(pick_any(view.mask == 1, view.rng), policy=view.mask / view.mask.sum(axis=1)[:, None])
