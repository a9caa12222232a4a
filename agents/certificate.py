"""How is a level of the platformer finished for certain? Along the route that is kept as its certificate."""

from __future__ import annotations

from typing import Any

import numpy as np

from agents.agent import Agent, BrokeDown
from agents.planner import platformer
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.platformer.certificates import FRAME_SKIP, certificate_of, level_digest
from envs.view import Decision, View


class CertificateAgent(Agent):
    """Plays the kept route of the level, ply by ply. It breaks down on a level that has none, and at the route's end.

    `line` is what is left of the route.
    """

    name = "certificate"
    about = "plays the route by which a platformer level is known to be finishable"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        game = platformer(self)
        if game.template.frame_skip[0] != FRAME_SKIP or game.buttons:
            raise BadInput(
                f"{self.name}: {game.spec}: routes are kept for frame_skip={FRAME_SKIP},actions=seven"
            )
        self._routes: dict[str, np.ndarray] = {}

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        left = [self._rest(state) for state in view.states.view(np.recarray)]
        line = np.full((len(left), max(map(len, left))), -1)
        for row, rest in zip(line, left, strict=True):
            row[: len(rest)] = rest
        actions = line[:, 0].copy()
        wrong = view.mask[np.arange(len(actions)), actions] == 0
        line[wrong] = -1
        line[wrong, 0] = actions[wrong] = view.mask[wrong].argmax(axis=1)
        return Decision(actions, policy=np.eye(view.mask.shape[1])[actions], line=line)

    def _rest(self, state: np.record) -> np.ndarray:
        digest = level_digest(state)
        if digest not in self._routes:
            found = certificate_of(state)
            if found is None:
                raise BrokeDown("knows no route through this level")
            self._routes[digest] = found.route
        route = self._routes[digest]
        if state.ply >= len(route):
            raise BrokeDown(f"has come to the end of its route, which has {len(route)} plies")
        return route[state.ply :]
