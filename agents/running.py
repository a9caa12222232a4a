"""What are the mean and the spread of all that has been seen so far?"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from agents.crew import Crew

_LIMIT = 10.0  # deviations, beyond which nothing is taken for more


class RunningMoments(nn.Module):
    """Mean and variance, merged batch by batch (Chan, Golub & LeVeque 1983), which bring what comes to 0 and 1."""

    mean: Tensor
    variance: Tensor
    count: Tensor

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("variance", torch.ones(shape, dtype=torch.float64))
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))

    def see(self, batch: Tensor, crew: Crew) -> None:
        """Take in a batch [N, ...], and those that the others of a crew have seen."""
        batch = batch.double().reshape(len(batch), -1)
        own = torch.cat(
            [torch.tensor([len(batch)]), batch.mean(dim=0), batch.var(dim=0, unbiased=False)]
        ).numpy()
        for told in crew.gathered(own):
            if told[0]:
                count, (mean, variance) = told[0], torch.from_numpy(told[1:]).view(2, *self.mean.shape)
                self._merge(count, mean, variance)

    def _merge(self, count: float, mean: Tensor, variance: Tensor) -> None:
        total = self.count + count
        apart = mean - self.mean
        squares = self.variance * self.count + variance * count + apart.square() * self.count * count / total
        self.mean += apart * count / total
        self.variance.copy_(squares / total)
        self.count.copy_(total)

    @property
    def deviation(self) -> Tensor:
        return (self.variance + 1e-8).sqrt()

    def forward(self, batch: Tensor) -> Tensor:
        """Return float32 of mean 0 and deviation 1, at most ten deviations from 0."""
        return ((batch - self.mean) / self.deviation).float().clamp(-_LIMIT, _LIMIT)
