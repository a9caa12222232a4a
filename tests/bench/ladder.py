"""How strong does AlphaZero become, and when? `make ladder` trains it on 7x7 and writes the table of README.md.

As it is after 1, 2, 5 and 10 minutes it meets the other players of Go, everyone everyone, in pairs of games from random
openings with the seats swapped. An interrupted ladder goes on by the same command.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from arena.ledger import Ledger
from arena.readme import README, fill
from arena.standings import Standings, standings
from arena.tournament import begin, run
from envs.file import write_bytes
from tests.bench.learn.rows import ALPHAZERO, GNU_GO
from tests.bench.learn.training import Asked, Training, trained_by_age

LEARNT_ON, PLAYED_ON = "goban:size=7,komi=9", "goban:size=7,komi=9,opening=3"
FOLDER, MINUTES, SIMULATIONS, PAIRS = Path("runs") / "ladder", (1, 2, 5, 10), 100, 10
OTHERS = {
    "random": "random",
    "greedy": "greedy",
    "mcts, 400 playouts": "mcts:simulations=400",
    "GNU Go, level 1": GNU_GO.format(1),
    "GNU Go, level 10": GNU_GO.format(10),
}


def main() -> None:
    entrants = OTHERS | {name: f"{folder}:simulations={SIMULATIONS}" for name, folder in trained().items()}
    cup = FOLDER / "cup"
    ledger = Ledger(cup) if (cup / "ledger.sqlite").exists() else begin(
        cup, PLAYED_ON, [f"{name}={spec}" for name, spec in entrants.items()], PAIRS, seed=1
    )  # fmt: skip
    run(ledger, workers=2, progress=True)
    text = fill(README.read_text(encoding="utf-8"), "ladder", "\n".join(table(standings(ledger))))
    write_bytes(README, text.encode())


def trained() -> dict[str, Path]:
    """Train, and return the folder of the agent as it was after so many minutes, by a name that says so."""
    *ages, last = MINUTES
    training = Training(FOLDER.name, ALPHAZERO, LEARNT_ON, minutes=last)
    grown = trained_by_age(training, ages, Asked(seeds=1, folder=FOLDER.parent))
    return {f"alphazero after {minutes} min": run.folder for minutes, [run] in grown.items()}


def table(found: Standings) -> Iterator[str]:
    assert found.ratings is not None
    yield f"`{PLAYED_ON}`, {found.played} games, {SIMULATIONS} simulations a move; intervals are 95 %."
    yield ""
    yield "| player | Elo | won-drawn-lost | distinct games |"
    yield "| --- | --- | --- | --- |"
    for place in found.ratings.standings:
        games = found.distinct[place.name]
        elo = f"{place.rating:+.0f} ({place.low:+.0f} … {place.high:+.0f})"
        won = f"{place.wins}-{place.draws}-{place.losses}"
        yield f"| {place.name} | {elo} | {won} | {games.distinct} of {games.total} |"


if __name__ == "__main__":
    main()
