"""What does a Go player see, and how do many boards step at once?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.goban.chains import in_atari
from envs.goban.points import around, pass_of, point_of, side_of
from envs.goban.rules import begin, permitted, play

PLANES = (
    "own", "opponent", "own in atari", "opponent in atari", "last move", "move before", "illegal", "passed",
    "black to move",
)  # fmt: skip
_OWN, _OPPONENT, _ATARI, _LAST, _ILLEGAL, _PASSED, _BLACK = 0, 1, 2, 4, 6, 7, 8


@compiled
def write(state, out, mask, atari, marked, listed):
    """Write the planes [planes, rows, cols] that the seat to move sees, and its legal moves.

    atari, marked, listed: scratch, uint8, uint8 and int16 [points].
    """
    find_atari(state, atari, marked, listed)
    write_mask(state, mask, atari, marked, listed)
    write_stones(state, out, mask, atari)
    out[_LAST] = 0
    out[_LAST + 1] = 0
    for back in range(2):
        if state.ply > back:
            move = state.move[state.ply - back - 1]
            if move < pass_of(state):
                out[_LAST + back, move // side_of(state), move % side_of(state)] = 1
    out[_PASSED] = state.passes > 0
    out[_BLACK] = state.to_move == 0


@compiled
def find_atari(state, atari, marked, listed):
    """Set 1 where a chain goes by a point and is in atari, 0 elsewhere.

    Most chains are settled by how many pairs with liberties they have. Those that are not are marked and listed first,
    in loops without a branch, which run as fast as memory goes.
    """
    width = side_of(state) + 1
    atari[:] = 0
    for point in range(width, len(state.board) - width):
        chain = (state.board[point] > 0) & (state.board[point] < 3) & (state.chain[point] == point)
        pairs = state.liberties[point]
        atari[point] = chain & (pairs == 1)
        marked[point] = chain & (pairs > 1) & (pairs <= 4) & (state.next[point] != point)
    count = 0
    for point in range(width, len(state.board) - width):
        listed[count] = point
        count += marked[point]
    for k in range(count):
        atari[listed[k]] = in_atari(state, listed[k])


@compiled
def write_mask(state, mask, atari, marked, listed):
    """Write 1 for each legal move.

    An empty point beside another, where no stone of that colour has stood yet, is legal, and marked. Only the other
    empty points, which are then listed, are looked at one by one.
    """
    mask[:] = 0
    if state.status != 0:
        return
    board, side = state.board, side_of(state)
    colour, width = state.to_move + 1, side + 1
    stood = np.uint8(colour)  # of the type of `once`, so that many points are compared at once
    for point in range(width, len(board) - width):
        beside = (
            (board[point - width] == 0)
            | (board[point - 1] == 0)
            | (board[point + 1] == 0)
            | (board[point + width] == 0)
        )
        marked[point] = (board[point] == 0) & beside & (state.once[point] & stood == 0)
    count = 0
    for row in range(side):
        for col in range(side):
            point = (row + 1) * width + col
            mask[row * side + col] = marked[point]
            listed[count] = row * side + col
            count += (board[point] == 0) & (marked[point] == 0)
    for k in range(count):
        point = point_of(state, np.int64(listed[k]))
        mask[listed[k]] = permitted(state, point, colour, smothers(state, point, colour, atari))
    mask[side * side] = 1


@inlined
def smothers(state, point, colour, atari):
    """Return what `is_suicide` returns, from the chains known to be in atari."""
    for near in around(state, point):
        beside = state.board[near]
        if beside == 0 or (beside < 3 and (beside == colour) != (atari[state.chain[near]] == 1)):
            return False
    return True


@compiled
def write_stones(state, out, mask, atari):
    """Write the planes of stones, of chains in atari and of points that are empty and illegal."""
    side = side_of(state)
    for row in range(side):
        for col in range(side):
            point = (row + 1) * (side + 1) + col
            own = state.board[point] == state.to_move + 1
            opponent = state.board[point] == 2 - state.to_move
            danger = atari[state.chain[point]] == 1
            out[_OWN, row, col] = own
            out[_OPPONENT, row, col] = opponent
            out[_ATARI, row, col] = own & danger
            out[_ATARI + 1, row, col] = opponent & danger
            out[_ILLEGAL, row, col] = (state.board[point] == 0) & (mask[row * side + col] == 0)


@compiled
def restart_first(states, which, observation, mask):
    atari, marked = np.empty((2, len(states[0].board)), np.uint8)
    listed = np.empty(len(states[0].board), np.int16)
    for i in range(len(states)):
        if which[i]:
            begin(states[i])
            write(states[i], observation[i, 0], mask[i, 0], atari, marked, listed)


@compiled
def step_first(states, actions, restart, rewards, terminated, truncated, observation, mask):
    atari, marked = np.empty((2, len(states[0].board)), np.uint8)
    listed = np.empty(len(states[0].board), np.int16)
    for i in range(len(states)):
        _advance(states[i], actions[i, 0], restart[i], rewards[i])
        terminated[i] = states[i].status == 1
        truncated[i] = states[i].status == 2
        write(states[i], observation[i, 0], mask[i, 0], atari, marked, listed)


@compiled
def observe_first(states, observation, mask):
    atari, marked = np.empty((2, len(states[0].board)), np.uint8)
    listed = np.empty(len(states[0].board), np.int16)
    for i in range(len(states)):
        write(states[i], observation[i, 0], mask[i, 0], atari, marked, listed)


@compiled
def restart_last(states, which, observation, mask):
    restart_first(states, which, observation.transpose(0, 1, 4, 2, 3), mask)


@compiled
def step_last(states, actions, restart, rewards, terminated, truncated, observation, mask):
    planes = observation.transpose(0, 1, 4, 2, 3)
    step_first(states, actions, restart, rewards, terminated, truncated, planes, mask)


@compiled
def observe_last(states, observation, mask):
    observe_first(states, observation.transpose(0, 1, 4, 2, 3), mask)


@inlined
def _advance(state, move, restart, rewards):
    if restart:
        begin(state)
        rewards[:] = 0.0
    else:
        play(state, move, rewards)
