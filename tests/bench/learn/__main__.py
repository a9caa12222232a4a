"""What is measured now, and what comes of it? `make learn` runs this, and writes the table.

Every row's figures are kept as soon as it is measured, and the table is made from all that are kept. Exit status 1 if a
row measured now misses its target, 2 if one could not be measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from agents.networks import bfloat16_pays
from envs.bad_input import BadInput
from envs.file import write_bytes
from tests.bench.learn.plot import draw_generalisation, draw_growth
from tests.bench.learn.results import Measured, keep, read_results
from tests.bench.learn.rows import ROWS, Row, chosen
from tests.bench.learn.table import WIDTH, markdown, sheet
from tests.bench.learn.training import RUNS, Asked

DOCS = Path("docs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="default: all; a wrong name lists them")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each")
    parser.add_argument(
        "--budget", type=float, default=1, help="factor on all steps and minutes; then nothing counts"
    )
    parser.add_argument("--fresh", action="store_true", help="train anew what is trained already")
    options = parser.parse_args()
    if options.seeds < 1 or not 0 < options.budget <= 1:
        parser.error("seeds are at least 1, and the budget is above 0 and at most 1")
    folder = RUNS if options.budget == 1 else RUNS / f"budget-{options.budget:g}"
    console = Console(highlight=False, width=max(Console().width, WIDTH))
    asked = Asked(options.seeds, options.budget, options.fresh, folder, console)
    try:
        return learn(chosen(options.rows), asked, DOCS if options.budget == 1 else folder)
    except BadInput as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on", file=sys.stderr)
        return 130


def learn(rows: list[Row], asked: Asked, docs: Path) -> int:
    """Measure the rows, keep and show their figures, and return the exit status."""
    results, status = docs / "learning.json", 0
    for row in rows:
        if row.needs and find_spec(row.needs) is None:
            asked.console.print(f"{row.name}: left out, since {row.needs} is not installed", style="yellow")
            continue
        asked.console.rule(f"[bold]{row.name}[/]: {row.about}")
        began = time.perf_counter()
        try:
            lines = list(row.measure(asked))
        except BadInput as error:  # the other rows may go well
            asked.console.print(str(error), style="bold red", markup=False)
            status = 2
            continue
        measured = Measured(
            lines=lines,
            seeds=asked.seeds,
            budget=asked.budget,
            seconds=round(time.perf_counter() - began, 1),
            products="bfloat16" if bfloat16_pays() else "float32",
        )
        kept = keep(results, row.name, measured)
        status = status or int(measured.missed)
        asked.console.print(sheet([row], kept))
        write(docs, kept)
    write(docs, read_results(results))
    asked.console.print(sheet(ROWS, read_results(results)))
    return status


def write(docs: Path, kept: dict[str, Measured]) -> None:
    """Write the page and its pictures."""
    docs.mkdir(parents=True, exist_ok=True)
    write_bytes(docs / "learning.md", markdown(ROWS, kept).encode())
    if "generalisation" in kept:
        draw_generalisation(kept["generalisation"].lines, docs / "pictures" / "generalisation.png")
    if "go_9x9" in kept:
        draw_growth(kept["go_9x9"].lines, "AlphaZero on 9x9", docs / "pictures" / "growth.png")


if __name__ == "__main__":
    sys.exit(main())
