"""How is a maze drawn from a seed?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.generator import draw

_FLOOR, _WALL, _START, _GOAL = 0, 1, 2, 3  # as in the rules, which import this module


@compiled
def carve(state):
    """Draw a perfect maze: every two rooms are joined by exactly one way, so every maze can be solved.

    Depth-first search with random order ("recursive backtracker"). The way back stands in `link` of each room, so
    it needs no stack. Rooms are the cells with odd row and column; the start is the first, the goal the last.
    """
    cols = np.int64(state.cols)
    cells = state.rows * cols
    for cell in range(cells):
        state.tile[cell] = _WALL
        state.link[cell] = -1
    room = cols + 1
    state.tile[room] = _FLOOR
    state.link[room] = room
    while True:
        ahead = _unseen(state, room)
        if ahead >= 0:
            state.tile[(room + ahead) // 2] = _FLOOR
            state.tile[ahead] = _FLOOR
            state.link[ahead] = room
            room = ahead
        elif state.link[room] == room:
            break
        else:
            room = state.link[room]
    for cell in range(cells):
        state.link[cell] = -1
    _number(state, cells)
    state.tile[cols + 1] = _START
    state.tile[cells - cols - 2] = _GOAL


@compiled
def _unseen(state, room):
    """Return a random neighbouring room that is still rock, or -1."""
    cols = np.int64(state.cols)
    row, col = room // cols, room % cols
    found = 0
    pick = -1
    for direction in range(4):
        to_row = row + (0, 0, 2, -2)[direction]
        to_col = col + (2, -2, 0, 0)[direction]
        if 0 < to_row < state.rows and 0 < to_col < cols and state.tile[to_row * cols + to_col] == _WALL:
            found += 1
            if draw(state, found) == 0:
                pick = to_row * cols + to_col
    return pick


@compiled
def _number(state, cells):
    """Number the open cells in reading order, for the index observation."""
    count = 0
    for cell in range(cells):
        state.number[cell] = count
        if state.tile[cell] != _WALL:
            count += 1
    state.open_cells = count
