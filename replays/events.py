"""What happened in an episode that is worth a look?"""

from __future__ import annotations

import numpy as np

from envs.game import Game


def find_events(game: Game, states: np.recarray) -> dict[int, str]:
    """Return frame -> what happened there: what the game tells, a seat's flag, the end.

    A flag is a field of one small number a seat, such as `out`.
    """
    happened = {frame: [what] for frame, what in game.events(states).items()}
    for name in _flags(states.dtype, game.seats):
        changed = (np.diff(states[name].astype(np.int64), axis=0) != 0).any(axis=1)
        for ply in np.flatnonzero(changed):
            happened.setdefault(int(ply) + 1, []).append(name)
    for ply in np.flatnonzero(np.diff(states.reason.astype(np.int64))):
        end = states[ply + 1]
        words = dict.fromkeys([game.verdict(end), game.reasons[end.reason]])
        happened.setdefault(int(ply) + 1, []).extend(word for word in words if word)
    return {frame: ", ".join(dict.fromkeys(happened[frame])) for frame in sorted(happened)}


def _flags(record: np.dtype, seats: int) -> list[str]:
    """Return the fields of one small number a seat; where there is one seat, that it is out is the end."""
    small = np.dtype(("u1", (seats,)))
    names = [name for name in record.names or () if record[name] == small]
    return [name for name in names if name != "out" or seats > 1]
