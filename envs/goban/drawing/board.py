"""How does a whole Go board come onto a surface?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pygame

from envs.drawing.canvas import Canvas, Colour, lettering, sprite
from envs.goban.area import territory
from envs.goban.board_text import COLUMNS
from envs.goban.drawing.layout import Layout, layout
from envs.goban.drawing.materials import shadow, stone, wood
from envs.goban.points import BLACK, EMPTY, WHITE
from envs.goban.rules import REASONS
from envs.goban.state import stones
from envs.goban.words import verdict

TABLE = (24, 27, 38)
INK: Colour = (58, 38, 18)
LIGHT: Colour = (246, 243, 235)
DARK: Colour = (22, 22, 26)
PALE: Colour = (205, 208, 218)
GOLD: Colour = (245, 196, 83)
_TINY = 5  # pixels from line to line at which a board is drawn that is then shown smaller still
_GHOST = 165  # of 255: how much of a stone one sees that is not there yet


def draw(surface: pygame.Surface, state: np.record) -> None:
    """Draw the state over the whole surface, whatever its size."""
    surface.fill(TABLE)
    board = Board(surface, state)
    if board.place.cell == 0:
        _draw_tiny(surface, state)
        return
    surface.blit(_bare(board.place), board.place.wood[:2])
    board.draw_stones()
    board.mark_last_move()
    if state.status and not state.capture:
        board.mark_territory()
    if board.place.lettered:
        board.draw_foot()


def draw_choice(surface: pygame.Surface, state: np.record, action: int) -> None:
    """Draw the stone of the seat to move on that point, but so that one sees through it; a pass shows nothing."""
    board = Board(surface, state)
    if action < board.place.side**2 and board.place.cell > 0:
        board.put(action, stone(bool(state.to_move), board.width, _GHOST))


def _draw_tiny(surface: pygame.Surface, state: np.record) -> None:
    whole = pygame.Surface((_TINY * (int(state.side) + 1),) * 2, 0, 32)
    draw(whole, state)
    room = whole.get_rect().fit(surface.get_rect())
    shrunk = pygame.transform.smoothscale(whole, (max(1, room.width), max(1, room.height)))
    surface.blit(shrunk, shrunk.get_rect(center=surface.get_rect().center))


class Board:
    """A state on a surface: `place` says where, and a stone is `width` pixels wide, an odd number."""

    def __init__(self, surface: pygame.Surface, state: np.record) -> None:
        self.surface, self.state = surface, state
        self.place = layout(int(state.side), surface.get_size())
        self.width = 2 * int(0.485 * self.place.cell) + 1
        self.stones: list[int] = stones(state).ravel().tolist()

    def put(self, point: int, picture: pygame.Surface) -> None:
        """Show a picture with its middle on a point."""
        at = picture.get_rect(center=self.place.middle(point))
        self.surface.blit(picture, at, special_flags=pygame.BLEND_PREMULTIPLIED)

    def paint(self, point: int, paint: Callable[..., None], *look: Any) -> None:
        """Show on a point what `paint(canvas, *look)` draws on a canvas as wide as from line to line."""
        self.put(point, sprite(paint, self.place.cell | 1, *look))

    def write(self, point: int, text: str, share: float, colour: Colour, down: float = 0.0) -> None:
        """Write on a point, in letters that share of the way from line to line high, and so far below the middle."""
        cell = self.place.cell
        x, y = self.place.middle(point)
        picture = lettering(text, round(share * cell), colour)
        if picture.get_width() > cell:
            picture = lettering(text, int(share * cell * cell / picture.get_width()), colour)
        self.surface.blit(picture, picture.get_rect(center=(x, y + round(down * cell))))

    def draw_stones(self) -> None:
        for point in self._of(BLACK, WHITE):
            self.put(point, shadow(self.width))
        for point in self._of(BLACK, WHITE):
            self.put(point, stone(self.stones[point] == WHITE, self.width))

    def _of(self, *colours: int) -> Iterator[int]:
        return (point for point, colour in enumerate(self.stones) if colour in colours)

    def mark_last_move(self) -> None:
        point = last_stone(self.state)
        if point is not None and self.stones[point] != EMPTY:
            self.paint(point, _ring, LIGHT if self.stones[point] == BLACK else DARK)

    def mark_territory(self) -> None:
        """Put a small square of its owner's colour on every empty point that is somebody's."""
        owners = territory(self.state).ravel().tolist()
        for point in self._of(EMPTY):
            if owners[point] != EMPTY:
                self.paint(point, _square, DARK if owners[point] == BLACK else LIGHT)

    def draw_foot(self) -> None:
        """Say below the board what each side has captured, and in the middle the result or who passed."""
        left, top, wide, high = self.place.foot
        letter = round(0.62 * high)
        room = pygame.Rect(left, top, wide, high).inflate(-high // 2, 0)
        texts = [lettering(f"captured {count}", letter, PALE) for count in self.state.captured]
        for seat, text in enumerate(texts):
            disc = pygame.Rect(0, 0, high, high)
            disc.midleft, at = (room.midleft, {"midleft": (room.left + high * 5 // 4, room.centery)})
            if seat == 1:
                disc.midright, at = (room.midright, {"midright": (room.right - high * 5 // 4, room.centery)})
            self.surface.blit(text, text.get_rect(**at))
            self._draw_bowl(seat, disc)
        words = lettering(verdict(self.state) or passed(self.state), letter, GOLD)
        if words.get_width() < room.width - 2 * max(text.get_width() for text in texts) - 4 * high:
            self.surface.blit(words, words.get_rect(center=room.center))

    def _draw_bowl(self, seat: int, box: pygame.Rect) -> None:
        """Draw a stone that stands for a seat, with a ring around it if that seat is to move."""
        pictures = [stone(seat == WHITE - 1, 2 * int(0.3 * box.height) + 1)]
        if self.state.to_move == seat and not self.state.status:
            pictures.insert(0, sprite(_turn, 2 * int(0.44 * box.height) + 1))
        for picture in pictures:
            at = picture.get_rect(center=box.center)
            self.surface.blit(picture, at, special_flags=pygame.BLEND_PREMULTIPLIED)


def last_stone(state: np.record) -> int | None:
    """Return the point of the last move, or None: none was made, it was a pass, or it was illegal."""
    if state.ply == 0 or REASONS[state.reason] == "illegal move":
        return None
    move = int(state.move[state.ply - 1])
    return move if move < state.side**2 else None


def passed(state: np.record) -> str:
    return f"{('White', 'Black')[state.to_move]} passed" if state.passes else ""


@lru_cache(maxsize=16)
def _bare(place: Layout) -> pygame.Surface:
    """Return the picture of the empty board; it is painted once and kept."""
    wide, cell = place.wood[2], place.cell
    picture = pygame.Surface((wide, wide), 0, 32)
    picture.blit(wood(wide, wide), (0, 0))
    first = place.corner[0] - place.wood[0]
    last = first + (place.side - 1) * cell
    thin = 1 + 2 * (cell // 90)
    for k in range(place.side):
        thick = thin + 2 * (cell // 40 > 0) if k in (0, place.side - 1) else thin
        at = first + k * cell - thick // 2
        picture.fill(INK, (first, at, last - first + 1, thick))
        picture.fill(INK, (at, first, thick, last - first + 1))
    for row, col in star_points(place.side):
        dot = sprite(_dot, 2 * max(1, round(0.11 * cell)) + 1)
        centre = first + col * cell, first + row * cell
        picture.blit(dot, dot.get_rect(center=centre), special_flags=pygame.BLEND_PREMULTIPLIED)
    if place.lettered:
        _write_coordinates(picture, place, first)
    return picture


def star_points(side: int) -> list[tuple[int, int]]:
    """Return (row, column) of the star points: the middle, the corners' and, from 15 lines on, the sides'."""
    middle = {side // 2} if side % 2 else set()
    from_edge = 2 if side < 12 else 3
    corners = {from_edge, side - 1 - from_edge} if side >= 7 else set()
    lines = corners | middle
    points = {(row, col) for row in lines for col in lines}
    if side < 15:
        points = {(row, col) for row, col in points if (row in middle) == (col in middle)}
    return sorted(points)


def _write_coordinates(picture: pygame.Surface, place: Layout, first: int) -> None:
    """Write the letters above and below the board and the numbers beside it, 1 at the bottom."""
    wide, cell = picture.get_width(), place.cell
    height = max(13, min(round(0.5 * cell), 26))
    away = round((first - cell / 2) / 2) + 1
    for k in range(place.side):
        at = first + k * cell
        letter = lettering(COLUMNS[k], height, INK)
        number = lettering(str(place.side - k), height, INK)
        for edge in (away, wide - 1 - away):
            picture.blit(letter, letter.get_rect(center=(at, edge)))
            picture.blit(number, number.get_rect(center=(edge, at)))


def _dot(canvas: Canvas) -> None:
    canvas.disc(0.5, 0.5, 0.5, INK)


def _ring(canvas: Canvas, colour: Colour) -> None:
    canvas.ring(0.5, 0.5, 0.26, 0.065, colour)


def _square(canvas: Canvas, colour: Colour) -> None:
    canvas.box(0.34, 0.34, 0.32, 0.32, (0, 0, 0, 90), 0.03)
    canvas.box(0.355, 0.355, 0.29, 0.29, colour, 0.02)


def _turn(canvas: Canvas) -> None:
    canvas.ring(0.5, 0.5, 0.48, 0.09, GOLD)
