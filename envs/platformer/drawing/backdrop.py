"""What is behind the level: which sky, clouds, mountains, hills and trees, and how do they pass by?

Layers further away go by more slowly. Each is painted once, as wide as it is until it repeats.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

from envs.platformer.art.sprites import Colour, mixed
from envs.platformer.drawing.camera import Camera
from envs.platformer.drawing.light import Light, light_of
from envs.platformer.drawing.pictures import surface_of

_PERIOD = 768  # pixels after which a layer repeats
_BANDS = 12  # colours of the sky
_DITHER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16  # Bayer's matrix


def draw_backdrop(canvas: pygame.Surface, state: np.record, camera: Camera) -> None:
    """Draw over the whole canvas all that is behind the level."""
    light, height = light_of(state), camera.height
    lift = int(state.rows) * 16 - height - camera.top  # how far the camera is above the bottom
    canvas.blit(_sky(light, camera.width, height), (0, 0))
    drift = int(state.tick) // 12
    for paint, speed, bottom, shift in (
        (_clouds, 0.12, 0.62, drift),
        (_mountains, 0.2, 1.0, 0),
        (_hills, 0.36, 1.0, 0),
        (_trees, 0.56, 1.0, 0),
    ):
        layer = paint(light)
        top = round(bottom * height) - layer.get_height() + round(speed * lift)
        at = -(round(speed * camera.left) + shift) % -_PERIOD
        for left in range(at, camera.width, _PERIOD):
            canvas.blit(layer, (left, top))


@lru_cache(maxsize=16)
def _sky(light: Light, width: int, height: int) -> pygame.Surface:
    """Paint bands of colour, dithered where they meet, with the sun or the moon and the stars."""
    down = np.linspace(0, _BANDS, height, endpoint=False)[:, None]
    pattern = np.tile(_DITHER, (height // 4 + 1, width // 4 + 1))[:height, :width]
    band = np.clip(np.floor(down + (pattern - 0.5) * 0.7), 0, _BANDS - 1) / (_BANDS - 1)
    pixels = np.full((height, width, 4), 255, np.uint8)
    for k, stops in enumerate(zip(*light.sky, strict=True)):
        pixels[..., k] = np.interp(band, (0, 0.55, 1), stops)
    if light.stars:
        rng = np.random.default_rng(5)
        y, x = rng.integers(0, max(1, height * 2 // 3), 60), rng.integers(0, width, 60)
        pixels[y, x, :3] = rng.integers(150, 256, 60)[:, None]
    y, x = np.ogrid[:height, :width]
    away = np.hypot(x - 0.78 * width, y - light.height * height)
    for reach, share in ((46, 0.12), (34, 0.22), (24, 0.35)):
        ring = away < reach + pattern * 6
        pixels[ring, :3] = pixels[ring, :3] * (1 - share) + np.array(light.disc) * share
    pixels[away < 17, :3] = light.disc
    if light.stars:  # the moon has spots
        for right, under, radius in ((-5, -4, 3.5), (5, 3, 2.5), (-2, 8, 2)):
            spot = np.hypot(x - 0.78 * width - right, y - light.height * height - under) < radius
            pixels[spot, :3] = mixed(light.disc, light.sky[2], 0.4)
    return surface_of(pixels)


@lru_cache(maxsize=8)
def _clouds(light: Light) -> pygame.Surface:
    """Paint heaps of round puffs with flat bottoms."""
    height, rng = 130, np.random.default_rng(11)
    pixels = np.zeros((height, _PERIOD, 4), np.uint8)
    for k in range(9):
        middle, base = k * _PERIOD // 9 + int(rng.integers(-20, 20)), int(rng.integers(34, height - 8))
        size = rng.uniform(0.6, 1.3)
        part, across, y = _cut(pixels, middle, 60)
        for colour, sink in ((light.clouds[1], 0), (light.clouds[0], -3)):
            for right, up, radius in _PUFFS:
                away = np.hypot(across - right * size, y - base - up * size - sink)
                part[(away < radius * size) & (y < base + sink)] = (*colour, 235)
        _paste(pixels, middle, part)
    return surface_of(pixels)


_PUFFS = ((-22, -2, 9), (-10, -7, 12), (6, -9, 15), (20, -3, 10), (30, 0, 6), (-31, 0, 6))


def _cut(pixels: np.ndarray, middle: int, reach: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a copy of the columns around one, how far each is to the right of that, and the rows."""
    across = np.arange(-reach, reach + 1)
    return pixels[:, (middle + across) % _PERIOD], across[None], np.arange(len(pixels))[:, None]


def _paste(pixels: np.ndarray, middle: int, part: np.ndarray) -> None:
    """Put what was cut out, and has been painted on, back."""
    reach = part.shape[1] // 2
    pixels[:, (middle + np.arange(-reach, reach + 1)) % _PERIOD] = part


def _ridge(waves: tuple[tuple[int, float, float], ...]) -> np.ndarray:
    """Return a height for each column of a layer: sums of waves that fit into it whole times."""
    turns = np.arange(_PERIOD) / _PERIOD * 2 * np.pi
    return sum((size * np.sin(often * turns + start) for often, size, start in waves), np.zeros(_PERIOD))


