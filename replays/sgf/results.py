"""How does RE tell who has won a game of Go, and by how much?"""

from __future__ import annotations

import re

import numpy as np

from envs.game import TERMINATED, TRUNCATED
from replays.replay import Replay

_OTHERWISE = {
    "R": "resigned",
    "T": "forfeit: time",
    "F": "forfeit",
}  # how a game ends other than by the rules
_SEATS = "BW"


def result_text(replay: Replay, last: np.record) -> str:
    """Return what RE is to say of a replay that ends with that state: `?` where the game was not over."""
    if replay.loser >= 0:
        return f"{_SEATS[1 - replay.loser]}+{'R' if replay.ending == 'resigned' else 'F'}"
    if last.status == TERMINATED:
        return score_text(int(last.score[0]))
    return "Void" if last.status == TRUNCATED else "?"


def score_text(half_points: int) -> str:
    """Return `B+3.5` and the like, where Black has so many half points more than White."""
    return f"{_SEATS[half_points < 0]}+{abs(half_points) / 2:g}" if half_points else "0"


def half_points(said: str) -> float | None:
    """Return by how many half points Black has won as RE says, None where it says something else."""
    if said.casefold() in ("0", "draw", "jigo"):
        return 0
    found = re.fullmatch(r"([BW])\+(\d{1,3}(?:\.\d{1,2})?)", said, re.IGNORECASE | re.ASCII)
    return 2 * float(found[2]) * (1 if found[1] in "Bb" else -1) if found else None


def lost_otherwise(said: str) -> tuple[int, str]:
    """Return the seat that lost other than by the rules and how, as RE says; -1 and nothing where it does not."""
    found = re.fullmatch(r"([BW])\+(?:(R)(?:esign)?|(T)(?:ime)?|(F)(?:orfeit)?)", said, re.IGNORECASE)
    if not found:
        return -1, ""
    how = next(filter(None, found.groups()[1:]))
    return 1 - _SEATS.index(found[1].upper()), _OTHERWISE[how.upper()]
