"""Which surfaces do the drawings of the platformer make? Each is made once and kept."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

from envs.platformer.art import sprites

INK, LIGHT = sprites.PALETTE["k"], sprites.PALETTE["i"]


def surface_of(pixels: np.ndarray) -> pygame.Surface:
    """Return uint8 [height, width, 4] as a surface."""
    height, width = pixels.shape[:2]
    picture = pygame.image.frombuffer(np.ascontiguousarray(pixels).tobytes(), (width, height), "RGBA")
    flags = 0 if (pixels[..., 3] == 255).all() else pygame.SRCALPHA
    kept = pygame.Surface((width, height), flags, 32)  # in the layout that is blitted fastest
    kept.blit(picture, (0, 0))
    return kept


@lru_cache(maxsize=256)
def picture(name: str, mirrored: bool = False) -> pygame.Surface:
    """Return the drawing of that name."""
    return surface_of(sprites.sprite(name)[:, :: -1 if mirrored else 1])


@lru_cache(maxsize=512)
def runner(legs: str, seat: int, facing: int = 1, hurt: bool = False, alpha: int = 255) -> pygame.Surface:
    """Return a runner that looks to the left (facing -1) or to the right."""
    pixels = sprites.runner(legs, seat, hurt)[:, :: 1 if facing > 0 else -1].copy()
    pixels[..., 3] = pixels[..., 3].astype(int) * alpha // 255
    return surface_of(pixels)


@lru_cache(maxsize=128)
def ground(open_sides: tuple[bool, bool, bool, bool], look: int, depth: int) -> pygame.Surface:
    """Return a tile of ground that many tiles below the grass."""
    pixels = sprites.ground(open_sides, look)
    pixels[..., :3] = pixels[..., :3] * (1 - 0.07 * depth)
    return surface_of(pixels)


@lru_cache(maxsize=64)
def number(value: int) -> pygame.Surface:
    """Return a whole number in light digits with a dark rim."""
    digits = [sprites.drawings()[digit] for digit in str(max(0, value))]
    lines = [".".join(row) for row in zip(*digits, strict=True)]
    shape = np.array([[c == "w" for c in line] for line in lines]).repeat(2, axis=0).repeat(2, axis=1)
    pixels = np.zeros((shape.shape[0] + 2, shape.shape[1] + 2, 4), np.uint8)
    for down in range(3):
        for right in range(3):
            pixels[down : down + shape.shape[0], right : right + shape.shape[1]][shape] = (*INK, 255)
    pixels[1:-1, 1:-1][shape] = (*LIGHT, 255)
    return surface_of(pixels)
