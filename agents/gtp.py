"""How does any Go program play here that speaks GTP, GNU Go for one?"""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from typing import Any

import numpy as np

from agents.agent import Agent, BrokeDown, Resigned, Void
from agents.config import check_range
from agents.engine import Engine
from agents.task import Env, Task
from envs.bad_input import BadInput
from envs.generator import draws
from envs.view import Decision, View

_DEBIANS_GAMES = "/usr/games"  # where GNU Go lies, though not on every PATH
_COLOURS = ("B", "W")


class GtpAgent(Agent):
    """A program that speaks GTP 2, as in `gtp:gnugo --mode gtp --level 1`: all after `gtp:` is its command.

    No shell reads the command. The program is started when it is first needed and lives until `close`; where it
    breaks down it is killed, and the next game gets a fresh one. It is told each game move by move, and where it
    knows GNU Go's `set_random_seed`, a seed with each new game, so that the game can be played again.

    It plays goban with rules=area, and has to be told by its own options which superko and suicide rule that is: a
    move that the game forbids, or refusing one that it allows, is its fault.
    """

    name = "gtp"
    about = "any Go program that speaks GTP, as in `gtp:gnugo --mode gtp --level 1`"
    side_by_side = 1

    @dataclass(frozen=True)
    class Config:
        """
        command: program and arguments, as a shell would split them.
        startup_seconds: until it has answered its first commands.
        move_seconds: for each command after that.
        quit_seconds: to quit when asked to, before it is killed.
        """

        command: str = ""
        startup_seconds: float = 30.0
        move_seconds: float = 60.0
        quit_seconds: float = 2.0

        def __post_init__(self) -> None:
            for key in ("startup_seconds", "move_seconds", "quit_seconds"):
                check_range(key, getattr(self, key), 0.01, 1e6)

    config: Config

    def __init__(self, env: Env | Task, *, seed: int = 0, **settings: Any) -> None:
        super().__init__(env, seed=seed, **settings)
        game = self.task.game
        if game is None or game.name != "goban" or game.kwargs.get("rules", "area") != "area":
            raise BadInput(f"gtp: {self.task.spec} is no goban with rules=area, which is what engines play")
        self._game = game
        self._actions = {name.upper(): action for action, name in enumerate(game.action_names)}
        self._command = _found(self.config.command)
        self._engine: Engine | None = None
        self._told: list[str] | None = None  # `play` commands of the game it follows

    @classmethod
    def settings_of(cls, spec: str) -> dict[str, Any]:
        return {"command": spec.partition(":")[2]}

    def act(self, view: View) -> Decision:
        if view.states is None:
            raise BadInput("gtp: an engine follows whole games; an observation alone is not enough")
        rows = range(len(view.states))
        return Decision(np.array([self._choose(view.states[i], view.rng[i : i + 1]) for i in rows], np.int64))

    def ready(self) -> None:
        try:
            self._new_game(self._game.new_states([0])[0], 0)
        except (BrokeDown, Void) as error:
            self.close()
            raise BadInput(f"gtp: {self.config.command}: {error}") from error

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close(self.config.quit_seconds)
        self._engine = self._told = None

    def _choose(self, state: np.record, rng: np.ndarray) -> int:
        """Return the engine's move. It keeps nothing of a game in which it failed."""
        told, self._told = self._told, None
        wanted = self._plays(state)
        if told is None or wanted[: len(told)] != told or self._engine is None or not self._engine.alive:
            self._new_game(state, int(draws(rng)[0] >> np.uint64(33)))
            told = []
        for play in wanted[len(told) :]:
            self._ask(play)
        colour = _COLOURS[state.to_move]
        vertex = self._ask(f"genmove {colour}").upper()
        if vertex == "RESIGN":
            raise Resigned
        action = self._actions.get(vertex)
        if action is None:
            raise BrokeDown(f"made the move {vertex[:20]!r}, which is none on this board")
        if fault := self._game.fault(state, action):
            raise BrokeDown(f"made an illegal move: {fault}")
        self._told = [*wanted, f"play {colour} {self._game.action_names[action]}"]
        return action

    def _plays(self, state: np.record) -> list[str]:
        """Return the game so far as `play` commands: stones set up, then moves."""
        names = self._game.action_names
        setup, first = state.setup.ravel(), int(state.first)
        stones = [(setup[point] - 1, point) for point in np.flatnonzero(setup)]
        moves = [((first + ply) % 2, move) for ply, move in enumerate(state.move[: state.ply])]
        return [f"play {_COLOURS[seat]} {names[action]}" for seat, action in stones + moves]

    def _new_game(self, state: np.record, seed: int) -> None:
        if self._engine is None or not self._engine.alive:
            self._engine = Engine(self._command, self.config.startup_seconds)
            self._known = set(self._engine.ask("list_commands", self.config.startup_seconds).split())
        self._ask(f"boardsize {state.side}")
        self._ask("clear_board")
        self._ask(f"komi {state.komi / 2:g}")
        if "clear_cache" in self._known:  # of GNU Go, which else remembers the game before
            self._ask("clear_cache")
        if "set_random_seed" in self._known:
            self._ask(f"set_random_seed {seed}")

    def _ask(self, command: str) -> str:
        assert self._engine is not None
        return self._engine.ask(command, self.config.move_seconds)


def _found(command: str) -> list[str]:
    """Split the command and find its program. Raises BadInput."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise BadInput(f"gtp: {command}: {str(error)[0].lower()}{str(error)[1:]}") from error
    if not words:
        raise BadInput("gtp: say which program, as in gtp:gnugo --mode gtp --level 1")
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), _DEBIANS_GAMES])
    program = shutil.which(words[0], path=path)
    if program is None:
        raise BadInput(f"gtp: {words[0]}: no such program is installed")
    return [program, *words[1:]]
