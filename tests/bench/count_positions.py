"""How many positions of Go are there on 4x4? As many as are known to be, by laying every board with our rules.

Run by `make bench`. Tromp & Farnebäck, "Combinatorics of Go" (2007), table 1.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from envs.compiled import argument, compiled
from envs.goban.game import Goban
from envs.goban.points import point_of
from envs.goban.rules import begin

POSITIONS = {2: 57, 3: 12_675, 4: 24_318_165}


@compiled
def lay_all(state, stands):
    """Lay every board in turn as a setup, and write which stand: those that lose no stone by being laid.

    stands: bool [3 ** points], by the number of which the first point is the lowest digit to base 3.
    """
    points = state.side * state.side
    for board in range(len(stands)):
        rest = board
        for move in range(points):
            state.setup[move // state.side, move % state.side] = rest % 3
            rest //= 3
        begin(state)
        stands[board] = True
        for move in range(points):
            stands[board] &= (
                state.board[point_of(state, move)] == state.setup[move // state.side, move % state.side]
            )


def standing(side: int) -> np.ndarray:
    """Return for every board of that size whether each of its chains has a liberty, bool [3 ** points]."""
    stands = np.empty(3 ** (side * side), np.bool_)
    lay_all(argument(Goban(size=side).blank_states(1))[0], stands)
    return stands


def main() -> int:
    start = time.perf_counter()
    count = int(standing(4).sum())
    print(f"positions on 4x4: {count:,} in {time.perf_counter() - start:.0f} s; known: {POSITIONS[4]:,}")
    return int(count != POSITIONS[4])


if __name__ == "__main__":
    sys.exit(main())
