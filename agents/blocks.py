"""How does a network answer for one game as it would for many?

What a matrix product gives for a row may depend, in its last bits, on how many rows there are. So a network is always
asked about as many.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

BLOCK = 64  # games judged in one call


def blocks(games: int) -> Iterator[slice]:
    """Yield which games are judged together."""
    for first in range(0, games, BLOCK):
        yield slice(first, min(first + BLOCK, games))


def filled(rows: np.ndarray) -> Tensor:
    """Return the rows of a block [1 to BLOCK, ...], filled up to BLOCK with the first one."""
    return torch.from_numpy(np.concatenate([rows, np.repeat(rows[:1], BLOCK - len(rows), axis=0)]))
