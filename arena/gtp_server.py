"""What does an agent behind GTP do at each command?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from agents.agent import BrokeDown, Resigned, Void
from agents.catalog import make_agent
from arena.gtp_analysis import kata, leela
from arena.gtp_board import Board, handicap_points, most_handicap
from arena.gtp_lines import action, answer, lines, number, seat, whole
from envs.bad_input import BadInput
from envs.generator import seeded
from envs.view import Decision, View

Words = Sequence[str]


class Server:
    """An agent and a board; for a board of another size the agent is made anew.

    Args:
        spec: of the agent.
        size: of the board at the beginning.
        komi: likewise.
        seed: of the agent's chance.

    Raises:
        BadInput: an unsuitable agent, size or komi.
    """

    def __init__(self, spec: str, size: int = 9, komi: float = 7.5, seed: int = 0) -> None:
        self._spec = spec
        self._rng = seeded([seed])
        self._board = Board(size, komi)
        self._agent = make_agent(spec, self._board.game)
        self._over = False
        self._commands: dict[str, Callable[[Words], str]] = {
            "protocol_version": lambda _: "2",
            "name": lambda _: f"gamelab {self._spec}",
            "version": lambda _: _version(),
            "known_command": lambda words: str(bool(words) and words[0] in self._commands).lower(),
            "list_commands": lambda _: "\n".join(self._commands),
            "quit": self._quit,
            "boardsize": self._boardsize,
            "clear_board": self._clear_board,
            "komi": self._komi,
            "fixed_handicap": self._fixed_handicap,
            "place_free_handicap": self._place_free_handicap,
            "set_free_handicap": self._set_free_handicap,
            "loadsgf": self._loadsgf,
            "play": self._play,
            "genmove": self._genmove,
            "reg_genmove": self._reg_genmove,
            "undo": self._undo,
            "time_settings": self._time_settings,
            "time_left": self._time_left,
            "final_score": lambda _: self._board.score(),
            "final_status_list": self._final_status_list,
            "showboard": self._showboard,
            "set_random_seed": self._set_random_seed,
            "lz-analyze": partial(self._analyze, self._leela),
            "lz-genmove_analyze": partial(self._genmove_analyze, self._leela),
            "kata-analyze": partial(self._analyze, self._kata),
            "kata-genmove_analyze": partial(self._genmove_analyze, self._kata),
        }

    def serve(self, asked: BinaryIO, answers: BinaryIO) -> None:
        """Answer line after line, until `quit` or the last one. Raises BadInput where the agent cannot begin."""
        try:
            self._agent.ready()
            for line in lines(asked):
                answers.write(self.respond(line).encode())
                answers.flush()
                if self._over:
                    break
        finally:
            self._agent.close()

    def respond(self, line: str) -> str:
        """Return the whole answer to a line, nothing to a line without a command."""
        return answer(line, self._obey)

    def _obey(self, command: str, words: Words) -> str:
        if command not in self._commands:
            raise BadInput("unknown command")
        return self._commands[command](words)

    @property
    def _names(self) -> tuple[str, ...]:
        return self._board.game.action_names

    def _quit(self, words: Words) -> str:
        self._over = True
        return ""

    # the board

    def _boardsize(self, words: Words) -> str:
        size = whole(words)
        try:
            self._take(Board(size, self._board.komi))
        except BadInput:
            raise BadInput("unacceptable size") from None
        return ""

    def _take(self, board: Board) -> None:
        """Play on that board from now on. Raises BadInput where the agent cannot."""
        if board.size != self._board.size:
            agent = make_agent(self._spec, board.game)
            self._agent.close()
            self._agent = agent
        self._board = board

    def _clear_board(self, words: Words) -> str:
        self._board.clear()
        return ""

    def _komi(self, words: Words) -> str:
        self._board.komi = number(words)
        return ""

    def _fixed_handicap(self, words: Words) -> str:
        return self._give(handicap_points(self._board.size, whole(words)))

    def _place_free_handicap(self, words: Words) -> str:
        """Place where the fixed stones go, and fewer if asked for more than there are, as GTP allows."""
        return self._give(
            handicap_points(self._board.size, min(whole(words), most_handicap(self._board.size)))
        )

    def _set_free_handicap(self, words: Words) -> str:
        points = [action([word], self._names) for word in words]
        if len(set(points)) < max(2, len(points)) or max(points) == self._board.size**2:
            raise BadInput("bad vertex list")
        return self._give(points) and ""

    def _give(self, points: Sequence[int]) -> str:
        if not self._board.empty:
            raise BadInput("board not empty")
        self._board.give_handicap(points)
        return " ".join(self._names[point] for point in points)

    def _loadsgf(self, words: Words) -> str:
        from replays.sgf.reading import read_sgf

        upto = whole(words[-1:]) - 1 if len(words) > 1 and words[-1].isdigit() else None
        try:
            found = read_sgf(Path(" ".join(words if upto is None else words[:-1])))
            board = Board(found.game.kwargs["size"], found.game.kwargs["komi"])
            board.follow(found.game.new_states([0]), found.actions[:upto])
            self._take(board)
        except BadInput as error:
            raise BadInput(f"cannot load file: {error}") from None
        return ""

    # the moves

    def _play(self, words: Words) -> str:
        who = seat(words)
        if not self._board.play(who, action(words[1:], self._names)):
            raise BadInput("illegal move")
        return ""

    def _undo(self, words: Words) -> str:
        if not self._board.undo():
            raise BadInput("cannot undo")
        return ""

    def _decide(self, who: int) -> Decision | None:
        """Return what the agent would do as that seat; None: it resigns."""
        state = self._board.position(who)
        observation, mask = self._board.game.observe(state)
        try:
            view = View(observation[:, 0], mask[:, 0], self._rng, state, seat=np.array([who]))
            return self._agent.act(view)
        except Resigned:
            return None
        except (BrokeDown, Void) as error:
            raise BadInput(f"{self._spec} {error}") from error

    def _move(self, who: int, decision: Decision | None) -> str:
        if decision is None:
            return "resign"
        chosen = int(decision.actions[0])
        if not self._board.play(who, chosen):
            raise BadInput(f"{self._spec} chose the illegal move {chosen}")
        return self._names[chosen]

    def _genmove(self, words: Words) -> str:
        who = seat(words)
        return self._move(who, self._decide(who))

    def _reg_genmove(self, words: Words) -> str:
        decision = self._decide(seat(words))
        return "resign" if decision is None else self._names[int(decision.actions[0])]

    def _analyze(self, written: Callable[[Decision, Words], str], words: Words) -> str:
        """Say once what the agent thinks; it does not think on until the next command, as other engines do."""
        decision = self._decide(self._thinker(words))
        return "" if decision is None else f"\n{written(decision, words)}"

    def _genmove_analyze(self, written: Callable[[Decision, Words], str], words: Words) -> str:
        who = self._thinker(words)
        decision = self._decide(who)
        said = "" if decision is None else written(decision, words)
        return f"\n{said}\nplay {self._move(who, decision)}"

    def _leela(self, decision: Decision, words: Words) -> str:
        return leela(decision, self._names)

    def _kata(self, decision: Decision, words: Words) -> str:
        return kata(decision, self._names, ("ownership", "true") in pairwise(words))

    def _thinker(self, words: Words) -> int:
        """Return the seat that the arguments begin with, if they do, or that to move."""
        try:
            return seat(words)
        except BadInput:
            return self._board.to_move

    def _set_random_seed(self, words: Words) -> str:
        self._rng = seeded([whole(words)])
        return ""

    # time, which is for the agent's own settings to say

    def _time_settings(self, words: Words) -> str:
        for at in range(3):
            whole(words[at:])
        return ""

    def _time_left(self, words: Words) -> str:
        seat(words)
        return self._time_settings(["0", *words[1:]])

    # the result

    def _final_status_list(self, words: Words) -> str:
        """Call every stone alive: the score is that of the board as it stands."""
        if not words or words[0] not in ("alive", "dead", "seki"):
            raise BadInput("syntax error")
        return "\n".join(map(" ".join, self._board.chains())) if words[0] == "alive" else ""

    def _showboard(self, words: Words) -> str:
        return "\n" + self._board.text()


def _version() -> str:
    try:
        return version("gamelab")
    except PackageNotFoundError:  # run from its folder, not installed
        return "unknown"
