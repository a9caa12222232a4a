"""What do the games of a tournament say? Always derived from the ledger, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from arena.ledger import GameRow, Ledger
from arena.ratings import Comparison, DistinctGames, Ratings, distinct, fit
from arena.scores import Summary, summary
from envs.catalog import build
from envs.game import Game

BOOTSTRAP = 1000


@dataclass(frozen=True)
class Standings:
    """The table of one tournament. scores: for solo games, in the game's points; None where seats compete."""

    env: str
    played: int
    planned: int
    ratings: Ratings | None  # None before two entrants can be compared
    scores: Summary | None
    distinct: dict[str, DistinctGames]  # by entrant
    forfeits: dict[str, int]


def standings(ledger: Ledger) -> Standings:
    """Derive the table; the same games give the same table, in whatever order they were played."""
    from arena.tournament import planned

    plan, games = ledger.plan, ledger.games()
    game = build(plan.game, plan.kwargs)
    names = [entrant.name for entrant in plan.entrants]
    comparisons = _solo(games) if game.seats == 1 else _seated(games)
    return Standings(
        env=game.spec,
        played=len(games),
        planned=len(planned(plan, game)),
        ratings=fit(comparisons, seat_effect=game.seats > 1, bootstrap=BOOTSTRAP) if comparisons else None,
        scores=_scores(games, names, game) if game.seats == 1 else None,
        distinct={name: distinct(row.moves for row in games if name in row.seats) for name in names},
        forfeits={name: sum(_forfeited(row, name) for row in games) for name in names},
    )


def _forfeited(row: GameRow, name: str) -> bool:
    return row.forfeit >= 0 and row.seats[row.forfeit] == name


def _seated(games: list[GameRow]) -> list[Comparison]:
    """One comparison a game: who scored more, or who forfeited."""
    return [Comparison(row.seats[0], row.seats[1], _outcome(row), row.pair) for row in games]


def _outcome(row: GameRow) -> float:
    if row.forfeit >= 0:
        return float(row.forfeit)
    return _better(row.scores[0], row.scores[1])


def _better(a: int, b: int) -> float:
    return 1.0 if a > b else 0.0 if a < b else 0.5


def _solo(games: list[GameRow]) -> list[Comparison]:
    """Compare every two entrants on every level seed that both have played; a forfeit is below any score."""
    levels: dict[int, list[GameRow]] = {}
    for row in games:
        levels.setdefault(row.pair, []).append(row)
    return [
        Comparison(a.seats[0], b.seats[0], _solo_outcome(a, b), pair)
        for pair, rows in levels.items()
        for a, b in combinations(sorted(rows, key=lambda row: row.seats), 2)
    ]


def _solo_outcome(a: GameRow, b: GameRow) -> float:
    if a.forfeit >= 0 or b.forfeit >= 0:
        return _better(int(a.forfeit < 0), int(b.forfeit < 0))
    return _better(a.scores[0], b.scores[0])


def _scores(games: list[GameRow], names: list[str], game: Game) -> Summary | None:
    """Summarise the scores on the level seeds that everyone has played."""
    table: dict[int, dict[str, float]] = {}
    for row in games:
        table.setdefault(row.pair, {})[row.seats[0]] = row.scores[0] / game.score_unit
    whole = [scores for scores in table.values() if len(scores) == len(names)]
    return summary({name: [[scores[name] for scores in whole]] for name in names}) if whole else None
