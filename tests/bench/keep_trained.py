"""How does a trained AlphaZero come to stand in `agents/trained`? `python -m tests.bench.keep_trained RUN SIMULATIONS`.

Kept is what plays, and not what learning on needs besides; with so many simulations a move, on the CPU.
"""

from __future__ import annotations

import sys
from pathlib import Path

from agents.alphazero import AlphaZero
from agents.saved import read_agent, write_agent
from agents.trained import FOLDER

_OF_LEARNING = ("games", "threads", "window", "reuse", "batch_size", "device")


def keep(run: Path, simulations: int) -> Path:
    """Write the folder and return it."""
    card, arrays = read_agent(run)
    game = AlphaZero.load(run).task.game
    assert game is not None
    card.config = {key: value for key, value in card.config.items() if key not in _OF_LEARNING}
    card.config["simulations"] = simulations
    card.results = {}
    played = {name: arrays[name] for name in ("average", "updates")}
    return write_agent(FOLDER / f"{card.algorithm}-{game.name}-{game.kwargs['size']}", card, played)


if __name__ == "__main__":
    print(keep(Path(sys.argv[1]), int(sys.argv[2])))