def _slope(top: np.ndarray, height: int, colour: Colour, towards: Colour, rim: int) -> np.ndarray:
    """Return pixels [height, _PERIOD, 4] of land below a ridge, lit at its rim and hazy at its foot."""
    y = np.arange(height)[:, None]
    pixels = np.zeros((height, _PERIOD, 4), np.uint8)
    depth = y - top[None].astype(int)
    pattern = np.tile(_DITHER, (height // 4 + 1, _PERIOD // 4))[:height]
    haze = np.clip(np.floor(depth / 12 + pattern) / 8, 0, 0.75)[..., None]
    pixels[..., :3] = np.array(colour) * (1 - haze) + np.array(towards) * haze
    pixels[depth < rim, :3] = mixed(colour, (255, 255, 255), 0.22)
    pixels[..., 3] = np.where(depth >= 0, 255, 0)
    return pixels


@lru_cache(maxsize=8)
def _mountains(light: Light) -> pygame.Surface:
    """Paint pointed mountains, lit from the right, with snow on the highest."""
    height, rng = 170, np.random.default_rng(3)
    peaks = np.cumsum(rng.integers(46, 82, 16))
    peaks = peaks[peaks < _PERIOD - 30]
    tall = rng.integers(60, 128, len(peaks))
    across = (np.arange(_PERIOD)[None] - peaks[:, None] + _PERIOD // 2) % _PERIOD - _PERIOD // 2
    jags = _ridge(((37, 1.6, 0), (61, 1.2, 1), (23, 2, 2))).astype(int)
    flanks = tall[:, None] - np.abs(across) * 0.95
    nearest = flanks.argmax(axis=0)
    summit = np.maximum(flanks.max(axis=0) + jags, 20)
    top = height - summit
    pixels = _slope(top, height, light.mountains, mixed(light.mountains, light.sky[2], 0.8), 2)
    side = across[nearest, np.arange(_PERIOD)]
    y = np.arange(height)[:, None]
    shaded = (side[None] + (y % 7 - 3) < 0) & (y >= top[None] + 2)
    pixels[shaded, :3] = pixels[shaded, :3] * 0.9
    snow = (y < height - tall[nearest][None] + 14 + (np.abs(side) * 5 % 7)[None]) & (y >= top[None])
    pixels[snow & (tall[nearest] > 84)[None], :3] = mixed((255, 255, 255), light.sky[2], 0.35)
    return surface_of(pixels)


@lru_cache(maxsize=8)
def _hills(light: Light) -> pygame.Surface:
    """Paint round hills with bushes on them."""
    height, rng = 120, np.random.default_rng(8)
    top = height - 62 - _ridge(((4, 14, 0.5), (7, 9, 2), (13, 4, 1)))
    pixels = _slope(top, height, light.hills, mixed(light.hills, light.sky[2], 0.45), 3)
    for _ in range(46):
        middle, radius = int(rng.integers(_PERIOD)), rng.uniform(3, 7)
        base = top[middle] + rng.uniform(2, 26)
        part, across, y = _cut(pixels, middle, 8)
        down = (y - base) * 1.2
        land = part[..., 3] > 0
        part[(np.hypot(across, down) < radius) & land, :3] = mixed(light.hills, light.trees, 0.5)
        part[(np.hypot(across - 1.5, down + 2) < radius - 2) & land, :3] = mixed(
            light.hills, light.trees, 0.25
        )
        _paste(pixels, middle, part)
    return surface_of(pixels)


@lru_cache(maxsize=8)
def _trees(light: Light) -> pygame.Surface:
    """Paint a wood of firs and round trees."""
    height, rng = 96, np.random.default_rng(21)
    top = height - 26 - _ridge(((3, 6, 1), (8, 4, 0)))
    pixels = _slope(top, height, light.trees, mixed(light.trees, light.hills, 0.4), 1)
    lit = mixed(light.trees, light.hills, 0.4)
    dark = mixed(light.trees, (20, 16, 50), 0.2)
    for k in range(44):
        middle = int(k * _PERIOD / 44 + rng.integers(-7, 8))
        base, tall = top[middle % _PERIOD] + 4, rng.integers(24, 46)
        part, across, y = _cut(pixels, middle, 18)
        up = base - y
        if k % 3:  # a fir
            wide = (tall - up) * 0.26 + 2.5 - (up % 9) / 3
            crown = (np.abs(across) < wide) & (up > 4) & (up < tall)
            shine = crown & (across > wide * 0.2) & (across < wide - 1)
        else:
            down = (tall * 0.62 - up) * 0.9
            crown = np.hypot(across, down) < tall * 0.3
            shine = np.hypot(across - 2, down + 2) < tall * 0.3 - 4
        part[(np.abs(across) < 1.5) & (up >= 0) & (up < tall * 0.5)] = (*dark, 255)
        part[crown] = (*light.trees, 255)
        part[shine] = (*lit, 255)
        _paste(pixels, middle, part)
    return surface_of(pixels)
