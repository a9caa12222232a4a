"""How is a replay of a game of Go written as SGF?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from envs.bad_input import BadInput
from envs.file import write_bytes
from envs.game import Game
from envs.goban.points import BLACK, WHITE
from replays.replay import Annotations, Replay, positions
from replays.sgf import values
from replays.sgf.results import result_text
from replays.sgf.rulesets import name_of_rules
from replays.sgf.tree import Node, write

_BEST, _LINE = 3, 8  # how many of the best moves are told, and how much of what may follow


def has_sgf(game: Game) -> bool:
    """Return whether games of it can be written as SGF."""
    return game.name == "goban" and game.kwargs.get("rules", "area") == "area"


def to_sgf(replay: Replay) -> Node:
    """Return a replay of Goban as a tree of one line, which has every move, those of a random opening too.

    What the agents thought of a move is its comment.

    Raises:
        BadInput: a replay of another game, or of one that does not count area, or that cannot be played.
    """
    game = replay.make_game()
    if not has_sgf(game):
        raise BadInput(f"{game.spec}: only goban with rules=area can be written as SGF")
    size, begun = game.kwargs["size"], 0
    for ply, state in enumerate(positions(game, replay.seed, replay.actions)):
        if ply == 0:
            begun = int(state.ply[0])
    root = node = Node(_root(game, replay, result_text(replay, state[0])))
    for ply, move in enumerate(state.move[0, : state.ply[0]].tolist()):
        name = "BW"[(ply + int(state.first[0])) % 2]
        node.children.append(Node({name: [values.written(move, size)]}))
        node = node.children[0]
        if said := _comment(game, replay.annotations, ply - begun):
            node.properties["C"] = [values.escaped(said)]
    return root


def _root(game: Game, replay: Replay, result: str) -> dict[str, list[bytes]]:
    state, size = game.template[0], game.kwargs["size"]
    said = {
        "SZ": str(size),
        "KM": f"{state.komi / 2:g}",
        "RU": name_of_rules(game.kwargs.get("superko", "positional"), bool(state.suicide)),
        "PB": replay.seats[0].name,
        "PW": replay.seats[1].name,
        "RE": result,
    }
    made_by = b"gamelab:" + values.escaped(_version())
    properties = {"FF": [b"4"], "GM": [b"1"], "CA": [b"UTF-8"], "AP": [made_by]}
    properties |= {name: [values.escaped(text)] for name, text in said.items() if text}
    for name, stone in (("AB", BLACK), ("AW", WHITE)):
        if points := np.flatnonzero(state.setup == stone).tolist():
            properties[name] = [values.written(point, size) for point in points]
    if state.setup.any() or state.first:
        properties["PL"] = [b"BW"[state.first : state.first + 1]]
    return properties


def _version() -> str:
    with suppress(PackageNotFoundError):  # gamelab run from its folder, not installed
        return version("gamelab")
    return "0"


def _comment(game: Game, annotations: Annotations | None, ply: int) -> str:
    """Return what was thought before that ply, such as `value +0.31; D4 45 %, E5 30 % of 400 visits; line D4 C3`.

    The moves of a random opening are plies below 0.
    """
    if ply < 0:
        return "a random move of the opening"
    if annotations is None:
        return ""
    told = []
    if annotations.value is not None and np.isfinite(annotations.value[ply, 0]):
        told.append(f"value {annotations.value[ply, 0]:+.2f}")
    if annotations.visits is not None and (total := int(annotations.visits[ply, 0].sum())):
        told.append(f"{_best(game, annotations.visits[ply, 0] / total)} of {total} visits")
    elif annotations.policy is not None and np.isfinite(annotations.policy[ply, 0]).all():
        told.append(_best(game, annotations.policy[ply, 0]))
    if annotations.line is not None and annotations.line[ply, 0, 0] >= 0:
        moves = annotations.line[ply, 0, :_LINE]
        told.append(f"line {' '.join(game.action_names[move] for move in moves[moves >= 0])}")
    return "; ".join(told)


def _best(game: Game, shares: np.ndarray) -> str:
    best = np.argsort(-shares, kind="stable")[:_BEST]
    return ", ".join(
        f"{game.action_names[move]} {100 * shares[move]:.0f} %" for move in best if shares[move] >= 0.005
    )


def save_sgf(replays: Replay | Sequence[Replay], path: str | os.PathLike[str]) -> None:
    """Write a replay, or several as a collection. Raises BadInput as `to_sgf`, or where that cannot be written."""
    games = [replays] if isinstance(replays, Replay) else replays
    write_bytes(Path(path), write([to_sgf(replay) for replay in games]))
