"""What do wood and stones look like? Both are computed, so that they are right at every size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

_LIGHT = np.array([-0.42, -0.55, 0.72])  # from where it comes: above, from the left
_WOOD = np.array([222.0, 178.0, 104.0])
_GRAIN = np.array([30.0, 36.0, 34.0])  # how much darker the darkest grain is


@lru_cache(maxsize=8)
def wood(width: int, height: int) -> pygame.Surface:
    """Return a plank with its grain running down: always the same grain, finer on a smaller board."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height), indexing="ij")
    bent = x + 0.012 * np.sin(3.1 * y + 5 * x) + 0.004 * np.sin(11 * y + 17 * x)
    grain = np.zeros_like(bent)
    for share, waves, phase in ((0.5, 23, 0.3), (0.3, 61, 1.9), (0.2, 149, 4.1)):
        grain += share * (0.5 + 0.5 * np.sin(2 * np.pi * waves * bent + phase + 2 * np.sin(9 * bent + phase)))
    shade = 0.7 * grain**2 + 0.3 * (x + y) / 2
    colours = _WOOD - shade[..., None] * _GRAIN
    return pygame.surfarray.make_surface(colours.clip(0, 255).astype(np.uint8))


@lru_cache(maxsize=64)
def stone(white: bool, width: int, alpha: int = 255) -> pygame.Surface:
    """Return a stone so many pixels wide, for `BLEND_PREMULTIPLIED`.

    It is lit as a flat lens with a soft highlight (Blinn 1977); its edge covers a share of each pixel.
    """
    x, y = _square(width)
    out = np.sqrt(x**2 + y**2)
    normal = np.stack([x, y, np.sqrt(np.clip(1.25 - out**2, 0.02, None))])
    normal /= np.sqrt((normal**2).sum(axis=0))
    light = _LIGHT / np.linalg.norm(_LIGHT)
    half = light + np.array([0.0, 0.0, 1.0])
    lit = np.clip(np.tensordot(light, normal, 1), 0, 1)
    gloss = np.clip(np.tensordot(half / np.linalg.norm(half), normal, 1), 0, 1)
    if white:
        grey = 168 + 78 * lit**0.8 + 22 * gloss**24
        tint = np.array([1.0, 0.992, 0.968])
    else:
        grey = 14 + 34 * lit**1.5 + 92 * gloss**14
        tint = np.array([0.96, 0.98, 1.0])
    cover = np.clip((1 - out) * width / 2 + 0.5, 0, 1) * alpha / 255
    return _premultiplied(grey[..., None] * tint, cover)


@lru_cache(maxsize=16)
def shadow(width: int) -> pygame.Surface:
    """Return the shadow of a stone so many pixels wide: half as large again, with the stone in its middle."""
    x, y = _square(width * 3 // 2 | 1)
    out = 1.5 * np.sqrt((x - 0.05) ** 2 + (y - 0.075) ** 2)
    dark = 0.5 * np.clip((1.2 - out) / 0.36, 0, 1) ** 1.5
    return _premultiplied(np.zeros((*out.shape, 3)), dark)


def _square(width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the middle of each pixel, [width, width], the picture reaching from -1 to 1."""
    middle = (np.arange(width) + 0.5) / width * 2 - 1
    return np.meshgrid(middle, middle, indexing="ij")


def _premultiplied(colours: np.ndarray, cover: np.ndarray) -> pygame.Surface:
    """Return the picture of colours [width, height, 3], 0 to 255, that cover a share [width, height] of each pixel."""
    whole = np.concatenate([colours.clip(0, 255) * cover[..., None], 255 * cover[..., None]], axis=-1)
    pixels = np.rint(whole).astype(np.uint8).transpose(1, 0, 2)
    return pygame.image.frombytes(pixels.tobytes(), cover.shape, "RGBA")
