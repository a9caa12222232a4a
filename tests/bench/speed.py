"""How fast is the lab, side by side with its peers in one run?

Run by `make bench`. Each row times gamelab and its peer in turn, several times over; the ratio is the median of the
ratios within a turn, because the machine's own speed drifts. Steps are random legal ones, and where an episode ends
the next begins.
"""

from __future__ import annotations

import argparse
import platform
import statistics

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench import goban, gridworld, platformer
from tests.bench.measure import Row

ROUNDS = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    table = Table(
        box=box.SIMPLE_HEAD, title=f"{platform.processor() or platform.machine()}, medians of {rounds}"
    )
    for column in ("what", "gamelab / s", "peer / s", "peer", "ratio", "range", "target"):
        table.add_column(column, justify="left" if column in ("what", "peer") else "right")
    for row in [*gridworld.rows(), *goban.rows(), *platformer.rows()]:
        ours, peers = [], []
        for _ in range(rounds):
            ours.append(row.ours())
            peers.append(row.peer() if row.peer else 1.0)
        table.add_row(*_cells(row, ours, peers))
    console = Console(width=150)
    console.print(table)
    console.print(goban.record_sizes())


def _cells(row: Row, ours: list[float], peers: list[float]) -> list[str]:
    ratios = sorted(a / b for a, b in zip(ours, peers, strict=True))
    ratio, speed = statistics.median(ratios), statistics.median(ours)
    reached = speed >= row.at_least and (row.peer is None or ratio >= row.ratio)
    target = f"{row.at_least:,.0f} / s" if row.at_least else f"{row.ratio:g}"
    said = f"{target} {'[green]reached[/]' if reached else '[red]below[/]'}"
    if row.peer is None:
        return [row.what, f"{speed:,.0f}", "", "", "", f"{min(ours):,.0f} … {max(ours):,.0f}", said]
    spread = f"{ratios[0]:.1f} … {ratios[-1]:.1f}"
    peer = f"{statistics.median(peers):,.0f}"
    return [row.what, f"{speed:,.0f}", peer, row.peer_name, f"[bold]{ratio:.1f}[/]", spread, said]


if __name__ == "__main__":
    main()
