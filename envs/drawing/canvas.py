"""How is a small picture drawn with smooth edges?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import cos, pi, sin
from typing import Any

import pygame

Colour = tuple[int, ...]  # red, green, blue, and alpha if not opaque
Point = tuple[float, float]
_FINER = 4  # drawn so many times larger than it is shown


class Canvas:
    """A transparent square. Lengths are in units of its side, (0, 0) is the top left."""

    def __init__(self, side: int) -> None:
        self.side = side
        self._scale = side * _FINER
        self._surface = pygame.Surface((self._scale, self._scale), pygame.SRCALPHA, 32)

    def _layer(self) -> pygame.Surface:
        return pygame.Surface(self._surface.get_size(), pygame.SRCALPHA, 32)

    def _at(self, points: Sequence[Point]) -> list[Point]:
        return [(x * self._scale, y * self._scale) for x, y in points]

    def _add(self, layer: pygame.Surface) -> None:
        self._surface.blit(layer, (0, 0))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        colour: Colour,
        corners: float | tuple[float, ...] = 0,
    ) -> None:
        """Fill a rectangle with rounded corners: one radius, or from the top left clockwise."""
        left, top = round(x * self._scale), round(y * self._scale)
        right, bottom = round((x + width) * self._scale), round((y + height) * self._scale)
        radii = corners if isinstance(corners, tuple) else (corners,) * 4
        top_left, top_right, bottom_right, bottom_left = (round(radius * self._scale) for radius in radii)
        layer = self._layer()
        pygame.draw.rect(
            layer,
            colour,
            (left, top, right - left, bottom - top),
            border_top_left_radius=top_left,
            border_top_right_radius=top_right,
            border_bottom_right_radius=bottom_right,
            border_bottom_left_radius=bottom_left,
        )
        self._add(layer)

    def disc(self, x: float, y: float, radius: float, colour: Colour) -> None:
        self.oval(x, y, radius, radius, colour)

    def oval(self, x: float, y: float, across: float, down: float, colour: Colour) -> None:
        """Fill an ellipse around (x, y) with these two radii."""
        layer = self._layer()
        (corner,) = self._at([(x - across, y - down)])
        pygame.draw.ellipse(layer, colour, (*corner, 2 * across * self._scale, 2 * down * self._scale))
        self._add(layer)

    def ring(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        layer = self._layer()
        (centre,) = self._at([(x, y)])
        pygame.draw.circle(layer, colour, centre, radius * self._scale, max(1, round(width * self._scale)))
        self._add(layer)

    def shape(self, points: Sequence[Point], colour: Colour) -> None:
        layer = self._layer()
        pygame.draw.polygon(layer, colour, self._at(points))
        self._add(layer)

    def stroke(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """Draw a line along the points, with round ends and joints."""
        layer = self._layer()
        for point in self._at(points):
            pygame.draw.circle(layer, colour, point, width / 2 * self._scale)
        for (x, y), (to_x, to_y) in pairwise(points):
            length = max(((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5, 1e-9)
            aside, down = (y - to_y) / length * width / 2, (to_x - x) / length * width / 2
            corners = [(x + aside, y + down), (to_x + aside, to_y + down)]
            corners += [(to_x - aside, to_y - down), (x - aside, y - down)]
            pygame.draw.polygon(layer, colour, self._at(corners))
        self._add(layer)

    def shade(self, start: Point, end: Point, colour: Colour, towards: Colour) -> None:
        """Fill the rectangle between two corners with a gradient across its shorter side, or downwards."""
        ((left, top), (right, bottom)) = self._at([start, end])
        width, height = max(1, round(right - left)), max(1, round(bottom - top))
        narrow = width < height
        strip = pygame.Surface((2, 1) if narrow else (1, 2), pygame.SRCALPHA, 32)
        strip.set_at((0, 0), colour)
        strip.set_at((1, 0) if narrow else (0, 1), towards)
        self._surface.blit(pygame.transform.smoothscale(strip, (width, height)), (round(left), round(top)))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: int = 90) -> None:
        """Lay a soft light around a point."""
        for step in range(8, 0, -1):
            self.disc(x, y, radius * step / 8, (*colour[:3], strength // 8 + 1))

    def letters(self, text: str, x: float, y: float, height: float, colour: Colour) -> None:
        """Write a few letters around a point."""
        picture = lettering(text, max(1, round(height * self._scale)), colour)
        (centre,) = self._at([(x, y)])
        self._surface.blit(picture, picture.get_rect(center=centre))

    def finished(self) -> pygame.Surface:
        """Return the picture at its size, with colours multiplied by alpha: for `BLEND_PREMULTIPLIED`."""
        return pygame.transform.smoothscale(self._surface.premul_alpha(), (self.side, self.side))


@lru_cache(maxsize=1024)
def sprite(paint: Callable[..., None], side: int, *look: Any) -> pygame.Surface:
    """Return what `paint(canvas, *look)` draws on a canvas of that side; each picture is drawn once."""
    canvas = Canvas(side)
    paint(canvas, *look)
    return canvas.finished()


@lru_cache(maxsize=2048)
def lettering(text: str, height: int, colour: Colour) -> pygame.Surface:
    """Return a line of text in pygame's own font.

    What is kept is the text and not the font, which does not outlive `pygame.font.quit`.
    """
    if not pygame.font.get_init():
        pygame.font.init()
    return pygame.font.Font(None, max(height, 6)).render(text, True, colour)


def star(x: float, y: float, radius: float, points: int = 5, waist: float = 0.45) -> list[Point]:
    """Return the corners of a star that stands on two of its points."""
    radii = [radius, radius * waist] * points
    turns = [pi * (k / points - 0.5) for k in range(2 * points)]
    return [(x + r * cos(turn), y + r * sin(turn)) for r, turn in zip(radii, turns, strict=True)]
