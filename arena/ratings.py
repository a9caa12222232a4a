"""How strong is each entrant, and how sure are we?

With d = rating of the first seat - rating of the second + first-seat advantage, a game ends

    P(first wins) : P(draw) : P(second wins)  =  exp(d/2) : nu : exp(-d/2)

which is Bradley & Terry (1952) with the draws of Davidson (1970) and the order effect of Davidson & Beaver
(1977). All results are fitted at once by maximum likelihood, so their order does not matter. The prior adds
virtual results: every entrant has won and lost half of `prior` games against the average of its group, and
the same weight pulls the first-seat advantage to zero and nu to one. For two entrants one such game is about
as weak as Jeffreys' prior.

Intervals come from the Bayesian bootstrap over pairs (Rubin 1981; Newton & Raftery 1994): each replicate
weighs every pair by a random number of mean one, both games of the pair alike, and a virtual result of weight
w by a Gamma(w) number. No weight is zero, so every couple stays in every replicate, even one that played a
single pair; and because the virtual results vary too, twenty wins out of twenty do not look like certainty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import block_diag, helmert
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.special import softmax, xlogy

from envs.bad_input import BadInput, suggest

ELO = 400 / np.log(10)  # Elo points in one natural unit of rating
POINTS = np.array([1.0, 0.5, 0.0])  # the first seat's points for: first won, draw, second won


@dataclass(frozen=True)
class Comparison:
    """One game between two entrants, or one level on which two solo entrants are compared."""

    first: str
    second: str
    outcome: float  # 1 first won, 0.5 draw, 0 second won
    pair: int  # results that belong together share it; independent ones never do


@dataclass(frozen=True)
class Standing:
    """One entrant's line in the table: ratings in Elo points, `low` to `high` a 95 % interval."""

    name: str
    rating: float
    low: float
    high: float
    games: int
    wins: int
    draws: int
    losses: int
    score: float  # points / games, 0..1


@dataclass(frozen=True)
class Ratings:
    """A fitted table. Matrices are [n, n], row against column, in the order of `standings`.

    Ratings have mean zero in each of `groups` (or the anchor has zero): between groups no game was played, so
    their ratings cannot be compared, and `ahead` is NaN. `unbounded` names entrants whose rating is held by
    the prior alone, because they only won (or only lost) against the bulk of their group.
    """

    standings: tuple[Standing, ...]  # strongest first
    first_seat_elo: float | None  # advantage of moving first; None where there is no first seat
    first_seat_interval: tuple[float, float] | None  # 95 %
    draw: float | None  # Davidson's nu: equals draw nu / (2 + nu) of their games; None if nobody drew
    log_likelihood: float  # of the results, natural logarithm, without the prior
    games: np.ndarray  # int64
    points: np.ndarray  # points won
    residuals: np.ndarray  # points won minus points expected by the fit
    standardised: np.ndarray  # residuals over their standard deviation; beyond 3 the model misfits
    ahead: np.ndarray  # probability of being stronger; 0.5 on the diagonal
    groups: tuple[tuple[str, ...], ...]
    unbounded: tuple[str, ...]


@dataclass(frozen=True)
class DistinctGames:
    """How many games were played, and how many of them tell something new."""

    total: int
    distinct: int
    effective: float  # exp of the Shannon entropy of their frequencies (Hill 1973)


@dataclass(frozen=True)
class _Tally:
    """The results counted by pair and ordered couple: all that the likelihood needs."""

    names: list[str]
    first: np.ndarray  # int[couples], index into names
    second: np.ndarray  # int[couples]
    by_pair: csr_array  # [pairs, couples * 3]: first won, draw, second won

    def total(self) -> np.ndarray:
        return self.by_pair.sum(axis=0).reshape(-1, 3)

    def crosstable(self, forward: np.ndarray, backward: np.ndarray) -> np.ndarray:
        """Sum to [n, n] the numbers[couples] of the first seat (forward) and of the second (backward)."""
        table = np.zeros((len(self.names), len(self.names)))
        np.add.at(table, (self.first, self.second), forward)
        np.add.at(table, (self.second, self.first), backward)
        return table


