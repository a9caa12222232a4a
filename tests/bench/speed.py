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

from tests.bench import goban, gridworld
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
    for row in [*gridworld.rows(), *goban.rows()]:
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
    ratio = statistics.median(ratios)
    verdict = "[green]reached[/]" if ratio >= row.target else "[red]below[/]"
    speed = f"{statistics.median(ours):,.0f}"
    if row.peer is None:
        spread = f"{ratios[0] / 1e6:.2f} … {ratios[-1] / 1e6:.2f} M"
        return [row.what, speed, "", "", "", spread, f"{row.target / 1e6:g} M {verdict}"]
    spread = f"{ratios[0]:.1f} … {ratios[-1]:.1f}"
    peer = f"{statistics.median(peers):,.0f}"
    return [
        row.what,
        speed,
        peer,
        row.peer_name,
        f"[bold]{ratio:.1f}[/]",
        spread,
        f"{row.target:g} {verdict}",
    ]


if __name__ == "__main__":
    main()
