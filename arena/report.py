"""How is a tournament's table shown in a terminal, and as JSON?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
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

_GAP, _NAME = 2, 20  # between columns; of a name before columns move to a table below
_REASONS = 3  # why games ended, that have a column


def as_json(document: Any) -> str:
    """Return a dataclass as one JSON document; what is not a number is null."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return value.tolist()
        return value.item()

    return msgspec.json.format(msgspec.json.encode(document, enc_hook=plain), indent=2).decode()


def show(table: Standings, console: Console) -> None:
    """Print ratings, crosstable with residuals and, for solo games, the scores."""
    console.print(render(table, console.width))


def render(table: Standings, width: int) -> RenderableType:
    """Lay the tables out for a terminal of so many columns."""
    parts: list[RenderableType] = [_headline(table)]
    if table.ratings is not None:
        parts += ["", *_ratings(table, table.ratings, width), *_remarks(table, table.ratings)]
        parts += ["", *_crosstable(table.ratings, width)]
    if table.scores is not None:
        parts += ["", *_scores(table.scores, width), "", *_ends(table, table.scores, width)]
    return Group(*parts, "")


def _headline(table: Standings) -> Text:
    done = f"{table.played} of {table.planned}" if table.played < table.planned else str(table.played)
    return Text.assemble((table.env, "bold cyan"), f"  {done} games")


def _ratings(table: Standings, ratings: Ratings, width: int) -> Iterator[RenderableType]:
    columns = ("", "entrant", "Elo", "95 %", "won-drawn-lost", "points", "distinct")
    yield Text("Ratings", "bold")
    yield table_of(columns, [_rated(table, ratings, rank) for rank in range(len(ratings.standings))], width)


def _rated(table: Standings, ratings: Ratings, rank: int) -> list[Text]:
    standing = ratings.standings[rank]
    games = table.distinct[standing.name]
    return [
        Text(str(rank + 1)),
        Text(standing.name),
        Text(_elo(standing.rating)),
        Text(f"{_elo(standing.low)} … {_elo(standing.high)}"),
        Text.assemble((str(standing.wins), "green"), f"-{standing.draws}-", (str(standing.losses), "red")),
        Text(f"{100 * standing.score:.1f} %"),
        Text(f"{games.distinct}/{games.total}"),
    ]


def _elo(rating: float) -> str:
    return f"{round(rating):+d}"


def _remarks(table: Standings, ratings: Ratings) -> list[Text]:
    remarks = []
    if len(ratings.groups) > 1:
        groups = "; ".join(", ".join(group) for group in ratings.groups)
        remarks.append(f"Not comparable with each other, for they did not meet: {groups}.")
    if ratings.unbounded:
        names = ", ".join(ratings.unbounded)
        remarks.append(f"Held by the prior alone, for they only won or only lost: {names}.")
    if ratings.first_seat_elo is not None and ratings.first_seat_interval is not None:
        low, high = map(_elo, ratings.first_seat_interval)
        remarks.append(f"Moving first is worth {_elo(ratings.first_seat_elo)} Elo ({low} … {high}).")
    for name, count in table.forfeits.items():
        if count:
            remarks.append(f"{name} forfeited {count} game{'s' if count > 1 else ''}.")
    worst = np.nanmax(np.abs(ratings.standardised), initial=0.0)
    if worst > 3:
        remarks.append(
            f"The fit is poor: a residual of {worst:.1f} standard deviations. Trust the crosstable."
        )
    return [Text(remark, style="yellow") for remark in remarks]


