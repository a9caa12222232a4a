"""With what is a drawn level built?

Heights count the rows of ground from the bottom up: what stands upon ground of height 3 is in the fourth row.
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled
from envs.generator import draw
from envs.platformer.moving import FOE_HEIGHT, FOE_WIDTH
from envs.platformer.world import COIN, SOLID, TILE

ROWS = 16
END = 7  # columns of flat ground around the flag
SLAB = 3  # rows of a ceiling


@compiled
def room(state, col):
    """Return how many columns are left before the flat ground at the end."""
    return np.int64(state.cols) - END - col


@compiled
def put(state, col, above, tile):
    """Set a tile so many rows above the bottom, if that is in the level."""
    if 0 <= col < state.cols and 0 <= above < ROWS:
        state.tile[(ROWS - 1 - above) * state.cols + col] = tile


@compiled
def ground(state, col, height):
    for above in range(height):
        put(state, col, above, SOLID)


@compiled
def flat(state, col, height, width):
    """Lay flat ground, and return the column after it."""
    for _ in range(width):
        ground(state, col, height)
        col += 1
    return col


@compiled
def coins(state, col, above, count):
    """Lay a row of coins."""
    for k in range(count):
        put(state, col + k, above, COIN)


@compiled
def ceiling(state, col, above, long):
    """Hang a slab overhead."""
    for k in range(long):
        for thick in range(SLAB):
            put(state, col + k, above + thick, SOLID)


@compiled
def more(state, least, most):
    """Return a number from `least` on, up to nearly `most` as it gets harder."""
    return least + draw(state, 1 + (most - least) * np.int64(state.difficulty) // 1000)


@compiled
def foe(state, flies, col, above, right, down, speed):
    """Let a foe patrol from a tile so many tiles to the right, or down."""
    k = state.foe_count
    if k < len(state.foe_x) and col + right < state.cols:
        state.foe_flies[k] = flies
        state.foe_x[k] = col * TILE + (TILE - FOE_WIDTH) // 2
        state.foe_y[k] = (ROWS - above) * TILE - FOE_HEIGHT
        state.foe_right[k], state.foe_down[k] = right * TILE, down * TILE
        state.foe_speed[k] = speed
        state.foe_phase[k] = draw(state, 2 * (right + down) * TILE)
        state.foe_count += 1


@compiled
def lift(state, col, above, right, down, speed):
    """Let a moving platform of three tiles go from a tile so many tiles to the right, or down."""
    k = state.lift_count
    if k < len(state.lift_x) and col + right + 3 <= state.cols:
        state.lift_x[k], state.lift_y[k] = col * TILE, (ROWS - 1 - above) * TILE
        state.lift_right[k], state.lift_down[k] = right * TILE, down * TILE
        state.lift_speed[k] = speed
        state.lift_phase[k] = draw(state, 2 * (right + down) * TILE)
        state.lift_width[k] = 3 * TILE
        state.lift_count += 1


@compiled
def pace(state):
    """Return a foe's speed."""
    return 72 + draw(state, 40 + 80 * np.int64(state.difficulty) // 1000)
