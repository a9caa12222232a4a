"""Which trained agents come with gamelab, and for which games?"""

from __future__ import annotations

from pathlib import Path

from agents.task import Env, Task

FOLDER = Path(__file__).parent


def trained_folder(name: str, env: Env | Task) -> Path | None:
    """Return where an agent of that name stands that has learnt the game, on a board of that size; None: nowhere."""
    game = (env if isinstance(env, Task) else Task(env)).game
    if game is None or "size" not in game.kwargs:
        return None
    folder = FOLDER / f"{name}-{game.name}-{game.kwargs['size']}"
    return folder if folder.is_dir() else None
