"""How far does a learner go along a gradient?

Adam (Kingma & Ba 2015), algorithm 1. PyTorch's own would do, but what that imports for itself was a third of the time
that it took to load a trained agent.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from agents.saved import check_array

_MEAN_STAYS, _SQUARE_STAYS = 0.9, 0.999  # beta_1 and beta_2


class Adam:
    """Moves weights, float32 [W], against the slopes of a loss, each by about the rate.

    eps: keeps those from moving far whose slopes are next to nothing. decay: how fast weights shrink, by themselves, as
    in AdamW (Loshchilov & Hutter 2019).
    """

    def __init__(self, weights: Tensor, eps: float = 1e-8, decay: float = 0.0) -> None:
        self._weights, self._eps, self._decay = weights, eps, decay
        self._steps = 0
        self._mean, self._square = torch.zeros_like(weights), torch.zeros_like(weights)

    @torch.no_grad()
    def step(self, slope: Tensor, rate: float) -> None:
        """slope: float32 [W], how the loss changes with each weight."""
        self._steps += 1
        self._mean.lerp_(slope, 1 - _MEAN_STAYS)
        self._square.mul_(_SQUARE_STAYS).addcmul_(slope, slope, value=1 - _SQUARE_STAYS)
        deviation = self._square.sqrt().div_(math.sqrt(1 - _SQUARE_STAYS**self._steps)).add_(self._eps)
        if self._decay:
            self._weights.mul_(1 - rate * self._decay)
        self._weights.addcdiv_(self._mean, deviation, value=-rate / (1 - _MEAN_STAYS**self._steps))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what it remembers, by the names that PyTorch has for it; nothing before the first step."""
        if not self._steps:
            return {}
        return {
            "adam/step": np.array(self._steps, np.float32),
            "adam/exp_avg": self._mean.numpy().copy(),
            "adam/exp_avg_sq": self._square.numpy().copy(),
        }

    def restore(self, arrays: dict[str, np.ndarray]) -> None:
        """Go on from such arrays, where there are any. Raises BadInput where they are not of these weights."""
        if "adam/step" in arrays:
            self._steps = max(0, int(check_array(arrays, "adam/step", (), np.float32)))
            for name, moment in (("exp_avg", self._mean), ("exp_avg_sq", self._square)):
                found = check_array(arrays, f"adam/{name}", tuple(moment.shape), np.float32)
                moment.copy_(torch.from_numpy(found))