@dataclass(frozen=True)
class _Model:
    """A log-linear model: the log weight of a result is offset + features @ theta.

    Rows are the couples, then the prior's. Theta holds a zero-sum basis of each group's ratings, then the
    first-seat advantage, then log nu (the last two where they are fitted).
    """

    features: np.ndarray  # f8[rows, 3, parameters]
    offset: np.ndarray  # f8[rows, 3]: -inf where a result cannot happen
    virtual: np.ndarray  # f8[rows - couples, 3]: the prior's results
    basis: np.ndarray  # f8[n, columns]: ratings = basis @ theta[:columns]

    def log_weights(self, theta: np.ndarray) -> np.ndarray:
        return np.tensordot(theta, self.features, axes=(-1, -1)) + self.offset

    def ratings(self, theta: np.ndarray) -> np.ndarray:
        return theta[..., : self.basis.shape[1]] @ self.basis.T


def fit(
    comparisons: Sequence[Comparison],
    *,
    seat_effect: bool = True,
    bootstrap: int = 1000,
    seed: int = 0,
    anchor: str | None = None,
    prior: float = 1.0,
) -> Ratings:
    """Rate all entrants from all their results.

    `seat_effect`: fit a first-seat advantage (not for solo games compared level by level). `anchor`: the
    entrant whose rating is zero. `prior`: virtual games per entrant, above 0. The same comparisons in any
    order and the same seed give the same table. Raises BadInput for an empty list, an outcome other than 0,
    0.5 and 1, an entrant against itself, an anchor that did not play, and numbers out of range.
    """
    if bootstrap < 1 or prior <= 0:
        raise BadInput(f"ratings need bootstrap >= 1 and prior > 0, not {bootstrap} and {prior}")
    tally = _count(comparisons)
    if anchor is not None and anchor not in tally.names:
        raise BadInput(f"anchor {anchor!r} played no game.{suggest(anchor, tally.names)}")
    counts, group = tally.total(), _parts(tally, "weak")
    draws = bool(counts[:, 1].any())
    model = _model(tally, group, seat_effect, draws, prior)
    start = np.zeros((1, model.features.shape[-1]))
    theta = _maximise(model, np.concatenate([counts, model.virtual])[None], start)[0]
    replicates = _replicates(model, tally, theta, bootstrap, seed)
    rating, spread = ELO * model.ratings(theta), ELO * model.ratings(replicates)
    if anchor is not None:
        at = tally.names.index(anchor)
        kin = group == group[at]
        rating, spread = rating - kin * rating[at], spread - kin * spread[:, at, None]
    order = sorted(range(len(rating)), key=lambda i: (-round(rating[i], 6), tally.names[i]))
    chance = softmax(model.log_weights(theta)[: len(counts)], axis=-1)
    games, points, residuals, standardised = (m[np.ix_(order, order)] for m in _crosstables(tally, chance))
    seat = model.basis.shape[1]  # its place in theta
    return Ratings(
        standings=tuple(_standing(tally, i, rating[i], spread[:, i]) for i in order),
        first_seat_elo=float(ELO * theta[seat]) if seat_effect else None,
        first_seat_interval=_interval(ELO * replicates[:, seat]) if seat_effect else None,
        draw=float(np.exp(theta[-1])) if draws else None,
        log_likelihood=float(xlogy(counts, chance).sum()),
        games=games.astype(np.int64),
        points=points,
        residuals=residuals,
        standardised=standardised,
        ahead=_ahead(spread[:, order], group[order]),
        groups=tuple(
            tuple(tally.names[i] for i in order if group[i] == g) for g in dict.fromkeys(group[order])
        ),
        unbounded=_unbounded(tally, group, order),
    )


