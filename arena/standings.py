"""What do the games of a tournament say? Always derived from the ledger, never stored."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from arena.ledger import GameRow, Ledger
from arena.ratings import Comparison, DistinctGames, Ratings, distinct, fit
from arena.schedule import Fixture
from arena.scores import Summary, summary
from envs.bad_input import BadInput
from envs.catalog import build
from envs.game import Game

BOOTSTRAP = 1000


@dataclass(frozen=True)
class Standings:
    """The table of one tournament. scores: for solo games, in the game's points; None where seats compete.

    ends: of solo games, how often each entrant's ended for which reason, the commonest first.
    """

    env: str
    played: int
    planned: int
    ratings: Ratings | None  # None before two entrants can be compared
    scores: Summary | None
    distinct: dict[str, DistinctGames]  # by entrant
    forfeits: dict[str, int]
    ends: dict[str, dict[str, int]]


def standings(ledger: Ledger) -> Standings:
    """Derive the table; the same games give the same table, in whatever order they were played."""
    from arena.tournament import planned

    plan, games = ledger.plan, ledger.games()
    game = build(plan.game, plan.kwargs)
    fixtures = planned(plan, game)
    if not {Fixture(row.pair, row.seed, row.seats) for row in games} <= set(fixtures):
        raise BadInput(f"{ledger.path}: holds games that its plan does not have")
    names = [entrant.name for entrant in plan.entrants]
    comparisons = _solo(games) if game.seats == 1 else _seated(games)
    return Standings(
        env=game.spec,
        played=len(games),
        planned=len(fixtures),
        ratings=fit(comparisons, seat_effect=game.seats > 1, bootstrap=BOOTSTRAP) if comparisons else None,
        scores=_scores(games, names, game) if game.seats == 1 else None,
        distinct={name: distinct(row.moves for row in games if name in row.seats) for name in names},
        forfeits={name: sum(_forfeited(row, name) for row in games) for name in names},
        ends={name: _ends(games, name) for name in names} if game.seats == 1 else {},
    )


def _ends(games: list[GameRow], name: str) -> dict[str, int]:
    return dict(Counter(row.reason for row in games if row.seats == (name,)).most_common())


def _forfeited(row: GameRow, name: str) -> bool:
    return row.forfeit >= 0 and row.seats[row.forfeit] == name


def _seated(games: list[GameRow]) -> list[Comparison]:
    """One comparison a game: who scored more, or who forfeited or resigned."""
    return [Comparison(row.seats[0], row.seats[1], _outcome(row), row.pair) for row in games]


def _outcome(row: GameRow) -> float:
    if row.loser >= 0:
        return float(row.loser)
    return _better(row.scores[0], row.scores[1])


def _better(a: int, b: int) -> float:
    return 1.0 if a > b else 0.0 if a < b else 0.5


def _solo(games: list[GameRow]) -> list[Comparison]:
    """Compare every two entrants on every level seed that both have played; who gave it up is below any score."""
    return [
        Comparison(a.seats[0], b.seats[0], _solo_outcome(a, b), a.pair)
        for rows in _by_pair(games)
        for a, b in combinations(sorted(rows, key=lambda row: row.seats), 2)
    ]


def _by_pair(games: list[GameRow]) -> list[list[GameRow]]:
    pairs: dict[int, list[GameRow]] = {}
    for row in games:
        pairs.setdefault(row.pair, []).append(row)
    return list(pairs.values())


def _solo_outcome(a: GameRow, b: GameRow) -> float:
    if a.loser >= 0 or b.loser >= 0:
        return _better(int(a.loser < 0), int(b.loser < 0))
    return _better(a.scores[0], b.scores[0])


def _scores(games: list[GameRow], names: list[str], game: Game) -> Summary | None:
    """Summarise the scores on the level seeds that everyone has played."""
    levels = [_level_scores(rows) for rows in _by_pair(games) if len(rows) == len(names)]
    table = {name: [[scores[name] / game.score_unit for scores in levels]] for name in names}
    return summary(table) if levels else None


def _level_scores(rows: list[GameRow]) -> dict[str, int]:
    """Return the scores on one level. A level given up counts as the lowest of them, whatever stood then."""
    lowest = min(row.scores[0] for row in rows)
    return {row.seats[0]: row.scores[0] if row.loser < 0 else lowest for row in rows}
