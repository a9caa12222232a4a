"""Who else played this very episode, and where were they?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.bad_input import BadInput
from envs.game import Game
from replays.replay import SUFFIX, Replay, read_replay, simulate


class Ghost(NamedTuple):
    """Another recording of the same episode: who played, states [plies + 1] and actions [plies, acting]."""

    name: str
    states: np.recarray
    actions: np.ndarray

    def at(self, game: Game, ply: int, k: int = 0) -> np.record:
        """Return the state k moments into that ply; at the end it stays as it ended."""
        last = len(self.states) - 1
        if ply >= last:
            return self.states[last]
        return game.moment(self.states[ply], self.actions[ply], k) if k else self.states[ply]


def ghosts(replay: Replay, paths: Iterable[str | os.PathLike[str]]) -> list[Ghost]:
    """Return the ghosts in these files. Raises BadInput for a file that is no replay of the same episode."""
    found = []
    for path in paths:
        other = read_replay(path)
        if not same_episode(replay, other):
            raise BadInput(f"{path}: another game, level or seed than the replay it is to haunt")
        found.append(ghost(other))
    if found and type(replay.make_game()).draw_ghosts is Game.draw_ghosts:
        raise BadInput(f"{replay.game}: has no picture of ghosts")
    return found


def ghost(replay: Replay) -> Ghost:
    return Ghost(" and ".join(seat.name for seat in replay.seats), simulate(replay), replay.actions)


def others_beside(path: Path, replay: Replay) -> list[Path]:
    """Return the other replays of the same episode in the file's folder. Raises BadInput where there are none."""
    found = []
    for other in sorted(path.absolute().parent.glob(f"*{SUFFIX}")):
        try:
            if not other.samefile(path) and same_episode(replay, read_replay(other)):
                found.append(other)
        except BadInput:
            continue  # broken, or of another version: no reason not to look at the rest
    if not found:
        raise BadInput(f"{path}: no other replay in its folder is of the same game, level and seed")
    return found


def same_episode(one: Replay, other: Replay) -> bool:
    return (one.game, one.rules_version, one.kwargs, one.seed) == (
        other.game,
        other.rules_version,
        other.kwargs,
        other.seed,
    )
