"""Which boards may not come again?"""

from __future__ import annotations

from envs.compiled import compiled, inlined
from envs.goban.chains import fills
from envs.goban.points import EDGE, EMPTY, around
from envs.goban.zobrist import KEYS

SIMPLE, POSITIONAL, SITUATIONAL = range(3)


@compiled
def repeats(state, point, colour):
    """Return whether a stone there makes a board that may not come again.

    SIMPLE: the one before the opponent's last move. POSITIONAL: any of this game. SITUATIONAL: any of this game
    after which the same seat was to move.
    """
    key = key_after(state, point, colour)
    if state.superko == SIMPLE:
        return state.ply > 0 and state.history[state.ply - 1] == key
    times = 0
    if state.superko == SITUATIONAL:
        for ply in range(state.ply):
            times += (state.history[ply] == key) & ((state.ply - ply) & 1)
        return times > 0
    for ply in range(state.ply):  # with no way out, which lets the compiler compare several at once
        times += state.history[ply] == key
    return times > 0 or state.key == key


@compiled
def key_after(state, point, colour):
    """Return the key of the board after a stone there and all that it takes away."""
    key = state.key ^ KEYS[colour, point]
    suicide = True
    near = around(state, point)
    for k in range(4):
        beside = state.board[near[k]]
        if beside == EMPTY:
            suicide = False
        elif beside != EDGE:
            last = fills(state, point, near[k])
            if beside == colour:
                suicide = suicide and last
            elif last:
                suicide = False
                if first_of_its_chain(state, near, k):
                    key ^= key_of(state, near[k])
    if suicide:
        key ^= KEYS[colour, point]
        for k in range(4):
            if state.board[near[k]] == colour and first_of_its_chain(state, near, k):
                key ^= key_of(state, near[k])
    return key


@inlined
def first_of_its_chain(state, near, k):
    """Return whether no neighbour before the k-th is of the same chain."""
    for j in range(k):
        if state.board[near[j]] == state.board[near[k]] and state.chain[near[j]] == state.chain[near[k]]:
            return False
    return True


@compiled
def key_of(state, stone):
    """Return the key of the chain of that stone."""
    colour = state.board[stone]
    key = KEYS[colour, stone]
    other = state.next[stone]
    while other != stone:
        key ^= KEYS[colour, other]
        other = state.next[other]
    return key
