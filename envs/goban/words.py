"""How do Go players say what happens in a game?"""

from __future__ import annotations

import numpy as np

from envs.game import PLAYING, TRUNCATED

_COLOURS = ("Black", "White")


def verdict(state: np.record) -> str:
    """Return how the game ended, such as `Black wins by 3.5`; nothing while it goes on."""
    if not state.status:
        return ""
    points = abs(int(state.score[0])) / 2
    winner = _COLOURS[int(state.score[0] < 0)]
    if state.status == TRUNCATED:
        return f"move limit, {winner} leads by {points:g}" if points else "move limit, even"
    if points == 0:
        return "a draw"
    if state.capture:
        return f"{winner} wins by capture"
    return f"{winner} wins by {points:g}"


def worth(state: np.record, value: float) -> str:
    """Return the expected return of a seat: points, or the chance to win in percent."""
    return f"{value:+.1f}" if state.margin else f"{50 * (1 + min(1.0, max(-1.0, value))):.0f}%"


def holdings(state: np.record, seat: int) -> str:
    """Return what that seat has captured, and what else counts for it."""
    if state.capture:
        return f"captured {state.captured[seat]} of {state.capture}"
    count = f"captured {state.captured[seat]}"
    return f"{count}, komi {state.komi / 2:g}" if seat == 1 and state.komi else count


def events(states: np.recarray) -> dict[int, str]:
    """Return at which of the states [T] of a game something was captured, or a player passed, and what."""
    passed = np.append(False, states.passes[1:] > states.passes[:-1]) & (states.status == PLAYING)
    found = {int(frame): f"{_COLOURS[1 - states.to_move[frame]]} passes" for frame in np.flatnonzero(passed)}
    gained = np.diff(states.captured.astype(int), axis=0)
    for ply, seat in np.argwhere(gained > 0):
        found[int(ply) + 1] = f"{_COLOURS[seat]} captures {gained[ply, seat]}"
    return found
