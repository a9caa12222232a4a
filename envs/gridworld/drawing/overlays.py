"""How is it shown what an agent thinks of each cell?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygame

from envs.drawing.canvas import Canvas, Colour, Point, lettering
from envs.gridworld.drawing.board import Board
from envs.gridworld.drawing.palette import HEAT, INK, TRAIL, WHITE
from envs.gridworld.rules import APPLE, CLIFF, DOOR, END, GOAL, KEY, LAVA, PRIZE, WALL
from envs.view import Decision

Palette = Sequence[Colour]
_LEVELS, _SHARES = 64, 16  # of heat and of probability that look different: so few, to keep their pictures
_READABLE = 34  # pixels a cell from which on numbers are written into it; four of them need twice that
_AHEAD = ((0, -1), (1, 0), (0, 1), (-1, 0))  # by action


def draw_overlay(
    surface: pygame.Surface, state: np.record, name: str, places: np.recarray, decision: Decision | None
) -> None:
    """Draw `policy`, `value`, `visits` or `q` over the drawing of the state, for the forager `places` moves.

    Args:
        places: states [P] that differ in where one forager stands; for `visits` those of the episode so far.
        decision: what an agent answered for them. A missing policy is the greedy one of its q, a missing
            value the largest q. What is not finite is skipped; so are cells where nobody stands and plays on.
    """
    board = Board(surface, state)
    if board.side == 0 or len(places) == 0:
        return
    seat = int((places.cell != state.cell).any(axis=0).argmax())
    cells = places.cell[:, seat].tolist()
    if name == "visits":
        visits = np.bincount(cells)
        _draw_heat(board, range(len(visits)), np.where(visits, visits, np.nan), 0, TRAIL)
    elif decision is not None:
        _draw_thoughts(board, name, cells, decision, [_can_stay(state, seat, cell) for cell in cells])


def _draw_thoughts(board: Board, name: str, cells: list[int], decision: Decision, stay: list[bool]) -> None:
    if name == "value":
        _draw_heat(board, cells, np.where(stay, _value(decision), np.nan), None, HEAT)
    elif name == "policy":
        _draw_policy(board, cells, np.where(np.array(stay)[:, None], _policy(decision), 0))
    elif name == "q" and decision.q is not None:
        _draw_q(board, cells, np.where(np.array(stay)[:, None], decision.q, np.nan))


def _can_stay(state: np.record, seat: int, cell: int) -> bool:
    """Return whether a forager can stand there and play on: not in danger, nor on what it would take."""
    tile, link = int(state.tile[cell]), int(state.link[cell])
    if tile == DOOR:
        return bool(int(state.held[seat]) >> link & 1)
    if tile == KEY:
        return any(int(held) >> link & 1 for held in state.held)
    if tile == APPLE:
        return not int(state.ripe) >> link & 1
    return tile not in (WALL, CLIFF, GOAL, PRIZE, LAVA, END)


def _value(decision: Decision) -> np.ndarray:
    if decision.value is not None:
        return decision.value
    if decision.q is None:
        return np.full(len(decision.actions), np.nan)
    return np.where(np.isnan(decision.q), -np.inf, decision.q).max(axis=1)


def _policy(decision: Decision) -> np.ndarray:
    """Return the policy; without one the greedy one, which takes all of the best actions equally often."""
    if decision.policy is not None:
        return decision.policy
    if decision.q is None:
        return np.eye(len(_AHEAD))[decision.actions]
    best = _best(decision.q)
    return best / np.maximum(best.sum(axis=1, keepdims=True), 1)


def _best(q: np.ndarray) -> np.ndarray:
    """Return which actions are best, or as good as."""
    q = np.where(np.isnan(q), -np.inf, q)
    highest = q.max(axis=1, keepdims=True)
    return np.isfinite(q) & np.isclose(q, highest, rtol=1e-6, atol=1e-9)


def _levels(values: np.ndarray, low: float | None, of: np.ndarray) -> np.ndarray:
    """Return the level of heat of each value, -1 where it is NaN.

    Levels are even from `low`, or else the lowest of the values `of`, to the highest of these.
    """
    finite = of[np.isfinite(of)]
    if not finite.size:
        return np.full(values.shape, -1)
    low = finite.min() if low is None else low
    span = finite.max() - low
    share = np.where(np.isfinite(values), values - low, 0) / span if span > 0 else np.full(values.shape, 0.5)
    return np.where(np.isfinite(values), np.rint(np.clip(share, 0, 1) * (_LEVELS - 1)), -1).astype(int)


def _colour(level: int, palette: Palette) -> Colour:
    at = level / (_LEVELS - 1) * (len(palette) - 1)
    below, above = palette[int(at)], palette[min(int(at) + 1, len(palette) - 1)]
    return tuple(round(a + (b - a) * (at - int(at))) for a, b in zip(below, above, strict=True))


def _draw_heat(
    board: Board, cells: Sequence[int], values: np.ndarray, low: float | None, palette: Palette
) -> None:
    levels = _levels(values, low, values).tolist()
    rows = zip(cells, values.tolist(), levels, strict=True)
    hot = {cell: (value, _colour(level, palette)) for cell, value, level in rows if level >= 0}
    for cell, (_, colour) in hot.items():
        board.put(cell, _hot_cell, colour)
    board.draw_things(hot)
    if board.side >= _READABLE:
        for cell, (value, colour) in hot.items():
            _write(board, cell, (0.79, 0.86), 0.24, value, colour)  # clear of the policy's arrows
    board.draw_foragers(hot)


def _draw_policy(board: Board, cells: list[int], policy: np.ndarray) -> None:
    shares = np.rint(np.nan_to_num(policy) * _SHARES).astype(int)
    for cell, row in zip(cells, shares.tolist(), strict=True):
        for action, share in enumerate(row):
            if share > 0:
                board.put(cell, _arrow, action, share)


def _draw_q(board: Board, cells: list[int], q: np.ndarray) -> None:
    """Draw four triangles a cell.

    Colours tell apart the values of the best actions; what is worse than all of those is as dark as the
    worst, so that one deadly step does not make everything else look the same.
    """
    best = _best(q)
    levels = _levels(q, None, q[best])
    better = best & ~best.all(axis=1, keepdims=True)
    for cell, *rows in zip(cells, q.tolist(), levels.tolist(), better.tolist(), strict=True):
        for action, (value, level, good) in enumerate(zip(*rows, strict=True)):
            if level >= 0:
                board.put(cell, _quarter, action, _colour(level, HEAT), good)
                if board.side >= 1.6 * _READABLE:
                    x, y = _AHEAD[action]
                    _write(board, cell, (0.5 + 0.31 * x, 0.5 + 0.34 * y), 0.24, value, _colour(level, HEAT))
    board.draw_foragers(np.array(cells)[(levels >= 0).any(axis=1)].tolist())


def _write(board: Board, cell: int, at: Point, height: float, value: float, ground: Colour) -> None:
    """Write a number around a point of a cell, in a colour that can be read on that ground."""
    dark = 0.3 * ground[0] + 0.59 * ground[1] + 0.11 * ground[2] < 140
    picture = lettering(_short(value), round(height * board.side), WHITE if dark else INK)
    left, top = board.corner(cell)
    board.surface.blit(
        picture, picture.get_rect(center=(left + at[0] * board.side, top + at[1] * board.side))
    )


def _short(value: float) -> str:
    """Return the number in four characters or so: -112, -11, 9.5, .25."""
    if value == int(value) or abs(value) >= 9.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 0.995 else f"{value:.2f}".replace("0.", ".", 1)


def _hot_cell(canvas: Canvas, colour: Colour) -> None:
    canvas.box(0.015, 0.015, 0.97, 0.97, (*colour, 215), 0.07)


def _arrow(canvas: Canvas, action: int, share: int) -> None:
    """Paint an arrow, the longer and the darker the more probable its action is."""
    tip = 0.27 + 0.19 * share / _SHARES
    for more, colour in ((0.03, WHITE), (0.0, INK)):
        back, neck, shaft, barb = 0.1 - more, tip - 0.14 - more / 2, 0.035 + more, 0.105 + 1.6 * more
        outline = [(back, shaft), (neck, shaft), (neck, barb), (tip + 1.4 * more, 0.0)]
        outline += [(ahead, -aside) for ahead, aside in reversed(outline[:3])]
        canvas.shape(_facing(outline, action), (*colour, 60 + 195 * share // _SHARES))


def _quarter(canvas: Canvas, action: int, colour: Colour, best: bool) -> None:
    """Paint the quarter of a cell that stands for an action; the best one has a white edge."""
    canvas.shape(_facing([(0.485, 0.455), (0.485, -0.455), (0.03, 0.0)], action), (*colour, 225))
    if best:
        edge = [(0.455, 0.37), (0.455, -0.37), (0.085, 0.0), (0.455, 0.37)]
        canvas.stroke(_facing(edge, action), 0.028, WHITE)


def _facing(points: list[Point], action: int) -> list[Point]:
    """Return where points lie that are given as (ahead, aside) from the middle."""
    x, y = _AHEAD[action]
    return [(0.5 + ahead * x - aside * y, 0.5 + ahead * y + aside * x) for ahead, aside in points]
