"""Which points of a Go board can nobody take from a colour any more, even if it moves second everywhere?

After Benson, "Life in the game of Go" (Information Sciences 10, 1976), with a narrower notion of an eye, under which
not only the chains are safe, but the area inside can be claimed:

- a region is a set of points without stones of the colour that hang together; it is an eye of a chain if every one
  of its points, empty or not, is beside that chain;
- a chain without two eyes falls, and so do the regions beside a chain that has fallen, until nothing changes.

What is left is certain. The colour answers an enemy stone in an eye by filling a point of that eye, and else passes.
Its stones in the eye join the chain around it, so they are never taken; the enemy can fill no eye, which would be
suicide, and make none, since each of its points is beside the chain; so whatever enters is taken in the end. This
takes at most two plies a point and three more, and every fill makes a board that is new, unless the colour has had a
stone there before. Where suicide is legal the enemy can put off the end, and nothing is claimed.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.goban.points import EDGE, around, pass_of, point_of, side_of


@compiled
def certain_area(state, colour):
    """Return which points are certain to be that colour's at the end of a game by area, bool [board with its edge].

    No point is, where the move limit may come before that end.
    """
    if state.suicide or state.move_limit - state.ply < 2 * pass_of(state) + 3:
        return np.zeros(len(state.board), np.bool_)
    members = np.empty(pass_of(state), np.int64)
    ends = np.empty(pass_of(state) + 1, np.int64)
    regions = gather_regions(state, colour, members, ends)
    eyes = np.empty((regions, 4), np.int64)
    for region in range(regions):
        find_chains(state, colour, members[ends[region] : ends[region + 1]], eyes[region])
    firm = np.ones(regions, np.bool_)
    while True:
        count = np.zeros(len(state.board), np.int64)
        for region in range(regions):
            if firm[region]:
                for chain in eyes[region]:
                    count[max(chain, 0)] += chain > 0
        if not drop_regions(state, colour, members, ends, count, firm):
            return claim(state, colour, members, ends, eyes, firm, count)


@compiled
def gather_regions(state, colour, members, ends):
    """Write the points of each region to members[ends[k] : ends[k + 1]], and return how many regions there are."""
    seen = np.zeros(len(state.board), np.bool_)
    regions = used = 0
    ends[0] = 0
    for move in range(pass_of(state)):
        start = point_of(state, move)
        if seen[start] or state.board[start] == colour:
            continue
        members[used] = start
        seen[start] = True
        looked = used
        used += 1
        while looked < used:
            for near in around(state, members[looked]):
                if not seen[near] and state.board[near] != colour and state.board[near] != EDGE:
                    seen[near] = True
                    members[used] = near
                    used += 1
            looked += 1
        regions += 1
        ends[regions] = used
    return regions


@compiled
def find_chains(state, colour, region, chains):
    """Write the chains that every point of the region is beside: at most 4, those beside its first; 0 for none."""
    chains[:] = 0
    near = around(state, region[0])
    for k in range(4):
        if state.board[near[k]] == colour:
            chain = np.int64(state.chain[near[k]])
            known = False
            for j in range(k):
                known |= chains[j] == chain
            if not known and all_beside(state, colour, region, chain):
                chains[k] = chain


@compiled
def all_beside(state, colour, region, chain):
    for point in region:
        beside = False
        for near in around(state, point):
            beside |= state.board[near] == colour and state.chain[near] == chain
        if not beside:
            return False
    return True


@compiled
def drop_regions(state, colour, members, ends, count, firm):
    """Drop the regions beside a chain with fewer than two eyes; return whether there were any."""
    dropped = False
    for region in range(len(firm)):
        for k in range(ends[region], ends[region + 1]):
            for near in around(state, members[k]):
                if firm[region] and state.board[near] == colour and count[state.chain[near]] < 2:
                    firm[region] = False
                    dropped = True
    return dropped


@compiled
def claim(state, colour, members, ends, eyes, firm, count):
    """Return the stones with two eyes, and the points of the eyes that may be filled."""
    claimed = np.zeros(len(state.board), np.bool_)
    for move in range(pass_of(state)):
        point = point_of(state, move)
        claimed[point] = state.board[point] == colour and count[state.chain[point]] >= 2
    stood = has_stood(state, colour)
    for region in range(len(firm)):
        inside = members[ends[region] : ends[region + 1]]
        if firm[region] and eyes[region].max() > 0 and not stood[inside].any():
            claimed[inside] = True
    return claimed


@compiled
def has_stood(state, colour):
    """Return on which points a stone of that colour has stood, bool [points of the board with its edge]."""
    stood = np.zeros(len(state.board), np.bool_)
    for move in range(pass_of(state)):
        stood[point_of(state, move)] = state.setup[move // side_of(state), move % side_of(state)] == colour
    for ply in range(state.ply):
        if (state.first + ply) % 2 == colour - 1 and state.move[ply] < pass_of(state):
            stood[point_of(state, state.move[ply])] = True
    return stood
