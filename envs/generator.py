"""Where does chance come from?

SplitMix64 (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): the whole
generator is one 64-bit counter, so it fits in a state record and in an array with one entry a game.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.compiled import inlined, wrapping

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_30, _27, _31, _32 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(32)


@inlined
def _mix(z):
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@wrapping
def draw(state, bound):
    """Return a whole number in [0, bound) from the generator in `state.rng`; bound is at most 2**31.

    Multiply and shift (Lemire 2019) without the rejection step: the bias is below bound / 2**32.
    """
    state.rng += _GAMMA
    return np.int64(((_mix(state.rng) >> _32) * np.uint64(bound)) >> _32)


@wrapping
def draw_at(rng, i, bound):
    """Return a whole number in [0, bound) from the i-th generator of an array; bound is at most 2**31."""
    rng[i] += _GAMMA
    return np.int64(((_mix(rng[i]) >> _32) * np.uint64(bound)) >> _32)


@wrapping
def uniform_at(rng, i):
    """Return a float in [0, 1) with 53 random bits from the i-th generator of an array."""
    rng[i] += _GAMMA
    return np.float64(_mix(rng[i]) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


def draws(rng: np.ndarray) -> np.ndarray:
    """Return 64 fresh random bits per generator, u8[B], and advance each generator in place."""
    with np.errstate(over="ignore"):
        rng += _GAMMA
        return _mix_array(rng)


@wrapping
def pick_any(among, rng):
    """Return for each row of `among`, bool [B, n], one of the columns that are True, drawn by the row's generator.

    Column 0 where none is.
    """
    picks = np.zeros(len(among), np.int64)
    for i in range(len(among)):
        left = draw_at(rng, i, among[i].sum())
        for k in range(among.shape[1]):
            left -= among[i, k]
            if left < 0:
                picks[i] = k
                break
    return picks


def seeded(seeds: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return one generator per seed, u8[B]. Seeds are whole numbers; they count modulo 2**64."""
    with np.errstate(over="ignore"):
        return _mix_array(
            np.array([int(seed) & 0xFFFFFFFFFFFFFFFF for seed in seeds], dtype=np.uint64) + _GAMMA
        )


def _mix_array(z: np.ndarray) -> np.ndarray:
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)
