"""How is a tournament's table shown in a terminal, and as JSON?"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import numpy as np
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from arena.ratings import Ratings
from arena.scores import Estimate, Summary
from arena.standings import Standings


def as_json(document: Any) -> str:
    """Return a dataclass as one JSON document; what is not a number is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.tolist()
        return value.item()

    return msgspec.json.format(msgspec.json.encode(document, enc_hook=plain), indent=2).decode()


def show(table: Standings, console: Console) -> None:
    """Print ratings, crosstable with residuals and, for solo games, the scores."""
    console.print(render(table))


def render(table: Standings) -> RenderableType:
    parts: list[RenderableType] = [_headline(table)]
    if table.ratings is not None:
        parts += [_ratings(table, table.ratings), *_remarks(table, table.ratings), _crosstable(table.ratings)]
    if table.scores is not None:
        parts.append(_scores(table.scores))
    return Group(*parts)


def _headline(table: Standings) -> Text:
    done = (
        f"{table.played} games"
        if table.played == table.planned
        else f"{table.played} of {table.planned} games"
    )
    return Text.assemble((table.env, "bold cyan"), f"  {done}")


def _table(title: str, *columns: str, left: int = 1) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i < left else "right", no_wrap=i >= left, overflow="fold")
    return table


def _ratings(table: Standings, ratings: Ratings) -> Table:
    shown = _table("Ratings", "", "entrant", "Elo", "95 %", "won-drawn-lost", "points", "distinct", left=2)
    for rank, standing in enumerate(ratings.standings, 1):
        games = table.distinct[standing.name]
        shown.add_row(
            str(rank),
            standing.name,
            f"{standing.rating:+.0f}",
            f"{standing.low:+.0f} … {standing.high:+.0f}",
            f"[green]{standing.wins}[/]-{standing.draws}-[red]{standing.losses}[/]",
            f"{100 * standing.score:.1f} %",
            f"{games.distinct} of {games.total}",
        )
    return shown


def _remarks(table: Standings, ratings: Ratings) -> list[Text]:
    remarks = []
    if len(ratings.groups) > 1:
        groups = "; ".join(", ".join(group) for group in ratings.groups)
        remarks.append(f"Not comparable with each other, for they did not meet: {groups}.")
    if ratings.unbounded:
        remarks.append(
            f"Held by the prior alone, for they only won or only lost: {', '.join(ratings.unbounded)}."
        )
    if ratings.first_seat_elo is not None and ratings.first_seat_interval is not None:
        low, high = ratings.first_seat_interval
        remarks.append(f"Moving first is worth {ratings.first_seat_elo:+.0f} Elo ({low:+.0f} … {high:+.0f}).")
    remarks += [f"{name} forfeited {count} games." for name, count in table.forfeits.items() if count]
    worst = np.nanmax(np.abs(ratings.standardised), initial=0.0)
    if worst > 3:
        remarks.append(
            f"The fit is poor: a residual of {worst:.1f} standard deviations. Trust the crosstable."
        )
    return [Text(remark, style="yellow") for remark in remarks]


def _crosstable(ratings: Ratings) -> Table:
    names = [standing.name for standing in ratings.standings]
    ranks = [str(rank + 1) for rank in range(len(names))]
    shown = _table(
        "Points of row against column, and by how much the ratings miss", "", "entrant", *ranks, left=2
    )
    for i, name in enumerate(names):
        shown.add_row(ranks[i], name, *(_cell(ratings, i, j) for j in range(len(names))))
    return shown


def _cell(ratings: Ratings, i: int, j: int) -> str:
    if i == j:
        return "[dim]·[/]"
    if ratings.games[i, j] == 0:
        return "[dim]—[/]"
    return f"{ratings.points[i, j]:g}/{ratings.games[i, j]} [dim]{ratings.residuals[i, j]:+.1f}[/]"


def _scores(scores: Summary) -> Table:
    shown = _table(
        f"Scores on the same {scores.levels} level seeds", "entrant", "mean", "IQM", "95 % of IQM",
        "beats the next",
    )  # fmt: skip
    for entrant, following in zip(scores.entrants, (*scores.entrants[1:], None), strict=True):
        ahead = "" if following is None else _percent(scores.improvement[entrant.name][following.name])
        iqm = entrant.iqm
        interval = "" if math.isnan(iqm.low) else f"{iqm.low:.3f} … {iqm.high:.3f}"
        shown.add_row(
            entrant.name,
            f"{entrant.mean.value:.3f}",
            f"{entrant.median.value:.3f}",
            f"{iqm.value:.3f}",
            interval,
            ahead,
        )
    return shown


def _percent(chance: Estimate) -> str:
    return f"{100 * chance.value:.0f} % ({100 * chance.low:.0f} … {100 * chance.high:.0f})"
