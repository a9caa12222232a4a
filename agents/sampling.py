"""How is an action drawn from a policy, with one generator a game?"""

from __future__ import annotations

import numpy as np

from envs.generator import draws


def drawn(policy: np.ndarray, rng: np.ndarray) -> np.ndarray:
    """Return one column int64 [B] a row of probabilities [B, actions], and advance the generators u8[B] in place.

    A column of probability 0 is never drawn.
    """
    reached = np.cumsum(policy, axis=1)
    columns = (reached <= (uniforms(rng) * reached[:, -1])[:, None]).sum(axis=1)
    last = policy.shape[1] - 1 - (policy[:, ::-1] > 0).argmax(axis=1)
    return np.minimum(columns, last)


def normals(rng: np.ndarray, count: int) -> np.ndarray:
    """Return standard normal numbers [B, count] (Box & Muller 1958)."""
    drawn_twice = [(uniforms(rng), uniforms(rng)) for _ in range(count)]
    pairs = [np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second) for first, second in drawn_twice]
    return np.stack(pairs, axis=1)


def uniforms(rng: np.ndarray) -> np.ndarray:
    """Return numbers [B] in [0, 1) of 53 random bits."""
    return (draws(rng) >> np.uint64(11)) * 2.0**-53
