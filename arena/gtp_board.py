"""What is a game of Go to GTP, where colours need not take turns, two passes end nothing, and moves are undone?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.bad_input import BadInput
from envs.catalog import build
from envs.game import Game
from envs.goban.board_text import diagram
from envs.goban.points import BLACK, EMPTY
from envs.goban.rules import lead
from envs.goban.state import stones

_COLOURS = ("black", "white")


class Board:
    """The positions of one game, as records of goban: positional superko, no suicide.

    A colour that moves twice running has the other one pass in between, which counts towards no end of the game: to
    superko it is a board that has been there anyway. Who moves after two passes goes on with the same game. Only
    where the record has no more room, after 2.5 moves for each point, the game begins anew from the board as it
    stands, and superko forgets what was before.
    """

    def __init__(self, size: int, komi: float) -> None:
        """Raises BadInput where goban has no such size or komi."""
        self.game: Game = build("goban", {"size": size, "komi": komi})
        self.size = size
        self._past = [self.game.new_states([0])]

    @property
    def state(self) -> np.recarray:
        """The position, an array of one record."""
        return self._past[-1]

    @property
    def to_move(self) -> int:
        return int(self.state.to_move[0])

    @property
    def komi(self) -> float:
        return int(self.state.komi[0]) / 2

    @komi.setter
    def komi(self, komi: float) -> None:
        """Raises BadInput for one that is no whole or half number of points."""
        half_points = build("goban", {"size": self.size, "komi": komi}).template.komi
        for state in self._past:
            state.komi = half_points

    @property
    def empty(self) -> bool:
        return not self.state.ply[0] and not stones(self.state).any()

    def position(self, seat: int) -> np.recarray:
        """Return the position as one in which that seat is to move, whoever moved last and whether it was over."""
        state = self.state.copy()
        if state.ply[0] + 2 > state.move_limit[0]:
            state = self._begun(stones(state)[0], seat)
        if state.to_move[0] != seat:
            state.status = 0
            self.game.step(state, np.array([[self.size**2]]))
        elif not state.status[0]:
            return state
        state.status = state.reason = state.score = state.passes = 0
        return state

    def play(self, seat: int, action: int) -> bool:
        """Play a move; False where it is illegal."""
        state = self.position(seat)
        if self.game.fault(state[0], action):
            return False
        self.game.step(state, np.array([[action]]))
        self._past.append(state)
        return True

    def undo(self) -> bool:
        """Take the last move back; False where there is none."""
        if len(self._past) > 1:
            self._past.pop()
            return True
        return False

    def clear(self) -> None:
        self._past = [self._begun(np.zeros((self.size, self.size), np.uint8), 0)]

    def give_handicap(self, points: Sequence[int]) -> None:
        """Put black stones on the empty board; White is to move."""
        board = np.full((self.size, self.size), EMPTY, np.uint8)
        board.flat[list(points)] = BLACK
        self._past = [self._begun(board, 1)]

    def follow(self, state: np.recarray, actions: Sequence[int]) -> None:
        """Take over a game of this size from a position on."""
        self._past = [state]
        for action in actions:
            state = state.copy()
            self.game.step(state, np.array([[action]]))
            self._past.append(state)

    def _begun(self, board: np.ndarray, first: int) -> np.recarray:
        setup = "/".join(diagram(board).splitlines())
        settings = {"size": self.size, "komi": self.komi, "setup": setup, "first": _COLOURS[first]}
        return build("goban", settings).new_states([0])

    def text(self) -> str:
        """Return the board, what was captured, and whose turn it is."""
        state = self.state[0]
        captured = f"Black has captured {state.captured[0]}, White {state.captured[1]}; komi {self.komi:g}"
        return f"{self.game.text(state)}\n{captured}; {self.game.seat_names[self.to_move]} to move"

    def score(self) -> str:
        """Return the score of the board as it stands, `B+3.5`, `W+0.5` or `0`."""
        half_points = int(lead(self.state[0]))
        return f"{'B' if half_points > 0 else 'W'}+{abs(half_points) / 2:g}" if half_points else "0"

    def chains(self) -> list[list[str]]:
        """Return the chains on the board, each as the names of its stones."""
        chains: dict[int, list[str]] = {}
        names, found = stones(self.state)[0].ravel(), self.state.chain[0]
        for action in np.flatnonzero(names):
            place = action + action // self.size + self.size + 1
            chains.setdefault(int(found[place]), []).append(self.game.action_names[action])
        return list(chains.values())


def most_handicap(size: int) -> int:
    """Return for how many handicap stones GTP 2, section 4.1.1, has a place."""
    if size < 7:
        return 0
    return 9 if size % 2 and size > 7 else 4


def handicap_points(size: int, count: int) -> list[int]:
    """Return where so many handicap stones go, by the table of GTP 2. Raises BadInput for too few or too many."""
    near = 3 if size > 12 else 2
    far, middle = size - 1 - near, size // 2
    if not 2 <= count <= most_handicap(size):
        raise BadInput("invalid number of stones")
    corners = [(far, near), (near, far), (near, near), (far, far)]
    sides = [(middle, near), (middle, far), (far, middle), (near, middle)]
    points = corners + sides[: count - count % 2 - 4] if count > 5 else corners[:count]
    if count in (5, 7, 9):
        points = [*points[: count - 1], (middle, middle)]
    return [row * size + col for row, col in points]
