"""What does the network say of a position: which moves, how the game will end, and whose each point will be?

Convolutions with residual blocks (Silver et al. 2018, "A general reinforcement learning algorithm ..."), with the heads
for final score and ownership of KataGo (Wu 2019, "Accelerating self-play learning in Go"). There is no normalisation to
fold away: the last layer of each block begins at zero, so that the network begins as one without blocks (Zhang et al.
2019, "Fixup initialization"). All weights fit any board.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


class Opinion(NamedTuple):
    """policy: logits [B, points + 1], the pass last. score: logits [B, 2 * points + 1], of every final score from
    `-points` on, of who is to move, without komi. owner: logits [B, points], that a point will be theirs."""

    policy: Tensor
    score: Tensor
    owner: Tensor


class Network(nn.Module):
    """planes: of what is seen. channels, blocks: how wide and how deep."""

    def __init__(self, planes: int, channels: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(planes, channels, 3, padding=1)
        self.blocks = nn.Sequential(*(Block(channels, k % 2 == 1) for k in range(blocks)))
        self.policy = nn.Conv2d(channels, 1, 1)
        self.passing = nn.Linear(2 * channels, 1)
        self.owner = nn.Conv2d(channels, 1, 1)
        self.score_of_board = nn.Linear(2 * channels, channels)
        self.score_of_points = nn.Linear(2, channels)
        self.score = nn.Linear(channels, 1)

    def forward(self, seen: Tensor) -> Opinion:
        """Judge boards uint8 [B, planes, side, side]."""
        features = self.blocks(self.first(seen.to(self.first.weight.dtype)).relu_())
        board = pooled(features)
        points = self.policy(features).flatten(1)
        policy = torch.cat([points, self.passing(board)], dim=1)
        return Opinion(
            policy.float(),
            self._score(board, points.shape[1]).float(),
            self.owner(features).flatten(1).float(),
        )

    def _score(self, board: Tensor, points: int) -> Tensor:
        """Return a logit for every final score, from what the board looks like and how large and odd that is."""
        scores = torch.arange(-points, points + 1, dtype=board.dtype, device=board.device)
        of_score = self.score_of_points(torch.stack([scores / points, scores % 2], dim=1))
        return self.score(torch.relu(self.score_of_board(board)[:, None] + of_score)).squeeze(2)


class Block(nn.Module):
    """Two convolutions around which what came goes on as it was; looking: whether each channel's mean and highest value
    over the board come in between, as in KataGo's global pooling."""

    def __init__(self, channels: int, looking: bool) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        self.board = nn.Linear(2 * channels, channels) if looking else None
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        inside = self.first(x)
        if self.board is not None:
            inside = inside + self.board(pooled(x))[:, :, None, None]
        return self.second(inside.relu_()).add_(x).relu_()


def judged(network: nn.Module, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the logits of policy, score and owner, float32 [B, ...], of boards, wherever the network stands."""
    policy, score, owner = network(torch.from_numpy(seen).to(next(network.parameters()).device))
    return policy.cpu().numpy(), score.cpu().numpy(), owner.cpu().numpy()


class Recorded:
    """A network on a GPU that judges so many boards at a time, which takes Python one call instead of one a layer.

    What it does is recorded once and played back from then on (CUDA graphs), with the weights that it has by then.
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, shape: tuple[int, ...]) -> None:
        """shape: of the boards, [B, planes, side, side]."""
        self._seen = torch.zeros(shape, dtype=torch.uint8, device="cuda")
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # it is to have chosen its kernels before
            for _ in range(3):
                network(self._seen)
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._opinion = network(self._seen)

    def __call__(self, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the logits of policy and score."""
        self._seen.copy_(torch.from_numpy(seen))
        self._graph.replay()
        return self._opinion.policy.cpu().numpy(), self._opinion.score.cpu().numpy()


def pooled(features: Tensor) -> Tensor:
    """Return mean and highest value of each channel over the board, [B, 2 * channels].

    Both by operations that leave the channels last, as do their gradients: with `mean` and `amax` over two dimensions
    these together took two and a half times as long in bfloat16.
    """
    mean = features.permute(0, 2, 3, 1).flatten(1, 2).mean(1)
    highest = functional.max_pool2d(features, features.shape[2:]).flatten(1)
    return torch.cat([mean, highest], dim=1)
