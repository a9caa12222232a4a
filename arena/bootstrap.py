"""How sure is a figure of scores on drawn levels, by agents that were trained from several seeds?

Scores are f8[strata, runs, levels]. Levels were drawn at random, and so were the seeds that the runs learnt from;
strata were not. Every run plays the same levels, so a resample redraws runs and levels crossed, within every stratum:
Owen (2007), "The pigeonhole bootstrap", in the strata of Agarwal et al. (2021), "Deep Reinforcement Learning at the
Edge of the Statistical Precipice". It errs on the wide side where neither the run nor the level decides much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, t

BOOTSTRAP = 2000  # resamples
_NUMBERS = 1 << 20  # held at once
_TAIL = 0.025  # beyond each end of an interval
_LEVELS, _RUNS = 0, 1  # what a stream of chance is for


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, whose bounds are NaN where there is nothing to resample."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Figure:
    """A number, what it is in every resample, and the share of these that lies beyond each end of its interval."""

    value: float
    replicates: np.ndarray
    tail: float = _TAIL

    def __sub__(self, other: Figure) -> Figure:
        """Return the difference; both are of the same runs where they were resampled with one seed."""
        replicates = self.replicates - other.replicates
        return Figure(self.value - other.value, replicates, min(self.tail, other.tail))

    @property
    def complement(self) -> Figure:
        return Figure(1 - self.value, 1 - self.replicates, self.tail)

    @property
    def estimate(self) -> Estimate:
        low, high = np.quantile(self.replicates, [self.tail, 1 - self.tail])
        return Estimate(self.value, min(float(low), self.value), max(float(high), self.value))


def _mean(ascending: np.ndarray) -> np.ndarray:
    return ascending.mean(axis=-1)


def _median(ascending: np.ndarray) -> np.ndarray:
    return np.median(ascending, axis=-1)


def _middle(ascending: np.ndarray) -> np.ndarray:
    """Interquartile mean of values[..., n]: a quarter (rounded down) is cut at each end."""
    cut = ascending.shape[-1] // 4
    return ascending[..., cut : ascending.shape[-1] - cut].mean(axis=-1)


_FIGURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"mean": _mean, "median": _median, "iqm": _middle}


def figures(
    scores: np.ndarray, *, bootstrap: int = BOOTSTRAP, seed: int = 0, levels: int = 0
) -> dict[str, Figure]:
    """Return `mean`, `median` and `iqm`, the interquartile mean, of scores f8[strata, runs, levels].

    One seed redraws the same runs; one seed and one number of a set of `levels` the same levels.
    """
    strata, runs, columns = scores.shape
    ascending = np.sort(scores, axis=None)
    values = {name: float(figure(ascending)) for name, figure in _FIGURES.items()}
    if runs == columns == 1:
        return {name: Figure(value, np.full(bootstrap, np.nan)) for name, value in values.items()}
    by_level, by_run = (np.random.default_rng([seed, *what]) for what in ((_LEVELS, levels), (_RUNS, 0)))
    found: dict[str, list[np.ndarray]] = {name: [] for name in _FIGURES}
    for few in _batches(bootstrap, scores.size):
        which = by_level.integers(columns, size=(few, strata, 1, columns))
        who = by_run.integers(runs, size=(few, strata, runs, 1))
        drawn = np.sort(scores[np.arange(strata)[:, None, None], who, which].reshape(few, -1))
        for name, figure in _FIGURES.items():
            found[name].append(figure(drawn))
    tail = _tail(runs, strata)
    return {name: Figure(values[name], np.concatenate(found[name]), tail) for name in _FIGURES}


def shares(
    tables: Sequence[np.ndarray], *, bootstrap: int = BOOTSTRAP, seed: int = 0, levels: int = 0
) -> list[Figure]:
    """Return how much is won, on average, in tables of shares won: f8[runs, other side's runs, levels], each 0 to 1.

    Levels, the same in all tables, are weighed by the Bayesian bootstrap (Rubin 1981). One more, virtual level is half
    won and half lost: with one run and no ties this is Jeffreys' interval for a proportion, and ten wins on ten levels
    do not look like certainty.
    """
    if not tables:
        return []
    columns = tables[0].shape[-1]
    by_level = np.random.default_rng([seed, _LEVELS, levels])
    by_run = [[np.random.default_rng([seed, _RUNS, side]) for side in (0, 1)] for _ in tables]
    found: list[list[np.ndarray]] = [[] for _ in tables]
    for few in _batches(bootstrap, columns):
        weights = by_level.standard_exponential((few, columns))
        virtual = by_level.standard_gamma(0.5, (few, 2))
        whole = weights.sum(axis=1) + virtual.sum(axis=1)
        for table, chance, replicates in zip(tables, by_run, found, strict=True):
            ours, theirs = (_redrawn(rng, n, few) for rng, n in zip(chance, table.shape, strict=False))
            pairs = (ours[:, :, None] * theirs[:, None, :]).reshape(few, -1)
            won = (pairs * (weights @ table.reshape(-1, columns).T)).sum(axis=1)
            replicates.append((won + virtual[:, 0]) / whole)
    return [
        Figure(float(table.mean()), np.concatenate(replicates), min(_tail(runs) for runs in table.shape[:2]))
        for table, replicates in zip(tables, found, strict=True)
    ]


def _batches(bootstrap: int, numbers: int) -> Iterator[int]:
    """Yield how many resamples of so many numbers to make at once."""
    at_once = max(1, _NUMBERS // numbers)
    for start in range(0, bootstrap, at_once):
        yield min(at_once, bootstrap - start)


def _redrawn(rng: np.random.Generator, runs: int, few: int) -> np.ndarray:
    """Return which share of each resample each run makes up, f8[few, runs]."""
    return rng.multinomial(runs, np.full(runs, 1 / runs), size=few) / runs


def _tail(runs: int, strata: int = 1) -> float:
    """Return the share of resamples to leave out at each end, so that an interval over few runs is wide enough.

    Hesterberg (2015), "What Teachers Should Know About the Bootstrap", calls it the expanded percentile interval: of
    a mean of normal scores it is Student's t interval.
    """
    if runs == 1:
        return _TAIL
    return float(norm.cdf(-t.ppf(1 - _TAIL, strata * (runs - 1)) * np.sqrt(runs / (runs - 1))))
