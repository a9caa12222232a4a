"""How does a game go on when both sides play at random but do not fill their eyes?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.generator import draw
from envs.goban.chains import is_suicide, place
from envs.goban.points import EDGE, EMPTY, around, pass_of, side_of
from envs.goban.rules import lead


@compiled
def is_eye(state, point, colour):
    """Return whether an empty point is an eye that its owner had better leave open.

    All four neighbours are that colour's, and of the diagonals one may be the opponent's, or none at the edge: the
    usual rule of Monte Carlo Go (Brügmann 1993).
    """
    for near in around(state, point):
        if state.board[near] != colour and state.board[near] != EDGE:
            return False
    width = side_of(state) + 1
    opponents = edges = 0
    for corner in (point - width - 1, point - width + 1, point + width - 1, point + width + 1):
        opponents += state.board[corner] == 3 - colour
        edges += state.board[corner] == EDGE
    return opponents + (edges > 0) < 2


@compiled
def play_out(state, empty, first_by):
    """Play on to the end in place, and return by how many half points Black is ahead there.

    Nobody fills an eye or plays suicide, a ko may not be taken back at once, and who has no move passes. The history
    of the record is left as it is, so it can be played on no further by the rules.

    Args:
        empty: scratch, int64 [points].
        first_by: int64 [points]; is filled with the colour that was the first to play on each point, 0 for none.
    """
    first_by[:] = 0
    colour = state.to_move + 1
    count = gather(state, empty)
    ko = -1
    passes = state.passes
    for _ in range(3 * pass_of(state)):
        k = choose(state, empty, count, colour, ko)
        if k < 0:
            passes += 1
            ko = -1
            if passes == 2:
                break
        else:
            passes = 0
            point = empty[k]
            if first_by[point] == 0:
                first_by[point] = colour
            before = state.captured[colour - 1]
            place(state, point, colour)
            taken = state.captured[colour - 1] - before
            count -= 1
            empty[k] = empty[count]
            ko = -1
            if taken > 0:
                if 0 < state.capture <= state.captured[colour - 1]:
                    return 2 if colour == 1 else -2
                count = gather(state, empty)
                if taken == 1:
                    ko = ko_after(state, point)
        colour = 3 - colour
    return lead(state)


@inlined
def gather(state, empty):
    """List the empty points, and return how many there are."""
    count = 0
    for point in range(side_of(state) + 1, len(state.board) - side_of(state) - 1):
        if state.board[point] == EMPTY:
            empty[count] = point
            count += 1
    return count


@inlined
def choose(state, empty, count, colour, ko):
    """Draw one of the empty points where the colour may sensibly play, and return its place in the list, or -1."""
    while count > 0:
        k = draw(state, count)
        point = empty[k]
        if point != ko and not is_suicide(state, point, colour) and not is_eye(state, point, colour):
            return k
        count -= 1
        empty[k], empty[count] = empty[count], empty[k]
    return -1


@inlined
def ko_after(state, point):
    """Return where one stone has just been captured that may not be taken back, or -1."""
    if state.next[point] != point or state.liberties[point] != 1:
        return -1
    for near in around(state, point):
        if state.board[near] == EMPTY:
            return near
    return -1


@compiled
def play_outs(states, scratch, leads):
    """Play every game [B] out from where it is, leave it untouched, and write who leads there, int64 [B].

    scratch: one record.
    """
    empty = np.empty(len(scratch[0].board), np.int64)
    first_by = np.empty(len(scratch[0].board), np.int64)
    for i in range(len(states)):
        scratch[0] = states[i]
        leads[i] = play_out(scratch[0], empty, first_by)
        states[i].rng = scratch[0].rng
