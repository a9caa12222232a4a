"""Is a replay true?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from envs.game import PLAYING, Game
from replays.replay import (
    IllegalAction,
    OtherVersion,
    Replay,
    check,
    digest,
    hashed_plies,
    positions,
    read_replay,
    result,
)


class Kind(StrEnum):
    OK = "ok"
    DESYNC = "desync"  # played again, the game comes to another state, or an action is not legal
    CLAIM_MISMATCH = "claim mismatch"  # the states are the same, but the game ends earlier or otherwise
    CANNOT_VERIFY = "cannot verify"  # made by another version of the format or of the rules


@dataclass(frozen=True)
class Verdict:
    """The answer. ply: where the replay was found false, or how many plies were played again."""

    kind: Kind
    ply: int | None
    detail: str

    @property
    def ok(self) -> bool:
        return self.kind is Kind.OK

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


def verify(replay: Replay | str | os.PathLike[str]) -> Verdict:
    """Play a replay, or the one in a file, again and compare the states' hashes and the claimed result.

    Raises:
        BadInput: the file is broken, or holds no replay.
    """
    try:
        replay = check(replay) if isinstance(replay, Replay) else read_replay(replay)
        game = replay.make_game()
    except OtherVersion as error:
        return Verdict(Kind.CANNOT_VERIFY, None, str(error))
    return _played_again(replay, game)


def _played_again(replay: Replay, game: Game) -> Verdict:
    claimed = dict(zip(hashed_plies(replay.plies, replay.hash_every), replay.hashes, strict=True))
    try:
        for ply, state in enumerate(positions(game, replay.seed, replay.actions)):
            if ply in claimed and digest(state) != claimed[ply]:
                return Verdict(Kind.DESYNC, ply, f"another state than recorded at ply {ply}")
            if state.status[0] and ply < replay.plies:
                detail = f"the game ended at ply {ply}, but {replay.plies - ply} more were recorded"
                return Verdict(Kind.CLAIM_MISMATCH, ply, detail)
    except IllegalAction as error:
        return Verdict(Kind.DESYNC, ply, str(error))
    played = result(game, state)
    if played != replay.result:
        return Verdict(Kind.CLAIM_MISMATCH, replay.plies, f"claims {replay.result}; it is {played}")
    if replay.loser >= 0 and played.status != PLAYING:
        return Verdict(Kind.CLAIM_MISMATCH, replay.plies, f"claims {replay.ending}; it is over: {played}")
    return Verdict(Kind.OK, replay.plies, f"{replay.plies} plies played again: {played}")
