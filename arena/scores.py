"""How do scores on the same levels compare?

Every entrant plays the same level seeds, so results are compared level by level and resampled together.
Aggregates and their stratified bootstrap follow Agarwal et al. (2021), "Deep Reinforcement Learning at the
Edge of the Statistical Precipice".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from envs.bad_input import BadInput


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, whose bounds are NaN where there is nothing to resample."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class EntrantScores:
    """One entrant's scores in three numbers, in the unit of the scores given."""

    name: str
    mean: Estimate
    median: Estimate
    iqm: Estimate  # interquartile mean: the mean of the middle half


@dataclass(frozen=True)
class Summary:
    """The comparison of all entrants."""

    entrants: tuple[EntrantScores, ...]  # highest interquartile mean first
    levels: int  # scores of each entrant
    improvement: dict[str, dict[str, Estimate]]  # [x][y]: P(x scores higher than y on a level), ties half


def summary(scores: Mapping[str, ArrayLike], *, bootstrap: int = 2000, seed: int = 0) -> Summary:
    """Summarise scores[entrant], aligned by level: shape (levels,), or (strata, levels or runs in each).

    Strata are what was not drawn at random: named levels, difficulties, tasks. A resample redraws the columns
    within every stratum, the same for all entrants; a stratum of one column has nothing to redraw. Equal
    input and seed give an equal summary. Raises BadInput for scores that differ in shape, and for empty,
    ragged, non-numeric or non-finite ones.
    """
    if bootstrap < 1:
        raise BadInput(f"scores need bootstrap >= 1, not {bootstrap}")
    table = _table(scores)
    strata, columns = next(iter(table.values())).shape
    rng = np.random.default_rng(seed)
    draws = rng.integers(columns, size=(bootstrap, strata, columns)) + columns * np.arange(strata)[:, None]
    draws = draws.reshape(bootstrap, -1)
    flat = {name: values.ravel() for name, values in table.items()}
    entrants = []
    for name, values in flat.items():
        resampled = np.sort(values[draws] if columns > 1 else np.full(draws.shape, np.nan))
        figures = (_estimate(figure, np.sort(values), resampled) for figure in (_mean, _median, _middle))
        entrants.append(EntrantScores(name, *figures))
    weights = rng.standard_exponential(draws.shape)
    virtual = rng.standard_gamma(0.5, (bootstrap, 2))
    improvement = {
        x: {y: _improvement(flat[x] - flat[y], weights, virtual) for y in flat if y != x} for x in flat
    }
    order = sorted(entrants, key=lambda entrant: (-entrant.iqm.value, entrant.name))
    return Summary(tuple(order), strata * columns, improvement)


def _table(scores: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Every entrant's scores as f8[strata, columns], all of one shape."""
    table = {name: _matrix(name, values) for name, values in scores.items()}
    if not table:
        raise BadInput("there are no scores to compare")
    first, *others = table
    for name in others:
        if table[name].shape != table[first].shape:
            raise BadInput(f"{name} has scores of shape {table[name].shape}, {first} of {table[first].shape}")
    return table


def _matrix(name: str, values: ArrayLike) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"scores of {name} are not a regular table of numbers") from None
    if array.ndim not in (1, 2) or not array.size:
        raise BadInput(f"scores of {name} have shape {array.shape}, not (levels,) or (strata, levels)")
    if not np.isfinite(array).all():
        raise BadInput(f"scores of {name} are not all finite")
    return np.atleast_2d(array)


def _estimate(
    figure: Callable[[np.ndarray], np.ndarray], values: np.ndarray, resampled: np.ndarray
) -> Estimate:
    return Estimate(float(figure(values)), *_interval(figure(resampled)))


def _interval(replicates: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(replicates, [0.025, 0.975])
    return float(low), float(high)


def _mean(values: np.ndarray) -> np.ndarray:
    return values.mean(axis=-1)


def _median(values: np.ndarray) -> np.ndarray:
    return np.median(values, axis=-1)


def _middle(values: np.ndarray) -> np.ndarray:
    """Interquartile mean of ascending values[..., n]: a quarter (rounded down) is cut at each end."""
    cut = values.shape[-1] // 4
    return values[..., cut : values.shape[-1] - cut].mean(axis=-1)


def _improvement(margin: np.ndarray, weights: np.ndarray, virtual: np.ndarray) -> Estimate:
    """P(margin > 0) + P(margin = 0) / 2 by the Bayesian bootstrap (Rubin 1981) over all levels.

    One more virtual level is half won and half lost: without ties this is Jeffreys' interval for a
    proportion, and ten wins on ten levels do not look like certainty.
    """
    won = (np.sign(margin) + 1) / 2
    low, high = _interval((weights @ won + virtual[:, 0]) / (weights.sum(axis=1) + virtual.sum(axis=1)))
    value = float(won.mean())
    return Estimate(value, min(low, value), max(high, value))
