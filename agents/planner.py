"""How is a platformer played by whoever can look ahead? By searching for a route to the flag, and going along it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from agents.agent import Agent
from agents.config import check_range
from agents.route_search import Route, RouteSearch
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.game import Game
from envs.view import Decision, View

_REMEMBERED = 10_000  # steps of routes; a game in progress needs one
_WAIT = 8  # plies to stand still where nothing leads on


class _Step(NamedTuple):
    """A place on a route: how many of its plies are behind, and the score in the end, NaN if it misses the flag."""

    actions: np.ndarray
    done: int
    score: float


class Planner(Agent):
    """Searches for a route to the flag through the real physics, once, and keeps to it.

    Where the search does not come to the flag it goes the way that leads nearest to it, and searches again from there.
    `line` is the route, `value` what it will earn until the flag; NaN where it does not lead there.
    """

    name = "planner"
    about = "plays the platformer by A* through its physics: a yardstick that knows the rules"
    side_by_side = 1

    @dataclass(frozen=True)
    class Config:
        """
        nodes: places to look at for one route before it gives up, about 500,000 a second. Drawn levels at difficulty
            0.7 take 2,800 in the mean.
        weight: how much the way to go counts beside the way gone. Less finds shorter routes, and takes longer.
        """

        nodes: int = 600_000
        weight: float = 1.5

        def __post_init__(self) -> None:
            check_range("nodes", self.nodes, 100, 10_000_000)
            check_range("weight", self.weight, 0.0, 100.0)

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        self._game = platformer(self)
        self._search = RouteSearch(self._game.template, self.config.nodes, self.config.weight)
        self._steps: OrderedDict[bytes, _Step] = OrderedDict()

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput(f"{self.name}: needs the states of the games, not only what is observed")
        states = view.states.view(np.recarray)
        steps = [self._step_of(state) for state in states]
        actions = np.array([step.actions[step.done] for step in steps])
        wrong = view.mask[np.arange(len(actions)), actions] == 0
        actions[wrong] = view.mask[wrong].argmax(axis=1)
        self._remember(states.copy(), actions, steps)
        line = np.full((len(actions), max(len(step.actions) - step.done for step in steps)), -1)
        for row, step in zip(line, steps, strict=True):
            row[: len(step.actions) - step.done] = step.actions[step.done :]
        line[wrong] = -1
        line[wrong, 0] = actions[wrong]
        value = (np.array([step.score for step in steps]) - states.score[:, 0]) / self._game.score_unit
        return Decision(actions, value, np.eye(view.mask.shape[1])[actions], line=line)

    def _step_of(self, state: np.record) -> _Step:
        """Return where on a route the state is: on one that is remembered, or at the start of a new one."""
        key = _key(state)
        if key not in self._steps:
            route = self._search.route(state)
            self._put(key, _Step(route.actions, 0, self._final_score(state, route)))
            if not len(route.actions):
                self._put(key, _Step(np.zeros(_WAIT, np.int64), 0, np.nan))
        self._steps.move_to_end(key)
        return self._steps[key]

    def _final_score(self, state: np.record, route: Route) -> float:
        if not route.reaches_flag:
            return np.nan
        states = np.array([state], state.dtype).view(np.recarray)
        for action in route.actions:
            self._game.step(states, np.array([[action]]))
        return float(states.score[0, 0])

    def _remember(self, states: np.recarray, actions: np.ndarray, steps: list[_Step]) -> None:
        """Note where on the routes the games will be next."""
        self._game.step(states, actions[:, None])
        for state, action, step in zip(states, actions, steps, strict=True):
            if action == step.actions[step.done] and step.done + 1 < len(step.actions):
                self._put(_key(state), step._replace(done=step.done + 1))

    def _put(self, key: bytes, step: _Step) -> None:
        self._steps[key] = step
        if len(self._steps) > _REMEMBERED:
            self._steps.popitem(last=False)


def _key(state: np.record) -> bytes:
    return blake2b(state.tobytes(), digest_size=16).digest()


def platformer(agent: Agent) -> Game:
    """Return the agent's game; raises BadInput unless it is a platformer of one runner, whose seat is plain."""
    game = agent.task.game
    if game is None or game.name != "platformer":
        raise BadInput(f"{agent.name}: {agent.task.spec} is no platformer; it plays that only")
    if game.seats > 1:
        raise BadInput(f"{agent.name}: {agent.task.spec} is a race; it plays alone")
    return game
