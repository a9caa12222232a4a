"""How is what was measured of agents shown in a terminal?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from arena.evaluate import Evaluation, told
from arena.measure import Measured, compare
from arena.report import ahead, percent, table_of
from arena.scores import Estimate

_INDENT = 2
_FIGURES = {"success": "success", "mean": "mean", "median": "median", "iqm": "IQM"}


def sheet(measured: Measured) -> RenderableType:
    """Lay out one agent's figures, side by side where there are levels held out."""
    sides = dict(zip(("train", "test"), measured.evaluations, strict=False))
    columns = {title: _figures(side) for title, side in sides.items()}
    if measured.gap:
        columns["gap"] = measured.gap
    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), show_header=len(sides) > 1
    )
    table.add_column("")
    for title in columns:
        table.add_column(title, justify="right", no_wrap=True)
        table.add_column("95 %", style="dim", no_wrap=True)
    for key, name in _FIGURES.items():
        if row := [figures[key] for figures in columns.values() if key in figures]:
            table.add_row(name, *(_percents(row) if key == "success" else _numbers(row)))
    table.add_row("length", *(cell for side in sides.values() for cell in (f"{side.lengths.mean():.1f}", "")))
    return Group(_headline(measured), Padding.indent(table, _INDENT), *_ends(sides))


def _figures(side: Evaluation) -> dict[str, Estimate]:
    scores, success = side.scores, side.success
    found = {} if success is None else {"success": success}
    return found | {"mean": scores.mean, "median": scores.median, "iqm": scores.iqm}


def _percents(row: list[Estimate]) -> Iterator[Text]:
    for share in row:
        yield Text(f"{100 * share.value:.1f} %", "bold green")
        yield Text(f"{100 * share.low:.1f} … {100 * share.high:.1f}")


def _numbers(row: list[Estimate]) -> Iterator[Text]:
    """Yield each number and its interval, with as many decimals as leave four digits or so."""
    largest = max(abs(number) for figure in row for number in (figure.value, figure.low, figure.high))
    digits = 3 if not largest >= 10 else 2 if largest < 100 else 1
    for figure in row:
        yield Text(f"{figure.value:.{digits}f}", "bold")
        yield Text("" if math.isnan(figure.low) else f"{figure.low:.{digits}f} … {figure.high:.{digits}f}")


def _headline(measured: Measured) -> Text:
    line = Text.assemble((measured.name, "bold"), " on ", (measured.own.env, "cyan"))
    if measured.held_out is not None:
        line.append(" and ").append(measured.held_out.env, "cyan")
    episodes = f"{measured.own.returns.shape[-1]} episodes"
    return line.append(f", {measured.runs} runs of {episodes}" if measured.runs > 1 else f", {episodes}")


def _ends(sides: dict[str, Evaluation]) -> Iterator[Text]:
    for title, side in sides.items():
        where = f"{title}: " if len(sides) > 1 else ""
        span = f"{side.returns.min():.3f} … {side.returns.max():.3f}"
        yield Text(f"{' ' * _INDENT}{where}returns {span}, ended {told(side.ends)}")


def comparison(measured: Sequence[Measured], env: str, width: int) -> RenderableType:
    """Lay out how several agents did on the same level seeds of one environment, the best first."""
    scores = compare(measured, env)
    sides = {one.name: side for one in measured for side in one.evaluations if side.env == env}
    success = {name: percent(share) for name, side in sides.items() if (share := side.success) is not None}
    shown = ["success"] if len(success) == len(sides) else []
    rows = [
        [
            Text(str(rank + 1)),
            Text(entrant.name),
            *(Text(success[entrant.name], "green") for _ in shown),
            *(Text(f"{figure.value:.3f}") for figure in (entrant.mean, entrant.iqm)),
            ahead(scores, rank),
        ]
        for rank, entrant in enumerate(scores.entrants)
    ]
    columns = ("", "agent", *shown, "mean", "IQM", "beats the next")
    title = Text.assemble((env, "cyan"), f", the same {scores.levels} level seeds")
    return Group(title, Padding.indent(table_of(columns, rows, width - _INDENT), _INDENT))
