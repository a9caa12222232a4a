"""What is the network to say of the positions in the window, and how far from that is it?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from agents.alphazero.network import Opinion
from agents.alphazero.self_play import WHOLE, Window
from envs.symmetry import Symmetry

FIGURES = ("loss/policy", "loss/score", "loss/owner")


class Batch(NamedTuple):
    """seen: uint8 [N, planes, side, side]. policy: float32 [N, A]. score: int64 [N], number of the final score. owner:
    float32 [N, points], the chance that a point is theirs who are to move: 1, 0, or 1/2 where it is nobody's."""

    seen: Tensor
    policy: Tensor
    score: Tensor
    owner: Tensor


class Turned:
    """The symmetries of a board, as arrays that turn each position of a batch in its own way."""

    def __init__(self, symmetries: tuple[Symmetry, ...]) -> None:
        self._cells = np.array([each.cells for each in symmetries])
        self._moves = np.array([np.argsort(each.actions) for each in symmetries])

    def batch(self, window: Window, rows: np.ndarray, ways: np.ndarray) -> Batch:
        """Gather these rows [N] of the window, each turned in one of the ways [N]."""
        count, moves, points = len(rows), self._moves[ways], window.owner.shape[1]
        seen = np.take_along_axis(window.seen[rows].reshape(count, -1), self._cells[ways], axis=1)
        policy = np.take_along_axis(window.policy[rows], moves, axis=1) / np.float32(WHOLE)
        owner = np.take_along_axis(window.owner[rows], moves[:, :points], axis=1)
        return Batch(
            torch.from_numpy(seen.reshape(count, *window.seen.shape[1:])),
            torch.from_numpy(policy),
            torch.from_numpy(window.score[rows].astype(np.int64) + points),
            torch.from_numpy((owner + np.float32(1)) / 2),
        )


def losses(opinion: Opinion, batch: Batch) -> Tensor:
    """Return the cross-entropies of policy, score and ownership, [3], means over batch and points."""
    return torch.stack([
        functional.cross_entropy(opinion.policy, batch.policy),
        functional.cross_entropy(opinion.score, batch.score),
        functional.binary_cross_entropy_with_logits(opinion.owner, batch.owner),
    ])  # fmt: skip
