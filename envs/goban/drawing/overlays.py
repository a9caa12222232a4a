"""How is it shown what is thought of the moves on a Go board?"""

from __future__ import annotations

import numpy as np
import pygame

from envs.drawing.canvas import Canvas, Colour
from envs.goban import rules
from envs.goban.drawing.board import DARK, LIGHT, Board
from envs.goban.drawing.materials import stone
from envs.goban.points import BLACK, EMPTY, WHITE
from envs.goban.words import worth
from envs.view import Decision

_BEST: Colour = (64, 200, 235)
_BAD, _GOOD = (222, 70, 52), (60, 176, 88)
_LEAST = 0.02  # share of the best move's visits or probability from which a move is shown
_LEAST_SURE = 0.1  # of whose a point will be, to show it
_READABLE = 20  # pixels from line to line from which on numbers are written; two of them from 1.5 times that
_STEPS = 24  # colours and strengths that look different: so few, to keep their pictures
_AHEAD = 9  # moves of the principal variation that are shown


def draw_overlay(
    surface: pygame.Surface, state: np.record, name: str, places: np.recarray, decision: Decision | None
) -> None:
    """Draw `policy`, `visits`, `q`, `owner` or `legal` over the drawing of the state; passes are not shown.

    Args:
        places: states [P], of which the last that is this state is looked at.
        decision: what an agent answered for them. What it does not say is not shown; `legal` needs none.
    """
    board = Board(surface, state)
    if board.place.cell == 0 or state.status:
        return
    if name == "legal":
        _draw_legal(board)
        return
    rows = np.flatnonzero((places.ply == state.ply) & (places.to_move == state.to_move))
    field = getattr(decision, name, None)
    if field is None or decision is None or not len(rows):
        return
    row = int(rows[-1])
    if name == "visits":
        q = None if decision.q is None else decision.q[row]
        line = [] if decision.line is None else decision.line[row].tolist()
        _draw_visits(board, field[row], q, line)
    elif name == "policy":
        _draw_policy(board, field[row])
    elif name == "owner":
        _draw_owner(board, field[row])
    else:
        _draw_q(board, field[row])


def _draw_legal(board: Board) -> None:
    for point in _empty(board):
        board.paint(point, _allowed if rules.legal(board.state, point) else _forbidden)


def _draw_policy(board: Board, policy: np.ndarray) -> None:
    policy = np.nan_to_num(policy)
    most = float(policy.max())
    for point in _empty(board):
        if policy[point] >= _LEAST * most > 0:
            share = float(policy[point]) / most
            board.paint(point, _disc, _mixed(LIGHT, _BEST, share), _strength(share))
            _number(board, point, f"{policy[point]:.0%}", 0.46)


def _draw_visits(board: Board, visits: np.ndarray, q: np.ndarray | None, line: list[int]) -> None:
    """Draw a disc on each move tried, the best with a rim, with what it is worth above how often it was tried."""
    most = int(visits.max())
    tried = [point for point in _empty(board) if visits[point] >= _LEAST * most > 0]
    _draw_line(board, [move for move in line[:_AHEAD] if move >= 0], tried)
    for point in sorted(tried, key=lambda point: int(visits[point])):
        best, share = bool(visits[point] == most), float(visits[point] / most)
        board.paint(point, _disc, _BEST if best else _mixed(LIGHT, _GOOD, share), _strength(share))
        if best:
            board.paint(point, _rim)
        if q is None or np.isnan(q[point]):
            _number(board, point, _count(visits[point]), 0.42)
        elif board.place.cell < 1.5 * _READABLE:
            _number(board, point, worth(board.state, q[point]), 0.46)
        else:
            _number(board, point, worth(board.state, q[point]), 0.46, -0.13)
            _number(board, point, _count(visits[point]), 0.34, 0.24)


def _draw_line(board: Board, line: list[int], tried: list[int]) -> None:
    """Draw the moves that are expected next as small numbered stones, where there is room beside the discs."""
    taken = set(tried)
    for number, move in enumerate(line, 1):
        if move < board.place.side**2 and move not in taken and board.stones[move] == EMPTY:
            taken.add(move)
            white = (int(board.state.to_move) + number) % 2 == 0
            board.put(move, stone(white, 2 * int(0.33 * board.place.cell) + 1, 205))
            _number(board, move, str(number), 0.4, colour=DARK if white else LIGHT)


def _draw_owner(board: Board, owner: np.ndarray) -> None:
    """Draw a square of the colour that a point will have, the larger the surer, but on stones that will stay."""
    for point, stands in enumerate(board.stones):
        black = (owner[point] > 0) == (board.state.to_move == 0)
        if abs(owner[point]) >= _LEAST_SURE and stands != (BLACK if black else WHITE):
            board.paint(
                point, _owned, DARK if black else LIGHT, round(_STEPS * abs(float(owner[point]))) / _STEPS
            )


def _draw_q(board: Board, q: np.ndarray) -> None:
    """Draw what each move is worth on a scale of colours from the worst shown to the best."""
    known = [point for point in _empty(board) if np.isfinite(q[point])]
    if not known:
        return
    low, high = float(q[known].min()), float(q[known].max())
    for point in known:
        share = (float(q[point]) - low) / (high - low) if high > low else 1.0
        board.paint(point, _disc, _mixed(_BAD, _GOOD, share), 215)
        _number(board, point, worth(board.state, q[point]), 0.46)


def _empty(board: Board) -> list[int]:
    return [point for point, colour in enumerate(board.stones) if colour == EMPTY]


def _number(
    board: Board, point: int, text: str, share: float, down: float = 0.0, colour: Colour = DARK
) -> None:
    if board.place.cell >= _READABLE:
        board.write(point, text, share, colour, down)


def _count(visits: int) -> str:
    """Return the number in four characters or so: 812, 4.1k, 35k."""
    if visits < 1000:
        return str(int(visits))
    return f"{visits / 1000:.1f}k" if visits < 9950 else f"{visits / 1000:.0f}k"


def _strength(share: float) -> int:
    return round(165 + 80 * round(share * _STEPS) / _STEPS)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    step = round(min(1.0, share) * _STEPS) / _STEPS
    return tuple(round(a + (b - a) * step) for a, b in zip(one, other, strict=True))


def _disc(canvas: Canvas, colour: Colour, alpha: int) -> None:
    canvas.disc(0.5, 0.5, 0.46, (*colour, alpha))


def _owned(canvas: Canvas, colour: Colour, sure: float) -> None:
    half = 0.24 * sure
    canvas.box(0.5 - half, 0.5 - half, 2 * half, 2 * half, (*colour, 215))


def _rim(canvas: Canvas) -> None:
    canvas.ring(0.5, 0.5, 0.47, 0.05, DARK)


def _allowed(canvas: Canvas) -> None:
    canvas.disc(0.5, 0.5, 0.12, (*_GOOD, 230))


def _forbidden(canvas: Canvas) -> None:
    for end in (0.34, 0.66):
        canvas.stroke([(0.34, end), (0.66, 1 - end)], 0.09, (*_BAD, 235))
