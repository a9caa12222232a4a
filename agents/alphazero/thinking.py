"""How does it think about one position, and go on from there at the next?"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch

from agents.alphazero.network import Network, judged
from agents.alphazero.tree import (
    NOTHING,
    Trees,
    allow,
    carry_over,
    decide,
    expected,
    grow,
    halving,
    new_trees,
    plant,
    softmax,
    take_in,
)
from envs.compiled import compiled
from envs.generator import draws
from envs.goban.observation import PLANES, write
from envs.symmetry import Symmetry, board_symmetries
from envs.view import Decision, View

_LEAVES = 16  # that are judged at once
_MOST = 2**15  # simulations in a given time
_KEPT = 64  # trees of games in progress
_LINE = 12  # plies of the principal variation
_UNTHOUGHT = -100.0  # the logit of a move that the mask allows and the rules do not


@dataclass
class Thought:
    """What came of a search: its tree, and for each move of the root whose each point will be, float64 [A, points].

    That is from 1, the seat's to move at the root, to -1: as the root and the positions after the move were judged now,
    on average; NaN where none was.
    """

    trees: Trees
    owner: np.ndarray


@dataclass
class Thinker:
    """A network and how it is searched with; see `AlphaZero.Config`. In a given time it searches as with `puct`.

    The tree of a game is kept for its next move, under what the game's generator, which nobody else
    advances, holds then.
    """

    network: Network
    simulations: int
    considered: int
    puct: bool
    win_weighs: float
    milliseconds: int = 0
    _trees: OrderedDict[int, Trees] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        if self.milliseconds:
            self.puct, self.simulations = True, _MOST

    def answer(self, states: np.ndarray, view: View) -> Decision:
        """Think about each of the games whose states are given."""
        answers = []
        for i, state in enumerate(states):
            rng = view.rng[i : i + 1]
            thought = self.think(state, view.mask[i], self._trees.pop(int(rng[0]), None))
            draws(rng)
            self._trees[int(rng[0])] = thought.trees
            answers.append(self.conclude(thought, bool(state.margin)))
        while len(self._trees) > max(_KEPT, len(answers)):
            self._trees.popitem(last=False)
        return Decision.joined(answers)

    def forget(self) -> None:
        """Begin all games anew."""
        self._trees.clear()

    @torch.no_grad()
    def think(self, state: np.record, mask: np.ndarray, before: Trees | None = None) -> Thought:
        """Search from a position among the moves of the mask, int8 [A], going on in a tree that leads there."""
        side, moves = int(state.side), len(mask)
        top = None if before is None else reached(before, state)
        kept = 0 if before is None or top is None else int(before.used[0]) - top
        leaves = min(_LEAVES, self.simulations)
        trees = new_trees(state.dtype, 1, self.simulations + kept + 1, moves, leaves)
        if before is None or top is None:
            plant(trees, 0, state)
        else:
            carry_over(before, top, trees, self.puct)
            allowed = (trees.node[0, 0].logits > -np.inf).astype(np.int8)
            keep_to(allowed, mask)
            trees.node[0, 0].logits = np.where(
                allowed == 1, np.maximum(trees.node[0, 0].logits, _UNTHOUGHT), -np.inf
            )
        plan = (
            np.zeros((1, _MOST), np.int32)
            if self.milliseconds
            else halving(self.considered, self.simulations)
        )
        end = time.perf_counter() + (self.milliseconds / 1000 or np.inf)
        seen = np.zeros((leaves, len(PLANES), side, side), np.uint8)
        logits, scores = np.empty((0, moves), np.float32), np.empty((0, 2 * side**2 + 1), np.float32)
        whose, positions = np.zeros((moves, side * side)), np.zeros(moves)
        while asked := go_on(trees, mask, plan, self.puct, self.win_weighs, logits, scores, seen):
            judge = judged_from_all_sides if trees.leaf[0, 0] == 0 else judged
            logits, scores, owner = judge(self.network, seen[:asked])
            mine = np.where(trees.state[0, trees.leaf[0, :asked]].to_move == state.to_move, 1, -1)
            first = first_moves(trees, asked)
            own = mine[:, None] * np.tanh(owner / 2)  # 2 p - 1, of the logit of p
            if first[0] == NOTHING:
                whose, positions = whose + own, positions + 1
            else:
                np.add.at(whose, first, own)
                np.add.at(positions, first, 1)
            if time.perf_counter() > end:
                take_all(trees, logits, scores, self.win_weighs)
                break
        with np.errstate(invalid="ignore"):
            return Thought(trees, whose / positions[:, None])

    def conclude(self, thought: Thought, margin: bool) -> Decision:
        """Return what a search has found; margin: whether the game pays by points."""
        trees = thought.trees
        policy = np.empty(trees.noise.shape[1], np.float32)
        best = decide(trees, 0, self.puct, policy)
        visits = trees.node[0, 0].visits.astype(np.int64)
        q, lead = np.full((2, len(policy)), np.nan)
        tried = visits > 0
        q[tried] = trees.node[0, 0].total[tried] / visits[tried]
        lead[tried] = trees.node[0, 0].total_lead[tried] / visits[tried]
        state = trees.state[0, 0]
        greatest = int(state.side) ** 2 + abs(int(state.komi)) / 2
        paid = (
            lead
            if margin or not self.win_weighs
            else (q - (1 - self.win_weighs) * lead / greatest) / self.win_weighs
        )
        return Decision(
            np.array([best], np.int64),
            value=paid[[best]],
            policy=policy[None].astype(float),
            q=paid[None],
            visits=visits[None],
            line=principal_variation(trees, best)[None],
            lead=lead[None],
            owner=np.append(thought.owner[best], np.nan)[None],
        )


def judged_from_all_sides(network: Network, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `judged`, of one board [1, ...], on average over its symmetries: of moves that are alike none is preferred."""
    sides = symmetries(seen.shape[-1])
    policies, scores, owners = judged(network, np.concatenate([side.observation(seen) for side in sides]))
    policy = np.mean([side.back(policy) for side, policy in zip(sides, policies, strict=True)], axis=0)
    owner = np.mean([owner[side.actions[:-1]] for side, owner in zip(sides, owners, strict=True)], axis=0)
    return policy[None], scores.mean(axis=0, keepdims=True), owner[None]


