"""Which game of Go does an SGF file hold?"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from envs.bad_input import BadInput
from envs.catalog import build
from envs.file import read_bytes
from envs.game import PLAYING, TERMINATED, Game
from envs.goban.board_text import diagram
from replays.replay import Replay, Seat, record
from replays.sgf import values
from replays.sgf.info import SEATS, STONES, Info, set_up
from replays.sgf.results import half_points, lost_otherwise, score_text
from replays.sgf.rulesets import named_rules
from replays.sgf.tree import MAX_BYTES, Node, parse


@dataclass(frozen=True, eq=False)
class GameRecord:
    """The main line of a game of Go, every move of it legal.

    game: the Goban that it was played on, setup included. actions: the moves. loser, ending: as in a replay. names:
    of Black and White. result, date, event: what RE, DT and EV say, or nothing. comments: by the number of moves up to
    them, what C says. notes: what of the file is otherwise here, or not at all; a line each. root: the whole tree.
    """

    game: Game
    actions: list[int]
    loser: int
    ending: str
    names: tuple[str, str]
    result: str
    date: str
    event: str
    comments: dict[int, str]
    notes: list[str]
    root: Node

    def replay(self) -> Replay:
        """Return it as a replay, which ends with the last move."""
        actions = np.array(self.actions, np.int64).reshape(-1, 1)
        replay = record(self.game, 0, [Seat(name) for name in self.names], actions)
        return replace(replay, loser=self.loser, ending=self.ending)


class Move(NamedTuple):
    """A move, seat 0 Black's and 1 White's, and where it stands."""

    node: Node
    seat: int
    action: int


def read_sgf(path: str | os.PathLike[str]) -> GameRecord:
    """Read the first game in a file. Raises BadInput as `parse_game`, or where the file cannot be read."""
    return parse_game(read_bytes(Path(path), MAX_BYTES), str(path))


def parse_game(data: bytes, name: str = "SGF") -> GameRecord:
    """Read the first game in the bytes of a file, which goes by that name in messages.

    Raises:
        BadInput: `name:line:column: fault`. It is no SGF, or not Go on 2x2 to 19x19, or the main line is none that we
            can play: a move out of turn, illegal or after the end, stones set up later than the first move.
    """
    games = parse(data, name)
    root, info = games[0], Info(games[0])
    size = info.size()
    moves, comments = list(_moves(root, size)), _comments(root, info)
    game, unlike = _game(root, info, moves)
    state = game.new_states([0])
    actions = _played(game, state, moves)
    result = info.line("RE")
    loser, ending = (-1, "") if state.status[0] else lost_otherwise(result)
    notes = [
        f"only the first of {len(games)} games is read" if len(games) > 1 else "",
        unlike,
        "" if loser >= 0 else _other_result(result, state[0]),
        _left_out(len(moves) - len(actions), len(comments), root.variations()),
    ]
    return GameRecord(
        game=game,
        actions=actions,
        loser=loser,
        ending=ending,
        names=(info.line("PB") or "Black", info.line("PW") or "White"),
        result=result,
        date=info.line("DT"),
        event=info.line("EV"),
        comments=comments,
        notes=[note for note in notes if note],
        root=root,
    )


def _numbered(root: Node) -> Iterator[tuple[int, Node]]:
    """Yield the nodes of the main line, each with the number of moves played with it."""
    number = 0
    for node in root.main_line():
        number += not SEATS.keys().isdisjoint(node.properties)
        yield number, node


def _moves(root: Node, size: int) -> Iterator[Move]:
    for node in root.main_line():
        if SEATS.keys() <= node.properties.keys():
            raise node.fault("moves of both colours in one node")
        for name in SEATS.keys() & node.properties.keys():
            try:
                (value,) = node.properties[name]
                yield Move(node, SEATS[name], values.move(value, size))
            except ValueError:
                raise node.fault(f"{name} is neither a point of {size}x{size} nor a pass") from None


def _comments(root: Node, info: Info) -> dict[int, str]:
    said: dict[int, list[str]] = {}
    for number, node in _numbered(root):
        if text := info.text("C", node):
            said.setdefault(number, []).append(text)
    return {number: "\n".join(texts) for number, texts in said.items()}


def _setup(root: Node, size: int) -> str | None:
    """Return the stones before the first move as a diagram, None where there are none."""
    board = np.zeros((size, size), np.uint8)
    for number, node in _numbered(root):
        if not STONES.keys().isdisjoint(node.properties):
            if number:
                raise node.fault(f"stones are set up at move {number}; here that goes before the first only")
            set_up(board, node)
    return diagram(board).replace("\n", "/") if board.any() else None


def _game(root: Node, info: Info, moves: Sequence[Move]) -> tuple[Game, str]:
    """Return the game as it was set up, and a note where its rules were others than ours."""
    rules, note = named_rules(info.line("RU"))
    first = info.first()
    if first is None:
        first = moves[0].seat if moves else int(info.handicap() > 1)
    settings = {"size": info.size(), "komi": info.komi(), "setup": _setup(root, info.size()), **rules}
    try:
        return build("goban", settings | {"first": ("black", "white")[first]}), note
    except BadInput as error:
        raise root.fault(str(error)) from error


def _played(game: Game, state: np.recarray, moves: Sequence[Move]) -> list[int]:
    """Play the moves on the array of one state and return them as actions, without passes after the end."""
    for number, (node, seat, action) in enumerate(moves, 1):
        name = f"move {number}, {game.seat_names[seat]} {game.action_names[action]}"
        if state.status[0] != PLAYING:
            if state.status[0] == TERMINATED and _only_passes(game, moves[number - 1 :]):
                break
            raise node.fault(f"{name}: the game has ended before that: {game.reasons[state.reason[0]]}")
        if seat != state.to_move[0]:
            raise node.fault(f"{name}: it is the turn of {game.seat_names[1 - seat]}")
        if fault := game.fault(state[0], action):
            raise node.fault(f"{name}: {fault}")
        game.step(state, np.array([[action]]))
    return [move.action for move in moves[: state.ply[0]]]


def _only_passes(game: Game, moves: Sequence[Move]) -> bool:
    return all(game.action_names[move.action] == "pass" for move in moves)


def _other_result(said: str, last: np.record) -> str:
    """Return a note where the file tells another result than the moves do."""
    lead = int(last.score[0])
    if last.status != TERMINATED:
        told = said not in ("", "?", "Void")
        return f"the file says {said}; by its moves the game is not over" if told else ""
    if not said or half_points(said) == lead:
        return ""
    return f"the file says {said}; counted as the board stands, it is {score_text(lead)}"


def _left_out(passes: int, comments: int, variations: int) -> str:
    """Return a note on what the record has no place for."""
    counts = [
        (passes, "pass after the end", "passes after the end"),
        (comments, "comment", "comments"),
        (variations, "variation", "variations"),
    ]
    told = [f"{count} {one if count == 1 else more}" for count, one, more in counts if count]
    return f"left out: {', '.join(told)}" if told else ""
