"""How far is it to the flag, at least, over the tiles of a platformer?

A shortest path over cells that knows walls and how high a runner can jump, and forgives everything else: in the air one
may stay on a level as long as one likes. From where even so there is no way, there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.compiled import compiled, inlined
from envs.platformer.physics import HEIGHT, IN_AIR, RISE, RUN, RUN_ACCELERATION, WIDTH
from envs.platformer.world import BRICK, FLAG, LEDGE, MAX_CELLS, SOLID, SPRING, TILE

JUMP_ROWS, SPRING_ROWS = (
    5,
    10,
)  # rows that one can rise off the ground, and off a spring: a little more than is true
NO_WAY = 30_000
_LAYERS = SPRING_ROWS + 1
_PUSHED, _SPRUNG = 1, 2  # what a cell gives to a runner in it: a jump, or that of a spring


def new_field() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distances int16 [rows left to rise, cell], and room for what is there and for the cells in line."""
    return (
        np.empty((_LAYERS, MAX_CELLS), np.int16),
        np.empty(MAX_CELLS, np.uint8),
        np.empty(_LAYERS * MAX_CELLS, np.int32),
    )


@compiled
def measure(state, field, footholds, queue):
    """Write for each cell, and each number of rows that one can still rise, the cells to the flag; NO_WAY for none."""
    cells = np.int64(state.rows) * state.cols
    find_footholds(state, footholds)
    field[:, :cells] = NO_WAY
    end = 0
    for cell in range(cells):
        if state.tile[cell] & FLAG:
            for layer in range(_LAYERS):
                field[layer, cell] = 0
                queue[end] = layer * MAX_CELLS + cell
                end += 1
    at = 0
    while at < end:
        layer, cell = queue[at] // MAX_CELLS, queue[at] % MAX_CELLS
        at += 1
        end = spread(state, field, footholds, queue, end, layer, cell)


@compiled
def find_footholds(state, footholds):
    """Note in which cells a runner can push itself off: over what bears it, and where foes and lifts come by."""
    rows, cols = np.int64(state.rows), np.int64(state.cols)
    for cell in range(rows * cols):
        below = state.tile[cell + cols] if cell + cols < rows * cols else 0
        footholds[cell] = _SPRUNG if below & SPRING else _PUSHED if below & (SOLID | LEDGE) else 0
    for k in range(state.foe_count):
        sweep(state, footholds, state.foe_x[k], state.foe_y[k], state.foe_right[k] + TILE, state.foe_down[k])
    for k in range(state.lift_count):
        wide = state.lift_right[k] + state.lift_width[k]
        sweep(state, footholds, state.lift_x[k], state.lift_y[k], wide, state.lift_down[k])


@compiled
def sweep(state, footholds, x, y, wide, high):
    """Note the cells that something patrols as footholds, with those at its sides and the row above."""
    for row in range(max(0, y // TILE - 1), min(state.rows, (y + high) // TILE + 1)):
        for col in range(max(0, x // TILE - 1), min(state.cols, (x + wide) // TILE + 2)):
            footholds[row * state.cols + col] = max(footholds[row * state.cols + col], _PUSHED)


@inlined
def opens(state, row, col):
    """Return whether a runner's middle can be in that cell, with bricks broken."""
    if row < 0 or row >= state.rows or col < 0 or col >= state.cols:
        return False
    tile = state.tile[row * state.cols + col]
    return not tile & SOLID or tile & BRICK != 0


@compiled
def spread(state, field, footholds, queue, end, layer, cell):
    """Put in line the places from which one comes to this one in a step."""
    cols = np.int64(state.cols)
    row, col = cell // cols, cell % cols
    far = field[layer, cell] + 1
    for side in range(-1, 2):
        if side != 0:
            if not opens(state, row, col + side):
                continue
            end = reach(field, footholds, queue, end, layer, layer + 1, cell + side, far)
        if layer + 1 < _LAYERS and opens(state, row + 1, col + side) and opens(state, row + 1, col):
            below = cell + cols + side  # whence one rises
            end = reach(field, footholds, queue, end, layer + 1, layer + 2, below, far)
        on_ledge = side == 0 and state.tile[cell] & LEDGE != 0
        if layer == 0 and not on_ledge and opens(state, row - 1, col + side) and opens(state, row - 1, col):
            above = cell - cols + side  # whence one falls
            end = reach(field, footholds, queue, end, 0, _LAYERS, above, far)
    return end


@inlined
def reach(field, footholds, queue, end, first, last, cell, far):
    """Put these layers of a cell in line, unless they are nearer already. Whoever is on a foothold can rise anew."""
    jumps = first <= JUMP_ROWS < last and footholds[cell] != 0
    if jumps or (last == _LAYERS and footholds[cell] == _SPRUNG):
        first = 0
    for layer in range(first, last):
        if field[layer, cell] > far:
            field[layer, cell] = far
            queue[end] = layer * MAX_CELLS + cell
            end += 1
    return end


@compiled
def to_go(state, field):
    """Return how many sub-pixels it is to the flag from where the runner is, or a negative number where it has no way.

    What it loses until it runs at full speed counts as distance, too.
    """
    cols = np.int64(state.cols)
    x, y = np.int64(state.x[0]) + WIDTH // 2, np.int64(state.y[0]) + HEIGHT // 2
    row: Any = y // TILE
    vx, vy = np.int64(state.vx[0]), np.int64(state.vy[0])
    layer: Any = 0
    if state.footing[0] != IN_AIR or state.coyote[0] > 0:
        layer = JUMP_ROWS
    elif vy < 0:
        layer = min(SPRING_ROWS, 1 + vy * vy // (2 * RISE * TILE))
    if row < 0:
        layer = min(SPRING_ROWS, layer - row)
        row = 0
    if row >= state.rows:
        return np.int64(-1)
    col = x // TILE
    cell = row * cols + col
    far = np.int64(field[layer, cell])
    if far == NO_WAY:
        return np.int64(-1)
    within, speed = np.int64(0), np.int64(RUN)
    if col + 1 < cols and field[layer, cell + 1] < far:
        within, speed = x % TILE, vx
    elif col > 0 and field[layer, cell - 1] < far:
        within, speed = TILE - 1 - x % TILE, -vx
    elif far > 0:
        within = TILE - 1 - y % TILE
    slow: Any = max(0, RUN - speed)
    return far * TILE - within + slow * slow // (2 * RUN_ACCELERATION)