def distinct(games: Iterable[bytes | str]) -> DistinctGames:
    """Count games, different and effectively different ones: deterministic players repeat themselves."""
    counts = np.array(list(Counter(games).values()), dtype=float)
    if not counts.size:
        return DistinctGames(0, 0, 0.0)
    share = counts / counts.sum()
    return DistinctGames(int(counts.sum()), counts.size, float(np.exp(-xlogy(share, share).sum())))


def _count(comparisons: Sequence[Comparison]) -> _Tally:
    if not comparisons:
        raise BadInput("there are no games to rate")
    for c in comparisons:
        if c.first == c.second:
            raise BadInput(f"pair {c.pair}: {c.first!r} cannot be rated against itself")
        if c.outcome not in (0, 0.5, 1):
            raise BadInput(f"pair {c.pair}: outcome {c.outcome!r} is not 0, 0.5 or 1")
    names = sorted({name for c in comparisons for name in (c.first, c.second)})
    place = {name: i for i, name in enumerate(names)}
    couples = sorted({(place[c.first], place[c.second]) for c in comparisons})
    row = {couple: i for i, couple in enumerate(couples)}
    column = [3 * row[place[c.first], place[c.second]] + int(2 - 2 * c.outcome) for c in comparisons]
    cluster = {pair: i for i, pair in enumerate(sorted({c.pair for c in comparisons}))}
    cells = (np.ones(len(comparisons)), ([cluster[c.pair] for c in comparisons], column))
    first, second = np.array(couples).T
    return _Tally(names, first, second, csr_array(cells, shape=(len(cluster), 3 * len(couples))))


def _parts(tally: _Tally, connection: str) -> np.ndarray:
    """Label entrants by connected part; arrows run from winner to loser, both ways for a draw."""
    won, drawn, lost = tally.total().T
    arrows = tally.crosstable(won + drawn, lost + drawn)
    return connected_components(arrows, directed=True, connection=connection)[1]


def _unbounded(tally: _Tally, group: np.ndarray, order: list[int]) -> tuple[str, ...]:
    """Entrants outside the one largest strongly connected part of their group: no maximum (Ford 1957)."""
    part = _parts(tally, "strong")
    size = np.bincount(part)[part]
    rival = (group[:, None] == group) & (part[:, None] != part) & (size[:, None] <= size)
    return tuple(tally.names[i] for i in order if rival[i].any())


def _model(tally: _Tally, group: np.ndarray, seat_effect: bool, draws: bool, prior: float) -> _Model:
    sums = block_diag(*(helmert(size).T for size in np.bincount(group)))
    basis = np.empty_like(sums)
    basis[np.argsort(group, kind="stable")] = sums
    couples, ratings = len(tally.first), basis.shape[1]
    held = block_diag(basis, np.eye(int(seat_effect) + int(draws)))  # every number, against zero
    played = np.zeros((couples, held.shape[1]))
    played[:, :ratings] = basis[tally.first] - basis[tally.second]
    if seat_effect:
        played[:, ratings] = 1.0
    d = np.vstack([played, held])
    features = np.stack([d / 2, np.zeros_like(d), -d / 2], axis=1)
    offset = np.zeros((len(d), 3))
    offset[couples if draws else 0 :, 1] = -np.inf
    if draws:
        features[:couples, 1, -1] = 1.0
    return _Model(features, offset, prior * np.tile([0.5, 0.0, 0.5], (len(held), 1)), basis)


