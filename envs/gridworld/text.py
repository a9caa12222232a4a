"""How does a gridworld look in a terminal?"""

from __future__ import annotations

import numpy as np

from envs.gridworld.rules import APPLE, DOOR, END, KEY, PORTAL, SIGNPOST
from envs.gridworld.signpost import pointing

_MARKS = ".#SGgx~*o"


def map_text(state: np.record) -> str:
    """Return the map as it stands, with the foragers as @, & and so on."""
    rows, cols = int(state.rows), int(state.cols)
    marks = [_mark(state, cell) for cell in range(rows * cols)]
    for seat, cell in enumerate(state.cell):
        if not state.out[seat]:
            marks[cell] = "@&%$+=?!"[seat]
    return "\n".join("".join(marks[row * cols : (row + 1) * cols]) for row in range(rows))


def _mark(state: np.record, cell: int) -> str:
    tile, link = state.tile[cell], int(state.link[cell])
    if tile == APPLE:
        return "o" if int(state.ripe) >> link & 1 else "."
    if tile == KEY:
        return "." if any(int(held) >> link & 1 for held in state.held) else "abcd"[link]
    if tile == DOOR:
        return "ABCD"[link]
    if tile == SIGNPOST:
        return "^>v<"[pointing(state)]
    if tile == END:
        return "e"
    return "0" if tile == PORTAL else _MARKS[tile]
