"""What stands on a point of the board, and which points are beside it?"""

from __future__ import annotations

from envs.compiled import inlined

EMPTY, BLACK, WHITE, EDGE = range(4)


@inlined
def side_of(state):
    """Return the side of the board: as a length it is a constant to the compiler."""
    return len(state.setup)


@inlined
def point_of(state, move):
    """Return where the point with that number stands on the board with its edge."""
    return move + move // side_of(state) + side_of(state) + 1


@inlined
def pass_of(state):
    """Return the number of the pass."""
    return side_of(state) * side_of(state)


@inlined
def around(state, point):
    width = side_of(state) + 1
    return point - width, point - 1, point + 1, point + width
