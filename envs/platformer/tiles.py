"""What does a runner see, as planes of the tiles around it?"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, inlined
from envs.platformer.moving import (
    FOE_HEIGHT,
    FOE_WIDTH,
    LIFT_HEIGHT,
    foe_heading,
    foe_place,
    lift_place,
)
from envs.platformer.physics import FASTEST_FALL, HEIGHT, IN_AIR, RUN, WIDTH
from envs.platformer.state import BRICK, CHECKPOINT, COIN, FLAG, LEDGE, SOLID, SPIKE, SPRING, TILE

PLANES = (
    "solid", "ledge", "spike", "coin", "spring", "brick", "flag",
    "foe to the left", "foe to the right", "self", "others", "speed", "fall", "footing",
)  # fmt: skip
VIEW_ROWS, VIEW_COLS = 13, 16
AHEAD, ABOVE = 5, 7  # the column and the row of the window in which the runner's middle is

_BITS = np.array([SOLID, LEDGE, SPIKE, COIN, SPRING, BRICK, FLAG], np.uint8)  # of the first planes
_LEDGE, _COIN, _SOLID, _BRICK, _FOE_LEFT, _FOE_RIGHT, _SELF, _OTHERS, _SPEED, _FALL, _FOOTING = (
    1, 3, 0, 5, 7, 8, 9, 10, 11, 12, 13,
)  # fmt: skip


@compiled
def write_tiles(state, seat, out):
    """Write the planes uint8 [14, 13, 16] of the window around a runner.

    255 where a tile is of a plane's kind, 0 where it is not. Of what moves, by how much of the tile it covers. Beyond
    the sides is wall. The last three planes are the same everywhere: the speed to the right and downwards, 128 for
    none, and 255 for feet on the ground, less for each tick since they left it while a jump is still possible.
    """
    left = (np.int64(state.x[seat]) + WIDTH // 2) // TILE - AHEAD
    top = (np.int64(state.y[seat]) + HEIGHT // 2) // TILE - ABOVE
    for y in range(VIEW_ROWS):
        write_row(state, top + y, left, y, out)
    clear_taken(state, state.coin_cell, state.coin_count, state.coins, top, left, out[_COIN])
    if state.brick_count > 0:
        clear_taken(state, state.brick_cell, state.brick_count, state.bricks, top, left, out[_BRICK])
        clear_taken(state, state.brick_cell, state.brick_count, state.bricks, top, left, out[_SOLID])
    out[_FOE_LEFT : _OTHERS + 1] = 0
    write_moving(state, left, top, out)
    for other in range(len(state.x)):
        if state.out[other] == 0 or other == seat:
            plane = out[_SELF] if other == seat else out[_OTHERS]
            cover(plane, state.x[other] - left * TILE, state.y[other] - top * TILE, WIDTH, HEIGHT)
    out[_SPEED] = 128 + np.int64(state.vx[seat]) * 127 // RUN
    out[_FALL] = 128 + max(-128, min(127, np.int64(state.vy[seat]) * 127 // FASTEST_FALL))
    out[_FOOTING] = 255 if state.footing[seat] != IN_AIR else np.int64(state.coyote[seat]) * 32


@inlined
def write_row(state, row, left, y, out):
    """Write one row of the planes that show tiles as the level began."""
    if row < 0 or row >= state.rows:
        for plane in range(len(_BITS)):
            out[plane, y] = 0
        if left < 0 or left + VIEW_COLS > state.cols:
            for x in range(VIEW_COLS):
                out[_SOLID, y, x] = 255 if left + x < 0 or left + x >= state.cols else 0
        return
    first = row * np.int64(state.cols) + left
    if left >= 0 and left + VIEW_COLS <= state.cols:
        for plane in range(len(_BITS)):
            bit = _BITS[plane]
            for x in range(VIEW_COLS):
                out[plane, y, x] = np.uint8(255) if state.tile[first + x] & bit else np.uint8(0)
        return
    for plane in range(len(_BITS)):
        bit = _BITS[plane]
        for x in range(VIEW_COLS):
            inside = 0 <= left + x < state.cols
            tile = state.tile[first + x] if inside else np.uint8(SOLID)
            out[plane, y, x] = np.uint8(255) if tile & bit else np.uint8(0)


@inlined
def clear_taken(state, cells, count, left_over, top, left, plane):
    """Write 0 where something was that has been taken."""
    if left_over == (np.int64(1) << count) - 1:
        return
    for k in range(count):
        if (left_over >> k) & 1 == 0:
            y, x = cells[k] // state.cols - top, cells[k] % state.cols - left
            if 0 <= y < VIEW_ROWS and 0 <= x < VIEW_COLS:
                plane[y, x] = 0


@compiled
def write_moving(state, left, top, out):
    """Write what moves by itself: lifts, which are ledges, and foes by the way they go."""
    near, far = left * TILE, (left + VIEW_COLS) * TILE
    for k in range(state.lift_count):
        if state.lift_x[k] < far and state.lift_x[k] + state.lift_right[k] + state.lift_width[k] > near:
            x, y = lift_place(state, k, state.tick)
            cover(out[_LEDGE], x - near, y - top * TILE, state.lift_width[k], LIFT_HEIGHT)
    for k in range(state.foe_count):
        if (state.foes >> k) & 1 and state.foe_x[k] < far and state.foe_x[k] + state.foe_right[k] + TILE > near:
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
            plane[row, col] = max(np.int64(plane[row, col]), high * wide * 255 // (TILE * TILE))
