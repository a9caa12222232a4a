"""What does noughts and crosses offer to the faces?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from gymnasium import spaces

from envs.bad_input import BadInput
from envs.game import Game, Kernels, record_dtype
from envs.symmetry import Symmetry, board_symmetries
from envs.view import Decision
from tests.games.tictactoe import rules

if TYPE_CHECKING:
    import pygame


_PLANES = Kernels(rules.restart, rules.step, rules.observe)
_NUMBERED = Kernels(rules.restart_numbered, rules.step_numbered, rules.observe_numbered)


class TicTacToe(Game):
    """Three in a row.

    Args:
        size: squares a side.
        row: how many in a row win.
        opening: how many random moves begin a game.
        forfeits: whether a seat may resign, too.
        numbered: whether the position is seen as a number, as a table needs it, and not as planes.
    """

    name = "tictactoe"
    about = "three in a row"
    rules_version = 1
    hides = False
    seats, acting = 2, 1
    reasons = rules.REASONS
    keys_to_action = {key: int(key) - 1 for key in "123456789"}  # noqa: RUF012

    def __init__(
        self, size: int = 3, row: int = 3, opening: int = 0, forfeits: bool = False, numbered: bool = False
    ) -> None:
        if not 2 <= size <= (4 if numbered else 9) or not 2 <= row <= size or not 0 <= opening < 2 * row - 1:
            raise BadInput(f"tictactoe: size={size}, row={row}, opening={opening} do not go together")
        self.kwargs = {"size": size, "row": row, "opening": opening, "forfeits": forfeits}
        self.template = np.zeros(1, _dtype(size * size)).view(np.recarray)
        state = self.template[0]
        state.side, state.row, state.opening, state.forfeits = size, row, opening, forfeits
        self.observation_space = spaces.Box(0, 1, (2, size, size), np.int8)
        self.kernels = _PLANES
        if numbered:
            self.kwargs["numbered"] = True
            self.observation_space = spaces.Discrete(3 ** (size * size))
            self.kernels = _NUMBERED
        self.action_names = tuple(f"{'abcdefghi'[x]}{size - y}" for y in range(size) for x in range(size))
        self.action_names += ("resign",) * forfeits
        self.action_space = spaces.Discrete(len(self.action_names))

    @cached_property
    def symmetries(self) -> tuple[Symmetry, ...]:
        if not self.observation_space.shape:
            return super().symmetries
        return board_symmetries(self.observation_space.shape, (1, 2), int(self.action_space.n))

    def places(self, state: np.record, seat: int = 0) -> np.recarray:
        return np.array([state], self.template.dtype).view(np.recarray)

    def picture_size(self, state: np.record) -> tuple[int, int]:
        return 60 * int(state.side), 60 * int(state.side)

    def draw(self, surface: pygame.Surface, state: np.record) -> None:
        import pygame

        surface.fill("white")
        width, height = surface.get_width() // state.side, surface.get_height() // state.side
        for cell in np.flatnonzero(state.square):
            box = pygame.Rect(cell % state.side * width, cell // state.side * height, width, height)
            surface.fill(
                ("white", "firebrick", "navy")[state.square[cell]], box.inflate(-width // 4, -height // 4)
            )

    def draw_overlay(
        self,
        surface: pygame.Surface,
        state: np.record,
        name: str,
        places: np.recarray,
        decision: Decision | None,
    ) -> None:
        raise NotImplementedError

    def text(self, state: np.record) -> str:
        side = int(state.side)
        marks = "".join(".xo"[mark] for mark in state.square[: side * side])
        return "\n".join(marks[y * side : (y + 1) * side] for y in range(side))


def _dtype(cells: int) -> np.dtype:
    fields = [
        ("side", "i2"),
        ("row", "i2"),
        ("opening", "i2"),
        ("forfeits", "u1"),
        ("square", "u1", (cells,)),
    ]
    return record_dtype(2, fields)
