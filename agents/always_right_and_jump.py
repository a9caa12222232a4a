"""How far does one come in a platformer without looking? By holding right and run, and jumping all the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.agent import Agent
from agents.planner import platformer
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.platformer.physics import FAST, HOP, IN_AIR, RIGHT
from envs.view import Decision, View


class AlwaysRightAndJump(Agent):
    """Holds right, run and jump, and lets go of jump for a ply when it stands, so that it jumps again."""

    name = "always_right_and_jump"
    about = "holds right, run and jump: the lowest rung in the platformer"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        buttons = platformer(self).template.buttons[0].tolist()
        self._run, self._jump = buttons.index(RIGHT | FAST), buttons.index(RIGHT | FAST | HOP)

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        states = view.states.view(np.recarray)
        lets_go = (states.footing[:, 0] != IN_AIR) & (states.held[:, 0] == 1)
        actions = np.where(lets_go, self._run, self._jump)
        wrong = view.mask[np.arange(len(actions)), actions] == 0
        actions[wrong] = view.mask[wrong].argmax(axis=1)
        return Decision(actions, policy=np.eye(view.mask.shape[1])[actions])
