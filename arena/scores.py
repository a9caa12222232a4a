"""How do scores on the same levels compare?

Every entrant plays the same level seeds, so results are compared level by level and resampled together.
Aggregates follow Agarwal et al. (2021), "Deep Reinforcement Learning at the Edge of the Statistical Precipice".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from arena.bootstrap import BOOTSTRAP, Estimate, figures, shares
from envs.bad_input import BadInput

__all__ = ["EntrantScores", "Estimate", "Summary", "summary"]


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
    levels: int  # of each entrant
    improvement: dict[str, dict[str, Estimate]]  # [x][y]: P(x scores higher than y on a level), ties half


def summary(scores: Mapping[str, ArrayLike], *, bootstrap: int = BOOTSTRAP, seed: int = 0) -> Summary:
    """Summarise scores[entrant], aligned by level: shape (levels,), (strata, levels) or (strata, runs, levels).

    Strata are what was not drawn at random: named levels, difficulties, tasks. Runs are trained from one seed each, and
    one entrant may have more of them than another. A resample redraws, within every stratum, the levels, the same for
    all entrants, and the runs; one of either is nothing to redraw. Equal input and seed give an equal summary. Raises
    BadInput for scores that differ in strata or levels, and for empty, ragged, non-numeric or non-finite ones.
    """
    if bootstrap < 1:
        raise BadInput(f"scores need bootstrap >= 1, not {bootstrap}")
    table = _table(scores)
    entrants = [
        EntrantScores(
            name, *(figure.estimate for figure in figures(values, bootstrap=bootstrap, seed=seed).values())
        )
        for name, values in table.items()
    ]
    couples = list(combinations(table, 2))
    won = shares([_won(table[x], table[y]) for x, y in couples], bootstrap=bootstrap, seed=seed)
    improvement: dict[str, dict[str, Estimate]] = {name: {} for name in table}
    for (x, y), share in zip(couples, won, strict=True):
        improvement[x][y], improvement[y][x] = share.estimate, share.complement.estimate
    order = sorted(entrants, key=lambda entrant: (-entrant.iqm.value, entrant.name))
    strata, _, levels = next(iter(table.values())).shape
    return Summary(tuple(order), strata * levels, improvement)


def _won(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return [runs of x, runs of y, all levels]: 1 where that run of x scored higher than that of y, a tie half."""
    ours, theirs = (scores.swapaxes(0, 1).reshape(scores.shape[1], -1) for scores in (x, y))
    return (np.sign(ours[:, None] - theirs[None]) + 1) / 2


def _table(scores: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Every entrant's scores as f8[strata, runs, levels], the same strata and levels in all."""
    table = {name: _scores(name, values) for name, values in scores.items()}
    if not table:
        raise BadInput("there are no scores to compare")
    first, *others = table
    for name in others:
        if table[name].shape[::2] != table[first].shape[::2]:
            raise BadInput(f"{name} has scores of shape {table[name].shape}, {first} of {table[first].shape}")
    return table


def _scores(name: str, values: ArrayLike) -> np.ndarray:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise BadInput(f"scores of {name} are not a regular table of numbers") from None
    if array.ndim not in (1, 2, 3) or not array.size:
        shapes = "(levels,), (strata, levels) or (strata, runs, levels)"
        raise BadInput(f"scores of {name} have shape {array.shape}, not {shapes}")
    if not np.isfinite(array).all():
        raise BadInput(f"scores of {name} are not all finite")
    return array if array.ndim == 3 else np.atleast_2d(array)[:, None]
