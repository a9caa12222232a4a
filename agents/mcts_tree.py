"""How does a Monte Carlo tree search go through a game of Go?

UCT (Kocsis & Szepesvári, "Bandit based Monte-Carlo planning", ECML 2006) with the rapid value estimation of Gelly &
Silver ("Monte-Carlo tree search and rapid action value estimation in computer Go", Artificial Intelligence 175,
2011). Every path begins at a copy of the root's record and is played by the rules, so superko holds in the tree too.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from envs.compiled import compiled, inlined
from envs.generator import draw
from envs.goban.playout import is_eye, play_out
from envs.goban.points import pass_of, point_of
from envs.goban.rules import legal, play

_DOUBT = 20  # rapid visits that a pass begins with, all of them lost


class Tree(NamedTuple):
    """One array each, with an entry a node; the root is node 0. The children of a node stand side by side.

    move: that leads to the node. first: the first child, 0 while there are none. children: how many. visits: how
    often a path went through. total: what these paths were worth to the seat that moved here, each from -1 to 1.
    rapid_visits, rapid_total: the same over all paths through the parent in which that seat played this move later.
    used: how many nodes there are, one entry.
    """

    move: np.ndarray
    first: np.ndarray
    children: np.ndarray
    visits: np.ndarray
    total: np.ndarray
    rapid_visits: np.ndarray
    rapid_total: np.ndarray
    used: np.ndarray


def new_tree(capacity: int) -> Tree:
    """Return a tree with room for that many nodes, and only a root in it."""
    tree = Tree(
        move=np.empty(capacity, np.int16),
        first=np.empty(capacity, np.int32),
        children=np.empty(capacity, np.int16),
        visits=np.empty(capacity, np.int32),
        total=np.empty(capacity),
        rapid_visits=np.empty(capacity, np.int32),
        rapid_total=np.empty(capacity),
        used=np.ones(1, np.int64),
    )
    add(tree, 0, -1)
    return tree


@compiled
def add(tree, node, move):
    tree.move[node] = move
    tree.first[node] = tree.children[node] = 0
    tree.visits[node] = tree.rapid_visits[node] = 0
    tree.total[node] = tree.rapid_total[node] = 0.0


@compiled
def search(tree, root, simulations, exploration, rapid, rng):
    """Add so many simulations to the tree of the position in `root`, records [1].

    exploration: the constant of UCT. rapid: after how many visits of a move its own mean weighs as much as the rapid
    estimate; 0: plain UCT. rng: uint64 [1], advanced in place.
    """
    state = root.copy()
    scratch = np.empty(len(root[0].board), np.int64)
    first_by = np.zeros(len(root[0].board), np.int64)
    path = np.empty(len(root[0].move) + 2, np.int64)
    rewards = np.empty(2)
    for _ in range(simulations):
        state[0] = root[0]
        state[0].rng = rng[0]
        depth = descend(tree, state[0], path, exploration, rapid, rewards)
        if state[0].status == 0:
            lead = play_out(state[0], scratch, first_by)
        else:
            first_by[:] = 0
            lead = state[0].score[0]
        rng[0] = state[0].rng
        back_up(tree, root[0], path, depth, worth(state[0], lead), first_by, rapid > 0)


@compiled
def worth(state, half_points):
    """Return what a lead of Black is worth to Black, from -1 to 1: as the game rewards it."""
    if state.margin:
        return half_points / greatest_lead(state)
    return float(np.sign(half_points))


@compiled
def greatest_lead(state):
    """Return by how many half points a game can be won at most."""
    return 2 * pass_of(state) + abs(state.komi)


@compiled
def descend(tree, state, path, exploration, rapid, rewards):
    """Play from the root to a leaf, writing the nodes on the way to `path`, and return how many they are.

    A leaf that was visited before gets children first, as long as there is room.
    """
    node = 0
    path[0] = 0
    depth = 1
    while state.status == 0:
        new = tree.visits[node] == 0 and node > 0
        if tree.first[node] == 0 and (new or not expand(tree, node, state)):
            break
        node = select(tree, node, state, exploration, rapid)
        play(state, tree.move[node], rewards)
        path[depth] = node
        depth += 1
    return depth


@compiled
def expand(tree, node, state):
    """Give the node its children: all legal moves that do not fill an eye, and the pass. False: no room."""
    points = pass_of(state)
    first = tree.used[0]
    if first + points + 1 > len(tree.move):
        return False
    for move in range(points):
        if legal(state, move) and not is_eye(state, point_of(state, move), state.to_move + 1):
            add(tree, tree.used[0], move)
            tree.used[0] += 1
    last = tree.used[0]
    add(tree, last, points)
    if (
        state.passes == 0
    ):  # few playouts cannot tell the loss of one move: doubt it until it has shown its worth
        tree.rapid_visits[last] = _DOUBT
        tree.rapid_total[last] = -_DOUBT
    tree.used[0] += 1
    tree.first[node] = first
    tree.children[node] = tree.used[0] - first
    return True


@compiled
def select(tree, node, state, exploration, rapid):
    """Return the child with the highest upper bound; among equals the first from a random one on."""
    first, count = tree.first[node], tree.children[node]
    unknown = -tree.total[node] / max(
        1, tree.visits[node]
    )  # a move like any other, where nothing is known of it
    log_visits = math.log(max(1, tree.visits[node]))
    best, best_bound = first, -math.inf
    start = draw(state, count)
    for k in range(count):
        child = first + (start + k) % count
        bound = estimate(tree, child, unknown, rapid)
        if rapid == 0 and tree.visits[child] == 0:
            bound = math.inf
        else:
            bound += exploration * math.sqrt(log_visits / (tree.visits[child] + (rapid > 0)))
        if bound > best_bound:
            best, best_bound = child, bound
    return best


@inlined
def estimate(tree, child, unknown, rapid):
    """Return what a move is worth: its mean, mixed with the rapid estimate while it has few visits.

    The weight of the rapid estimate is n' / (n + n' + n n' / rapid) for n visits and n' rapid ones: equation 12 of
    Gelly & Silver (2011), with 1 / (4 b^2) named `rapid`.
    """
    visits, also = tree.visits[child], tree.rapid_visits[child]
    if rapid == 0 or also == 0:
        return tree.total[child] / visits if visits > 0 else unknown
    weight = also / (visits + also + visits * also / rapid)
    mean = tree.total[child] / visits if visits > 0 else 0.0
    return (1 - weight) * mean + weight * tree.rapid_total[child] / also


@compiled
def back_up(tree, root, path, depth, worth_to_black, first_by, rapid):
    """Count the outcome at every node of the path, from the leaf to the root.

    first_by: the colour that was the first to play on each point after the leaf; changed.
    """
    for k in range(depth - 1, -1, -1):
        node = path[k]
        mover = (root.to_move + k) % 2  # the seat to move at the node; the other one has moved there
        gain = -worth_to_black if mover == 0 else worth_to_black
        tree.visits[node] += 1
        tree.total[node] += gain
        if rapid:
            for child in range(tree.first[node], tree.first[node] + tree.children[node]):
                move = tree.move[child]
                if move < pass_of(root) and first_by[point_of(root, move)] == mover + 1:
                    tree.rapid_visits[child] += 1
                    tree.rapid_total[child] -= gain
            if k > 0 and tree.move[node] < pass_of(root):
                first_by[point_of(root, tree.move[node])] = 2 - mover


@compiled
def subtree(tree, top, into):
    """Copy the node `top` and all below it to an empty tree, as far as there is room."""
    copy(tree, top, into, 0)
    old = np.empty(tree.used[0], np.int64)  # by new node
    old[0] = top
    into.used[0] = 1
    node = 0
    while node < into.used[0]:
        first, count = tree.first[old[node]], tree.children[old[node]]
        if count > 0 and into.used[0] + count <= len(into.move):
            into.first[node] = into.used[0]
            into.children[node] = count
            for k in range(count):
                copy(tree, first + k, into, into.used[0])
                old[into.used[0]] = first + k
                into.used[0] += 1
        node += 1


@inlined
def copy(tree, node, into, at):
    into.move[at] = tree.move[node]
    into.first[at] = into.children[at] = 0
    into.visits[at] = tree.visits[node]
    into.total[at] = tree.total[node]
    into.rapid_visits[at] = tree.rapid_visits[node]
    into.rapid_total[at] = tree.rapid_total[node]
