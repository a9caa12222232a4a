"""Whose is each point as the board stands?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.goban.points import EDGE, EMPTY, around, side_of

_NOBODY = 4  # while it is counted


def territory(state: np.record) -> np.ndarray:
    """Return whose each point is as the board stands, uint8 [side, side]; EMPTY for nobody's."""
    side = side_of(state)
    owner = np.empty(len(state.board), np.uint8)
    area(state, owner)
    return owner.reshape(side + 2, side + 1)[1:-1, :-1]


@compiled
def area(state, owner):
    """Write whose each point is, uint8 [points] on the board with its edge, and return Black's points less White's.

    A point is of the colour that stands on it, or of the only colour that can be reached from it over empty points.
    """
    owner[:] = state.board
    region = np.empty(len(owner), np.int64)
    for point in range(len(owner)):
        if owner[point] == EMPTY:
            size, reached = explore(state, owner, point, region)
            for k in range(size):
                owner[region[k]] = reached if reached == 1 or reached == 2 else _NOBODY
    balance = 0
    for point in range(len(owner)):
        if owner[point] >= EDGE:
            owner[point] = EMPTY
        elif owner[point] > 0:
            balance += 1 if owner[point] == 1 else -1
    return balance


@inlined
def explore(state, owner, start, region):
    """Gather the empty points that hang together with one, marked as edge; return how many, and the colours beside."""
    region[0] = start
    owner[start] = EDGE
    size = 1
    reached = 0
    looked = 0
    while looked < size:
        for near in around(state, region[looked]):
            beside = state.board[near]
            if beside != EMPTY:
                reached |= beside if beside != EDGE else 0
            elif owner[near] == EMPTY:
                owner[near] = EDGE
                region[size] = near
                size += 1
        looked += 1
    return size, reached
