"""How does a whole gridworld come onto a surface?"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import lru_cache
from typing import Any

import numpy as np
import pygame

from envs.drawing.canvas import sprite
from envs.gridworld.drawing import ground, things
from envs.gridworld.drawing.palette import BACKGROUND
from envs.gridworld.rules import (
    APPLE,
    BURNT,
    CLIFF,
    DOOR,
    END,
    GOAL,
    ICE,
    KEY,
    LAVA,
    PORTAL,
    PRIZE,
    SIGNPOST,
    START,
    WALL,
)
from envs.gridworld.signpost import pointing

_TILES: dict[int, Callable[..., None]] = {
    WALL: ground.wall,
    START: ground.start,
    GOAL: ground.goal,
    PRIZE: ground.prize,
    CLIFF: ground.cliff,
    LAVA: ground.lava,
    ICE: ground.ice,
    END: ground.end,
}
_TINY = 4  # pixels a cell at which a level is drawn that is then shown smaller still


def draw(surface: pygame.Surface, state: np.record) -> None:
    """Draw the state over the whole surface, whatever its size, in square cells."""
    surface.fill(BACKGROUND)
    board = Board(surface, state)
    if board.side == 0:
        _draw_tiny(surface, state)
        return
    board.draw_ground()
    everywhere = range(board.rows * board.cols)
    board.draw_things(everywhere)
    board.draw_foragers(everywhere)


def _draw_tiny(surface: pygame.Surface, state: np.record) -> None:
    whole = pygame.Surface((_TINY * int(state.cols), _TINY * int(state.rows)), 0, 32)
    draw(whole, state)
    width, height = whole.get_rect().fit(surface.get_rect()).size
    shrunk = pygame.transform.smoothscale(whole, (max(1, width), max(1, height)))
    surface.blit(shrunk, shrunk.get_rect(center=surface.get_rect().center))


class Board:
    """A state in the middle of a surface, in the largest cells of `side` whole pixels that fit, maybe 0."""

    def __init__(self, surface: pygame.Surface, state: np.record) -> None:
        width, height = surface.get_size()
        self.surface, self.state = surface, state
        self.rows, self.cols = int(state.rows), int(state.cols)
        self.side = min(width // self.cols, height // self.rows)
        self._left, self._top = (width - self.side * self.cols) // 2, (height - self.side * self.rows) // 2

    def corner(self, cell: int) -> tuple[int, int]:
        return self._left + cell % self.cols * self.side, self._top + cell // self.cols * self.side

    def put(self, cell: int, paint: Callable[..., None], *look: Any) -> None:
        """Show in a cell what `paint(canvas, *look)` draws."""
        _put(self.surface, self.corner(cell), self.side, paint, *look)

    def draw_ground(self) -> None:
        state = self.state
        frosty = 2 * int(state.slip_part) >= int(state.slip_whole) > 0
        wind = state.wind[: self.cols].tolist() if state.windy else [0] * self.cols
        tiles, holes = self._map(state.tile), bool(state.reward[BURNT] >= 0)
        picture = _ground(self.side, self.rows, self.cols, tiles, tuple(wind), frosty, holes)
        self.surface.blit(picture, self.corner(0))

    def draw_things(self, cells: Container[int]) -> None:
        """Draw what of portals, and of apples, keys, doors and signposts as they are now, lies in these cells."""
        held, ripe = int(np.bitwise_or.reduce(self.state.held)), int(self.state.ripe)
        for cell, tile, number in _things(self._map(self.state.tile), self._map(self.state.link)):
            if cell not in cells:
                continue
            if tile == APPLE:
                self.put(cell, things.apple if ripe >> number & 1 else things.sprout)
            elif tile == DOOR:
                self.put(cell, things.door, number, bool(held >> number & 1))
            elif tile == PORTAL:
                self.put(cell, things.portal, number)
            elif tile == SIGNPOST:
                self.put(cell, things.signpost, pointing(self.state))
            elif not held >> number & 1:
                self.put(cell, things.key, number)

    def draw_foragers(self, cells: Container[int]) -> None:
        """Draw the foragers in these cells, the dead below the living, with their keys and their food."""
        state = self.state
        seats = [seat for seat, cell in enumerate(state.cell.tolist()) if cell in cells]
        for seat in sorted(seats, key=lambda seat: not state.out[seat]):
            cell, alive = int(state.cell[seat]), not state.out[seat]
            self.put(cell, things.forager, seat, alive)
            if alive and state.food_limit > 0:
                self.put(cell, things.food_bar, -(-10 * int(state.food[seat]) // int(state.food_limit)))
            (left, top), size = self.corner(cell), max(2, self.side // 4)
            for key in range(4):
                if int(state.held[seat]) >> key & 1:
                    _put(self.surface, (left, top + self.side - size), size, things.badge, key)
                    left += size

    def _map(self, field: np.ndarray) -> bytes:
        return field[: self.rows * self.cols].tobytes()


def _put(
    surface: pygame.Surface, at: tuple[int, int], side: int, paint: Callable[..., None], *look: Any
) -> None:
    surface.blit(sprite(paint, side, *look), at, special_flags=pygame.BLEND_PREMULTIPLIED)


@lru_cache(maxsize=16)
def _things(tiles: bytes, links: bytes) -> list[tuple[int, int, int]]:
    """Return (cell, tile, number) of every apple, key, door, signpost and portal; a pair of portals has one number."""
    both = list(enumerate(zip(tiles, np.frombuffer(links, np.int16).tolist(), strict=True)))
    pairs = [cell for cell, (tile, link) in both if tile == PORTAL and cell < link]
    return [
        (cell, tile, pairs.index(min(cell, link)) if tile == PORTAL else link)
        for cell, (tile, link) in both
        if tile in (APPLE, KEY, DOOR, PORTAL, SIGNPOST)
    ]


@lru_cache(maxsize=8)
def _ground(
    side: int, rows: int, cols: int, tiles: bytes, wind: tuple[int, ...], frosty: bool, holes: bool
) -> pygame.Surface:
    """Return the picture of all that stays as it is; it is painted once and kept."""
    picture = pygame.Surface((cols * side, rows * side), 0, 32)
    picture.fill(BACKGROUND)
    for cell, tile in enumerate(tiles):
        row, col = divmod(cell, cols)
        at = col * side, row * side
        if tile != WALL or (0 < row < rows - 1 and 0 < col < cols - 1):
            walls = _neighbours(tiles, rows, cols, cell, WALL, False)
            _put(picture, at, side, ground.floor, bool((row + col) % 2), frosty, walls)
        if wind[col] and tile != WALL:
            _put(picture, at, side, ground.wind, wind[col])
        if tile in _TILES:
            same = _neighbours(tiles, rows, cols, cell, tile, tile != WALL)
            look = (row * 5 + col * 3 + row * col // 2) % 4  # as good as random
            _put(picture, at, side, ground.hole if tile == LAVA and holes else _TILES[tile], same, look)
    return picture


def _neighbours(tiles: bytes, rows: int, cols: int, cell: int, tile: int, outside: bool) -> ground.Sides:
    """Return for north, east, south, west whether that neighbour is such a tile; `outside` beyond the map."""
    row, col = divmod(cell, cols)
    return (
        tiles[cell - cols] == tile if row > 0 else outside,
        tiles[cell + 1] == tile if col < cols - 1 else outside,
        tiles[cell + cols] == tile if row < rows - 1 else outside,
        tiles[cell - 1] == tile if col > 0 else outside,
    )
