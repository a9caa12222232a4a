"""What does a runner see, as planes of the tiles around it?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.platformer.moving import (
    FOE_HEIGHT,
    FOE_WIDTH,
    LIFT_HEIGHT,
    foe_comes,
    foe_heading,
    foe_place,
    lift_comes,
    lift_place,
)
from envs.platformer.physics import FASTEST_FALL, HEIGHT, IN_AIR, RUN, WIDTH, tile_at
from envs.platformer.world import BRICK, COIN, FLAG, LEDGE, SOLID, SPIKE, SPRING, TILE

PLANES = (
    "solid", "ledge", "spike", "coin", "spring", "brick", "flag",
    "foe to the left", "foe to the right", "self", "others", "speed", "fall", "footing",
)  # fmt: skip
VIEW_ROWS, VIEW_COLS = 13, 16
AHEAD, ABOVE = 5, 7  # the column and the row of the window in which the runner's middle is

_BITS = np.array([SOLID, LEDGE, SPIKE, COIN, SPRING, BRICK, FLAG], np.uint8)  # of the first planes
_LEDGE, _FOE_LEFT, _FOE_RIGHT, _SELF, _OTHERS, _SPEED, _FALL, _FOOTING = 1, 7, 8, 9, 10, 11, 12, 13
_ABSENT = np.uint8(0)


@compiled
def write_tiles(state, seat, out, window):
    """Write the planes uint8 [14, 13 * 16] of the window around a runner.

    255 where a tile is of a plane's kind, 0 where it is not. Of what moves, by how much of the tile it covers. Beyond
    the sides is wall. The last three planes are the same everywhere: the speed to the right and downwards, 128 for
    none, and 255 for feet on the ground, less for each tick since they left it while a jump is still possible.

    window: scratch, uint8 [13 * 16]. Each plane is one loop over it, which runs as fast as memory goes.
    """
    left = (np.int64(state.x[seat]) + WIDTH // 2) // TILE - AHEAD
    top = (np.int64(state.y[seat]) + HEIGHT // 2) // TILE - ABOVE
    look(state, top, left, window)
    for plane in range(len(_BITS)):
        bit = _BITS[plane]
        for k in range(VIEW_ROWS * VIEW_COLS):
            out[plane, k] = np.uint8(255) if window[k] & bit else _ABSENT
    out[_FOE_LEFT : _OTHERS + 1] = 0
    write_moving(state, left, top, out)
    for other in range(len(state.x)):
        if state.out[other] == 0 or other == seat:
            plane = _SELF if other == seat else _OTHERS
            cover(out[plane], state.x[other] - left * TILE, state.y[other] - top * TILE, WIDTH, HEIGHT)
    out[_SPEED] = 128 + np.int64(state.vx[seat]) * 127 // RUN
    out[_FALL] = max(0, 128 + np.int64(state.vy[seat]) * 127 // FASTEST_FALL)
    out[_FOOTING] = 255 if state.footing[seat] != IN_AIR else np.int64(state.coyote[seat]) * 32


@inlined
def look(state, top, left, window):
    """Write the tiles of a window [rows * 16] as they are now, coins and bricks that are gone left out."""
    rows = len(window) // VIEW_COLS
    for y in range(rows):
        row, at = top + y, y * VIEW_COLS
        first = row * np.int64(state.cols) + left
        if row < 0 or row >= state.rows or left < 0 or left + VIEW_COLS > state.cols:
            for x in range(VIEW_COLS):
                window[at + x] = tile_at(state, left + x, row)
        else:
            for x in range(VIEW_COLS):
                window[at + x] = state.tile[first + x]
    leave_out(state, state.coin_cell, state.coin_count, state.coins, top, left, window)
    leave_out(state, state.brick_cell, state.brick_count, state.bricks, top, left, window)


@inlined
def leave_out(state, cells, count, there, top, left, window):
    """Write air where something was whose bit is not set any more."""
    gone = ((np.int64(1) << count) - 1) & ~there
    k = 0
    while gone:
        if gone & 1:
            y, x = cells[k] // state.cols - top, cells[k] % state.cols - left
            if 0 <= y < len(window) // VIEW_COLS and 0 <= x < VIEW_COLS:
                window[y * VIEW_COLS + x] = 0
        gone >>= 1
        k += 1


@compiled
def write_moving(state, left, top, out):
    """Write what moves by itself: lifts, which are ledges, and foes by the way they go."""
    near, far = left * TILE, (left + VIEW_COLS) * TILE
    for k in range(state.lift_count):
        if lift_comes(state, k, near, far):
            x, y = lift_place(state, k, state.tick)
            cover(out[_LEDGE], x - near, y - top * TILE, state.lift_width[k], LIFT_HEIGHT)
    for k in range(state.foe_count):
        if foe_comes(state, k, near, far):
            x, y = foe_place(state, k, state.tick)
            way = foe_heading(state, k, state.tick)
            if way <= 0:
                cover(out[_FOE_LEFT], x - near, y - top * TILE, FOE_WIDTH, FOE_HEIGHT)
            if way >= 0:
                cover(out[_FOE_RIGHT], x - near, y - top * TILE, FOE_WIDTH, FOE_HEIGHT)


@compiled
def cover(plane, x, y, width, height):
    """Write for each tile of the window how much of it a box covers, of 255, where that is more than stands there."""
    for row in range(max(0, y // TILE), min(VIEW_ROWS, (y + height - 1) // TILE + 1)):
        high = min(y + height, (row + 1) * TILE) - max(y, row * TILE)
        for col in range(max(0, x // TILE), min(VIEW_COLS, (x + width - 1) // TILE + 1)):
            wide = min(x + width, (col + 1) * TILE) - max(x, col * TILE)
            at = row * VIEW_COLS + col
            plane[at] = max(np.int64(plane[at]), high * wide * 255 // (TILE * TILE))
