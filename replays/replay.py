"""How is a game recorded as a replay, kept in a file, and played again?

A replay is a game's inputs: which game, its seed, its actions. What happened follows by playing them again,
and a hash of the state every few plies shows whether it did.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import envs
from envs.bad_input import BadInput, one_line, suggest
from envs.catalog import game_class
from envs.file import read_bytes, write_bytes
from envs.game import PLAYING, Game
from replays.contents import Annotations, OtherVersion, Replay, Result, Seat, from_stored, to_stored
from replays.file import MAX_FILE, SUFFIX, pack, unpack

__all__ = [
    "SUFFIX",
    "Annotations",
    "IllegalAction",
    "OtherVersion",
    "Replay",
    "Result",
    "Seat",
    "check",
    "digest",
    "hashed_plies",
    "positions",
    "read_replay",
    "record",
    "result",
    "simulate",
    "write_replay",
]

HASH_EVERY = 16
MAX_STATES = 2**30  # bytes that the states of one replay may take together
MAX_WORK = 2**37  # bytes of states and observations that playing one again may write: a minute or so


class IllegalAction(BadInput):
    """An action that the rules forbid in the position reached."""


def record(
    game: Game,
    seed: int,
    seats: Sequence[Seat],
    actions: Sequence[Sequence[int]] | np.ndarray,
    annotations: Annotations | None = None,
    hash_every: int = HASH_EVERY,
) -> Replay:
    """Play the actions [plies, acting] from the seed, and return the replay with its hashes and its result.

    Raises:
        BadInput: an action that is none or not legal, actions after the game's end, or too much for a replay.
    """
    moves = np.asarray(actions, np.int64).reshape(-1, game.acting)
    if moves.size and not 0 <= moves.min() <= moves.max() < game.action_space.n:
        raise BadInput(f"{game.name}: an action is not from 0 to {game.action_space.n - 1}")
    hashed, hashes = set(hashed_plies(len(moves), hash_every)), []
    for ply, state in enumerate(positions(game, seed, moves)):
        if ply in hashed:
            hashes.append(digest(state))
        if state.status[0] and ply < len(moves):
            raise BadInput(f"{game.name}: {len(moves)} plies, but the game ended after {ply}")
    replay = Replay(
        game=game.name,
        rules_version=game.rules_version,
        kwargs=game.kwargs,
        seed=int(seed),
        seats=list(seats),
        choices=int(game.action_space.n),
        hash_every=hash_every,
        hashes=hashes,
        result=result(game, state),
        made_by=_versions(),
        actions=moves,
        annotations=annotations,
    )
    return check(replay)


def simulate(replay: Replay) -> np.recarray:
    """Return all states [plies + 1], from the start to the end.

    Raises:
        OtherVersion: played by other rules than ours.
        BadInput: an action is not legal, or the states are too large to hold at once.
    """
    game = replay.make_game()
    size = game.template.dtype.itemsize
    if (replay.plies + 1) * size > MAX_STATES:
        raise BadInput(f"{replay.plies + 1} states of {size} bytes are more than {MAX_STATES >> 30} GiB")
    states = game.blank_states(replay.plies + 1)
    content = states.view(np.ndarray).view(np.uint8).reshape(len(states), size)
    for ply, state in enumerate(positions(game, replay.seed, replay.actions)):
        content[ply] = state.view(np.ndarray).view(np.uint8)
    return states


def positions(game: Game, seed: int, actions: np.ndarray) -> Iterator[np.recarray]:
    """Yield the state at the start and after each ply: the same array of one record, played on in place.

    Once the game has ended it stays the same. Raises IllegalAction where the rules forbid an action.
    """
    state = game.new_states([seed])
    rewards, flags = np.empty((1, game.seats)), np.zeros((3, 1), np.bool_)
    observation, mask = game.observe(state)
    for ply, action in enumerate(actions):
        yield state
        for seat in np.flatnonzero(mask[0, np.arange(game.acting), action] == 0):
            if state.status[0] == PLAYING and (game.acting == 1 or not state.out[0, seat]):
                raise IllegalAction(f"{game.action_names[action[seat]]} is not legal at ply {ply}")
        game.kernels.step(state, action[None], flags[0], rewards, flags[1], flags[2], observation, mask)
    yield state


def digest(state: np.recarray) -> bytes:
    """Return the hash of a state, an array of one record: 8 bytes."""
    return blake2b(state.tobytes(), digest_size=8).digest()


def hashed_plies(plies: int, every: int) -> list[int]:
    """Return the plies whose states are hashed: the first, every so many, and the last."""
    return [*range(0, plies, every), plies]


def result(game: Game, state: np.recarray) -> Result:
    """Return how the game stands in an array of one record."""
    last = state[0]
    return Result([int(score) for score in last.score], game.reasons[last.reason], int(last.status))


def _versions() -> str:
    found = []
    for package in ("gamelab", "numpy", "numba"):
        with suppress(PackageNotFoundError):  # gamelab run from its folder, not installed
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def write_replay(path: str | os.PathLike[str], replay: Replay) -> None:
    """Write a replay whole or not at all. Raises BadInput where that fails, or we would not read it back."""
    try:
        data = pack(to_stored(replay))
        _checked(data)
    except BadInput as error:
        raise BadInput(f"{path}: {one_line(error)}") from error
    write_bytes(Path(path), data)


def read_replay(path: str | os.PathLike[str]) -> Replay:
    """Read and check a replay. Whether what it says is true, `replays.verify` finds out.

    One that was played by other rules than ours is read too, but cannot be played again.

    Raises:
        OtherVersion: in another format than ours.
        BadInput: broken, too large, or of a game that we cannot build.
    """
    data = read_bytes(Path(path), MAX_FILE)
    try:
        return _checked(data)
    except BadInput as error:
        raise type(error)(f"{path}: {one_line(error)}") from error


def check(replay: Replay) -> Replay:
    """Return the replay as a file would give it back. Raises BadInput where none would."""
    return _checked(pack(to_stored(replay)))


def _checked(data: bytes) -> Replay:
    replay = from_stored(unpack(data))
    expected = len(hashed_plies(replay.plies, replay.hash_every))
    if len(replay.hashes) != expected:
        raise BadInput(f"{len(replay.hashes)} hashes for {replay.plies} plies, not {expected}")
    if len(replay.result.scores) != len(replay.seats):
        raise BadInput(f"{len(replay.result.scores)} scores for {len(replay.seats)} seats")
    if replay.loser >= len(replay.seats):
        raise BadInput(f"seat {replay.loser} lost, of {len(replay.seats)} seats")
    _refuse_paths(replay.game, replay.kwargs)
    with suppress(OtherVersion):
        _check_game(replay, replay.make_game())
    return replay


def _refuse_paths(name: str, kwargs: dict[str, Any]) -> None:
    """Refuse a level that is neither shipped nor spelled out: it would name a file of the reader's."""
    folder = Path(envs.__file__).parent / game_class(name).name / "levels"
    shipped = [file.stem for file in folder.glob("*.txt")]
    level = kwargs.get("level", "\n")
    if level not in shipped and "\n" not in str(level):
        level = str(level)[:80]
        raise BadInput(
            f"level {level!r} is neither one of ours nor the text of one.{suggest(level, shipped)}"
        )


def _check_game(replay: Replay, game: Game) -> None:
    claimed = len(replay.seats), replay.actions.shape[1], replay.choices
    real = game.seats, game.acting, int(game.action_space.n)
    if claimed != real:
        raise BadInput(f"(seats, seats acting, actions) are {claimed}, but {real} in {game.name}")
    written = replay.plies * (game.template.nbytes + sum(array.nbytes for array in game.buffers(1)))
    if written > MAX_WORK:
        raise BadInput(f"{replay.plies} plies of so large a game would take too long to play again")
