"""How do the tiles look that stay as they are: ground, ledges and spikes, and what grows on them?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

from envs.platformer.art.sprites import SIDE, Colour
from envs.platformer.drawing import pictures
from envs.platformer.drawing.light import light_of
from envs.platformer.world import BRICK, LEDGE, SOLID, SPIKE, SPRING

_DEEP = 3  # tiles into the ground from which on it gets no darker
_GROWS = {0: "tuft", 3: "flower", 5: "bush", 7: "tuft", 11: "flower", 12: "bush"}  # on one tile of thirteen


def land(state: np.record) -> pygame.Surface:
    """Return a picture of the whole level, transparent where nothing stays, 16 pixels to a tile."""
    rows, cols = int(state.rows), int(state.cols)
    return _land(state.tile[: rows * cols].tobytes(), rows, cols, light_of(state).land)


@lru_cache(maxsize=6)
def _land(cells: bytes, rows: int, cols: int, light: Colour) -> pygame.Surface:
    tiles = np.frombuffer(cells, np.uint8).reshape(rows, cols)
    picture = pygame.Surface((cols * SIDE, rows * SIDE), pygame.SRCALPHA, 32)
    _lay_ground(picture, tiles)
    for row, col in np.argwhere(tiles & SPIKE).tolist():
        picture.blit(pictures.picture("spikes"), (col * SIDE, row * SIDE))
    for row, col in np.argwhere(tiles & LEDGE).tolist():
        first = col == 0 or not tiles[row, col - 1] & (LEDGE | SOLID)
        last = col == cols - 1 or not tiles[row, col + 1] & (LEDGE | SOLID)
        name = "ledge end" if first or last else "ledge"
        picture.blit(pictures.picture(name, last and not first), (col * SIDE, row * SIDE))
    picture.fill(light, special_flags=pygame.BLEND_RGB_MULT)
    return picture


def _lay_ground(picture: pygame.Surface, tiles: np.ndarray) -> None:
    """Lay the ground, darker the deeper, with grass where it is open above. Beyond the level it goes on."""
    solid = ((tiles & SOLID) != 0) & ((tiles & (BRICK | SPRING)) == 0)
    around, depth = np.pad(solid, 1, constant_values=True), _depth(solid)
    for row, col in np.argwhere(solid).tolist():
        north, east, south, west = (
            not around[row + 1 + down, col + 1 + right] for down, right in ((-1, 0), (0, 1), (1, 0), (0, -1))
        )
        chance, at = _chance(row, col), (col * SIDE, row * SIDE)
        picture.blit(
            pictures.ground((north, east, south, west), int(chance % 5 == 0), int(depth[row, col])), at
        )
        if north and tiles[row - 1, col] == 0 and chance % 13 in _GROWS:
            plant = pictures.picture(_GROWS[chance % 13], chance % 2 == 0)
            picture.blit(plant, (at[0] + (SIDE - plant.get_width()) // 2, at[1] + 1 - plant.get_height()))


def _depth(solid: np.ndarray) -> np.ndarray:
    """Return how many tiles are between each and the nearest that is open, at most _DEEP."""
    depth, inside = np.zeros(solid.shape, int), solid
    for _ in range(_DEEP):
        wider = np.pad(inside, 1, constant_values=True)
        inside = np.asarray(np.lib.stride_tricks.sliding_window_view(wider, (3, 3)).all(axis=(2, 3)))
        depth += inside
    return depth


def _chance(row: int, col: int) -> int:
    """Return a number that is as good as random for each cell."""
    return (row * 7919 + col * 104729 + row * col * 31) % 9973
