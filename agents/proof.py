"""Can a seat be sure of a result, whatever the other one does?

A search of all moves by the exact rules, over a stack of records: the history that superko depends on stands in the
record. What is proved of a position depends on how it came about, so no proof is carried over to the same position in
another line. That a proof was not found is: at worst one is missed, and the answer is UNKNOWN.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.certain_area import certain_area
from envs.compiled import compiled, wrapping
from envs.goban.points import pass_of
from envs.goban.rules import legal, play

_PLAYING, _TERMINATED = 0, 1
_NO, _YES, _OPEN = range(3)
UNKNOWN = 2
_ODD, _OTHER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)  # to spread small numbers


class Hints(NamedTuple):
    """What was found so far: it tells where to look for a proof, and not what is proved.

    last: int16 [a power of 2], the move that last decided a position. often: int64 [seats, actions], how often a move
    decided one. failed: uint64 [a power of 2], where no proof was found. within: int16 [the same], in so many plies.
    """

    last: np.ndarray
    often: np.ndarray
    failed: np.ndarray
    within: np.ndarray


def new_hints(actions: int) -> Hints:
    last, often = np.full(2**14, -1, np.int16), np.zeros((2, actions), np.int64)
    return Hints(last, often, np.zeros(2**18, np.uint64), np.zeros(2**18, np.int16))


@compiled
def at_least(stack, choices, seat, goal, hints, budget):
    """Return 1 if the seat is sure of so many half points, 0 if it is not, or UNKNOWN where the budget runs out.

    And the choice that decides it for the seat to move. The two seats try to prove their part in turn, deeper and
    deeper.

    Args:
        stack: records; the first is the position, the others are overwritten.
        choices: bool [actions], what the seat to move may choose there.
        budget: int64 [1], how many positions may still be looked at; counted down.
    """
    deepest = min(len(stack) - 1, stack[0].move_limit - stack[0].ply)
    for depth in range(1, deepest + 1):
        for prover in (seat, 1 - seat):
            wanted = goal if prover == seat else 1 - goal
            proved, complete = proves(stack, choices, prover, wanted, depth, depth == deepest, hints, budget)
            if proved or complete:
                return int(proved == (prover == seat)), hints.last[entry(hints, stack[0])]
            if budget[0] <= 0:
                return UNKNOWN, -1
    return UNKNOWN, -1


@compiled
def proves(stack, choices, seat, goal, depth, thorough, hints, budget):
    """Return whether the seat is sure of the goal within so many plies; and if not, whether it never is.

    thorough: search again where a proof has not been found in another line.
    """
    moves = np.empty((depth, len(choices)), np.int64)
    count = np.zeros(depth, np.int64)
    tried = np.zeros(depth, np.int64)
    rewards = np.empty(2)
    complete = True
    level = 0
    count[0] = sort_moves(stack[0], choices, moves[0], hints)
    answer = _OPEN
    while answer == _OPEN or level > 0:
        if answer != _OPEN:  # to the last move of the level above
            if answer == _NO and budget[0] > 0:
                note_failure(hints, stack[level], seat, goal, depth - level)
            level -= 1
            if answer == (stack[level].to_move == seat):
                remember(hints, stack[level], moves[level, tried[level] - 1])
            else:
                answer = _OPEN
        elif tried[level] == count[level]:
            answer = _NO if stack[level].to_move == seat else _YES
        else:
            stack[level + 1] = stack[level]
            play(stack[level + 1], moves[level, tried[level]], rewards)
            tried[level] += 1
            level += 1
            budget[0] -= 1
            answer = judge(stack[level], seat, goal)
            if answer == _OPEN and (
                level == depth
                or budget[0] <= 0
                or (not thorough and has_failed(hints, stack[level], seat, goal, depth - level))
            ):
                answer = _NO
                complete = False
            elif answer == _OPEN:
                tried[level] = 0
                count[level] = sort_moves(stack[level], legal_moves(stack[level]), moves[level], hints)
    return answer == _YES, complete


@compiled
def judge(state, seat, goal):
    """Return whether the seat has reached the goal, as far as that is certain already."""
    if state.status != _PLAYING:
        return int((state.score[seat] if state.status == _TERMINATED else 0) >= goal)
    if state.capture > 0:
        return _OPEN
    points = pass_of(state)
    komi = state.komi if seat == 1 else -state.komi
    if 2 * (2 * certain_area(state, seat + 1).sum() - points) + komi >= goal:
        return _YES
    if 2 * (points - 2 * certain_area(state, 2 - seat).sum()) + komi < goal:
        return _NO
    return _OPEN


@compiled
def legal_moves(state):
    moves = np.empty(pass_of(state) + 1, np.bool_)
    for move in range(len(moves)):
        moves[move] = legal(state, move)
    return moves


@compiled
def sort_moves(state, choices, moves, hints):
    """Write the moves chosen, those that promise most first, and return how many they are.

    The pass comes first where it ends the game, and else last.
    """
    appeal = np.empty(len(choices), np.int64)
    count = 0
    for move in np.flatnonzero(choices):
        weight = hints.often[state.to_move, move]
        if move == hints.last[entry(hints, state)]:
            weight = 2**61
        if move == pass_of(state):
            weight = 2**62 if state.passes > 0 else -1
        k = count
        while k > 0 and appeal[k - 1] < weight:
            appeal[k], moves[k] = appeal[k - 1], moves[k - 1]
            k -= 1
        appeal[k], moves[k] = weight, move
        count += 1
    return count


@compiled
def remember(hints, state, move):
    hints.last[entry(hints, state)] = move
    hints.often[state.to_move, move] += 1


@compiled
def entry(hints, state):
    """Return where the move of that position stands in the table, whatever other positions stand there too."""
    return (state.key ^ np.uint64(state.to_move)) & np.uint64(len(hints.last) - 1)


@compiled
def note_failure(hints, state, seat, goal, plies):
    name = name_of(state, seat, goal)
    k = name & np.uint64(len(hints.failed) - 1)
    if hints.failed[k] != name or hints.within[k] < plies:
        hints.failed[k] = name
        hints.within[k] = plies


@compiled
def has_failed(hints, state, seat, goal, plies):
    """Return whether no proof was found within so many plies, when the position came about in some other way."""
    name = name_of(state, seat, goal)
    k = name & np.uint64(len(hints.failed) - 1)
    return hints.failed[k] == name and hints.within[k] >= plies


@wrapping
def name_of(state, seat, goal):
    """Return the key of a proof that is looked for; positions that came about by other captures differ."""
    captures = np.int64(state.captured[0]) + 4096 * np.int64(state.captured[1])
    question = 8 * captures + 4 * seat + 2 * state.to_move + state.passes
    return state.key ^ (np.uint64(question) * _ODD) ^ (np.uint64(goal + 4096) * _OTHER)