def _maximise(model: _Model, counts: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Maximum likelihood theta[B, parameters] for each of counts[B, rows, 3], by damped Newton steps.

    The step length log(1 + r) / r, with r how far the step moves log weights apart, converges from anywhere
    (Sun & Tran-Dinh 2019, generalised self-concordance: the third cumulant is at most range times variance).
    """
    one, other = (
        [0, 0, 1],
        [1, 2, 2],
    )  # a covariance is the sum over pairs of results: p p' (x - x') (x - x')^T
    size = start.shape[-1]
    gaps = (model.features[:, one] - model.features[:, other]).reshape(-1, size)
    squares = (gaps[:, :, None] * gaps[:, None, :]).reshape(-1, size * size)
    theta, games = start.copy(), counts.sum(axis=-1, keepdims=True)
    active = np.arange(len(counts))
    for _ in range(200):
        chance = softmax(model.log_weights(theta[active]), axis=-1)
        gradient = np.tensordot(counts[active] - games[active] * chance, model.features, axes=2)
        joint = games[active] * chance[..., one] * chance[..., other]
        curvature = (joint.reshape(len(active), -1) @ squares).reshape(-1, size, size)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        reach = np.abs(step @ gaps.T).max(axis=-1)
        theta[active] += step * (np.log1p(reach) / np.maximum(reach, 1e-300))[:, None]
        active = active[reach > 1e-5]  # convergence is quadratic: the error left is about reach squared
        if not active.size:
            break
    return theta


def _replicates(model: _Model, tally: _Tally, theta: np.ndarray, bootstrap: int, seed: int) -> np.ndarray:
    """Theta[bootstrap, parameters], each fitted to randomly weighed pairs and virtual results.

    The residuals of k pairs around p fitted numbers are too small by (k - p) / k, so weights have variance
    k / (k - p) instead of 1, 2 at most: without it intervals from few pairs miss the truth far too often.
    """
    rng = np.random.default_rng(seed)
    pairs = tally.by_pair.shape[0]
    shape = max(1 - len(theta) / pairs, 0.5)
    found = []
    for begin in range(0, bootstrap, 100):  # in blocks, to bound the memory of a long tournament
        many = min(100, bootstrap - begin)
        games = (rng.standard_gamma(shape, (many, pairs)) / shape) @ tally.by_pair
        prior = rng.standard_gamma(model.virtual, (many, *model.virtual.shape))
        prior[:, :, [0, 2]] += 1e-9  # where the weight of a tiny prior underflows, curvature stays regular
        counts = np.concatenate([games.reshape(many, -1, 3), prior], axis=1)
        found.append(_maximise(model, counts, np.tile(theta, (many, 1))))
    return np.concatenate(found)


def _crosstables(tally: _Tally, chance: np.ndarray) -> tuple[np.ndarray, ...]:
    """Games, points, residuals and standardised residuals, each [n, n] in the order of tally.names."""
    counts = tally.total()
    games, scored, mean = counts.sum(axis=-1), counts @ POINTS, chance @ POINTS
    surplus, variance = scored - games * mean, games * (chance @ POINTS**2 - mean**2)
    residuals = tally.crosstable(surplus, -surplus)
    deviation = np.sqrt(tally.crosstable(variance, variance))
    standardised = np.divide(residuals, deviation, out=np.zeros_like(residuals), where=deviation > 0)
    return tally.crosstable(games, games), tally.crosstable(scored, games - scored), residuals, standardised


def _standing(tally: _Tally, entrant: int, rating: float, spread: np.ndarray) -> Standing:
    as_first = tally.total()[tally.first == entrant].sum(axis=0)
    as_second = tally.total()[tally.second == entrant].sum(axis=0)[::-1]
    wins, draws, losses = (as_first + as_second).astype(int).tolist()
    games = wins + draws + losses
    score = (wins + draws / 2) / games
    return Standing(
        tally.names[entrant], float(rating), *_interval(spread), games, wins, draws, losses, score
    )


def _interval(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _ahead(spread: np.ndarray, group: np.ndarray) -> np.ndarray:
    margin = spread[:, :, None] - spread[:, None, :]
    ahead = (np.sign(margin).mean(axis=0) + 1) / 2
    return np.where(group[:, None] == group, ahead, np.nan)
