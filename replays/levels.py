"""Which of many replays are of one level?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from envs.bad_input import BadInput
from replays.replay import SUFFIX, Replay, read_replay


def read_all(paths: Iterable[Path]) -> list[Replay]:
    """Read the replays in these files, and in these folders. Raises BadInput where there is none, or a broken one."""
    files = [
        file for path in paths for file in (sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path])
    ]
    if not files:
        raise BadInput(f"{', '.join(map(str, paths))}: no replays there")
    return [read_replay(file) for file in files]


def chosen_level(replays: Sequence[Replay], seed: int | None) -> tuple[list[Replay], int]:
    """Return those of one level, and how many other levels there are.

    It is the level that the seed begins on, or else the one with the most replays, of equally many the first. Two
    episodes are on one level if they begin alike, whatever chance then does.

    Raises:
        BadInput: no replay has that seed.
    """
    levels: dict[bytes, list[Replay]] = {}
    for replay in replays:
        levels.setdefault(_beginning(replay), []).append(replay)
    if seed is None:
        return max(levels.values(), key=len), len(levels) - 1
    for found in levels.values():
        if any(replay.seed == seed for replay in found):
            return found, len(levels) - 1
    seeds = ", ".join(map(str, sorted({replay.seed for replay in replays})[:5]))
    raise BadInput(
        f"--seed {seed}: no replay of that seed; there are {seeds}{', …' if len(levels) > 5 else ''}"
    )


def _beginning(replay: Replay) -> bytes:
    """Return the game and the state in which it begins, but for its generator."""
    game = replay.make_game()
    state = game.new_states([replay.seed])
    state.rng[:] = 0
    return game.name.encode() + state.tobytes()
