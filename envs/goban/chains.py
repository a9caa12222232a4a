"""How do stones hang together in chains, and when are they taken off the board?

A chain goes by one of its stones and counts its pseudo-liberties, the pairs of a stone and an empty neighbour. It is
captured when it has none; a stone takes the last liberty of a chain if all the chain's pairs are with that point. So
nothing is ever searched for on the board but the stones that are taken away.
"""

from __future__ import annotations

from envs.compiled import compiled, inlined
from envs.goban.points import EDGE, EMPTY, around
from envs.goban.zobrist import KEYS


@compiled
def place(state, point, colour):
    """Put a stone on an empty point, take away what that captures, and last its own chain if that has no liberty."""
    state.board[point] = colour
    state.once[point] |= colour
    state.key ^= KEYS[colour, point]
    empty = 0
    for near in around(state, point):
        beside = state.board[near]
        if beside == EMPTY:
            empty += 1
        elif beside != EDGE:
            state.liberties[state.chain[near]] -= 1
    state.chain[point] = state.next[point] = point
    state.liberties[point] = empty
    for near in around(state, point):
        if state.board[near] == colour and state.chain[near] != state.chain[point]:
            join(state, point, near)
    for near in around(state, point):
        if state.board[near] == 3 - colour and state.liberties[state.chain[near]] == 0:
            state.captured[colour - 1] += take(state, state.chain[near])
    if state.liberties[state.chain[point]] == 0:
        state.captured[2 - colour] += take(state, state.chain[point])


@compiled
def join(state, new, old):
    """Join the chain of the stone just placed to that of a neighbour; a lone stone is renamed at no cost."""
    name, gone = state.chain[old], state.chain[new]
    state.liberties[name] += state.liberties[gone]
    stone = new
    while True:
        state.chain[stone] = name
        stone = state.next[stone]
        if stone == new:
            break
    state.next[new], state.next[old] = state.next[old], state.next[new]


@compiled
def take(state, name):
    """Take a chain off the board and return how many stones it had."""
    colour = state.board[name]
    count = 0
    stone = name
    while True:
        state.board[stone] = EMPTY
        state.key ^= KEYS[colour, stone]
        count += 1
        for near in around(state, stone):
            if state.board[near] == 3 - colour:
                state.liberties[state.chain[near]] += 1
        stone = state.next[stone]
        if stone == name:
            return count


@compiled
def is_suicide(state, point, colour):
    """Return whether a stone there would have no liberty, after it has captured what it captures."""
    for near in around(state, point):
        beside = state.board[near]
        if beside == EMPTY:
            return False
        if beside != EDGE and (beside == colour) != fills(state, point, near):
            return False
    return True


@inlined
def fills(state, point, near):
    """Return whether the point is the last liberty of the chain of that neighbour."""
    name = state.chain[near]
    pairs = 0
    for other in around(state, point):
        if EMPTY < state.board[other] < EDGE and state.chain[other] == name:
            pairs += 1
    return state.liberties[name] == pairs


@compiled
def in_atari(state, name):
    """Return whether all liberties of the chain of that name are one point."""
    if state.liberties[name] == 1:
        return True
    if state.liberties[name] > 4 or state.next[name] == name:  # more pairs than one point has with the chain
        return False
    liberty = -1
    stone = name
    while True:
        for near in around(state, stone):
            if state.board[near] == EMPTY and near != liberty:
                if liberty >= 0:
                    return False
                liberty = near
        stone = state.next[stone]
        if stone == name:
            return True
