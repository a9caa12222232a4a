"""What happened in an episode that is worth a look?"""

from __future__ import annotations

import numpy as np

from envs.game import Game


def find_events(game: Game, states: np.recarray) -> dict[int, str]:
    """Return frame -> what happened there: a gain or loss out of the ordinary, a seat's flag, the end.

    Ordinary is the commonest gain of a ply, such as -1 a step; of equally common ones the smallest. A flag is
    a field of one small number a seat, such as `out`.
    """
    happened: dict[int, list[str]] = {}
    gains = np.diff(states.score.reshape(len(states), -1).astype(np.int64), axis=0)
    sizes, counts = np.unique(gains, return_counts=True)
    usual = sizes[np.lexsort((np.abs(sizes), -counts))[:1]]
    for ply, seat in np.argwhere(~np.isin(gains, usual)):
        happened.setdefault(int(ply) + 1, []).append(f"{gains[ply, seat] / game.score_unit:+g}")
    for name in _flags(states.dtype, game.seats):
        changed = (np.diff(states[name].astype(np.int64), axis=0) != 0).any(axis=1)
        for ply in np.flatnonzero(changed):
            happened.setdefault(int(ply) + 1, []).append(name)
    for ply in np.flatnonzero(np.diff(states.reason.astype(np.int64))):
        happened.setdefault(int(ply) + 1, []).append(game.reasons[states.reason[ply + 1]])
    return {frame: ", ".join(happened[frame]) for frame in sorted(happened)}


def _flags(record: np.dtype, seats: int) -> list[str]:
    """Return the fields of one small number a seat."""
    small = np.dtype(("u1", (seats,)))
    return [name for name in record.names or () if record[name] == small]
