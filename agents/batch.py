"""How are the steps of a rollout dealt out in batches?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agents.rollout import Rollout


class Batch(NamedTuple):
    """Steps of a rollout, N of them. The first four are what the network judges, in time and games.

    counted: float32 [N], 1 where a step is learnt from, else 0.
    """

    observation: Tensor
    mask: Tensor | None
    memory: Tensor
    fresh: Tensor
    actions: Tensor
    counted: np.ndarray
    log_prob: np.ndarray
    advantage: np.ndarray
    target: np.ndarray


class Batches:
    """The steps of a rollout that count, with what is to be learnt from them.

    advantage, target: float32 [T, B]. counted: bool [T, B].
    """

    def __init__(
        self, rollout: Rollout, advantage: np.ndarray, target: np.ndarray, counted: np.ndarray
    ) -> None:
        self._shape = counted.shape
        self._flat = Batch(
            rollout.observation.flatten(0, 1),
            None if rollout.mask is None else rollout.mask.flatten(0, 1),
            rollout.memory,
            rollout.fresh.flatten(0, 1),
            rollout.actions.flatten(0, 1),
            *(each.astype(np.float32).ravel() for each in (counted, rollout.log_prob, advantage, target)),
        )

    def deal(self, size: int, generator: torch.Generator) -> Iterator[Batch]:
        """Go once through the rollout: batches of about so many steps, drawn.

        Where there is a memory a batch is of games, whole in time, instead. Steps that do not count are dealt out, too,
        so that all batches have one shape.
        """
        steps, games = self._shape
        in_time = steps if self._flat.memory.shape[1] else 1
        rows = torch.arange(steps * games).view(in_time, -1)
        order = torch.randperm(rows.shape[1], generator=generator)
        for some in order.tensor_split(max(1, round(steps * games / size))):
            yield self._batch(rows[:, some], some)

    def _batch(self, rows: Tensor, games: Tensor) -> Batch:
        """Gather the steps of these rows [T, B], and where there is a memory what these games had in it before."""
        flat, whole = rows.flatten(), self._flat
        return Batch(
            whole.observation.index_select(0, flat).unflatten(0, rows.shape),
            None if whole.mask is None else whole.mask.index_select(0, flat),
            whole.memory[games] if whole.memory.shape[1] else whole.memory,
            whole.fresh[flat].unflatten(0, rows.shape),
            whole.actions.index_select(0, flat),
            *(each[flat.numpy()] for each in whole[5:]),
        )
