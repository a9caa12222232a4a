"""Which part of the level is shown, and how large?

A scene is painted in the pixels of the drawings, 16 to a tile, on a canvas 16 tiles high that is then scaled to the
surface. The camera follows from the state alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame

from envs.platformer.art.sprites import SIDE
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.state import PIXEL

_ROWS = 16  # of tiles that are shown
_WIDEST = 3 * _ROWS * SIDE  # pixels; a surface still wider is shown fewer rows
_NARROWEST = 4 * SIDE
_BEHIND, _ABOVE = 0.4, 1 / 3  # of the canvas, to the left of the runner and at least above it


@dataclass(frozen=True)
class Camera:
    """What is shown, in pixels of the level: the left and upper edge, and the size of the canvas."""

    left: int
    top: int
    width: int
    height: int

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Return where on the canvas a place is that is given in sub-pixels."""
        return int(x) // PIXEL - self.left, int(y) // PIXEL - self.top

    def shows(self, left: int, top: int, width: int = SIDE, height: int = SIDE) -> bool:
        """Return whether a box is seen, given on the canvas."""
        return -width < left < self.width and -height < top < self.height

    def box(self, surface: pygame.Surface, x: int, y: int, width: int, height: int) -> pygame.Rect:
        """Return where on the surface a box of the level is, all in sub-pixels."""
        across, down = surface.get_width() / self.width, surface.get_height() / self.height
        left, top = (x / PIXEL - self.left) * across, (y / PIXEL - self.top) * down
        right, bottom = left + width / PIXEL * across, top + height / PIXEL * down
        return pygame.Rect(round(left), round(top), round(right) - round(left), round(bottom) - round(top))


def camera_of(state: np.record, size: tuple[int, int]) -> Camera:
    """Return what a surface of that size shows.

    The runner followed is two fifths from the left, as far as the level goes. The level's bottom is at the bottom,
    unless the runner would be in the upper third: then the picture goes up with it.
    """
    width, height = canvas_size(size)
    seat = leader(state)
    x, y = (int(state.x[seat]) + WIDTH // 2) // PIXEL, (int(state.y[seat]) + HEIGHT // 2) // PIXEL
    spare = int(state.cols) * SIDE - width
    left = max(0, min(x - round(_BEHIND * width), spare)) if spare > 0 else spare // 2
    top = min(int(state.rows) * SIDE - height, y - round(_ABOVE * height))
    return Camera(left, top, width, height)


def canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of the canvas for a surface of that size: of the same shape, nearly."""
    width, height = size
    wide = round(_ROWS * SIDE * width / max(1, height))
    if wide > _WIDEST:
        return _WIDEST, max(1, round(_WIDEST * height / width))
    return max(_NARROWEST, wide), _ROWS * SIDE


def leader(state: np.record) -> int:
    """Return the seat that is followed: the foremost runner still in the race, or of all once nobody is."""
    running = [seat for seat in range(len(state.x)) if not state.out[seat]]
    return max(running or range(len(state.x)), key=lambda seat: int(state.x[seat]))
