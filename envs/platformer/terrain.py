"""How is a level drawn from a seed?

From left to right, one section after the other, each of a kind that a runner can pass: no gap is wider and no wall
higher than it can jump, and there is ground to stand on in between. The difficulty, 0 to 1000, makes levels longer,
gaps wider, foes more and faster, rests shorter, and lets in more kinds of section. That a route exists is not taken on
trust: `agents.planner` finds one through each level of a set, which is kept (`envs.platformer.certificates`).
"""

from __future__ import annotations

import numpy as np

from envs.compiled import compiled, wrapping
from envs.generator import draw
from envs.platformer.building import ROWS, coins, flat, put, room
from envs.platformer.physics import HEIGHT
from envs.platformer.sections import EASY_KINDS, KINDS, LONG, SHORT, SHORT_KINDS, section
from envs.platformer.world import BRICK, CHECKPOINT, COIN, FLAG, SOLID, TILE

_SHORTEST, _LONGER = 84, 36  # columns at difficulty 0, and how many more at 1000
_LEAD = 6  # columns of flat ground at the start
_ALL_FROM = 600  # the difficulty from which on there is every kind of section


@compiled
def draw_level(state):
    """Draw the level of this number and difficulty, all of it but what changes in play."""
    rng = state.rng
    seed_by_level(state)
    state.rows = ROWS
    state.cols = _SHORTEST + _LONGER * np.int64(state.difficulty) // 1000
    clear(state)
    col, height = 0, 3 + draw(state, 3)
    col = flat(state, col, height, _LEAD)
    state.start_x = 2 * TILE
    state.start_y = (ROWS - height) * TILE - HEIGHT
    kinds = min(KINDS, EASY_KINDS + (KINDS - EASY_KINDS) * np.int64(state.difficulty) // _ALL_FROM)
    kind, halfway = -1, False
    while room(state, col) >= SHORT:
        before = kind
        for _ in range(2):  # the same kind again is less likely
            if kind == before:
                kind = draw(state, kinds if room(state, col) >= LONG else SHORT_KINDS)
        col, height = section(state, kind, col, height)
        if not halfway and 2 * col > state.cols:
            put(state, col, height, CHECKPOINT)
            halfway = True
        col = rest(state, col, height)
    flat(state, col, height, state.cols - col)
    state.flag_col = state.cols - 4
    for above in range(5):
        put(state, state.flag_col, height + above, FLAG)
    list_cells(state)
    state.rng = rng


@wrapping
def seed_by_level(state):
    """Let chance follow from the number of the level alone while it is drawn."""
    state.rng = np.uint64(state.number) * np.uint64(0xD1342543DE82EF95) + np.uint64(0x632BE59BD9B4E019)


@compiled
def clear(state):
    """Take away the level that was drawn before."""
    state.foe_count = state.lift_count = 0
    state.tile[: ROWS * state.cols] = 0
    for field in (
        state.foe_x,
        state.foe_y,
        state.foe_right,
        state.foe_down,
        state.foe_speed,
        state.foe_phase,
    ):
        field[:] = 0
    for field in (state.lift_x, state.lift_y, state.lift_right, state.lift_down, state.lift_speed):
        field[:] = 0
    state.lift_phase[:] = 0
    state.lift_width[:] = 0
    state.foe_flies[:] = 0
    state.coin_cell[:] = 0
    state.brick_cell[:] = 0
    state.checkpoint_cell[:] = 0


@compiled
def rest(state, col, height):
    """Lay flat ground between two sections, perhaps with coins."""
    wide = 3 + draw(state, 3) - np.int64(state.difficulty) // 1000
    if draw(state, 3) == 0:
        coins(state, col + 1, height + 1, wide - 2)
    return flat(state, col, height, wide)


@compiled
def list_cells(state):
    """Note where coins, bricks and checkpoints are, in rising order; what is too much is taken out again."""
    coins = bricks = checkpoints = 0
    for cell in range(ROWS * np.int64(state.cols)):
        tile = state.tile[cell]
        if tile & (COIN | BRICK | CHECKPOINT):
            if tile & COIN and coins < len(state.coin_cell):
                state.coin_cell[coins] = cell
                coins += 1
            elif tile & BRICK and bricks < len(state.brick_cell):
                state.brick_cell[bricks] = cell
                bricks += 1
            elif tile & CHECKPOINT and checkpoints < len(state.checkpoint_cell):
                state.checkpoint_cell[checkpoints] = cell
                checkpoints += 1
            else:
                state.tile[cell] = SOLID if tile & BRICK else 0
    state.coin_count, state.brick_count, state.checkpoint_count = coins, bricks, checkpoints