def _crosstable(ratings: Ratings, width: int) -> Iterator[RenderableType]:
    """Yield the table in as many pieces as its columns need."""
    names = [standing.name for standing in ratings.standings]
    cells = [[_cell(ratings, i, j) for j in range(len(names))] for i in range(len(names))]
    each = _GAP + max(cell.cell_len for row in cells for cell in row)
    left = len(str(len(names))) + _GAP + min(_NAME, max(map(len, names)))
    fitting = max(1, (width - left) // each)
    room = width if fitting >= len(names) else left + fitting * each
    yield Text("Points of row against column, and by how much the ratings miss", "bold")
    for first in range(0, len(names), fitting):
        ranks = range(first, min(first + fitting, len(names)))
        rows = [[Text(str(i + 1)), Text(names[i]), *(cells[i][j] for j in ranks)] for i in range(len(names))]
        yield table_of(("", "entrant", *(str(rank + 1) for rank in ranks)), rows, room)


def _cell(ratings: Ratings, i: int, j: int) -> Text:
    if i == j or ratings.games[i, j] == 0:
        return Text("·" if i == j else "—", "dim")
    points = f"{ratings.points[i, j]:g}/{ratings.games[i, j]}"
    return Text.assemble(points, (f" {round(ratings.residuals[i, j], 1) + 0.0:+.1f}", "dim"))


def _scores(scores: Summary, width: int) -> Iterator[RenderableType]:
    columns = ("", "entrant", "mean", "median", "IQM", "95 % of IQM", "beats the next")
    rows = []
    for rank, entrant in enumerate(scores.entrants):
        figures = (entrant.mean, entrant.median, entrant.iqm)
        rows.append(
            [
                Text(str(rank + 1)),
                Text(entrant.name),
                *(Text(f"{figure.value:.3f}") for figure in figures),
                Text(
                    "" if math.isnan(entrant.iqm.low) else f"{entrant.iqm.low:.3f} … {entrant.iqm.high:.3f}"
                ),
                ahead(scores, rank),
            ]
        )
    yield Text(f"Scores on the same {scores.levels} level seeds", "bold")
    yield table_of(columns, rows, width)


def _ends(table: Standings, scores: Summary, width: int) -> Iterator[RenderableType]:
    """Yield how often the games ended for which of the commonest reasons; a column each, the rest together."""
    ends = [table.ends[entrant.name] for entrant in scores.entrants]
    reasons = [reason for reason, _ in sum(map(Counter, ends), Counter()).most_common(_REASONS)]
    rows = []
    for rank, (entrant, counts) in enumerate(zip(scores.entrants, ends, strict=True)):
        told = [counts.get(reason, 0) for reason in reasons]
        rest = sum(counts.values()) - sum(told)
        cells = [Text(f"{count}" if count else "·", "" if count else "dim") for count in [*told, rest]]
        rows.append([Text(str(rank + 1)), Text(entrant.name), *cells])
    titles = [reason if len(reason) <= _NAME else f"{reason[: _NAME - 1]}…" for reason in reasons]
    yield Text("How their games ended", "bold")
    yield table_of(("", "entrant", *titles, "else"), rows, width)


def ahead(scores: Summary, rank: int) -> Text:
    """Return the probability of scoring more than the next entrant."""
    if rank + 1 == len(scores.entrants):
        return Text("")
    return Text(percent(scores.improvement[scores.entrants[rank].name][scores.entrants[rank + 1].name]))


def percent(share: Estimate) -> str:
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f} … {100 * share.high:.0f})"


def table_of(columns: Sequence[str], rows: list[list[Text]], width: int) -> Table:
    """Return a table whose second column holds names: they get what the others leave, and break at signs."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    widths = [max([len(title), *(row[i].cell_len for row in rows)]) for i, title in enumerate(columns)]
    room = width - sum(widths) + widths[1] - _GAP * (len(columns) - 1)
    for i, title in enumerate(columns):
        table.add_column(title, justify="right" if i != 1 else "left", no_wrap=i != 1, overflow="fold")
    for row in rows:
        table.add_row(row[0], _broken(row[1].plain, room), *row[2:])
    return table


def _broken(name: str, room: int) -> Text:
    """Return a name in lines that fit, broken after a colon, comma or slash where there is one."""
    lines = [""]
    for part in re.split(r"(?<=[:,/ ])", name):
        if lines[-1] and len(lines[-1]) + len(part) > room:
            lines.append("")
        lines[-1] += part
    return Text("\n".join(lines))
