"""How does a search with a network go through games of Go?

Gumbel AlphaZero (Danihelka, Guez, Schrittwieser & Silver, "Policy improvement by planning with Gumbel", ICLR 2022; in
what follows "the paper"), for many games at once: a tree a game, side by side in the same arrays. A simulation ends at
a position that the network has not judged yet, its leaf; the leaves of all games are judged together, and the next
simulations begin by taking the answers in. A game may await several: their visits count at once, and what they are
worth when it is known (Liu et al., "Watch the unobserved", ICLR 2020).

A node holds the whole record of its position, so superko is exact.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from envs.compiled import compiled, inlined
from envs.goban.points import pass_of
from envs.goban.rules import legal, play

NOTHING = -1
_VISITS_WEIGH = 50.0  # c_visit of the paper, equation 8; its c_scale is 1, for values from 0 to 1
_PUCT_FIRST, _PUCT_BASE = 1.25, 19652.0  # of AlphaZero (Silver et al. 2018), pseudocode


class Trees(NamedTuple):
    """B trees of up to M nodes each.

    state: records [B, M], of the positions. node: records [B, M] of `node_dtype`; 0 is the root. used: int32 [B],
    nodes. begun: int32 [B], simulations of this root, or NOTHING while it is to be judged first. leaf: int32 [B, L],
    nodes that are awaited, or NOTHING. noise: float32 [B, A], Gumbel's, of the root's moves.
    """

    state: np.ndarray
    node: np.ndarray
    used: np.ndarray
    begun: np.ndarray
    leaf: np.ndarray
    noise: np.ndarray


@lru_cache
def node_dtype(moves: int) -> np.dtype:
    """Return the record of what is known of a position, in games with so many moves."""
    return np.dtype([
        ("parent", "i4"),
        ("via", "i2"),  # the move that leads here from there
        ("worth", "f4"),  # to the seat to move, from -1 to 1, as the network says or the rules; NaN while it is awaited
        ("lead", "f4"),  # of the seat to move, in points, likewise
        ("child", "i4", (moves,)),  # by move; 0: none
        ("logits", "f4", (moves,)),  # of the network's policy, -inf where a move is illegal
        ("visits", "i4", (moves,)),  # how often simulations made a move
        ("pending", "i2", (moves,)),  # how many of these are still awaited
        ("total", "f4", (moves,)),  # what the ends of the others were worth to who made the move, in sum
        ("total_lead", "f4", (moves,)),  # and what they were ahead
    ])  # fmt: skip


def new_trees(state: np.dtype, games: int, nodes: int, moves: int, leaves: int = 1) -> Trees:
    """Return trees without a root for records of that dtype."""
    return Trees(
        state=np.zeros((games, nodes), state).view(np.recarray),
        node=np.zeros((games, nodes), node_dtype(moves)).view(np.recarray),
        used=np.zeros(games, np.int32),
        begun=np.zeros(games, np.int32),
        leaf=np.full((games, leaves), NOTHING, np.int32),
        noise=np.zeros((games, moves), np.float32),
    )


@lru_cache
def halving(considered: int, simulations: int) -> np.ndarray:
    """Return how often a move of the root must have been visited to be the next, int32 [considered + 1, simulations].

    Sequential halving (Karnin, Koren & Somekh 2013; the paper's figure 1): `considered` moves share the first part of
    the simulations, the better half of them the next, and so on down to two. Row m is for m moves.
    """
    plan = np.zeros((considered + 1, simulations), np.int32)
    for moves in range(1, considered + 1):
        phases = max(1, math.ceil(math.log2(moves)))
        alive, visited, t = moves, 0, 0
        while t < simulations:
            for _ in range(max(1, simulations // (phases * alive))):
                plan[moves, t : t + alive] = visited
                visited, t = visited + 1, t + alive
            alive = max(min(moves, 2), alive // 2)
    return plan


@compiled
def plant(trees, g, root):
    """Make a position the root of an empty tree."""
    trees.state[g, 0] = root
    trees.used[g] = 0
    trees.begun[g] = NOTHING
    trees.leaf[g] = NOTHING
    _add(trees, g, 0, 0)


@inlined
def _add(trees, g, parent, move):
    """Enter the next node, whose position is written already, as awaited; returns its number."""
    number = trees.used[g]
    trees.used[g] += 1
    node = trees.node[g, number]
    node.parent, node.via = parent, move
    node.worth = np.nan
    node.child[:] = 0
    node.visits[:] = 0
    node.pending[:] = 0
    node.total[:] = 0.0
    node.total_lead[:] = 0.0
    return number


@compiled
def allow(trees, g, lane, mask):
    """Enter which moves are legal at a leaf, mask: int8 [A]."""
    for move in range(len(mask)):
        trees.node[g, trees.leaf[g, lane]].logits[move] = 0.0 if mask[move] else -np.inf


@compiled
def take_in(trees, g, lane, logits, worth, lead):
    """Enter the judgement of a leaf: logits [A], and what it is worth to the seat to move there, and its lead."""
    node = trees.leaf[g, lane]
    trees.leaf[g, lane] = NOTHING
    trees.node[g, node].logits[:] = trees.node[g, node].logits + logits
    trees.node[g, node].worth = worth
    trees.node[g, node].lead = lead
    _back_up(trees, g, node)


@compiled
def _back_up(trees, g, node):
    """Tell all moves on the way to a node what that simulation was worth."""
    worth, lead = trees.node[g, node].worth, trees.node[g, node].lead
    while node > 0:
        move, node = trees.node[g, node].via, trees.node[g, node].parent
        worth, lead = -worth, -lead  # the seats take turns
        trees.node[g, node].pending[move] -= 1
        trees.node[g, node].total[move] += worth
        trees.node[g, node].total_lead[move] += lead


@compiled
def grow(trees, g, lane, plan, puct, win_weighs, rewards):
    """Make simulations until one ends at a leaf to be judged, and return True; False where there is none to make.

    plan: of `halving`; with `puct` only its length counts, and the root is a node like any other. win_weighs: see
    `worth_of`. rewards: scratch, [2].
    """
    if trees.begun[g] == NOTHING:
        trees.begun[g] = trees.leaf[g, lane] = 0
        return True
    while trees.begun[g] < plan.shape[1] and not np.isnan(trees.node[g, 0].worth):
        node = 0
        while trees.state[g, node].status == 0:
            if puct:
                move = _by_puct(trees.node[g, node])
            elif node == 0:
                move = _by_plan(trees, g, plan)
            else:
                move = _by_policy(trees.node[g, node])
            child = trees.node[g, node].child[move]
            if (child > 0 and np.isnan(trees.node[g, child].worth)) or (child == 0 and _is_full(trees, g)):
                _take_back(trees, g, node)
                return False
            trees.node[g, node].visits[move] += 1
            trees.node[g, node].pending[move] += 1
            if child > 0:
                node = child
                continue
            node = _enter(trees, g, node, move, rewards)
            if trees.state[g, node].status == 0:
                trees.begun[g] += 1
                trees.leaf[g, lane] = node
                return True
            half_points = trees.state[g, node].score[trees.state[g, node].to_move]
            trees.node[g, node].lead = half_points / 2
            trees.node[g, node].worth = worth_of(trees.state[g, node], half_points, win_weighs)
        trees.begun[g] += 1
        _back_up(trees, g, node)
    return False


@inlined
def _is_full(trees, g):
    return trees.used[g] == trees.state.shape[1]


@compiled
def _take_back(trees, g, node):
    """Let a simulation that came to a node not have been."""
    while node > 0:
        move, node = trees.node[g, node].via, trees.node[g, node].parent
        trees.node[g, node].visits[move] -= 1
        trees.node[g, node].pending[move] -= 1


@compiled
def _enter(trees, g, node, move, rewards):
    """Play a move into a new node; returns its number."""
    trees.state[g, trees.used[g]] = trees.state[g, node]
    child = _add(trees, g, node, move)
    trees.node[g, node].child[move] = child
    play(trees.state[g, child], move, rewards)
    return child


@compiled
def branch_off(trees, g):
    """Play the moves of all nodes again from the root's position, and make them their parents' children.

    Returns False where these are not legal moves of a tree, of which nothing is then to be used.
    """
    rewards = np.empty(2)
    for number in range(1, trees.used[g]):
        parent, move = trees.node[g, number].parent, trees.node[g, number].via
        if parent < 0 or parent >= number or move < 0 or move >= trees.noise.shape[1]:
            return False
        state, child = trees.state[g, parent], trees.node[g, parent].child
        if state.status != 0 or child[move] != 0 or not legal(state, move):
            return False
        child[move] = number
        trees.state[g, number] = state
        play(trees.state[g, number], move, rewards)
    return True


@compiled
def worth_of(state, half_points, win_weighs):
    """Return what it is worth in a game to be so many half points ahead in the end, komi included, from -1 to 1.

    win_weighs: how much a win counts, 0 to 1; the points by which it is won count for the rest.
    """
    greatest = 2 * pass_of(state) + abs(state.komi)
    return win_weighs * np.sign(half_points) + (1.0 - win_weighs) * half_points / greatest


@compiled
def _by_plan(trees, g, plan):
    """Return the root's next move: the most promising of those that have as many visits as the plan says."""
    scores = np.empty(trees.noise.shape[1], np.float32)
    considered = min(improved_logits(trees.node[g, 0], scores), len(plan) - 1)
    wanted = plan[considered, trees.begun[g]]
    best, best_score = 0, -np.inf
    for move in range(len(scores)):
        score = scores[move] + trees.noise[g, move]
        if trees.node[g, 0].visits[move] == wanted and score > best_score:
            best, best_score = move, score
    return best


@compiled
def _by_policy(node):
    """Return the move that brings the visits nearest to the improved policy (the paper, equation 14)."""
    policy = np.empty(len(node.visits), np.float32)
    improved_logits(node, policy)
    softmax(policy)
    visits = 0
    for move in range(len(policy)):
        visits += node.visits[move]
    best, best_score = 0, -np.inf
    for move in range(len(policy)):
        score = policy[move] - node.visits[move] / np.float32(1 + visits)
        if policy[move] > 0 and score > best_score:
            best, best_score = move, score
    return best


@compiled
def improved_logits(node, out):
    """Write logits + sigma(completed q) (the paper, equation 11), -inf where illegal; return how many are legal.

    q of a move that nobody has judged yet is the mix of the network's value and what is known (equation 33).
    """
    logits, visits, pending, total = node.logits, node.visits, node.pending, node.total
    highest, most, seen, legal_moves = -np.inf, 0, 0, 0
    for move in range(len(out)):
        highest = max(highest, logits[move])
        most = max(most, visits[move])
        seen += visits[move] - pending[move]
        legal_moves += logits[move] > -np.inf
    mass = mixed = np.float32(0.0)
    for move in range(len(out)):
        known = visits[move] - pending[move]
        if known > 0:
            share = math.exp(logits[move] - highest)
            mass += share
            mixed += share * total[move] / known
    unknown = node.worth
    if mass > 0:
        unknown = (unknown + seen * mixed / mass) / (1 + seen)
    scale = np.float32((_VISITS_WEIGH + most) / 2)
    for move in range(len(out)):
        known = visits[move] - pending[move]
        q = total[move] / known if known > 0 else unknown
        out[move] = logits[move] + scale * q
    return legal_moves


@compiled
def softmax(values):
    """Make probabilities of logits, in place."""
    highest = values.max()
    whole = np.float32(0.0)
    for k in range(len(values)):
        values[k] = math.exp(values[k] - highest)
        whole += values[k]
    for k in range(len(values)):
        values[k] /= whole


@compiled
def _by_puct(node):
    """Return the move with the highest upper bound (AlphaZero, Silver et al. 2018)."""
    policy = node.logits.copy()
    softmax(policy)
    visits = 0
    for move in range(len(policy)):
        visits += node.visits[move]
    weight = (math.log((1 + visits + _PUCT_BASE) / _PUCT_BASE) + _PUCT_FIRST) * math.sqrt(max(1, visits))
    best, best_bound = 0, -np.inf
    for move in range(len(policy)):
        count = node.visits[move]
        known = count - node.pending[move]
        q = node.total[move] / known if known > 0 else node.worth
        bound = q + weight * policy[move] / (1 + count)
        if node.logits[move] > -np.inf and bound > best_bound:
            best, best_bound = move, bound
    return best


@compiled
def expected(chances, state, win_weighs):
    """Return the mean worth and the mean lead, komi included, to the seat to move.

    chances: float32 [scores], of being k - points ahead in the end, komi left out.
    """
    komi = state.komi if state.to_move == 0 else -state.komi
    worth = half_points = 0.0
    for k in range(len(chances)):
        ahead = 2 * (k - pass_of(state)) - komi
        worth += chances[k] * worth_of(state, ahead, win_weighs)
        half_points += chances[k] * ahead
    return worth, half_points / 2


@compiled
def decide(trees, g, puct, policy):
    """Return the move that the search has found, and write the root's improved policy, float32 [A].

    With `puct` it is the one with most visits, and the policy their shares; else, of those with most visits, the one
    with the highest noise and improved logit (the paper, algorithm 2).
    """
    improved_logits(trees.node[g, 0], policy)
    most = trees.node[g, 0].visits.max()
    best, best_score = 0, -np.inf
    for move in range(len(policy)):
        score = policy[move] + (0.0 if puct else trees.noise[g, move])
        if trees.node[g, 0].visits[move] == most and score > best_score:
            best, best_score = move, score
    softmax(policy)
    if puct and most > 0:
        policy[:] = trees.node[g, 0].visits / np.float32(trees.node[g, 0].visits.sum())
    return best


@compiled
def carry_over(trees, top, into, puct):
    """Copy a node of the first tree and what is known below it to the first of some others, as its root.

    Without `puct` the visits of the root are counted anew, since the plan counts them.
    """
    number = np.full(trees.used[0], NOTHING, np.int32)
    into.used[0] = 0
    into.begun[0] = 0
    into.leaf[0] = NOTHING
    for old in range(top, trees.used[0]):  # parents come before their children
        parent = trees.node[0, old].parent if old > top else NOTHING
        if np.isnan(trees.node[0, old].worth) or (old > top and number[parent] == NOTHING):
            continue
        new = into.used[0]
        number[old] = new
        into.state[0, new] = trees.state[0, old]
        _add(into, 0, 0 if old == top else number[parent], trees.node[0, old].via)
        into.node[0, new].logits[:] = trees.node[0, old].logits
        into.node[0, new].worth = trees.node[0, old].worth
        into.node[0, new].lead = trees.node[0, old].lead
        if old > top:
            into.node[0, number[parent]].child[trees.node[0, old].via] = new
        if old > top or puct:
            into.node[0, new].visits[:] = trees.node[0, old].visits
            into.node[0, new].total[:] = trees.node[0, old].total
            into.node[0, new].total_lead[:] = trees.node[0, old].total_lead
