"""Where on a picture does each point of the board lie?"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import NamedTuple

import numpy as np

Box = tuple[int, int, int, int]  # left, top, width, height in pixels

_LETTERED = 17  # pixels from line to line from which on coordinates and captures can be read
_FOOT = 20  # pixels that the foot is high at least
_WITH, _WITHOUT = (
    1.2,
    0.62,
)  # distance of the outer line from the edge of the wood in lines, with coordinates or not


class Layout(NamedTuple):
    """A board of `side` lines a way in the middle of a picture.

    cell: pixels from line to line, 0 where there is no room for that. corner: the middle of the point top left.
    wood: the board. foot: below it, for captures and result; without height where they could not be read, and then
    there are no coordinates either.
    """

    side: int
    cell: int
    corner: tuple[int, int]
    wood: Box
    foot: Box

    @property
    def lettered(self) -> bool:
        return self.foot[3] > 0

    def middle(self, point: int) -> tuple[int, int]:
        row, col = divmod(point, self.side)
        return self.corner[0] + col * self.cell, self.corner[1] + row * self.cell


@lru_cache(maxsize=64)
def layout(side: int, size: tuple[int, int]) -> Layout:
    """Return the largest board that fits into (width, height) pixels."""
    for margin, share, lowest, least in ((_WITH, _foot(side), _FOOT, _LETTERED), (_WITHOUT, 0.0, 0, 0)):
        across = side - 1 + 2 * margin
        width, height = size[0] - 1, size[1] - 1  # a line is a pixel wide
        cell = int(max(0, min(width / across, height / (across + share), (height - lowest) / across)))
        if cell >= least:
            break
    cell = cell if cell > 1 else 0
    edge, high = int(margin * cell), max(int(share * cell), lowest)
    wide = (side - 1) * cell + 2 * edge + 1
    left, top = (size[0] - wide) // 2, (size[1] - wide - high) // 2
    return Layout(
        side, cell, (left + edge, top + edge), (left, top, wide, wide), (left, top + wide, wide, high)
    )


def _foot(side: int) -> float:
    """Return the height of the foot in lines: high enough to be read below a small board too."""
    return 0.3 + 0.035 * side


def picture_size(state: np.record) -> tuple[int, int]:
    """Return (width, height) in pixels of a board that fits most windows."""
    side = int(state.side)
    cell = max(34, min(64, 720 // side))
    across = side - 1 + 2 * _WITH
    return ceil(across * cell) + 1, ceil((across + _foot(side)) * cell) + 1


def action_at(state: np.record, size: tuple[int, int], place: tuple[int, int]) -> int | None:
    """Return the point that lies there on a drawing of (width, height) pixels, or None off the board."""
    board = layout(int(state.side), size)
    if board.cell == 0:
        return None
    col, row = (
        (at - first + board.cell // 2) // board.cell for at, first in zip(place, board.corner, strict=True)
    )
    return row * board.side + col if 0 <= row < board.side and 0 <= col < board.side else None
