"""What are the rules of Go?

One record is one game (fields: `envs.goban.state`). Area scoring on the board as it stands, no suicide unless asked
for, no board twice: the Tromp-Taylor rules (https://tromp.github.io/go.html) with superko and suicide to choose.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.generator import draw
from envs.goban.area import area
from envs.goban.chains import is_suicide, place
from envs.goban.points import EDGE, EMPTY, pass_of, point_of, side_of
from envs.goban.superko import repeats

REASONS = ("playing", "two passes", "captured", "move limit", "illegal move")
_BY_PASSES, _BY_CAPTURE, _BY_LIMIT, _BY_FAULT = range(1, 5)
_PLAYING, _TERMINATED, _TRUNCATED = 0, 1, 2


@compiled
def begin(state):
    """Begin a new game: the setup, then so many random moves of the opening."""
    state.ply = state.passes = 0
    state.to_move = state.first
    state.status = state.reason = 0
    state.score[:] = 0
    state.captured[:] = 0
    state.chain[:] = 0
    state.next[:] = 0
    state.liberties[:] = 0
    state.once[:] = 0
    state.move[:] = 0
    state.history[:] = 0
    state.key = 0
    state.board[:] = EDGE
    for move in range(pass_of(state)):
        state.board[point_of(state, move)] = EMPTY
    for move in range(pass_of(state)):
        colour = state.setup[move // side_of(state), move % side_of(state)]
        if colour != EMPTY:
            place(state, point_of(state, move), colour)
    for _ in range(state.opening):
        move = any_move(state)
        if move >= 0:
            advance(state, move)
    state.captured[:] = 0  # nobody has earned what chance took


@compiled
def any_move(state):
    """Draw a legal move that is no pass; -1 where there is none."""
    count = 0
    chosen = -1
    for move in range(pass_of(state)):
        if legal(state, move):
            count += 1
            if draw(state, count) == 0:
                chosen = move
    return chosen


@compiled
def play(state, move, rewards):
    """Play one ply of the seat to move, and end the game if that ends it. Who moves illegally has lost."""
    rewards[:] = 0.0
    if state.status != _PLAYING:
        return
    mover = state.to_move
    if not legal(state, move):
        state.ply += 1
        finish(state, _BY_FAULT, 2 * pass_of(state) * (2 * mover - 1))
    else:
        advance(state, move)
        if state.capture > 0 and state.captured[0] >= state.capture:
            finish(state, _BY_CAPTURE, 2)
        elif state.capture > 0 and state.captured[1] >= state.capture:
            finish(state, _BY_CAPTURE, -2)
        elif state.passes == 2:
            finish(state, _BY_PASSES, lead(state))
        elif state.ply == state.move_limit:
            finish(state, _BY_LIMIT, lead(state))
    if state.status == _TERMINATED:
        for seat in range(2):
            half_points = state.score[seat]
            rewards[seat] = half_points / 2 if state.margin else np.sign(half_points)


@inlined
def finish(state, reason, half_points):
    """End the game with so many half points for Black."""
    state.status = _TRUNCATED if reason == _BY_LIMIT else _TERMINATED
    state.reason = reason
    state.score[0] = half_points
    state.score[1] = -half_points


@compiled
def lead(state):
    """Return by how many half points Black is ahead if nothing more is played."""
    if state.capture > 0:
        return 0
    return 2 * area(state, np.empty(len(state.board), np.uint8)) - state.komi


@compiled
def advance(state, move):
    """Play a legal move, whether or not it ends the game."""
    state.history[state.ply] = state.key
    state.move[state.ply] = move
    state.ply += 1
    if move == pass_of(state):
        state.passes += 1
    else:
        state.passes = 0
        place(state, point_of(state, move), state.to_move + 1)
    state.to_move = 1 - state.to_move


@compiled
def legal(state, move):
    """Return whether the seat to move may play that: any pass, and stones by the rules."""
    if move == pass_of(state):
        return True
    point = point_of(state, move)
    return state.board[point] == EMPTY and allowed(state, point, state.to_move + 1)


@compiled
def allowed(state, point, colour):
    """Return whether that colour may play on the empty point: no forbidden suicide and nothing repeated."""
    return permitted(state, point, colour, is_suicide(state, point, colour))


@compiled
def permitted(state, point, colour, suicide):
    """The same where it is known whether that is suicide.

    Where no stone of that colour has stood yet, only suicide can bring a board back.
    """
    if suicide and not state.suicide:
        return False
    return not ((suicide or state.once[point] & colour) and repeats(state, point, colour))
