"""Where on the whole level did runs end?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pygame

from envs.drawing.canvas import lettering
from envs.platformer.art.sprites import PALETTE, SIDE
from envs.platformer.drawing import pictures
from envs.platformer.drawing.camera import Camera
from envs.platformer.drawing.scene import draw_level
from envs.platformer.world import PIXEL

_COLOURS = {"death": (255, 66, 60), "flag": (255, 214, 64), "time limit": (84, 200, 255)}
_NAMES = {"death": "deaths", "flag": "flags", "time limit": "out of time"}
_LEGEND = 28  # pixels below the level
_WIDEST = 2048  # pixels; a longer level is shown at half its size
_BLUR = 9  # pixels within which ends run together
_COARSE = 4  # pixels between the places at which they are counted


def map_size(state: np.record) -> tuple[int, int]:
    """Return the natural size of the map in pixels, (width, height)."""
    width, height = int(state.cols) * SIDE, int(state.rows) * SIDE + _LEGEND
    return (width, height) if width <= _WIDEST else (width // 2, height // 2)


def draw_map(surface: pygame.Surface, state: np.record, ends: Sequence[tuple[int, int, str]]) -> None:
    """Draw the whole level, and where runs ended, in the middle of a surface of any size.

    Args:
        ends: (x, y, what) of each run, in sub-pixels: the middle of the runner; what: `death`, `flag` or `time limit`.
    """
    width, height = int(state.cols) * SIDE, int(state.rows) * SIDE
    whole = pygame.Surface((width, height + _LEGEND), 0, 32)
    level = whole.subsurface((0, 0, width, height))
    draw_level(level, state, Camera(0, 0, width, height))
    level.fill((150, 150, 165), special_flags=pygame.BLEND_RGB_MULT)
    for what, colour in _COLOURS.items():
        found = [(x // PIXEL, y // PIXEL) for x, y, name in ends if name == what]
        places = [(min(max(x, 5), width - 6), min(max(y, 5), height - 6)) for x, y in found]
        if places:
            level.blit(_heat(places, (width, height), colour), (0, 0))
            for place in sorted(set(places)):
                _MARKS[what](level, place, colour)
    _draw_legend(whole, Counter(what for _, _, what in ends), height)
    surface.fill(PALETTE["k"])
    size = whole.get_rect().fit(surface.get_rect()).size
    shown = pygame.transform.smoothscale(whole, (max(1, size[0]), max(1, size[1])))
    surface.blit(shown, shown.get_rect(center=surface.get_rect().center))


def _heat(
    places: list[tuple[int, int]], size: tuple[int, int], colour: tuple[int, int, int]
) -> pygame.Surface:
    """Return a veil that is the thicker the more places are near."""
    width, height = size
    across, down = np.array(places).T // _COARSE
    counts = np.zeros((width // _COARSE, height // _COARSE))
    np.add.at(counts, (across, down), 1)
    reach = np.arange(-3 * _BLUR, 3 * _BLUR + 1, _COARSE) / _BLUR
    bell = np.exp(-(reach**2) / 2)
    for axis in (0, 1):
        counts = np.apply_along_axis(np.convolve, axis, counts, bell, "full")
        counts = np.take(counts, range(len(reach) // 2, counts.shape[axis] - len(reach) // 2), axis)
    veil = np.zeros((counts.shape[1], counts.shape[0], 4), np.uint8)
    veil[..., :3] = colour
    veil[..., 3] = 190 * (1 - np.exp(-2.5 * counts.T / max(1.5, float(counts.max()))))
    return pygame.transform.smoothscale(pictures.surface_of(veil), size)


def _cross(level: pygame.Surface, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    x, y = place
    for thick, ink in ((4, PALETTE["k"]), (2, colour)):
        pygame.draw.line(level, ink, (x - 3, y - 3), (x + 3, y + 3), thick)
        pygame.draw.line(level, ink, (x - 3, y + 3), (x + 3, y - 3), thick)


def _pennant(level: pygame.Surface, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    x, y = place
    corners = [(x - 1, y - 6), (x + 6, y - 3), (x - 1, y)]
    pygame.draw.line(level, PALETTE["k"], (x - 2, y - 6), (x - 2, y + 5), 2)
    pygame.draw.polygon(level, colour, corners)
    pygame.draw.polygon(level, PALETTE["k"], corners, 1)


def _clock(level: pygame.Surface, place: tuple[int, int], colour: tuple[int, int, int]) -> None:
    x, y = place
    pygame.draw.circle(level, PALETTE["k"], place, 5)
    pygame.draw.circle(level, colour, place, 4)
    pygame.draw.lines(level, PALETTE["k"], False, [(x, y - 3), (x, y), (x + 2, y)])


_MARKS = {"death": _cross, "flag": _pennant, "time limit": _clock}


def _draw_legend(whole: pygame.Surface, counts: Counter[str], top: int) -> None:
    whole.fill(PALETTE["k"], (0, top, whole.get_width(), _LEGEND))
    x, middle = 14, top + _LEGEND // 2
    for what, colour in _COLOURS.items():
        _MARKS[what](whole, (x, middle), colour)
        words = lettering(f"{counts[what]} {_NAMES[what]}", 22, PALETTE["i"])
        whole.blit(words, words.get_rect(midleft=(x + 11, middle)))
        x += 40 + words.get_width()
