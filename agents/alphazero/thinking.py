"""How does it think about one position?"""

from __future__ import annotations

from dataclasses import dataclass

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
    take_in,
    utilities,
)
from envs.compiled import compiled
from envs.goban.observation import PLANES, write
from envs.view import Decision

_LEAVES = 16  # that are judged at once
_LINE = 12  # plies of the principal variation
_UNTHOUGHT = -100.0  # the logit of a move that the mask allows and the rules do not


@dataclass
class Thought:
    """What came of a search: its tree, and whose each point will be as its positions were judged on average, float64
    [points], from 1, the seat's to move at the root, to -1; NaN where none was judged."""

    trees: Trees
    owner: np.ndarray


@dataclass
class Thinker:
    """A network and how it is searched with; see `AlphaZero.Config`."""

    network: Network
    simulations: int
    considered: int
    puct: bool
    win_weighs: float

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
        plan = halving(self.considered, self.simulations)
        worths = utilities(side, int(state.komi), self.win_weighs)
        seen = np.zeros((leaves, len(PLANES), side, side), np.uint8)
        logits, scores = np.empty((0, moves), np.float32), np.empty((0, worths.shape[1]), np.float32)
        whose, positions = np.zeros(side * side), 0
        while asked := go_on(trees, mask, plan, self.puct, worths, self.win_weighs, logits, scores, seen):
            logits, scores, owner = judged(self.network, seen[:asked])
            same = trees.state[0, trees.leaf[0, :asked]].to_move == state.to_move
            whose += np.where(same, 1, -1) @ np.tanh(owner / 2)  # 2 p - 1, of the logit of p
            positions += asked
        return Thought(trees, whose / positions if positions else np.full(side * side, np.nan))

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
            line=principal_variation(trees)[None],
            lead=lead[None],
            owner=np.append(thought.owner, np.nan)[None],
        )


@compiled
def go_on(trees, only, plan, puct, worths, win_weighs, logits, scores, seen):
    """Take in the answers, go on searching, and write what is to be judged next; returns how many positions that is.

    only: int8 [A], the moves that are allowed at the root. worths: of `utilities`. logits, scores: float32 [N, A] and
    [N, scores], the network's answers to the last N `seen`; scores are changed. seen: uint8 [L, planes, side, side].
    """
    rewards = np.empty(2)
    mask = np.empty(len(only), np.int8)
    atari, marked = np.empty((2, len(trees.state[0, 0].board)), np.uint8)
    listed = np.empty(len(trees.state[0, 0].board), np.int16)
    for lane in range(len(logits)):
        state = trees.state[0, trees.leaf[0, lane]]
        worth, lead = expected(scores[lane], worths[state.to_move], state)
        take_in(trees, 0, lane, logits[lane], worth, lead)
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


def principal_variation(trees: Trees) -> np.ndarray:
    """Return the moves visited most, from the root on, int64 [_LINE], -1 after the last."""
    line, node = np.full(_LINE, NOTHING), 0
    for ply in range(_LINE):
        visits = trees.node[0, node].visits
        if not visits.any():
            break
        line[ply] = visits.argmax()
        node = trees.node[0, node].child[line[ply]]
    return line
