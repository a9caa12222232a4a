"""What stands in the record of one game of Go?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from envs.game import record_dtype


def longest_game(side: int) -> int:
    """Return how many plies a record of that size has room for: the highest move limit."""
    return max(5 * side * side // 2, 64)


@lru_cache
def state_dtype(side: int) -> np.dtype:
    """Return the record for boards of that size: 2.7 KiB for 9x9, 12.5 KiB for 19x19.

    A move is `row * side + column` from the top left, or `side * side`, a pass. The board of the record has an edge
    around it, so that every point has four neighbours: a row above, a row below, and one column that is at once
    right of a row and left of the next. `stones` shows it without.
    """
    points, plies = (side + 2) * (side + 1), longest_game(side)
    count = np.dtype("u1" if side <= 11 else "u2")  # of points, and of pairs of neighbours: 220 on 11x11
    return record_dtype(
        2,
        [
            # what changes in play
            ("captured", "i2", (2,)),  # stones captured by each seat
            ("passes", "i1"),  # in a row, just now
            ("board", "u1", (points,)),  # EMPTY, BLACK, WHITE or EDGE
            ("chain", count, (points,)),  # of a stone: the point that its chain goes by
            ("next", count, (points,)),  # of a stone: the next one of its chain, in a ring
            ("liberties", count, (points,)),  # by chain: its pairs of a stone and an empty neighbour
            ("once", "u1", (points,)),  # colours that have stood there: BLACK | WHITE for both
            ("move", "i2", (plies,)),  # by ply
            ("history", "u8", (plies,)),  # Zobrist key of the board before each ply
            ("key", "u8"),  # Zobrist key of the board now
            # the configuration
            ("side", "i2"),  # of the board; `points.side_of` says the same to the compiler
            ("komi", "i4"),  # half points
            ("superko", "u1"),  # SIMPLE, POSITIONAL or SITUATIONAL
            ("suicide", "u1"),  # 1: legal
            ("capture", "i2"),  # stones to capture to win; 0: the larger area wins
            ("move_limit", "i2"),  # plies until truncation
            ("opening", "i2"),  # random moves at the beginning
            ("first", "i1"),  # the seat that moves first
            ("margin", "u1"),  # 1: the reward is the margin in points; 0: win, draw or loss
            ("setup", "u1", (side, side)),  # the board at the beginning, without its edge
        ],
    )


def stones(states: np.recarray | np.record) -> np.ndarray:
    """Return EMPTY, BLACK or WHITE of every point without the edge, uint8 [..., side, side]: a view."""
    board, side = states.board, states.setup.shape[-1]
    return board.reshape(*board.shape[:-1], side + 2, side + 1)[..., 1:-1, :-1]
