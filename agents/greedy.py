"""Who takes what can be had at once, and looks no further? In each game its own greedy player."""

from __future__ import annotations

from typing import Any

from agents.agent import Agent
from agents.greedy_forager import GreedyForager
from agents.greedy_go import GreedyGo
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.view import Decision, View

_PLAYERS: dict[str, type[Agent]] = {"goban": GreedyGo, "gridworld": GreedyForager}


class Greedy(Agent):
    """Plays as `GreedyGo` in Go, and as `GreedyForager` in a gridworld with apples."""

    name = "greedy"
    about = "takes the stones it can in Go, the nearest apple in the gridworld: the first rung above random"

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        game = self.task.game
        if game is None or game.name not in _PLAYERS:
            raise BadInput(
                f"{self.name}: {self.task.spec} is neither Go nor a gridworld; it plays those only"
            )
        self._player = _PLAYERS[game.name](self.task, seed=seed, **settings)

    def act(self, view: View) -> Decision:
        return self._player.act(view)
