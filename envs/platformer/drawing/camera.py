"""Which part of the level is shown, and how large?

A scene is painted in the pixels of the drawings, 16 to a tile, on a canvas that is then scaled to the surface: on
larger ones by a whole number, so that pixels stay square. The camera follows from the state alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pygame

from envs.platformer.art.sprites import SIDE
from envs.platformer.physics import HEIGHT, WIDTH
from envs.platformer.world import PIXEL

_HEIGHT = 16 * SIDE  # pixels of the level that are shown, or nearly so many
_WIDEST = 3 * _HEIGHT  # a surface still wider that is small is shown fewer
_BEHIND, _ABOVE = 0.4, 1 / 3  # of the canvas, to the left of the runner and at least above it


@dataclass(frozen=True)
class Camera:
    """What is shown, in pixels of the level: the left and upper edge and the size; and the size of these pixels."""

    left: int
    top: int
    width: int
    height: int
    scale: tuple[float, float] = (1, 1)

    def at(self, x: int, y: int) -> tuple[int, int]:
        """Return where on the canvas a place is that is given in sub-pixels."""
        return int(x) // PIXEL - self.left, int(y) // PIXEL - self.top

    def shows(self, left: int, top: int, width: int = SIDE, height: int = SIDE) -> bool:
        """Return whether a box is seen, given on the canvas."""
        return -width < left < self.width and -height < top < self.height

    def box(self, x: int, y: int, width: int, height: int) -> pygame.Rect:
        """Return where on the surface a box of the level is that is given in sub-pixels."""
        across, down = self.scale
        left, top = (x / PIXEL - self.left) * across, (y / PIXEL - self.top) * down
        right, bottom = left + width / PIXEL * across, top + height / PIXEL * down
        return pygame.Rect(round(left), round(top), round(right) - round(left), round(bottom) - round(top))


def camera_of(state: np.record, size: tuple[int, int]) -> Camera:
    """Return what a surface of that size shows.

    The runner followed is two fifths from the left, as far as the level goes. The level's bottom is at the bottom,
    unless the runner would be in the upper third: then the picture goes up with it.
    """
    width, height = canvas = _canvas_size(size)
    seat = leader(state)
    x, y = (int(state.x[seat]) + WIDTH // 2) // PIXEL, (int(state.y[seat]) + HEIGHT // 2) // PIXEL
    spare = int(state.cols) * SIDE - width
    left = max(0, min(x - round(_BEHIND * width), spare)) if spare > 0 else spare // 2
    top = min(int(state.rows) * SIDE - height, y - round(_ABOVE * height))
    return Camera(left, top, width, height, scale_of(canvas, size))


def _canvas_size(size: tuple[int, int]) -> tuple[int, int]:
    width, height = size
    if times := int(height / _HEIGHT + 0.25):
        return -(-width // times), -(-height // times)
    wide = round(_HEIGHT * width / height)
    return (wide, _HEIGHT) if wide <= _WIDEST else (_WIDEST, -(-_WIDEST * height // width))


def scale_of(canvas: tuple[int, int], size: tuple[int, int]) -> tuple[float, float]:
    """Return by how much a canvas is scaled to cover a surface: by a whole number where that is larger."""
    (wide, high), (width, height) = canvas, size
    if wide > width or high > height:
        return width / wide, height / high
    times = max(-(-width // wide), -(-height // high))
    return times, times


def leader(state: np.record) -> int:
    """Return the seat that is followed: the foremost runner still in the race, or of all once nobody is."""
    running = [seat for seat in range(len(state.x)) if not state.out[seat]]
    return max(running or range(len(state.x)), key=lambda seat: int(state.x[seat]))
