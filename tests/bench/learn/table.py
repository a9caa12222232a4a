"""How is what was measured shown, in a terminal and in Markdown?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rich import box
from rich.markup import escape
from rich.table import Table

from tests.bench.learn.results import Line, Measured
from tests.bench.learn.rows import Row

COLUMNS = (
    "row",
    "what",
    "agent",
    "target",
    "reached",
    "95 %",
    "worst seed",
    "seeds",
    "trained",
    "",
    "remarks",
)
WIDTH = 130  # of the terminal, in which no figure is cut
LEFT = ("row", "what", "agent", "", "remarks")  # the others are numbers
RULES = {
    "at least": "≥ {}", "every seed": "each ≥ {}", "above": "all > {}", "not above": "not all > {}",
    "not below": "not all < {}", "at most": "≤ {}",
}  # fmt: skip
LEGEND = """\
What is reached is the mean over the seeds (over turns the median), each a training of its own, with its 95 % bootstrap
interval over seeds and episodes; beside it the worst seed. A target `≥` or `≤` is one for that mean, and `each ≥` for
every seed; `all > x` wants the whole interval above x, `not all > x` wants it not to lie above x, and `not all < x` not
below. Episodes are on seeds that no agent has learnt from, and `levels=test` are levels that none has seen. Steps and
time are of the training of a seed, on average, without what it takes to keep and measure it.
"""
NOT_YET, NOT_COUNTING, MISSED, REACHED = "not measured yet", "does not count", "missed", "reached"
STYLES = {REACHED: "green", MISSED: "bold red", NOT_YET: "dim", NOT_COUNTING: "yellow"}


class Shown(NamedTuple):
    """A line of the table; cells: one a column."""

    cells: list[str]
    verdict: str


def shown(rows: Sequence[Row], kept: Mapping[str, Measured]) -> Iterator[Shown]:
    for row in rows:
        if row.name not in kept:
            yield Shown([row.name, row.about, *[""] * 7, NOT_YET, ""], NOT_YET)
            continue
        measured = kept[row.name]
        for place, line in enumerate(measured.lines):
            verdict = verdict_of(line, measured)
            cells = [row.name if place == 0 else "", line.what, line.agent, target(line), *figures(line)]
            remarks = line.note if measured.counts else f"budget {measured.budget:g}; {line.note}"
            cells += [str(len(line.values)), spent(line), verdict, remarks]
            yield Shown(cells, verdict)


def verdict_of(line: Line, measured: Measured) -> str:
    if not measured.counts:
        return NOT_COUNTING
    return "" if line.reached is None else REACHED if line.reached else MISSED


def target(line: Line) -> str:
    return RULES[line.rule].format(number(line.target, line.percent)) if line.rule in RULES else ""


def figures(line: Line) -> list[str]:
    """Return the estimate, its interval and the worst seed."""
    known = line.low is not None and line.high is not None
    interval = f"{number(line.low, line.percent)} … {number(line.high, line.percent)}" if known else ""
    return [number(line.value, line.percent), interval, number(line.worst, line.percent)]


def number(figure: float | None, percent: bool) -> str:
    """Return a figure in four digits or as a percentage, and `never` for none."""
    if figure is None:
        return "never"
    return f"{100 * figure:.1f} %" if percent else f"{figure:.4g}"


def spent(line: Line) -> str:
    """Return the steps and the time of the training of a seed, on average."""
    if not line.steps or not line.seconds:
        return ""
    steps, seconds = sum(line.steps) / len(line.steps), sum(line.seconds) / len(line.seconds)
    said = f"{steps / 1e6:.1f} M" if steps >= 1e6 else f"{steps / 1e3:.0f} k"
    return f"{said} steps, " + (f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.1f} s")


def sheet(rows: Sequence[Row], kept: Mapping[str, Measured]) -> Table:
    """Lay the rows out for a terminal of WIDTH columns: figures first, and then what they are of, which may break."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("", "target", "reached", "95 %", "worst seed"):
        table.add_column(column, justify="right" if column else "left", no_wrap=True)
    table.add_column("what", overflow="fold")
    for row in rows:
        verdict = "" if row.name in kept else f"[{STYLES[NOT_YET]}]{NOT_YET}[/]"
        table.add_row(verdict, *[""] * 4, f"[bold cyan]{row.name}[/] {row.about}")
        for line in shown([row], kept) if row.name in kept else ():
            _, what, agent, *figures, _, trained, _, remarks = line.cells
            styled = f"[{STYLES[line.verdict]}]{line.verdict}[/]" if line.verdict else ""
            details = "; ".join(filter(None, [trained, remarks]))
            said = f"{escape(agent)}: {escape(what)} [dim]({escape(details)})[/]".replace("`", "")
            table.add_row(styled, *figures, said)
        table.add_section()
    return table


def markdown(rows: Sequence[Row], kept: Mapping[str, Measured]) -> str:
    """Return the whole page."""
    bars = ["---" if column in LEFT else "---:" for column in COLUMNS]
    lines = [list(COLUMNS), bars]
    for line in shown(rows, kept):
        bold = f"**{line.verdict}**" if line.verdict == MISSED else line.verdict
        lines.append([*line.cells[:-2], bold, line.cells[-1]])
    head = "# What the learners reach\n\nWritten by `make learn`, which measures every row.\n\n"
    return f"{head}{_joined(lines)}\n{LEGEND}\n## How it was measured\n\n{_joined(_conditions(rows, kept))}"


def _conditions(rows: Sequence[Row], kept: Mapping[str, Measured]) -> Iterator[list[str]]:
    yield [
        "row",
        "date",
        "seeds",
        "took, without what was trained before",
        "cores",
        "our networks multiply in",
        "versions",
    ]
    yield ["---", "---", "---:", "---:", "---:", "---", "---"]
    for row in rows:
        if one := kept.get(row.name):
            versions = ", ".join(f"{name} {version}" for name, version in one.versions.items())
            took = f"{one.seconds / 60:.1f} min"
            yield [row.name, one.date, str(one.seeds), took, str(one.cores), one.products, versions]


def _joined(lines: Iterator[list[str]] | list[list[str]]) -> str:
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
