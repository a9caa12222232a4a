"""How is a board written as text, and read back?"""

from __future__ import annotations

import numpy as np

from envs.bad_input import BadInput

_MARKS = ".XO"  # empty, Black, White
COLUMNS = "ABCDEFGHJKLMNOPQRST"  # no I, as every Go program has it


def vertex(move: int, side: int) -> str:
    """Return the name of a move as Go players and programs write it: `A1` is in the corner below left."""
    row, col = divmod(move, side)
    return "pass" if move == side * side else f"{COLUMNS[col]}{side - row}"


def diagram(stones: np.ndarray) -> str:
    """Write stones [side, side] as lines from the top: `.` empty, `X` Black, `O` White."""
    return "\n".join("".join(_MARKS[stone] for stone in row) for row in stones)


def parse_diagram(text: str, side: int) -> np.ndarray:
    """Read a diagram of that size, its rows apart by line breaks or `/`, as uint8 [side, side].

    Raises BadInput for anything else.
    """
    rows = ["".join(row.split()) for row in text.strip().replace("/", "\n").splitlines()]
    if len(rows) != side or any(len(row) != side for row in rows):
        raise BadInput(f"goban: setup is not {side} rows of {side} points, as in setup=.X./XO./... on 3x3")
    if wrong := sorted(set("".join(rows)) - set(_MARKS)):
        raise BadInput(f"goban: setup has {wrong[0]!r}, where only . X and O can stand")
    return np.array([[_MARKS.index(mark) for mark in row] for row in rows], np.uint8)


def board_text(stones: np.ndarray) -> str:
    """Write stones [side, side] with coordinates around them."""
    side = len(stones)
    letters = "   " + " ".join(COLUMNS[:side])
    rows = [
        f"{side - row:2} {' '.join(line)} {side - row}"
        for row, line in enumerate(diagram(stones).splitlines())
    ]
    return "\n".join([letters, *rows, letters])
