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
    """The symmetries of a board, as arrays that turn each position of a batch in its own way, on a device."""

    def __init__(self, symmetries: tuple[Symmetry, ...], device: torch.device) -> None:
        self._cells = torch.tensor(np.array([each.cells for each in symmetries]), device=device)
        self._moves = torch.tensor(np.array([np.argsort(each.actions) for each in symmetries]), device=device)

    def batch(self, window: Window, rows: np.ndarray, ways: np.ndarray) -> Batch:
        """Gather these rows [N] of the window, each turned in one of the ways [N]."""
        way = torch.from_numpy(ways)
        seen, policy, score, owner = (
            torch.from_numpy(each[rows]).to(self._cells.device)
            for each in (window.seen, window.policy, window.score, window.owner)
        )
        cells, moves = self._cells[way], self._moves[way]
        points = owner.shape[1]
        return Batch(
            seen.flatten(1).gather(1, cells).view(seen.shape),
            policy.float().gather(1, moves) / WHOLE,
            score.long() + points,
            (owner.float().gather(1, moves[:, :points]) + 1) / 2,
        )


def losses(opinion: Opinion, batch: Batch) -> Tensor:
    """Return the cross-entropies of policy, score and ownership, [3], means over batch and points."""
    return torch.stack([
        functional.cross_entropy(opinion.policy, batch.policy),
        functional.cross_entropy(opinion.score, batch.score),
        functional.binary_cross_entropy_with_logits(opinion.owner, batch.owner),
    ])  # fmt: skip