@lru_cache
def symmetries(side: int) -> tuple[Symmetry, ...]:
    return board_symmetries((len(PLANES), side, side), (1, 2), side * side + 1)


@compiled
def go_on(trees, only, plan, puct, win_weighs, logits, scores, seen):
    """Take in the answers, go on searching, and write what is to be judged next; returns how many positions that is.

    only: int8 [A], the moves that are allowed at the root. logits, scores: float32 [N, A] and
    [N, scores], the network's answers to the last N `seen`; scores are changed. seen: uint8 [L, planes, side, side].
    """
    take_all(trees, logits, scores, win_weighs)
    rewards = np.empty(2)
    mask = np.empty(len(only), np.int8)
    atari, marked = np.empty((2, len(trees.state[0, 0].board)), np.uint8)
    listed = np.empty(len(trees.state[0, 0].board), np.int16)
    asked = 0
    while asked < len(seen) and grow(trees, 0, asked, plan, puct, win_weighs, rewards):
        node = trees.leaf[0, asked]
        write(trees.state[0, node], seen[asked], mask, atari, marked, listed)
        if node == 0:
            keep_to(mask, only)
        allow(trees, 0, asked, mask)
        asked += 1
    return asked


@compiled
def first_moves(trees, count):
    """Return the move of the root that leads to each of the first positions that are awaited, int64 [count], or NOTHING
    for the root itself."""
    moves = np.full(count, NOTHING)
    for lane in range(count):
        node = trees.leaf[0, lane]
        while node > 0:
            moves[lane], node = trees.node[0, node].via, trees.node[0, node].parent
    return moves


@compiled
def take_all(trees, logits, scores, win_weighs):
    """Take in the answers to all that is awaited."""
    for lane in range(len(logits)):
        softmax(scores[lane])
        worth, lead = expected(scores[lane], trees.state[0, trees.leaf[0, lane]], win_weighs)
        take_in(trees, 0, lane, logits[lane], worth, lead)


@compiled
def keep_to(mask, only):
    """Take out of a mask what another does not allow; where nothing would be left, the other counts."""
    both = mask & only
    mask[:] = both if both.any() else only


def reached(trees: Trees, state: np.record) -> int | None:
    """Return the node of that position in the first tree, by the moves that lead there; None: it is not there."""
    start = trees.state[0, 0]
    if (
        start.rng != state.rng
        or start.ply > state.ply
        or (start.move[: start.ply] != state.move[: start.ply]).any()
    ):
        return None
    node = 0
    for move in state.move[start.ply : state.ply]:
        node = trees.node[0, node].child[move]
        if node == 0:
            return None
    return None if np.isnan(trees.node[0, node].worth) else int(node)


def principal_variation(trees: Trees, best: int) -> np.ndarray:
    """Return the best move and from there on those visited most, int64 [_LINE], -1 after the last."""
    line, node = np.full(_LINE, NOTHING), trees.node[0, 0].child[best]
    line[0] = best
    for ply in range(1, _LINE):
        visits = trees.node[0, node].visits
        if node == 0 or not visits.any():
            break
        line[ply] = visits.argmax()
        node = trees.node[0, node].child[line[ply]]
    return line
