"""How do the tiles look that stay as they are: ground, ledges and spikes, and what grows on them?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pygame

from envs.platformer.art.sprites import SIDE
from envs.platformer.drawing import pictures
from envs.platformer.state import BRICK, LEDGE, SOLID, SPIKE, SPRING

_GROWS = {0: "tuft", 3: "flower", 5: "bush", 7: "tuft", 11: "flower", 12: "bush"}  # on one tile of thirteen


def land(state: np.record) -> pygame.Surface:
    """Return a picture of the whole level, transparent where nothing stays, 16 pixels to a tile."""
    rows, cols = int(state.rows), int(state.cols)
    return _land(state.tile[: rows * cols].tobytes(), rows, cols)


@lru_cache(maxsize=6)
def _land(cells: bytes, rows: int, cols: int) -> pygame.Surface:
    tiles = np.frombuffer(cells, np.uint8).reshape(rows, cols)
    solid = ((tiles & SOLID) != 0) & ((tiles & (BRICK | SPRING)) == 0)
    around = np.pad(solid, 1, constant_values=True)
    around[0] = False
    picture = pygame.Surface((cols * SIDE, rows * SIDE), pygame.SRCALPHA, 32)
    for row, col in np.argwhere(solid).tolist():
        sides = (
            around[row, col + 1],
            around[row + 1, col + 2],
            around[row + 2, col + 1],
            around[row + 1, col],
        )
        north, east, south, west = (not side for side in sides)
        chance = _chance(row, col)
        at = col * SIDE, row * SIDE
        picture.blit(pictures.ground((north, east, south, west), int(chance % 5 == 0)), at)
        if north and (row == 0 or tiles[row - 1, col] == 0) and chance % 13 in _GROWS:
            plant = pictures.picture(_GROWS[chance % 13], chance % 2 == 0)
            picture.blit(plant, (at[0] + SIDE // 2 - plant.get_width() // 2, at[1] + 1 - plant.get_height()))
    for row, col in np.argwhere(tiles & SPIKE).tolist():
        picture.blit(pictures.picture("spikes"), (col * SIDE, row * SIDE))
    for row, col in np.argwhere(tiles & LEDGE).tolist():
        first = col == 0 or not tiles[row, col - 1] & (LEDGE | SOLID)
        last = col == cols - 1 or not tiles[row, col + 1] & (LEDGE | SOLID)
        name = "ledge end" if first or last else "ledge"
        picture.blit(pictures.picture(name, last and not first), (col * SIDE, row * SIDE))
    return picture


def _chance(row: int, col: int) -> int:
    """Return a number that is as good as random for each cell."""
    return (row * 7919 + col * 104729 + row * col * 31) % 9973
